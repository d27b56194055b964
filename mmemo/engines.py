"""Engines: models behind one interface, from prepared samples to calibrated probabilities.

Conventions: a sample's words are None when there are none; its faces are crops, the leading one first. A task that
finds none of its modalities in a sample is absent from its predictions. Engines may be called from several threads.
"""

import dataclasses
import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

import torch
from huggingface_hub.errors import StrictDataclassError
from PIL import Image
from safetensors import SafetensorError
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoImageProcessor,
    AutoModelForCausalLM,
    AutoModelForImageClassification,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedConfig,
    TextGenerationPipeline,
)

from mmemo.explain.attribution import MIN_STEPS, Attributor, Run, leave_one_out, verdict_of
from mmemo.explain.counterfactual import Outcome, find_counterfactual
from mmemo.explain.saliency import recording, seen_area
from mmemo.explain.words import WordTokens, read_words, whole_words
from mmemo.folding import with_folded_norms
from mmemo.labels import EMOTIONS, TASK_LABELS, UnknownLabelError, canonical_label, negative_label
from mmemo.models import MmemoConfig, MmemoModel, MmemoProcessor, TaskConfig
from mmemo.models.configuration_mmemo import expect_self_contained
from mmemo.models.fusion_mmemo import Encoded, present_in
from mmemo.repository import ModelError, fetch, fetch_model
from mmemo.results import Attribution, Box, Counterfactual, WordWeights

Explain = Literal["none", "fast", "full"]
"""`fast`: Shapley values and one gradient pass; `full`: further passes over words and picture."""
WordMethod = Literal["gradient_activation", "integrated_gradients", "leave_one_out"]

FACE_TASK = "face_emotion"
"""The one task that is run for every face; the others see the leading face alone."""

MAX_TOKENS = 100_000
MAX_SIDE = 4096
"""Longest text and largest side of pixels that a processor may ask for."""

