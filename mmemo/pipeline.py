"""`MmemoPipeline`: from a picture, words, or both to an `Analysis`.

Steps: decode the picture safely, read its words when none were given, find faces, run the engines, compare words and
face, explain. Conventions: one object may be called from several threads; nothing that it is given is kept or logged.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import torch
from PIL import Image

from mmemo.conversation import Conversation, Turn, TurnResult, as_turns
from mmemo.devices import best_dtype
from mmemo.engines import (
    FACE_TASK,
    Engine,
    Explain,
    Prediction,
    Sample,
    SamplePredictions,
    WordMethod,
    is_own_model,
    load_engine,
    load_generator,
)
from mmemo.explain import disagreement_between, explain, to_emotions
from mmemo.explain.attribution import decision_of
from mmemo.explain.narrative import LANGUAGES
from mmemo.explain.rephrase import Rephraser
from mmemo.explain.saliency import inside_face
from mmemo.labels import TASK_LABELS
from mmemo.lanes import side_by_side
from mmemo.models import TaskConfig
from mmemo.perception import (
    FaceDetector,
    ImageSource,
    TextReader,
    boxes_from,
    crop_face,
    crop_square,
    is_foreign,
    is_unicode,
    load_face_detector,
    load_image,
)
from mmemo.perception.faces import FACE_DETECTORS
from mmemo.publishing import make_plan, publish
from mmemo.repository import INDEX_FILE, ModelError, Part, PipelineIndex, fetch, part_folder, read_index
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

_CARD = """\
---
library_name: mmemo
tags: [mmemo, memes, multimodal]
---

# A pipeline of mmemo

