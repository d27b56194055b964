"""Engines: models behind one interface, from prepared samples to calibrated probabilities.

Conventions: a sample's words are None when there are none; its faces are crops, the leading one first. A task that
finds none of its modalities in a sample is absent from its predictions. Engines may be called from several threads.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from PIL import Image
from safetensors import SafetensorError
from torch import Tensor
from transformers import (
    AutoConfig,
    AutoImageProcessor,
    AutoModelForImageClassification,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedConfig,
)

from mmemo.labels import TASK_LABELS, UnknownLabelError, canonical_label, negative_label
from mmemo.models import MmemoConfig, MmemoModel, MmemoProcessor, TaskConfig
from mmemo.models.fusion_mmemo import Encoded
from mmemo.repository import ModelError, fetch, fetch_model

FACE_TASK = "face_emotion"
"""The one task that is run for every face; the others see the leading face alone."""


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
        words_emotion: `emotion` of the words alone, for comparing them with the face.
        words_truncated: Whether the end of the words did not fit the model.
    """

    tasks: dict[str, Prediction]
    faces: tuple[Prediction, ...] = ()
    words_emotion: Prediction | None = None
    words_truncated: bool = False


class Engine(Protocol):
    """A model that serves one task or several."""

    @property
    def tasks(self) -> Mapping[str, TaskConfig]:
        """Its tasks and their settings."""
        ...

    def run(self, samples: Sequence[Sample]) -> list[SamplePredictions]:
        """Predictions of each sample, in order."""
        ...


def best_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the processor computes with it, else float32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    if device.type == "cpu":
        able = torch.cpu.get_capabilities()
        return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32
    return torch.float32


class MmemoEngine:
    """An `MmemoModel` with its processor."""

    def __init__(self, model: MmemoModel, processor: MmemoProcessor) -> None:
        """Take a loaded model, which is put into evaluation mode, and the processor that was saved with it."""
        self.model = model.eval().to(memory_format=torch.channels_last)  # convolutions run faster so
        self.processor = processor
        self.tasks: dict[str, TaskConfig] = {name: model.config.task(name) for name in model.tasks}
        self._tokenizer_lock = threading.Lock()  # a fast tokenizer refuses to be set up by two threads at once

    def _inputs(self, **given: Sequence[Any]) -> dict[str, Tensor]:
        with self._tokenizer_lock:
            batch = self.processor(**given)
        model = self.model
        return {
            name: value.to(model.device, model.dtype if value.is_floating_point() else None)
            for name, value in batch.items()
        }

    @torch.inference_mode()
    def run(self, samples: Sequence[Sample]) -> list[SamplePredictions]:
        """Predictions of each sample; every encoder runs once."""
        encoded, truncated = self._encode(samples)
        faces = self._encode_faces(samples)
        if faces is not None:
            encoded["face"] = _leading_faces(faces, samples)
        logits = self.model.classify(encoded, tuple(name for name in self.tasks if name != FACE_TASK))
        probabilities = self.model.probabilities(logits)
        results: list[dict[str, Prediction]] = [{} for _ in samples]
        for name, values in probabilities.items():
            _fill(results, name, values, self.tasks[name].modalities, encoded)
        face_results = self._classify_faces(faces, samples)
        words = self._words_emotion(encoded)
        return [
            SamplePredictions(
                tasks=results[i],
                faces=face_results[i],
                words_emotion=words[i] if words else None,
                words_truncated=truncated[i],
            )
            for i in range(len(samples))
        ]

    def _encode(self, samples: Sequence[Sample]) -> tuple[Encoded, list[bool]]:
        """Words and whole pictures, of the modalities that the model has, and whose words were cut."""
        given: dict[str, list[Any]] = {}
        if "text" in self.model.encoders and any(sample.words for sample in samples):
            given["text"] = [sample.words for sample in samples]
        if "image" in self.model.encoders and any(sample.image for sample in samples):
            given["images"] = [sample.image for sample in samples]
        if not given:
            return {}, [False] * len(samples)
        inputs = self._inputs(**given)
        truncated = [False] * len(samples)
        if "attention_mask" in inputs:
            truncated = (inputs["attention_mask"].sum(dim=1) >= self.processor.max_length).tolist()
        return self.model.encode(**inputs), truncated

    def _encode_faces(self, samples: Sequence[Sample]) -> tuple[Tensor, Tensor] | None:
        """All faces of all samples in a row: tokens (F, L, D) and mask (F, L)."""
        crops = [face for sample in samples for face in sample.faces]
        if not crops or "face" not in self.model.encoders:
            return None
        return self.model.encode(**self._inputs(faces=crops))["face"]

    def _classify_faces(
        self, faces: tuple[Tensor, Tensor] | None, samples: Sequence[Sample]
    ) -> list[tuple[Prediction, ...]]:
        if faces is None or FACE_TASK not in self.tasks:
            return [()] * len(samples)
        logits = self.model.classify({"face": faces}, (FACE_TASK,))
        rows = iter(self.model.probabilities(logits)[FACE_TASK].tolist())
        return [
            tuple(Prediction(probabilities=tuple(next(rows)), modalities=("face",)) for _ in sample.faces)
            for sample in samples
        ]

    def _words_emotion(self, encoded: Encoded) -> list[Prediction | None]:
        if "emotion" not in self.tasks or "text" not in encoded or "text" not in self.tasks["emotion"].modalities:
            return []
        logits = self.model.classify({"text": encoded["text"]}, ("emotion",))
        values = self.model.probabilities(logits)["emotion"].tolist()
        return [
            Prediction(probabilities=tuple(row), modalities=("text",)) if given else None
            for row, given in zip(values, encoded["text"][1][:, 0].tolist(), strict=True)
        ]