MAX_WORDS_LEFT_OUT = 40
"""Words of a text that `full` explanations of a standard classifier leave out, one at a time."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What is known of one item."""

    words: str | None = None
    image: Image.Image | None = None
    faces: tuple[Image.Image, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Probabilities (N,) of a task's labels, and what they were made from."""

    probabilities: tuple[float, ...]
    modalities: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SamplePredictions:
    """All that an engine says of a sample.

    Attributes:
        tasks: Task to prediction; a task without any of its modalities is absent.
        faces: One prediction of `face_emotion` for each face; empty when the engine lacks that task.
        words_emotion: `emotion` of the words alone, for comparing them with the face; None unless both are there.
        words_truncated: Whether the end of the words did not fit the model.
        attributions: Task to what moved its score, when asked for. Words stand in the sample's words; a heat map of
            the face lies over its crop.
    """

    tasks: dict[str, Prediction]
    faces: tuple[Prediction, ...] = ()
    words_emotion: Prediction | None = None
    words_truncated: bool = False
    attributions: dict[str, Attribution] = field(default_factory=dict)


class Engine(Protocol):
    """A model that serves one task or several."""

    @property
    def tasks(self) -> Mapping[str, TaskConfig]:
        """Its tasks and their settings."""
        ...

    def run(self, samples: Sequence[Sample], explain: Explain = "none") -> list[SamplePredictions]:
        """Predictions of each sample, in order, and what moved them."""
        ...

    def word_weights(self, sample: Sample, task: str, label: str, method: WordMethod) -> WordWeights | None:
        """Which words moved a label of a task; None without words."""
        ...


class MmemoEngine:
    """An `MmemoModel` with its processor."""

    def __init__(self, model: MmemoModel, processor: MmemoProcessor) -> None:
        """Take a loaded model and the processor that was saved with it.

        The model is put into evaluation mode, and its parameters stop requiring gradients.
        """
        self.model = model.eval().to(memory_format=torch.channels_last)  # convolutions run faster so
        self.processor = processor
        self.tasks: dict[str, TaskConfig] = {name: model.config.task(name) for name in model.tasks}
        self._network = with_folded_norms(self.model.requires_grad_(False))
        self._attributor = Attributor(self._network)
        self._tokenizer_lock = threading.Lock()  # a fast tokenizer refuses to be set up by two threads at once

    @property
    def _emotion_modalities(self) -> tuple[str, ...]:
        return self.tasks["emotion"].modalities if "emotion" in self.tasks else ()

    def _inputs(self, **given: Any) -> dict[str, Tensor]:  # noqa: ANN401 - lists of the processor's items
        with self._tokenizer_lock:
            batch = self.processor(**given)
        model = self.model
        return {
            name: value.to(model.device, model.dtype if value.is_floating_point() else None)
            for name, value in batch.items()
        }

    def run(self, samples: Sequence[Sample], explain: Explain = "none") -> list[SamplePredictions]:
        """Predictions of each sample; every encoder runs once, and again for `full` explanations alone."""
        if explain == "none":
            with torch.inference_mode():
                return self._predictions(samples, *self._run(samples))
        with recording() as leaves:
            run, faces = self._run(samples, leaves)
            results = self._predictions(samples, run, faces, is_explained=True)
        if explain == "full":
            return [self._in_full(run, index, result) for index, result in enumerate(results)]
        return results

    def _run(
        self, samples: Sequence[Sample], leaves: dict[str, Tensor] | None = None
    ) -> tuple[Run, tuple[Tensor, Tensor] | None]:
        """Encoders, fusions and heads: the run, and all faces in a row, (F, L, D) and (F, L)."""
        inputs = self._sample_inputs(samples)
        encoded = self._network.encode(**inputs) if inputs else {}
        faces = self._encode_faces(samples)
        if faces is not None:
            encoded["face"] = _leading_faces(faces, samples)
        is_read = leaves is not None and "input_ids" in inputs
        with_face = leaves is not None and faces is not None  # without, `_classify_faces` is enough
        run = Run(
            encoded=encoded,
            logits=self._network.classify(
                encoded, tuple(name for name in self.tasks if name != FACE_TASK or with_face)
            ),
            leaves=leaves or {},
            rows={"image": _places([int(s.image is not None) for s in samples]), "face": _places(_num_faces(samples))},
            input_ids=inputs.get("input_ids"),
            pixel_values=inputs.get("pixel_values"),
            words=self._read_words(samples) if is_read else [()] * len(samples),
            areas={} if leaves is None else self._areas(samples),
        )
        return run, faces

    def _predictions(
        self,
        samples: Sequence[Sample],
        run: Run,
        faces: tuple[Tensor, Tensor] | None,
        is_explained: bool = False,
    ) -> list[SamplePredictions]:
        results: list[dict[str, Prediction]] = [{} for _ in samples]
        logits = {name: values.detach() for name, values in run.logits.items() if name != FACE_TASK}
        for name, values in self._network.probabilities(logits, present_in(run.encoded)).items():
            _fill(results, values, name, run.present(self.tasks[name].modalities))
        needed = self._attributor.coalitions(run) if is_explained else {}
        if faces is not None and "text" in run.encoded and "text" in self._emotion_modalities:
            tasks = needed.setdefault(frozenset({"text"}), [])
            tasks += [] if "emotion" in tasks else ["emotion"]
        answers = self._attributor.ask(run, needed)
        attributions = self._attributor.attribute(run, answers) if is_explained else [{} for _ in samples]
        words = answers.get(frozenset({"text"}), {}).get("emotion")
        has_words = present_in(run.encoded)["text"].tolist() if words else []
        face_results = self._classify_faces(faces, samples)
        truncated = self._truncated(run, samples)
        return [
            SamplePredictions(
                tasks=results[i],
                faces=face_results[i],
                words_emotion=Prediction(probabilities=tuple(words[i]), modalities=("text",))
                if words and has_words[i] and samples[i].faces
                else None,
                words_truncated=truncated[i],
                attributions=attributions[i],
            )
            for i in range(len(samples))
        ]

    def _sample_inputs(self, samples: Sequence[Sample]) -> dict[str, Tensor]:
        """Words and whole pictures, of the modalities that the model has."""
        given: dict[str, list[Any]] = {}
        if "text" in self.model.encoders and any(sample.words for sample in samples):
            given["text"] = [sample.words for sample in samples]
        if "image" in self.model.encoders and any(sample.image for sample in samples):
            given["images"] = [sample.image for sample in samples]
        return self._inputs(**given) if given else {}

    def _truncated(self, run: Run, samples: Sequence[Sample]) -> list[bool]:
        """Whose words were cut."""
        if "text" not in run.encoded:
            return [False] * len(samples)
        lengths = run.encoded["text"][1][:, 1:].sum(dim=1).tolist()
        with self._tokenizer_lock:
            return _are_cut(self.processor.tokenizer, [s.words for s in samples], lengths, self.processor.max_length)

    def _encode_faces(self, samples: Sequence[Sample]) -> tuple[Tensor, Tensor] | None:
        """All faces of all samples in a row: tokens (F, L, D) and mask (F, L)."""
        crops = [face for sample in samples for face in sample.faces]
        if not crops or "face" not in self.model.encoders:
            return None
        return self._network.encode(**self._inputs(faces=crops))["face"]

    def _classify_faces(
        self, faces: tuple[Tensor, Tensor] | None, samples: Sequence[Sample]
    ) -> list[tuple[Prediction, ...]]:
        if faces is None or FACE_TASK not in self.tasks:
            return [()] * len(samples)
        with torch.no_grad():
            logits = self._network.classify({"face": faces}, (FACE_TASK,))
        rows = iter(self._network.probabilities(logits, present_in({"face": faces}))[FACE_TASK].tolist())
        return [
            tuple(Prediction(probabilities=tuple(next(rows)), modalities=("face",)) for _ in sample.faces)
            for sample in samples
        ]

    # What explanations need.

    def _read_words(self, samples: Sequence[Sample]) -> list[tuple[WordTokens, ...]]:
        """Words of each sample that were read, with their tokens; none where the tokenizer cannot tell."""
        tokenizer: Any = self.processor.tokenizer
        texts = [sample.words or "" for sample in samples]
        if not tokenizer.is_fast:
            return [()] * len(samples)
        with self._tokenizer_lock:
            offsets = tokenizer(
                texts,
                padding=True,
                truncation=True,
                max_length=self.processor.max_length,
                return_offsets_mapping=True,
            )["offset_mapping"]
        return [read_words(text, pairs) for text, pairs in zip(texts, offsets, strict=True)]

    def _areas(self, samples: Sequence[Sample]) -> dict[str, list[Box | None]]:
        """What the encoders see: of the picture, and of the leading face's crop."""
        return {
            "image": [seen_area(self.processor.image_processor, sample.image) for sample in samples],
            "face": [seen_area(self.processor.face_image_processor, *sample.faces[:1]) for sample in samples],
        }

    def _encode_words(self, texts: Sequence[str]) -> Encoded:
        return {"text": self._network.encode(**self._inputs(text=list(texts)))["text"]}

    def _ask(self, run: Run, index: int, task: str, texts: Sequence[str]) -> list[Prediction]:
        found = zip(*self._attributor.ask_texts(run, index, task, texts, self._encode_words), strict=True)
        return [Prediction(probabilities=tuple(row), modalities=modalities) for row, modalities in found]

    def _in_full(self, run: Run, index: int, result: SamplePredictions) -> SamplePredictions:
        """The same with integrated gradients and RISE in the place of one gradient, and what would change a verdict.

        Of texts so long, and pictures' encoders so large, that it would take too long, the first words and map stay.
        """
        with_words = [name for name, found in result.attributions.items() if found.words is not None]
        attributions = dict(result.attributions)
        for name in with_words:
            found, task = attributions[name], self.tasks[name]
            steps = self._attributor.affordable_steps(run, index, len(with_words))
            if steps >= MIN_STEPS:
                column = task.labels.index(found.label)
                words = self._attributor.integrated_gradients(run, index, name, column, steps)
                found = dataclasses.replace(found, words=words)
            changed = counterfactual(task, found, functools.partial(self._ask, run, index, name))
            attributions[name] = dataclasses.replace(found, counterfactual=changed)
        pictured = {
            name: self.tasks[name].labels.index(found.label)
            for name, found in attributions.items()
            if "image" in found.modalities
        }
        if pictured and self._attributor.can_hide_places():
            for name, heat_map in self._attributor.hiding_places(run, index, pictured).items():
                attributions[name] = dataclasses.replace(attributions[name], heat_map=heat_map)
        return dataclasses.replace(result, attributions=attributions)

    def word_weights(self, sample: Sample, task: str, label: str, method: WordMethod) -> WordWeights | None:
        """Which words moved a label of a task; None without words. Its picture and leading face are seen too.

        Raises:
            ValueError: The label or the method is unknown.
        """
        column = _column(self.tasks[task], label, method)
        with recording() as leaves:
            run, _ = self._run([sample], leaves)
            if not run.words[0] or "text" not in self.tasks[task].modalities:
                return None
            if method == "gradient_activation":
                return self._attributor.word_weights(run, task, column)
        if method == "integrated_gradients":
            return self._attributor.integrated_gradients(run, 0, task, column)
        return leave_one_out(
            run.words[0], lambda texts: [found.probabilities[column] for found in self._ask(run, 0, task, texts)]
        )


def counterfactual(
    task: TaskConfig, found: Attribution, ask: Callable[[list[str]], Sequence[Prediction]]
) -> Counterfactual | None:
    """What would change the verdict of a task with one label; None for other tasks, and where nothing was found.

    Args:
        task: The task.
        found: What moved its score, with words.
        ask: What the task says of each text, from no modality where nothing is left.
    """
    if len(task.labels) > 1 or found.words is None:
        return None

    def outcome(said: Prediction) -> Outcome | None:
        if not said.modalities:
            return None
        verdict = verdict_of(task, said.probabilities, said.modalities)
        return Outcome(probability=said.probabilities[0], verdict=verdict)

    def outcomes(texts: list[str]) -> list[Outcome | None]:
        return [outcome(said) for said in ask(texts)]

    verdict = verdict_of(task, (found.score,), tuple(found.modalities))
    is_raised = verdict != negative_label(found.label)
    return find_counterfactual(found.words.words, verdict, outcomes, is_raised=is_raised)


def _column(task: TaskConfig, label: str, method: str) -> int:
    """Place of a label, for a method that there is."""
    for what, value, expected in (("method", method, get_args(WordMethod)), ("label", label, task.labels)):
        if value not in expected:
            raise ValueError(f"unknown {what} {value!r}: expected one of {', '.join(expected)}")
    return task.labels.index(label)


def _are_cut(tokenizer: Any, texts: Sequence[str | None], lengths: Sequence[int], max_length: int) -> list[bool]:  # noqa: ANN401 - any tokenizer
    """Which texts, that were read to so many tokens, have more of them than the most that are read."""
    return [
        length >= max_length and len(tokenizer(text or "", truncation=False, verbose=False)["input_ids"]) > max_length
        for text, length in zip(texts, lengths, strict=True)
    ]


def _max_tokens(tokenizer: Any, model: Any) -> int:  # noqa: ANN401 - any Auto class
    """Tokens that a classifier of words takes, whose tokenizer often does not know it."""
    limits = [10**6, tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None)]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            # RoBERTa and its kin count places from the padding token's on.
            limits.append(module.num_embeddings - (0 if module.padding_idx is None else module.padding_idx + 1))
    return min(limit for limit in limits if limit)


