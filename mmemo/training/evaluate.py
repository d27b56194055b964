"""Measures a checkpoint on one split of a data set: `metrics.json`, plots, and a table for the terminal.

Conventions: the model runs in float32; probabilities are calibrated with the checkpoint's temperatures, and decisions
use its thresholds. Items without a label of the task, or without any modality that it is asked to look at, are left out
and counted. A measure that the data does not define is NaN here and null in the file.
"""

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import metrics as sklearn_metrics

from mmemo.data import DATASETS, DataError, Example, dataset_names, load_dataset, no_labels_error
from mmemo.data.examples import find_folder
from mmemo.data.pairs import PAIRING, pair_by_label
from mmemo.data.records import label_names
from mmemo.labels import negative_label
from mmemo.models import TaskConfig
from mmemo.perception.faces import load_face_detector
from mmemo.results import Decision
from mmemo.training.batches import Source
from mmemo.training.metrics import MEASURES, bootstrap_interval, calibration_noise, measures, predictions
from mmemo.training.plots import draw_plots
from mmemo.training.predict import thresholds_of
from mmemo.training.predictors import EvaluationError, load_predictor
from mmemo.training.recipes import SourceRecipe
from mmemo.training.slices import Slices, find_slices

PAIR_SEED = 0
"""Seed of the pairs of `fer2013+meld`, so that every evaluation sees the same ones."""
BOOTSTRAP_SEED = 0
"""Seed of the resamples, so that the same items always give the same intervals."""
NOISE_ROUNDS = 100
"""Draws of labels behind `ece_if_calibrated`, at most; as many as bootstrap resamples when those are fewer."""
_OTHER_LABELS = {"emotion": "face_emotion"}
"""Task to another whose labels, the same names, a data set may carry in its place."""
METRICS_FILE = "metrics.json"
PREDICTIONS_FILE = "predictions.jsonl"
"""One line an item: id, target, probabilities."""


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings:
    """What is to be measured.

    Attributes:
        model: Folder of the checkpoint, or a Hub id.
        task: A task of the model.
        dataset: A data set's name, or `faces+texts` for two of them paired by label.
        data: Data root, or the set's own folder.
        split: Split of the data set.
        modalities: What the model may look at; None for all that the task takes.
        num_bootstrap: Resamples behind the intervals; 0 for none.
        device: Such as `cpu`; None takes CUDA when it is there.
        has_slices: Measure also by text length, with and without a face, and by the number of faces.
    """

    model: str
    task: str
    dataset: str
    data: Path
    split: str = "test"
    modalities: tuple[str, ...] | None = None
    num_bootstrap: int = 1000
    device: str | None = None
    has_slices: bool = False

    def __post_init__(self) -> None:
        """Refuse a negative number of resamples."""
        if self.num_bootstrap < 0:
            raise EvaluationError(f"the number of bootstrap resamples must be 0 or more, got {self.num_bootstrap}")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The items that are measured on.

    Attributes:
        source: The items, with the name their labels go by.
        num_unlabelled: Items left out for want of a label of the task.
        num_without_input: Items left out for want of every modality.
        is_paired: Whether faces and texts were put together by label.
        notes: What is to be known of this copy of the data.
    """

    source: Source
    num_unlabelled: int
    num_without_input: int
    is_paired: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClassMeasures:
    """Measures of one class; NaN where it never occurs (recall) or is never said (precision)."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, kw_only=True)
