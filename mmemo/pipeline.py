"""`MmemoPipeline`: from a picture, words, or both to an `Analysis`.

Steps: decode the picture safely, read its words when none were given, find faces, run the engines, compare words and
face, explain. Conventions: one object may be called from several threads; nothing that it is given is kept or logged.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import torch
from PIL import Image

from mmemo.engines import (
    FACE_TASK,
    Engine,
    Explain,
    ModelError,
    Prediction,
    Sample,
    SamplePredictions,
    WordMethod,
    best_dtype,
    is_own_model,
    load_engine,
)
from mmemo.explain import disagreement_between, explain, to_emotions
from mmemo.explain.attribution import decision_of
from mmemo.explain.narrative import LANGUAGES
from mmemo.explain.saliency import inside_face
from mmemo.labels import TASK_LABELS
from mmemo.models import TaskConfig
from mmemo.perception import (
    FaceDetector,
    ImageSource,
    TextReader,
    boxes_from,
    crop_face,
    crop_square,
    load_face_detector,
    load_image,
)
from mmemo.results import (
    Analysis,
    AnalysisFailure,
    Attribution,
    Box,
    Decision,
    DetectedFace,
    Disagreement,
    FaceResult,
    RecognisedText,
    Scores,
    WordWeights,
)

CHECKPOINTS = Path(__file__).parent / "checkpoints"
PARTS = ("meme", "emotion")
"""Models that the project ships; each is a folder of `CHECKPOINTS`."""
MAX_TEXT_LENGTH = 20_000
"""Characters of words that are accepted; a model reads far fewer and says so in `text.truncated`."""

ITEM_KEYS = ("image", "text", "face_boxes")


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """An item on its way to the engines."""

    text: RecognisedText
    image_size: tuple[int, int] | None
    faces: tuple[DetectedFace, ...]
    sample: Sample


@dataclass(frozen=True, kw_only=True)
class _Explaining:
    """How analyses are explained."""

    how: Explain
    language: str

    def __post_init__(self) -> None:
        for name, value, expected in (
            ("explain", self.how, get_args(Explain)),
            ("language", self.language, LANGUAGES),
        ):
            if value not in expected:
                raise ValueError(f"unknown {name} {value!r}: expected one of {', '.join(expected)}")


class MmemoPipeline:
    """Hate, emotion and why, of pictures and words.

    Example:
        >>> pipe = MmemoPipeline.from_pretrained()
        >>> analysis = pipe(image="meme.jpg", text="when the code works")
        >>> analysis.hate.verdict, analysis.emotion.label, analysis.explanation.text
    """

    def __init__(
        self,
        engines: Mapping[str, Engine],
        *,
        face_detector: FaceDetector | None = None,
        text_reader: TextReader | None = None,
    ) -> None:
        """Put parts together; `from_pretrained` does it for most.

        Args:
            engines: Task to the engine that serves it.
            face_detector: None for the one that ships with the package.
            text_reader: None likewise.

        Raises:
            ModelError: An engine lacks the task it stands for, or a task is unknown.
        """
        for task, engine in engines.items():
            if task not in TASK_LABELS or task not in engine.tasks:
                known = [name for name in engine.tasks if name in TASK_LABELS]
                raise ModelError(f"no engine for task {task!r}: this one serves {', '.join(known)}")
        self.engines = dict(engines)
        self.face_detector = load_face_detector("centerface") if face_detector is None else face_detector
        self.text_reader = TextReader() if text_reader is None else text_reader

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path | None = None,
        *,
        device: str | torch.device | None = None,
        dtype: str | torch.dtype = "auto",
        face_detector: str | FaceDetector = "auto",
        text_reader: TextReader | None = None,
        revision: str | None = None,
        token: str | bool | None = None,
        local_files_only: bool = False,
        **parts: str | Path,
    ) -> "MmemoPipeline":
        """Load models by folder or Hub id; without arguments the compact pair, which needs no network.

        Args:
            model: A model of mmemo's that serves all its tasks alone; None for the compact pair.
            device: Such as `cpu` or `cuda:0`; None takes CUDA when it is there.
            dtype: `auto` for bfloat16 where the processor computes with it, else float32; or a dtype or its name.
            face_detector: `auto`, `centerface`, `yunet`, or a detector.
            text_reader: None for the one that ships.
            revision: Commit, tag or branch of `model`; it does not apply to `parts`.
            token: For private repositories.
            local_files_only: Never ask the Hub.
            parts: `meme` and `emotion` for models of mmemo's in the place of the compact ones; a task's name for a
                model that serves this task, such as `face_emotion="trpakov/vit-face-expression"`. `id@revision` pins
                a part.

        Raises:
            ModelError: A part is unknown, cannot be loaded, or has labels that cannot be mapped.
        """
        place = _device(device)
        number_type = _dtype(dtype, place)
        hub: dict[str, Any] = {"local_files_only": local_files_only} | ({} if token is None else {"token": token})
        for name in parts:
            if name not in PARTS and name not in TASK_LABELS:
                raise ModelError(f"unknown part {name!r}: expected one of {', '.join((*PARTS, *TASK_LABELS))}")
        options: dict[str, Any] = {"device": place, "dtype": number_type, **hub}
        own = {name: str(parts[name]) for name in PARTS if name in parts and _is_whole(name, str(parts[name]), hub)}
        single = {name: str(value) for name, value in parts.items() if name not in own}
        if model is None:
            own = {name: str(CHECKPOINTS / name) for name in PARTS} | own
        engines: dict[str, Engine] = {}
        whole = [*([] if model is None else [(str(model), revision)]), *((value, None) for value in own.values())]
        for model_id, pinned in whole:
            found, at = _split_revision(model_id, pinned)
            engine = load_engine(found, **(options | at))
            engines |= {task: engine for task in engine.tasks if task in TASK_LABELS}
        for task, model_id in single.items():
            found, at = _split_revision(model_id, None)
            engines[task] = load_engine(found, task=task, **(options | at))
        detector = load_face_detector(face_detector) if isinstance(face_detector, str) else face_detector
        return cls(engines, face_detector=detector, text_reader=text_reader)

    @property
    def tasks(self) -> tuple[str, ...]:
        """Tasks that it serves."""
        return tuple(self.engines)

    def __call__(
        self,
        image: ImageSource | None = None,
        text: str | None = None,
        *,
        face_boxes: Iterable[Box | tuple[float, float, float, float]] | None = None,
        explain: Explain = "fast",
        language: str = "en",
    ) -> Analysis:
        """Analyse one item.

        Args:
            image: Path, bytes, PIL image or array (H, W[, C]); None for words alone.
            text: The words; None to read them from the picture, "" for none.
            face_boxes: `(x, y, width, height)` in pixels from elsewhere; None to find faces.
            explain: `fast` for what moved the scores by one gradient pass; `full` for integrated gradients over the
                words and what would change a verdict too, which takes several passes; `none` for no explanation.
            language: Of the explanation's sentences: `en`, `de` or `es`.

        Raises:
            ImageError: The picture cannot be used.
            ValueError: Neither picture nor words were given, the words are too long, or a box lies outside the picture.
        """
        settings = _Explaining(how=explain, language=language)
        prepared = self._prepare(image, text, face_boxes)
        return self._analyse([prepared], settings)[0]

    def word_weights(
        self,
        text: str,
        *,
        task: str,
        label: str,
        method: WordMethod = "leave_one_out",
        image: ImageSource | None = None,
        face_boxes: Iterable[Box | tuple[float, float, float, float]] | None = None,
    ) -> WordWeights | None:
        """Which words moved any label of any task: None where the task does not read words, or there are none.

        Args:
            text: The words.
            task: One of `tasks`.
            label: One of the task's labels.
            method: `leave_one_out` (exact: a run for each word), `integrated_gradients` or `gradient_activation`.
            image: Seen beside the words, as in a call.
            face_boxes: As in a call.

        Raises:
            ImageError: The picture cannot be used.
            ValueError: A name is unknown, or the words or boxes cannot be used.
        """
        if task not in self.engines:
            raise ValueError(f"unknown task {task!r}: expected one of {', '.join(self.engines)}")
        sample = self._prepare(image, text, face_boxes).sample
        return self.engines[task].word_weights(sample, task, label, method)

    def batch(
        self,
        items: Iterable[Mapping[str, Any]],
        *,
        batch_size: int = 16,
        explain: Explain = "fast",
        language: str = "en",
    ) -> list[Analysis | AnalysisFailure]:
        """Analyse many items, in order; one that cannot be analysed gives an `AnalysisFailure` and the rest go on.

        Args:
            items: Mappings with the keys `image`, `text`, `face_boxes`, each optional, as in a call.
            batch_size: Items that go through the models together.
            explain: As in a call.
            language: As in a call.

        Raises:
            ValueError: `batch_size` is under 1, or `explain` or `language` is unknown.
        """
        settings = _Explaining(how=explain, language=language)
        if batch_size < 1:
            raise ValueError(f"batch_size must be 1 or more, got {batch_size}")
        results: list[Analysis | AnalysisFailure] = []
        group: list[_Prepared | AnalysisFailure] = []
        for index, item in enumerate(items):
            group.append(self._prepare_item(index, item))
            if len(group) == batch_size:
                results += self._analyse_group(group, settings)
                group = []
        return results + self._analyse_group(group, settings)

    def _prepare_item(self, index: int, item: Mapping[str, Any]) -> "_Prepared | AnalysisFailure":
        try:
            if not isinstance(item, Mapping):
                raise ValueError(f"an item must be a mapping with {', '.join(ITEM_KEYS)}, got {type(item).__name__}")
            for key in item:
                if key not in ITEM_KEYS:
                    raise ValueError(f"unknown key {key!r}: expected {', '.join(ITEM_KEYS)}")
            return self._prepare(item.get("image"), item.get("text"), item.get("face_boxes"))
        except (ValueError, TypeError, OSError) as error:
            return AnalysisFailure(index=index, kind=type(error).__name__, message=str(error))

    def _analyse_group(
        self, group: Sequence["_Prepared | AnalysisFailure"], settings: "_Explaining"
    ) -> list[Analysis | AnalysisFailure]:
        good = [item for item in group if isinstance(item, _Prepared)]
        analyses = iter(self._analyse(good, settings) if good else [])
        return [next(analyses) if isinstance(item, _Prepared) else item for item in group]

    def _prepare(self, image: Any, text: Any, face_boxes: Any) -> _Prepared:  # noqa: ANN401 - checked here
        """Decode, read words, find faces."""
        if image is None and text is None:
            raise ValueError("nothing to analyse: expected a picture, words or both, got neither")
        if text is not None and not isinstance(text, str):
            raise ValueError(f"text must be a string or None, got {type(text).__name__}")
        if text is not None and len(text) > MAX_TEXT_LENGTH:
            raise ValueError(f"text must have at most {MAX_TEXT_LENGTH} characters, got {len(text)}")
        picture = None if image is None else load_image(image)
        words = self._words(picture, text)
        faces: tuple[DetectedFace, ...] = ()
        if picture is not None:
            faces = self._find_faces(picture) if face_boxes is None else boxes_from(face_boxes, picture.size)
        elif face_boxes is not None:
            raise ValueError("face_boxes need a picture, got none")
        crops = tuple(crop_face(picture, face.box) for face in faces) if picture is not None else ()
        return _Prepared(
            text=words,
            image_size=None if picture is None else picture.size,
            faces=faces,
            sample=Sample(words=words.value or None, image=picture, faces=crops),
        )

    def _words(self, picture: Image.Image | None, text: str | None) -> RecognisedText:
        if text is None and picture is not None:
            return self.text_reader.read(picture)
        words = " ".join((text or "").split())
        return RecognisedText(value=words, source="given" if words else "none")

    def _find_faces(self, picture: Image.Image) -> tuple[DetectedFace, ...]:
        wanted = any("face" in engine.tasks[task].modalities for task, engine in self.engines.items())
        return self.face_detector.detect(picture) if wanted else ()

    def _analyse(self, prepared: Sequence[_Prepared], settings: "_Explaining") -> list[Analysis]:
        """Run every engine once on all items, and put the results together."""
        samples = [item.sample for item in prepared]
        runs: dict[int, list[SamplePredictions]] = {}
        for engine in self.engines.values():
            if id(engine) not in runs:
                runs[id(engine)] = engine.run(samples, settings.how)
        by_task = {task: runs[id(engine)] for task, engine in self.engines.items()}
        results = []
        for index, item in enumerate(prepared):
            found = {task: run[index] for task, run in by_task.items()}
            analysis = self._assemble(item, found)
            if settings.how != "none":
                explanation = explain(analysis, _attributions(item, found), settings.language)
                analysis = dataclasses.replace(analysis, explanation=explanation)
            results.append(analysis)
        return results

    def _assemble(self, item: _Prepared, found: Mapping[str, SamplePredictions]) -> Analysis:
        tasks: dict[str, Any] = {}
        for task, predictions in found.items():
            if task in predictions.tasks:
                tasks[task] = _result(self.engines[task].tasks[task], predictions.tasks[task])
        face_predictions = found[FACE_TASK].faces if FACE_TASK in found else ()
        faces = tuple(
            FaceResult(
                box=face.box,
                confidence=face.confidence,
                emotion=_scores(self.engines[FACE_TASK].tasks[FACE_TASK], face_predictions[i])
                if face_predictions
                else None,
            )
            for i, face in enumerate(item.faces)
        )
        truncated = any(predictions.words_truncated for predictions in found.values())
        return Analysis(
            text=dataclasses.replace(item.text, truncated=truncated),
            image_size=item.image_size,
            faces=faces,
            disagreement=self._disagreement(faces, found, tasks.get("text_emotion")),
            **tasks,
        )

    def _disagreement(
        self, faces: Sequence[FaceResult], found: Mapping[str, SamplePredictions], text_emotion: Scores | None
    ) -> Disagreement | None:
        """Leading face against the words: the `emotion` task on words alone, else GoEmotions brought to seven."""
        if not faces or faces[0].emotion is None:
            return None
        words = found["emotion"].words_emotion if "emotion" in found else None
        if words is not None:
            labels = self.engines["emotion"].tasks["emotion"].labels
            return disagreement_between(faces[0].emotion.scores, dict(zip(labels, words.probabilities, strict=True)))
        if text_emotion is not None:
            return disagreement_between(faces[0].emotion.scores, to_emotions(text_emotion.scores))
        return None


def _attributions(item: _Prepared, found: Mapping[str, SamplePredictions]) -> dict[str, Attribution]:
    """What moved the score of each task, by the engine that serves it; maps of the face's crop lie in its box."""
    attributions = {
        task: predictions.attributions[task] for task, predictions in found.items() if task in predictions.attributions
    }
    for task, attribution in attributions.items():
        if attribution.heat_map is not None and "image" not in attribution.modalities:
            face = item.faces[0].box
            left, top, _ = crop_square(face)
            inside = inside_face(attribution.heat_map, (left, top), face)
            attributions[task] = dataclasses.replace(attribution, heat_map=inside)
    return attributions