def _num_faces(samples: Sequence[Sample]) -> list[int]:
    return [len(sample.faces) for sample in samples]


def _places(counts: Sequence[int]) -> list[int]:
    """Where each sample's first item stands when all samples' items stand in a row."""
    return [sum(counts[:i]) for i in range(len(counts))]


def _leading_faces(faces: tuple[Tensor, Tensor], samples: Sequence[Sample]) -> tuple[Tensor, Tensor]:
    """Rows of the samples' first faces; zeros and a False mask for a sample without."""
    tokens, mask = faces
    counts = _num_faces(samples)
    given = torch.tensor([count > 0 for count in counts], device=tokens.device)
    rows = torch.tensor([place for place, count in zip(_places(counts), counts, strict=True) if count])
    leading = tokens.new_zeros(len(samples), *tokens.shape[1:])
    present = given.unsqueeze(1).expand(-1, mask.shape[1])
    return leading.index_copy(0, given.nonzero().squeeze(1), tokens[rows.to(tokens.device)]), present


def _fill(results: list[dict[str, Prediction]], values: Tensor, task: str, present: Sequence[tuple[str, ...]]) -> None:
    """Put each sample's row under the task, where the sample has any of its modalities."""
    for result, row, used in zip(results, values.tolist(), present, strict=False):  # no rows where nothing is encoded
        if used:
            result[task] = Prediction(probabilities=tuple(row), modalities=used)