def _leading_faces(faces: tuple[Tensor, Tensor], samples: Sequence[Sample]) -> tuple[Tensor, Tensor]:
    """Rows of the samples' first faces; zeros and a False mask for a sample without."""
    tokens, mask = faces
    leading = tokens.new_zeros(len(samples), *tokens.shape[1:])
    present = mask.new_zeros(len(samples), mask.shape[1])
    row = 0
    for index, sample in enumerate(samples):
        if sample.faces:
            leading[index], present[index] = tokens[row], mask[row]
        row += len(sample.faces)
    return leading, present


def _fill(
    results: list[dict[str, Prediction]], task: str, values: Tensor, modalities: Sequence[str], encoded: Encoded
) -> None:
    """Put each sample's row under the task, where the sample has any of its modalities."""
    present = {modality: encoded[modality][1][:, 0].tolist() for modality in modalities if modality in encoded}
    for index, row in enumerate(values.tolist()[: len(results)]):
        used = tuple(modality for modality, given in present.items() if given[index])
        if used:
            results[index][task] = Prediction(probabilities=tuple(row), modalities=used)


class ClassifierEngine:
    """A standard text or image classifier from the Hub in the place of one of the project's tasks.

    Its labels are mapped by name to the project's; the probabilities of labels that map to one are added up.
    """

    def __init__(self, task: str, model: Any, processor: Any, modality: str) -> None:  # noqa: ANN401 - any Auto class
        """Take a loaded classifier of words (`text`), whole pictures (`image`) or face crops (`face`).

        Raises:
            ModelError: Its labels cannot be mapped to the task's.
        """
        labels = TASK_LABELS[task]
        self.task, self.modality, self.model, self.processor = task, modality, model.eval(), processor
        binary = len(labels) == 1
        multi_label = model.config.problem_type == "multi_label_classification"
        self.squash = torch.sigmoid if multi_label else lambda logits: logits.softmax(dim=-1)
        self.columns = label_columns(model.config, task)
        self.tasks = {
            task: TaskConfig(
                labels=labels,
                modalities=(modality,),
                problem_type="multi_label_classification" if multi_label or binary else "single_label_classification",
            )
        }
        self._lock = threading.Lock()

    @torch.inference_mode()
    def run(self, samples: Sequence[Sample]) -> list[SamplePredictions]:
        """Predictions of each sample."""
        rows = iter(self._probabilities([item for sample in samples for item in self._items(sample)]))
        results = []
        for sample in samples:
            found = tuple(
                Prediction(probabilities=next(rows), modalities=(self.modality,)) for _ in self._items(sample)
            )
            is_face_task = self.task == FACE_TASK
            tasks = {self.task: found[0]} if found and not is_face_task else {}
            results.append(SamplePredictions(tasks=tasks, faces=found if is_face_task else ()))
        return results

    def _items(self, sample: Sample) -> tuple[Any, ...]:
        if self.modality == "text":
            return (sample.words,) if sample.words else ()
        if self.task == FACE_TASK:
            return sample.faces
        picture = sample.image if self.modality == "image" else (sample.faces[0] if sample.faces else None)
        return () if picture is None else (picture,)

    def _probabilities(self, items: list[Any]) -> list[tuple[float, ...]]:
        if not items:
            return []
        with self._lock:
            inputs = (
                self.processor(items, padding=True, truncation=True, return_tensors="pt")
                if self.modality == "text"
                else self.processor(images=items, return_tensors="pt")
            )
        model = self.model
        inputs = {k: v.to(model.device, model.dtype if v.is_floating_point() else None) for k, v in inputs.items()}
        values = self.squash(model(**inputs).logits.float())  # (B, N)
        return [tuple(float(row[columns].sum()) for columns in self.columns) for row in values]


def label_columns(config: PreTrainedConfig, task: str) -> list[list[int]]:
    """For each label of a project task, the columns of another model's logits that mean it.

    Raises:
        ModelError: A label of the model is unknown to the project, or a label of the task is missing from the model.
    """
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


def _load(loader: Any, folder: str, *, named: str, **options: Any) -> Any:  # noqa: ANN401 - any Auto class
    """Call a `from_pretrained` on a folder; what goes wrong becomes one line that names the model."""
    try:
        return loader.from_pretrained(folder, trust_remote_code=False, local_files_only=True, **options)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, SafetensorError) as error:
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"cannot load {named!r}: expected a folder or a Hub id with config.json and model.safetensors; {first_line}"
        ) from error


def _load_weights(loader: Any, folder: str, *, named: str, dtype: torch.dtype) -> Any:  # noqa: ANN401 - any Auto class
    """Load a model of which no weight is missing; transformers would make up new ones in their place."""
    model, info = _load(loader, folder, named=named, dtype=dtype, use_safetensors=True, output_loading_info=True)
    if missing := sorted(info["missing_keys"]):
        raise ModelError(f"the weights of {named!r} are not whole: {len(missing)} are missing, such as {missing[0]}")
    return model


def check_tasks(config: MmemoConfig, named: str) -> None:
    """Refuse a model of mmemo's with a task or labels that the project does not have.

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
        hub: `revision`, `token`, `local_files_only`, `cache_dir`, as `mmemo.repository.fetch` takes them.

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
        engine = MmemoEngine(model, _load(MmemoProcessor, folder, named=model_id))
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