```python
from mmemo import MmemoPipeline

analysis = MmemoPipeline.from_pretrained("{repo_id}")(image="meme.jpg")
```
"""

ITEM_KEYS = ("image", "text", "face_boxes")


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """An item on its way to the engines; `faces` is None until they have been looked for."""

    text: RecognisedText
    image_size: tuple[int, int] | None
    faces: tuple[DetectedFace, ...] | None
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
        rephraser: Rephraser | None = None,
    ) -> None:
        """Put parts together; `from_pretrained` does it for most.

        Args:
            engines: Task to the engine that serves it.
            face_detector: None for the one that ships with the package.
            text_reader: None likewise.
            rephraser: Words the explanations anew; None to leave them as they are.

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
        self.rephraser = rephraser

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path | None = None,
        *,
        device: str | torch.device | None = None,
        dtype: str | torch.dtype = "auto",
        face_detector: str | FaceDetector = "auto",
        text_reader: TextReader | None = None,
        rephrase_with: str | Path | None = None,
        revision: str | None = None,
        token: str | bool | None = None,
        local_files_only: bool = False,
        **parts: str | Path,
    ) -> "MmemoPipeline":
        """Load models by folder or Hub id; without arguments the compact pair, which needs no network.

        Args:
            model: A whole pipeline's repository (see `save_pretrained`), or a model of mmemo's that serves all its
                tasks alone; None for the compact pair.
            device: Such as `cpu` or `cuda:0`; None takes CUDA when it is there.
            dtype: `auto` for bfloat16 where the processor computes with it, else float32; or a dtype or its name.
            face_detector: `auto`, `centerface`, `yunet`, or a detector; `auto` leaves it to a pipeline's repository.
            text_reader: None for the one that ships, with the settings of a pipeline's repository.
            rephrase_with: A `text-generation` model that words the explanations anew; its wording is used only where it
                claims what the sentences do, and `explanation.rephrasing` says why not. `id@revision` pins it.
            revision: Commit, tag or branch of `model`; it does not apply to `parts`.
            token: For private repositories.
            local_files_only: Never ask the Hub.
            parts: `meme` and `emotion` for models of mmemo's in the place of the compact ones; a task's name for a
                model that serves this task, such as `face_emotion="trpakov/vit-face-expression"`. `id@revision` pins
                a part.

        Raises:
            ModelError: A part is unknown, cannot be loaded, or has labels that cannot be mapped.
            FaceDetectorError: `yunet` was asked for and cannot be had.
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
            if (base := fetch(found, **(hub | at))).joinpath(INDEX_FILE).is_file():
                index = read_index(base)
                engines |= _load_parts(found, base, index, options)
                face_detector = _face_detector(index) if face_detector == "auto" else face_detector
                text_reader = _text_reader(index) if text_reader is None else text_reader
                continue
            engine = load_engine(found, **(options | at))
            engines |= {task: engine for task in engine.tasks if task in TASK_LABELS}
        for task, model_id in single.items():
            found, at = _split_revision(model_id, None)
            engines[task] = load_engine(found, task=task, **(options | at))
        detector = load_face_detector(face_detector, **hub) if isinstance(face_detector, str) else face_detector
        rephraser = None
        if rephrase_with is not None:
            found, at = _split_revision(str(rephrase_with), None)
            rephraser = Rephraser(load_generator(found, **(options | at)))
        return cls(engines, face_detector=detector, text_reader=text_reader, rephraser=rephraser)

    def save_pretrained(self, folder: str | Path) -> Path:
        """Write a repository that `from_pretrained` reads: a folder for each model, and the index that names them.

        Weights are written in the number type that they are held in; a face detector or text reader of the caller's
        own is written by its name and settings.

        Args:
            folder: Made if missing.

        Returns:
            The folder.
        """
        base = Path(folder)
        base.mkdir(parents=True, exist_ok=True)
        parts: dict[str, Part] = {}
        for name, tasks in _part_names(self.engines).items():
            engine: Any = self.engines[tasks[0]]
            engine.model.save_pretrained(base / name)
            engine.processor.save_pretrained(base / name)
            parts[name] = Part(tasks=tasks, folder=name)
        reader = {"min_confidence": self.text_reader.min_confidence, "max_side": self.text_reader.max_side}
        index = PipelineIndex(parts=parts, face_detector=self.face_detector.name, text_reader=reader)
        (base / INDEX_FILE).write_text(index.to_json(), encoding="utf-8")
        return base

    def push_to_hub(self, repo_id: str, *, private: bool = False, token: str | None = None) -> str:
        """Save and publish in one commit, with a short card where the repository has none.

        Args:
            repo_id: `user/name`.
            private: Whether a repository that is made now is private.
            token: None for the one that the machine is signed in with.

        Returns:
            The commit, to pin: `MmemoPipeline.from_pretrained(repo_id, revision=commit)`.

        Raises:
            PublishError: Nothing was changed on the Hub.
        """
        with TemporaryDirectory(prefix="mmemo-push-") as name:
            folder = self.save_pretrained(name)
            plan = make_plan(folder, repo_id, token=token)
            if not any(change.path == "README.md" for change in plan.changes):
                (folder / "README.md").write_text(_CARD.format(repo_id=repo_id), encoding="utf-8")
                plan = make_plan(folder, repo_id, token=token)
            result = publish(plan, message="Update pipeline", private=private, parent=plan.head, token=token)
        return result.commit

    @property
    def tasks(self) -> tuple[str, ...]:
        """Tasks that it serves."""
        return tuple(self.engines)

    def __call__(
        self,
        image: ImageSource | None = None,
        text: str | RecognisedText | None = None,
        *,
        face_boxes: Iterable[Box | DetectedFace | tuple[float, float, float, float]] | None = None,
        explain: Explain = "fast",
        language: str = "en",
    ) -> Analysis:
        """Analyse one item.

        Args:
            image: Path, bytes, PIL image or array (H, W[, C]); None for words alone.
            text: The words; None to read them from the picture, "" for none; or those of an earlier analysis.
            face_boxes: `(x, y, width, height)` in pixels from elsewhere, or faces of an earlier analysis; None to
                find them.
            explain: `fast` for what moved the scores by one gradient pass; `full` for integrated gradients over the
                words, the picture with parts of it hidden, and what would change a verdict, which takes many passes;
                `none` for no explanation.
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
        sample = self._with_faces(self._prepare(image, text, face_boxes)).sample
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
                results += self._analyse_group(len(results), group, settings)
                group = []
        return results + self._analyse_group(len(results), group, settings)

    def conversation(
        self,
        turns: str | Iterable[Turn | Mapping[str, Any] | tuple[str | None, str]],
        *,
        pictures: Mapping[str, ImageSource] | None = None,
        batch_size: int = 16,
        explain: Explain = "none",
        language: str = "en",
    ) -> Conversation:
        """Analyse a conversation turn by turn; a turn that cannot be analysed says why, and the rest go on.

        The words of a picture are read where its turn has none of its own.

        Args:
            turns: A dialogue as text (`Ann: hello`, a line for each turn), or turns: `Turn`s, mappings with `speaker`,
                `text` and `image`, or pairs of speaker and text.
            pictures: Name to picture, for turns that name one: `Ann: look [cat.jpg]`.
            batch_size: Turns that go through the models together.
            explain: As in a call.
            language: As in a call.

        Raises:
            ConversationError: There is no turn, or something that is none.
            ValueError: `batch_size` is under 1, or `explain` or `language` is unknown.
        """
        given = as_turns(turns, pictures)
        failures = {i: failure for i, turn in enumerate(given) if (failure := _turn_failure(i, turn)) is not None}
        places = [i for i in range(len(given)) if i not in failures]
        items = [{"image": given[i].image, "text": given[i].text.strip() or None} for i in places]
        found: dict[int, Analysis | AnalysisFailure] = {**failures}
        results = self.batch(items, batch_size=batch_size, explain=explain, language=language)
        for place, result in zip(places, results, strict=True):
            if isinstance(result, AnalysisFailure):
                result = dataclasses.replace(result, index=place)
            found[place] = result
        return Conversation(
            turns=tuple(
                TurnResult(speaker=turn.speaker, text=turn.text, result=found[i]) for i, turn in enumerate(given)
            )
        )

    def _prepare_item(self, index: int, item: Mapping[str, Any]) -> "_Prepared | AnalysisFailure":
        try:
            if not isinstance(item, Mapping):
                raise ValueError(f"an item must be a mapping with {', '.join(ITEM_KEYS)}, got {type(item).__name__}")
            for key in item:
                if key not in ITEM_KEYS:
                    raise ValueError(f"unknown key {key!r}: expected {', '.join(ITEM_KEYS)}")
            return self._with_faces(self._prepare(item.get("image"), item.get("text"), item.get("face_boxes")))
        except Exception as error:  # the caller's own, or of the face detector or text reader at this picture
            return AnalysisFailure(index=index, kind=type(error).__name__, message=str(error))

    def _analyse_group(
        self, start: int, group: Sequence["_Prepared | AnalysisFailure"], settings: "_Explaining"
    ) -> list[Analysis | AnalysisFailure]:
        good = [item for item in group if isinstance(item, _Prepared)]
        try:
            analyses = iter(self._analyse(good, settings) if good else [])
        except Exception:  # of one item, or of too many at once: each by itself
            return [self._analyse_item(start + i, item, settings) for i, item in enumerate(group)]
        return [next(analyses) if isinstance(item, _Prepared) else item for item in group]

    def _analyse_item(
        self, index: int, item: "_Prepared | AnalysisFailure", settings: "_Explaining"
    ) -> Analysis | AnalysisFailure:
        if isinstance(item, AnalysisFailure):
            return item
        try:
            return self._analyse([item], settings)[0]
        except Exception as error:
            return AnalysisFailure(index=index, kind=type(error).__name__, message=str(error))

    def _prepare(self, image: Any, text: Any, face_boxes: Any) -> _Prepared:  # noqa: ANN401 - checked here
        """Decode, read words, check what was given; faces are looked for later."""
        if image is None and text is None:
            raise ValueError("nothing to analyse: expected a picture, words or both, got neither")
        if text is not None and not isinstance(text, (str, RecognisedText)):
            raise ValueError(f"text must be a string or None, got {type(text).__name__}")
        if isinstance(text, str) and not is_unicode(text):
            raise ValueError("text must be Unicode, got half a character (a lone surrogate)")
        if isinstance(text, str) and len(text) > MAX_TEXT_LENGTH:
            raise ValueError(f"text must have at most {MAX_TEXT_LENGTH} characters, got {len(text)}")
        picture = None if image is None else load_image(image)
        words = self._words(picture, text)
        if picture is None and face_boxes is not None:
            raise ValueError("face_boxes need a picture, got none")
        faces: tuple[DetectedFace, ...] | None = None
        if picture is None or not self._reads_faces:
            faces = ()
        elif face_boxes is not None:
            faces = boxes_from(face_boxes, picture.size)
        return _Prepared(
            text=words,
            image_size=None if picture is None else picture.size,
            faces=faces,
            sample=Sample(words=words.value or None, image=picture),
        )

    def _with_faces(self, item: _Prepared) -> _Prepared:
        """The item with its faces, looked for where nobody has yet, and their crops."""
        picture = item.sample.image
        if picture is None:
            return item
        faces = self.face_detector.detect(picture) if item.faces is None else item.faces
        crops = tuple(crop_face(picture, face.box) for face in faces)
        return dataclasses.replace(item, faces=faces, sample=dataclasses.replace(item.sample, faces=crops))

    def _words(self, picture: Image.Image | None, text: str | RecognisedText | None) -> RecognisedText:
        if isinstance(text, RecognisedText):
            return text
        if text is None and picture is not None:
            return self.text_reader.read(picture)
        words = " ".join((text or "").split())
        return RecognisedText(value=words, source="given" if words else "none")

    @property
    def _reads_faces(self) -> bool:
        return any(_looks_at_faces(engine) for engine in self.engines.values())

    def _analyse(self, prepared: Sequence[_Prepared], settings: "_Explaining") -> list[Analysis]:
        """Run every engine once on all items, and put the results together.

        Engines that look at no face run while faces are still looked for.
        """
        engines = {id(engine): engine for engine in self.engines.values()}

        def run(samples: Sequence[Sample], looks_at_faces: bool) -> dict[int, list[SamplePredictions]]:
            chosen = {key: engine for key, engine in engines.items() if _looks_at_faces(engine) == looks_at_faces}
            return {key: engine.run(samples, settings.how) for key, engine in chosen.items()}

        def run_with_faces() -> tuple[list[_Prepared], dict[int, list[SamplePredictions]]]:
            found = [item if item.sample.faces else self._with_faces(item) for item in prepared]
            return found, run([item.sample for item in found], True)

        (prepared, runs), others = side_by_side(run_with_faces, lambda: run([item.sample for item in prepared], False))
        runs |= others
        by_task = {task: runs[id(engine)] for task, engine in self.engines.items()}
        results = []
        for index, item in enumerate(prepared):
            found = {task: run[index] for task, run in by_task.items()}
            analysis = self._assemble(item, found)
            if settings.how != "none":
                explanation = explain(analysis, _attributions(item, found), settings.language)
                if self.rephraser is not None:
                    explanation = self.rephraser(explanation)
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
            for i, face in enumerate(item.faces or ())
        )
        truncated = any(predictions.words_truncated for predictions in found.values())
        return Analysis(
            text=dataclasses.replace(item.text, truncated=truncated, foreign=is_foreign(item.text.value)),
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


def _turn_failure(index: int, turn: Turn) -> AnalysisFailure | None:
    """Why a turn cannot be analysed; None when it can be tried."""
    if turn.error is not None:
        return AnalysisFailure(index=index, kind="TurnError", message=turn.error)
    if turn.image is None and not turn.text.strip():
        return AnalysisFailure(index=index, kind="TurnError", message="expected words, a picture or both, got neither")
    return None


def _attributions(item: _Prepared, found: Mapping[str, SamplePredictions]) -> dict[str, Attribution]:
    """What moved the score of each task, by the engine that serves it; maps of the face's crop lie in its box."""
    attributions = {
        task: predictions.attributions[task] for task, predictions in found.items() if task in predictions.attributions
    }
    for task, attribution in attributions.items():
        if attribution.heat_map is not None and "image" not in attribution.modalities and item.faces:
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


def _looks_at_faces(engine: Engine) -> bool:
    return any("face" in task.modalities for task in engine.tasks.values())


def _result(task: TaskConfig, prediction: Prediction) -> Decision | Scores:
    if len(task.labels) > 1:
        return _scores(task, prediction)
    return decision_of(task, prediction.probabilities[0], prediction.modalities)


def _is_whole(name: str, model_id: str, hub: dict[str, Any]) -> bool:
    """Whether a part is a model with several tasks; `emotion` is the name of such a part and of a task."""
    found, at = _split_revision(model_id, None)
    return name not in TASK_LABELS or is_own_model(found, **hub, **at)


def _load_parts(model_id: str, base: Path, index: PipelineIndex, options: dict[str, Any]) -> dict[str, Engine]:
    """Engines of a pipeline's repository, of which `base` holds the index."""
    hub = {name: value for name, value in options.items() if name not in ("device", "dtype")}
    folders = tuple(part.folder for part in index.parts.values() if part.folder is not None)
    if folders and base != Path(model_id):  # fetched, so far without its folders; its name is the commit
        base = fetch(model_id, folders=folders, **(hub | {"revision": base.name}))
    engines: dict[str, Engine] = {}
    for part in index.parts.values():
        source = str(part_folder(base, part)) if part.repo_id is None else part.repo_id
        task = part.tasks[0] if len(part.tasks) == 1 else None
        engine = load_engine(source, task=task, **(options | {"revision": part.revision}))
        engines |= dict.fromkeys(part.tasks, engine)
    return engines


def _face_detector(index: PipelineIndex) -> str:
    if index.face_detector not in FACE_DETECTORS:
        raise ModelError(
            f"{INDEX_FILE}: unknown face detector {index.face_detector!r}: expected one of {', '.join(FACE_DETECTORS)}"
        )
    return index.face_detector


def _text_reader(index: PipelineIndex) -> TextReader:
    try:
        return TextReader(**index.text_reader)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise ModelError(f"{INDEX_FILE}: text_reader: {error}") from error


def _part_names(engines: Mapping[str, Engine]) -> dict[str, tuple[str, ...]]:
    """Name of each engine to the tasks it serves: the task's own name, or that of a part of the compact pair."""
    served: dict[int, list[str]] = {}
    for task, engine in engines.items():
        served.setdefault(id(engine), []).append(task)
    names: dict[str, tuple[str, ...]] = {}
    for tasks in served.values():
        name = tasks[0] if len(tasks) == 1 else PARTS["hate" not in tasks]
        names[name if name not in names else f"{name}_{len(names)}"] = tuple(tasks)
    return names


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