class ClassifierEngine:
    """A standard text or image classifier from the Hub in the place of one of the project's tasks.

    Its labels are mapped by name to the project's. Of labels that map to one the probabilities are added up, or, where
    each has a sigmoid of its own, the highest counts.
    """

    def __init__(self, task: str, model: Any, processor: Any, modality: str) -> None:  # noqa: ANN401 - any Auto class
        """Take a loaded classifier of words (`text`), whole pictures (`image`) or face crops (`face`).

        Raises:
            ModelError: Its labels cannot be mapped to the task's.
        """
        labels = TASK_LABELS[task]
        self.task, self.modality, self.model, self.processor = task, modality, model.eval(), processor
        binary = len(labels) == 1
        multi_label = model.config.problem_type == "multi_label_classification" or model.config.num_labels == 1
        self._squash = torch.sigmoid if multi_label else functools.partial(torch.softmax, dim=-1)
        self._join = torch.amax if multi_label else torch.sum
        self.columns = label_columns(model.config, task)
        self.tasks = {
            task: TaskConfig(
                labels=labels,
                modalities=(modality,),
                problem_type="multi_label_classification" if multi_label or binary else "single_label_classification",
            )
        }
        self._max_length = _max_tokens(processor, model) if modality == "text" else 0
        self._lock = threading.Lock()

    @torch.inference_mode()
    def run(self, samples: Sequence[Sample], explain: Explain = "none") -> list[SamplePredictions]:
        """Predictions of each sample.

        `fast` explanations say how far what was given moved the score, but not which words or places: that would be
        a second pass. `full` ones leave out a word at a time, and search what would change a verdict.
        """
        predictions = iter(self._predictions([item for sample in samples for item in self._items(sample)]))
        results = []
        for sample in samples:
            found = tuple(next(predictions) for _ in self._items(sample))
            is_face_task = self.task == FACE_TASK
            tasks = {self.task: found[0]} if found and not is_face_task else {}
            attributions = {}
            if explain != "none" and found:
                attributions[self.task] = self._attribution(sample, found[0].probabilities, explain)
            results.append(
                SamplePredictions(
                    tasks=tasks,
                    faces=found if is_face_task else (),
                    words_truncated=self.modality == "text" and self._is_cut(sample),
                    attributions=attributions,
                )
            )
        return results

    def _attribution(self, sample: Sample, probabilities: tuple[float, ...], explain: Explain) -> Attribution:
        task = self.tasks[self.task]
        column = max(range(len(probabilities)), key=probabilities.__getitem__)
        score, baseline = probabilities[column], self._nothing[column]
        found = Attribution(
            task=self.task,
            label=task.labels[column],
            score=score,
            baseline=baseline,
            modalities={self.modality: score - baseline},
        )
        if explain != "full" or self.modality != "text":
            return found
        words = whole_words(sample.words or "")[:MAX_WORDS_LEFT_OUT]
        found = dataclasses.replace(found, words=leave_one_out(words, lambda texts: self._scores(texts, column)))
        return dataclasses.replace(found, counterfactual=counterfactual(task, found, self._predictions))

    def _is_cut(self, sample: Sample) -> bool:
        with self._lock:
            return _are_cut(self.processor, [sample.words], [self._max_length], self._max_length)[0]

    def _scores(self, texts: list[str], column: int) -> list[float]:
        return [row[column] for row in self._probabilities(list(texts))]

    @functools.cached_property
    def _nothing(self) -> tuple[float, ...]:
        """Probabilities (N,) without words, or of a grey picture."""
        grey = Image.new("RGB", (64, 64), (127, 127, 127))
        return self._probabilities(["" if self.modality == "text" else grey])[0]

    @torch.inference_mode()
    def word_weights(self, sample: Sample, task: str, label: str, method: WordMethod) -> WordWeights | None:
        """Which words moved a label of its task, by leaving out one at a time; None without words.

        Raises:
            ValueError: The label is unknown, or the method is another.
        """
        column = _column(self.tasks[task], label, method)
        if method != "leave_one_out":
            raise ValueError(f"a standard classifier explains words by leave_one_out alone, got {method!r}")
        words = whole_words(sample.words or "")
        if self.modality != "text" or not words:
            return None
        return leave_one_out(words, lambda texts: self._scores(texts, column))

    def _items(self, sample: Sample) -> tuple[Any, ...]:
        if self.modality == "text":
            return (sample.words,) if sample.words else ()
        if self.task == FACE_TASK:
            return sample.faces
        picture = sample.image if self.modality == "image" else (sample.faces[0] if sample.faces else None)
        return () if picture is None else (picture,)

    def _predictions(self, items: list[Any]) -> list[Prediction]:
        rows = self._probabilities(items)
        return [Prediction(probabilities=row, modalities=(self.modality,)) for row in rows]

    def _probabilities(self, items: list[Any]) -> list[tuple[float, ...]]:
        if not items:
            return []
        with self._lock:
            inputs = (
                self.processor(items, padding=True, truncation=True, max_length=self._max_length, return_tensors="pt")
                if self.modality == "text"
                else self.processor(images=items, return_tensors="pt")
            )
        model = self.model
        inputs = {k: v.to(model.device, model.dtype if v.is_floating_point() else None) for k, v in inputs.items()}
        values = self._squash(model(**inputs).logits.float())  # (B, N)
        return [tuple(float(self._join(row[columns])) for columns in self.columns) for row in values]