def _scores(task: TaskConfig, prediction: Prediction) -> Scores:
    return Scores(
        scores=dict(zip(task.labels, prediction.probabilities, strict=True)),
        thresholds={label: task.threshold(label) for label in task.labels} if task.is_multi_label else None,
        modalities=prediction.modalities,
    )


def _result(task: TaskConfig, prediction: Prediction) -> Decision | Scores:
    if len(task.labels) > 1:
        return _scores(task, prediction)
    return decision_of(task, prediction.probabilities[0], prediction.modalities)


def _is_whole(name: str, model_id: str, hub: dict[str, Any]) -> bool:
    """Whether a part is a model with several tasks; `emotion` is the name of such a part and of a task."""
    found, at = _split_revision(model_id, None)
    return name not in TASK_LABELS or is_own_model(found, **hub, **at)


def _split_revision(model_id: str, revision: str | None) -> tuple[str, dict[str, str]]:
    """`id@revision` apart; a folder keeps its name."""
    if revision is None and "@" in model_id and not Path(model_id).exists():
        model_id, revision = model_id.rsplit("@", 1)
    return model_id, {} if revision is None else {"revision": revision}


def _device(device: str | torch.device | None) -> torch.device:
    try:
        place = torch.device(device if device is not None else ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError) as error:
        first_line = str(error).splitlines()[0]
        raise ModelError(f"cannot use device {device!r}: {first_line}") from error
    return place


def _dtype(dtype: str | torch.dtype, device: torch.device) -> torch.dtype:
    if dtype == "auto":
        return best_dtype(device)
    found = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype
    if found not in (torch.float32, torch.bfloat16, torch.float16):
        raise ModelError(f"unknown dtype {dtype!r}: expected auto, float32, bfloat16 or float16")
    return found