class VerdictMeasures:
    """How often a verdict is given, and how often it is then right; NaN where it never is, or is `uncertain`."""

    share: float
    right: float


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What was measured.

    Attributes:
        settings: The request.
        task: The task's settings in the checkpoint.
        selection: The items.
        probabilities: (B, N), calibrated.
        targets: (B,) indices, or (B, N) of 0 and 1.
        modalities: Those that each item has, of what the task looks at.
        measures: Measure to value.
        intervals: Measure to its bootstrap 95 % interval; NaN without resamples.
        ece_if_calibrated: The `ece` that perfect calibration would show on as many items; NaN without resamples.
        per_class: Class to its measures; both sides of a yes/no task.
        slices: What the slices are by -> slice -> its rows; empty when they were not asked for.
    """

    settings: EvaluationSettings
    task: TaskConfig
    selection: Selection
    probabilities: np.ndarray
    targets: np.ndarray
    modalities: list[tuple[str, ...]]
    measures: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    ece_if_calibrated: float
    per_class: dict[str, ClassMeasures]
    slices: Slices = field(default_factory=dict)

    @property
    def num_items(self) -> int:
        """Items that were measured on."""
        return len(self.targets)

    @property
    def thresholds(self) -> np.ndarray:
        """Probabilities (B, N) from which each label counts as present in each item."""
        return thresholds_of(self.task, self.modalities)

    @property
    def model_name(self) -> str:
        """Name of the checkpoint's folder."""
        path = Path(self.settings.model)
        return path.resolve().name if path.exists() else self.settings.model

    @property
    def absent_labels(self) -> tuple[str, ...]:
        """Classes that no item has."""
        return tuple(label for label, values in self.per_class.items() if values.support == 0)

    @property
    def title(self) -> str:
        """Model, task, data set, split, and the modalities where the request limits them."""
        settings = self.settings
        limit = f", {' and '.join(settings.modalities)} alone" if settings.modalities else ""
        return f"{self.model_name}: {settings.task} on {settings.dataset} {settings.split}{limit}"

    def to_dict(self, command: str | None = None) -> dict[str, Any]:
        """The content of `metrics.json`: the measures at the top level, null where undefined."""
        settings, selection = self.settings, self.selection
        values = {
            "task": settings.task,
            "dataset": settings.dataset,
            "split": settings.split,
            "model": self.model_name,
            "modalities": list(selection.source.modalities),
            "num_items": self.num_items,
            "num_unlabelled": selection.num_unlabelled,
            "num_without_input": selection.num_without_input,
            "pairing": f"{PAIRING}, seed {PAIR_SEED}" if selection.is_paired else None,
            "absent_labels": list(self.absent_labels),
            **self.measures,
            "ece_if_calibrated": self.ece_if_calibrated,
            "intervals": self.intervals,
            "num_bootstrap": settings.num_bootstrap,
            "temperature": self.task.temperature,
            "calibration": {name: list(pair) for name, pair in self.task.calibration.items()},
            "thresholds": self.task.thresholds,
            "task_config": self.task.to_dict(),
            "per_class": {label: vars(item) for label, item in self.per_class.items()},
            "verdicts": {verdict: vars(item) for verdict, item in self.verdicts.items()},
            "slices": self.slice_measures(),
            "confusion": {"labels": list(self.per_class), "counts": self.confusion.tolist()},
            "command": command,
        }
        return _without_nan(values)

    @property
    def verdicts(self) -> dict[str, VerdictMeasures]:
        """Each verdict of a yes/no task, as the pipeline gives it; empty for other tasks."""
        if len(self.task.labels) > 1:
            return {}
        label = self.task.labels[0]
        given = [
            Decision(
                label=label,
                probability=float(probability),
                threshold=self.task.threshold(label, modalities),
                uncertain_band=self.task.band(modalities),
                modalities=modalities,
            ).verdict
            for probability, modalities in zip(self.probabilities[:, 0], self.modalities, strict=True)
        ]
        truth = np.array(class_names(self.task))[self.targets[:, 0]]
        found = {}
        for verdict in (label, negative_label(label), "uncertain"):
            rows = np.array(given) == verdict
            is_answer = verdict != "uncertain" and rows.any()
            right = float((truth[rows] == verdict).mean()) if is_answer else math.nan
            found[verdict] = VerdictMeasures(share=float(rows.mean()), right=right)
        return found

    def slice_measures(self) -> dict[str, dict[str, dict[str, float]]]:
        """What the slices are by -> slice -> its number of items and measures."""
        thresholds = self.thresholds

        def measured(rows: np.ndarray) -> dict[str, float]:
            found = measures(self.task, self.probabilities[rows], self.targets[rows], thresholds[rows])
            return {"num_items": len(rows), **found}

        return {kind: {name: measured(rows) for name, rows in parts.items()} for kind, parts in self.slices.items()}

    @property
    def confusion(self) -> np.ndarray:
        """Counts, rows the truth: (C, C) over the classes; several-label tasks have one (2, 2) a label, (N, 2, 2)."""
        predicted = predictions(self.task, self.probabilities, self.thresholds)
        if self.task.is_multi_label and len(self.task.labels) > 1:
            return sklearn_metrics.multilabel_confusion_matrix(self.targets, predicted)
        classes = range(len(self.per_class))
        return sklearn_metrics.confusion_matrix(self.targets.ravel(), predicted.ravel(), labels=list(classes))