def _check_adds_up(is_multi_label: bool, task: str, named: str) -> None:
    """Refuse probabilities of the seven emotions that do not add up to 1: they are compared and averaged as shares."""
    if is_multi_label and TASK_LABELS[task] == EMOTIONS:
        raise ModelError(
            f"{named!r} cannot serve {task!r}: expected probabilities that add up to 1, got a multi-label model's"
        )


def label_columns(config: PreTrainedConfig, task: str) -> list[list[int]]:
    """For each label of a project task, the columns of another model's logits that mean it.

    Raises:
        ModelError: The model does not give the probabilities that the task needs, a label of it is unknown to the
            project, or a label of the task is missing from it.
    """
    _check_adds_up(config.problem_type == "multi_label_classification", task, config.name_or_path or "model")
    if config.problem_type == "regression":
        raise ModelError(
            f"{config.name_or_path or 'model'} cannot serve {task!r}: expected a classifier, got a model for regression"
        )
    labels = TASK_LABELS[task]
    accepted = list(labels) if len(labels) > 1 else [labels[0], negative_label(labels[0])]
    columns: dict[str, list[int]] = {label: [] for label in accepted}
    for index, name in (config.id2label or {}).items():
        try:
            columns[canonical_label(name, task)].append(int(str(index)))
        except UnknownLabelError as error:
            raise ModelError(f"{config.name_or_path or 'model'} cannot serve {task!r}: {error}") from error
    missing = [label for label in labels if not columns[label]]
    if missing:
        raise ModelError(
            f"{config.name_or_path or 'model'} cannot serve {task!r}: it has no label for {', '.join(missing)}"
        )
    return [columns[label] for label in labels]


# What loaders raise on damaged or hostile files.
_LOAD_ERRORS = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    ImportError,
    SafetensorError,
    StrictDataclassError,
)


def _load(loader: Any, folder: str, *, named: str, **options: Any) -> Any:  # noqa: ANN401 - any Auto class
    """Call a `from_pretrained` on a folder; what goes wrong becomes one line that names the model."""
    try:
        expect_self_contained(PreTrainedConfig.get_config_dict(folder, local_files_only=True)[0])
        return loader.from_pretrained(folder, trust_remote_code=False, local_files_only=True, **options)
    except _LOAD_ERRORS as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        # A strict configuration says in the second line what is wrong.
        reason = " ".join(" ".join(lines).split()) if isinstance(error, StrictDataclassError) else lines[0]
        raise ModelError(
            f"cannot load {named!r}: expected a folder or a Hub id with config.json and model.safetensors; {reason}"
        ) from error


def _load_weights(loader: Any, folder: str, *, named: str, dtype: torch.dtype) -> Any:  # noqa: ANN401 - any Auto class
    """Load a model of which no weight is missing; transformers would make up new ones in their place."""
    model, info = _load(loader, folder, named=named, dtype=dtype, use_safetensors=True, output_loading_info=True)
    if missing := sorted(info["missing_keys"]):
        raise ModelError(f"the weights of {named!r} are not whole: {len(missing)} are missing, such as {missing[0]}")
    return model