def _without_nan(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Plain JSON values with None for NaN."""
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def label_task(task: str, dataset: str) -> str:
    """Name under which a data set's examples carry the labels of a task.

    Raises:
        DataError: No such data set, or it has no labels for the task.
    """
    if dataset not in DATASETS:
        raise DataError(f"unknown data set {dataset!r}: expected one of {', '.join(dataset_names())}, or two with a +")
    known = DATASETS[dataset].tasks
    for name in (task, _OTHER_LABELS.get(task)):
        if name in known:
            return str(name)
    raise no_labels_error(dataset, task)


def _load_examples(settings: EvaluationSettings) -> tuple[list[Example], str]:
    """Examples of a set, or of two paired by label, and the name their labels go by."""
    faces, plus, texts = settings.dataset.partition("+")
    if not plus:
        label = label_task(settings.task, faces)
        return load_dataset(faces, settings.data, settings.split), label
    if settings.task != "emotion":
        raise DataError(f"pairs of two data sets carry labels of the task 'emotion', got the task {settings.task!r}")
    for name in (faces, texts):
        label_task("emotion", name)
    loaded = [load_dataset(name, settings.data, settings.split) for name in (faces, texts)]
    return pair_by_label(loaded[0], loaded[1], seed=PAIR_SEED), "emotion"


def _has_input(example: Example, modality: str) -> bool:
    if modality == "text":
        return bool(example.text and example.text.strip())
    return getattr(example, modality) is not None


def _check_modalities(task: TaskConfig, name: str, wanted: Sequence[str] | None) -> tuple[str, ...]:
    for modality in wanted or ():
        if modality not in task.modalities:
            accepted = ", ".join(task.modalities)
            raise EvaluationError(f"the model's task {name!r} does not look at {modality!r}: it looks at {accepted}")
    return tuple(modality for modality in task.modalities if wanted is None or modality in wanted)


def _check_labels(task: TaskConfig, examples: Sequence[Example], label: str, dataset: str) -> None:
    accepted = class_names(task)
    for name in sorted({name for example in examples for name in label_names(example, label)}):
        if name not in accepted:
            raise DataError(f"{dataset} has the label {name!r}: expected the model's, {', '.join(accepted)}")


def select(settings: EvaluationSettings, task: TaskConfig) -> Selection:
    """Items that can be measured on.

    Raises:
        DataError: The data cannot be read, has other labels than the model, or no item is left.
        EvaluationError: The task does not look at a modality that was asked for.
    """
    wanted = _check_modalities(task, settings.task, settings.modalities)
    examples, label = _load_examples(settings)
    _check_labels(task, examples, label, settings.dataset)
    labelled = [example for example in examples if label in example.labels]
    usable = [example for example in labelled if any(_has_input(example, modality) for modality in wanted)]
    if not usable:
        raise DataError(
            f"{settings.dataset} {settings.split}: expected items with {' or '.join(wanted)} and a label of "
            f"{settings.task!r}, got none among {len(examples)}"
        )
    present = tuple(modality for modality in wanted if any(_has_input(example, modality) for example in usable))
    faces, plus, texts = settings.dataset.partition("+")
    recipe = SourceRecipe(dataset=faces, tasks=(f"{label}->{settings.task}",), pair_with=texts or None)
    return Selection(
        source=Source(recipe=recipe, examples=usable, tasks={settings.task: label}, modalities=present),
        num_unlabelled=len(examples) - len(labelled),
        num_without_input=len(labelled) - len(usable),
        is_paired=bool(plus),
        notes=tuple(
            f"{name}: {note}"
            for name in filter(None, (faces, texts))
            for note in DATASETS[name].notes(find_folder(name, settings.data))
        ),
    )


def class_names(task: TaskConfig) -> tuple[str, ...]:
    """The task's labels; both sides of a yes/no task, the "no" side first."""
    return (negative_label(task.labels[0]), task.labels[0]) if len(task.labels) == 1 else task.labels


def class_measures(
    task: TaskConfig, probabilities: np.ndarray, targets: np.ndarray, thresholds: np.ndarray | None = None
) -> dict[str, ClassMeasures]:
    """Precision, recall and F1 of each class, NaN where undefined, and how many items have it."""
    predicted, names = predictions(task, probabilities, thresholds), class_names(task)
    if len(task.labels) == 1:
        predicted, targets = predicted.ravel(), targets.ravel()
    rows = sklearn_metrics.precision_recall_fscore_support(
        targets, predicted, labels=list(range(len(names))), average=None, zero_division=np.nan
    )
    return {
        name: ClassMeasures(precision=float(p), recall=float(r), f1=float(f1), support=int(support))
        for name, p, r, f1, support in zip(names, *rows, strict=True)
    }


def evaluate(settings: EvaluationSettings, report: Callable[[str], None] | None = None) -> Evaluation:
    """Run the checkpoint over the split and measure.

    Args:
        settings: What to measure.
        report: Called with a line about what is under way.

    Raises:
        EvaluationError: The checkpoint, the task, a modality or the device cannot be used.
        DataError: The data cannot be used.
    """
    say = report or (lambda line: None)
    model = load_predictor(settings.model, settings.device)
    if settings.task not in model.tasks:
        raise EvaluationError(f"the model has no task {settings.task!r}: it has {', '.join(model.tasks)}")
    task = model.tasks[settings.task]
    selection = select(settings, task)
    say(f"running {len(selection.source.examples):,} items through the model")
    outputs = model.outputs(selection.source, settings.task)
    probabilities, targets = outputs.probabilities(task), outputs.targets.astype(int)
    thresholds = outputs.thresholds(task)
    say(f"resampling {settings.num_bootstrap:,} times for the intervals")
    return Evaluation(
        settings=settings,
        task=task,
        selection=selection,
        probabilities=probabilities,
        targets=targets,
        modalities=outputs.modalities(task),
        measures=measures(task, probabilities, targets, thresholds),
        intervals=bootstrap_interval(task, probabilities, targets, settings.num_bootstrap, BOOTSTRAP_SEED, thresholds),
        ece_if_calibrated=calibration_noise(
            task, probabilities, min(settings.num_bootstrap, NOISE_ROUNDS), BOOTSTRAP_SEED
        ),
        per_class=class_measures(task, probabilities, targets, thresholds),
        slices=find_slices(selection.source.examples, load_face_detector()) if settings.has_slices else {},
    )


def write(evaluation: Evaluation, output: Path, command: str | None = None) -> list[str]:
    """Write the plots that are defined, the predictions, and `metrics.json`, which appears whole and last.

    Returns:
        Names of the files in `output`.
    """
    output.mkdir(parents=True, exist_ok=True)
    drawn = draw_plots(
        output,
        evaluation.title,
        evaluation.task,
        evaluation.probabilities,
        evaluation.targets,
        classes=tuple(evaluation.per_class),
        confusion=evaluation.confusion,
    )
    lines = [
        {"id": example.id, "target": target.tolist(), "probabilities": [round(float(p), 8) for p in values]}
        | {"modalities": given}
        for example, target, values, given in zip(
            evaluation.selection.source.examples,
            evaluation.targets,
            evaluation.probabilities,
            evaluation.modalities,
            strict=True,
        )
    ]
    _write_whole(output / PREDICTIONS_FILE, "\n".join(map(json.dumps, lines)))
    content = json.dumps(evaluation.to_dict(command), indent=2, ensure_ascii=False, allow_nan=False)
    _write_whole(output / METRICS_FILE, content)
    return [METRICS_FILE, PREDICTIONS_FILE, *drawn]


def _write_whole(path: Path, content: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(content + "\n", encoding="utf-8")
    part.replace(path)


def table(evaluation: Evaluation) -> str:
    """One screen: what was measured, the measures with their intervals, and the classes."""
    lines = [evaluation.title, *_notes(evaluation), ""]
    for name in MEASURES:
        low, high = evaluation.intervals[name]
        interval = "" if math.isnan(low) else f"   [{low:.4f}, {high:.4f}]"
        lines.append(f"  {name:<20}{_number(evaluation.measures[name], 4):>10}{interval}")
    if not math.isnan(evaluation.ece_if_calibrated):
        lines.append(f"  {'  if calibrated':<20}{evaluation.ece_if_calibrated:>10.4f}   from the number of items alone")
    lines += ["", f"  {'class':<20}{'precision':>10}{'recall':>10}{'F1':>10}{'items':>10}"]
    for label, values in evaluation.per_class.items():
        cells = "".join(f"{_number(value, 3):>10}" for value in (values.precision, values.recall, values.f1))
        lines.append(f"  {label:<20}{cells}{values.support:>10,}")
    verdicts = evaluation.verdicts
    if verdicts:
        lines += ["", f"  {'verdict':<20}{'right':>10}{'share':>10}"]
    for verdict, given in verdicts.items():
        right = "" if verdict == "uncertain" else _number(given.right, 3)
        lines.append(f"  {verdict:<20}{right:>10}{given.share:>10.3f}")
    return "\n".join([*lines, *_slice_lines(evaluation)])


def _slice_lines(evaluation: Evaluation) -> list[str]:
    """The slices with their number of items and the measures that a reader looks at first."""
    shown = ("accuracy", "macro_f1", "roc_auc", "ece")
    lines = []
    for kind, parts in evaluation.slice_measures().items():
        lines += ["", f"  {kind:<20}{'items':>10}" + "".join(f"{name:>10}" for name in shown)]
        for name, values in parts.items():
            cells = "".join(f"{_number(values[measure], 3):>10}" for measure in shown)
            lines.append(f"  {name:<20}{values['num_items']:>10,}{cells}")
    return lines


def _number(value: float, digits: int) -> str:
    return "undefined" if math.isnan(value) else f"{value:.{digits}f}"


def _notes(evaluation: Evaluation) -> list[str]:
    """Sentences on the items, and on what a reader of the measures must know."""
    selection = evaluation.selection
    lines = [f"{evaluation.num_items:,} items, judged from {' and '.join(selection.source.modalities)}"]
    if selection.is_paired:
        lines.append("faces and words are paired by label; they are not real pairs of one person's face and words")
    lines += selection.notes
    if selection.num_unlabelled:
        lines.append(f"{selection.num_unlabelled:,} items left out: no label of {evaluation.settings.task}")
    if selection.num_without_input:
        wanted = evaluation.settings.modalities or evaluation.task.modalities
        lines.append(f"{selection.num_without_input:,} items left out: no {' or '.join(wanted)}")
    if evaluation.absent_labels:
        lines.append(
            f"no item is {' or '.join(evaluation.absent_labels)}; the model chooses among all "
            f"{len(evaluation.per_class)} classes"
        )
    return lines


__all__ = [
    "METRICS_FILE",
    "PREDICTIONS_FILE",
    "ClassMeasures",
    "Evaluation",
    "EvaluationError",
    "EvaluationSettings",
    "Selection",
    "VerdictMeasures",
    "class_measures",
    "class_names",
    "evaluate",
    "label_task",
    "select",
    "table",
    "write",
]