def check_tasks(config: MmemoConfig, named: str) -> None:
    """Refuse a model of mmemo's with a task, labels or a kind of probabilities that the project does not have.

    Raises:
        ModelError: Names the task, what was expected, and what came.
    """
    for name in config.tasks or {}:
        if name not in TASK_LABELS:
            raise ModelError(f"{named!r} has an unknown task {name!r}: expected one of {', '.join(TASK_LABELS)}")
        labels, expected = config.task(name).labels, TASK_LABELS[name]
        if sorted(labels) != sorted(expected):
            raise ModelError(
                f"{named!r} has other labels for {name!r}: expected the {len(expected)} of {', '.join(expected)}, got "
                f"the {len(labels)} of {', '.join(labels)}"
            )
        _check_adds_up(config.task(name).is_multi_label, name, named)


def check_processor(processor: MmemoProcessor, named: str) -> None:
    """Refuse a processor with settings that no batch can be made with, or one of terabytes.

    Raises:
        ModelError: Names the setting, what was expected, and what came.
    """
    limits: list[tuple[str, object, int]] = [("max_length", processor.max_length, MAX_TOKENS)]
    if processor.face_resolution is not None:
        limits.append(("face_resolution", processor.face_resolution, MAX_SIDE))
    for part in (processor.image_processor, processor.face_image_processor):
        for name in () if part is None else ("size", "crop_size", "pad_size"):
            limits += [(name, side, MAX_SIDE) for side in dict(getattr(part, name) or {}).values() if side is not None]
    for name, value, most in limits:
        if not isinstance(value, int) or not 1 <= value <= most:
            raise ModelError(f"{name} of {named!r} must be a whole number from 1 to {most:,}, got {value!r}")


def is_own_model(model_id: str, **hub: Any) -> bool:  # noqa: ANN401 - options of from_pretrained
    """Whether a folder or Hub id holds a model of mmemo's rather than a standard classifier.

    Raises:
        ModelError: It has no configuration that can be read.
    """
    return _load(AutoConfig, str(fetch(model_id, **hub)), named=model_id).model_type == "mmemo"


def load_engine(
    model_id: str,
    *,
    task: str | None = None,
    device: torch.device,
    dtype: torch.dtype,
    **hub: Any,  # noqa: ANN401 - options of from_pretrained
) -> Engine:
    """Engine for a folder or Hub id.

    Args:
        model_id: A model of mmemo's, or, with `task`, a standard classifier.
        task: The project's task that it is to serve; a standard classifier needs one.
        device: Where it runs.
        dtype: What it computes in.
        hub: `revision`, `token`, `local_files_only`, as `mmemo.repository.fetch` takes them.

    Raises:
        ModelError: It cannot be loaded, or its labels cannot be mapped.
    """
    if task is not None and task not in TASK_LABELS:
        raise ModelError(f"unknown task {task!r}: expected one of {', '.join(TASK_LABELS)}")
    folder = str(fetch_model(model_id, **hub))
    config = _load(AutoConfig, folder, named=model_id)
    if config.model_type == "mmemo":
        check_tasks(config, model_id)
        model = _load_weights(MmemoModel, folder, named=model_id, dtype=dtype).to(device)
        processor = _load(MmemoProcessor, folder, named=model_id)
        check_processor(processor, model_id)
        engine = MmemoEngine(model, processor)
        if task is not None and task not in engine.tasks:
            raise ModelError(f"{model_id!r} has no task {task!r}: it has {', '.join(engine.tasks)}")
        return engine
    if task is None:
        raise ModelError(
            f"{model_id!r} is a {config.model_type} model: say which task it serves, for instance hate={model_id!r}"
        )
    return _load_classifier(model_id, folder, task, config, device, dtype)


def _load_classifier(
    named: str, folder: str, task: str, config: PreTrainedConfig, device: torch.device, dtype: torch.dtype
) -> ClassifierEngine:
    kinds = config.architectures or []
    label_columns(config, task)  # refuse before any weight is read
    if any(kind.endswith("ForSequenceClassification") for kind in kinds):
        model = _load_weights(AutoModelForSequenceClassification, folder, named=named, dtype=dtype)
        return ClassifierEngine(task, model.to(device), _load(AutoTokenizer, folder, named=named), "text")
    if any(kind.endswith("ForImageClassification") for kind in kinds):
        model = _load_weights(AutoModelForImageClassification, folder, named=named, dtype=dtype)
        modality = "face" if task in (FACE_TASK, "emotion") else "image"
        return ClassifierEngine(task, model.to(device), _load(AutoImageProcessor, folder, named=named), modality)
    raise ModelError(
        f"{named!r} cannot serve {task!r}: expected a model for sequence or image classification, got {kinds}"
    )


def load_generator(
    model_id: str,
    *,
    device: torch.device,
    dtype: torch.dtype,
    **hub: Any,  # noqa: ANN401 - options of from_pretrained
) -> TextGenerationPipeline:
    """Text generation pipeline of a causal language model, by folder or Hub id.

    Args:
        model_id: Any model that `AutoModelForCausalLM` loads without code of its own.
        device: Where it runs.
        dtype: What it computes in.
        hub: Options of `repository.fetch`.

    Raises:
        ModelError: It cannot be loaded.
    """
    folder = str(fetch_model(model_id, **hub))
    model = _load_weights(AutoModelForCausalLM, folder, named=model_id, dtype=dtype)
    tokenizer = _load(AutoTokenizer, folder, named=model_id)
    return TextGenerationPipeline(model=model.eval(), tokenizer=tokenizer, device=device)
