"""Measures of one task on one split, as pure functions on arrays.

Conventions: probabilities (B, N) in [0, 1]; targets are indices (B,) for softmax tasks and 0/1 (B, N) for sigmoid
tasks. A measure that the data does not define (one class only, no positive) is NaN, never 0. `macro_f1` and
`macro_precision` are over the classes that occur or are said, `weighted_f1` and `macro_recall` over those that occur.
The names are the project's: accuracy macro_f1 weighted_f1 macro_precision macro_recall roc_auc average_precision ece.
"""

import math

import numpy as np
import torch
from sklearn import metrics
from torchmetrics.functional.classification import binary_calibration_error, multiclass_calibration_error

from mmemo.models import TaskConfig

MEASURES = (
    "accuracy",
    "macro_f1",
    "weighted_f1",
    "macro_precision",
    "macro_recall",
    "roc_auc",
    "average_precision",
    "ece",
)
NUM_BINS = 15


def predictions(task: TaskConfig, probabilities: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
    """What the task says: class indices (B,) for softmax tasks, 0/1 (B, N) by threshold for sigmoid tasks.

    `thresholds` (B, N) are those of `TaskOutputs.thresholds`; None: the task's own, whatever the items have.
    """
    if not task.is_multi_label:
        return probabilities.argmax(axis=1)
    if thresholds is None:
        thresholds = np.array([task.threshold(label) for label in task.labels])
    return (probabilities >= thresholds).astype(int)


def measures(
    task: TaskConfig, probabilities: np.ndarray, targets: np.ndarray, thresholds: np.ndarray | None = None
) -> dict[str, float]:
    """All measures of `MEASURES`; `thresholds` as in `predictions`.

    Raises:
        ValueError: The arrays do not fit each other or the task's labels.
    """
    if len(probabilities) != len(targets) or probabilities.shape[1] != len(task.labels):
        raise ValueError(
            f"expected probabilities (B, {len(task.labels)}) and as many targets, got {probabilities.shape} "
            f"and {targets.shape}"
        )
    if len(targets) == 0:
        return dict.fromkeys(MEASURES, math.nan)
    predicted = predictions(task, probabilities, thresholds)
    if len(task.labels) == 1:  # yes/no: both sides count as classes
        predicted, targets = predicted[:, 0], targets[:, 0]
    occurring = _classes(targets)
    counted = np.union1d(occurring, _classes(predicted))
    precision, _, f1, _ = metrics.precision_recall_fscore_support(
        targets, predicted, labels=counted, average="macro", zero_division=0
    )
    return {
        "accuracy": float(metrics.accuracy_score(targets, predicted)),
        "macro_f1": float(f1),
        "weighted_f1": float(metrics.f1_score(targets, predicted, labels=occurring, average="weighted")),
        "macro_precision": float(precision),
        "macro_recall": float(metrics.recall_score(targets, predicted, labels=occurring, average="macro")),
        **_ranking(task, probabilities, targets),
        "ece": calibration_error(task, probabilities, targets),
    }


def _classes(values: np.ndarray) -> np.ndarray:
    """Classes that indices (B,) or 0/1 (B, N) hold, in order."""
    return np.unique(values) if values.ndim == 1 else np.flatnonzero(values.any(axis=0))


def _ranking(task: TaskConfig, probabilities: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """ROC-AUC and average precision, macro over labels that occur and do not always occur."""
    if not task.is_multi_label:
        targets = np.eye(len(task.labels))[targets]
    elif targets.ndim == 1:
        targets = targets[:, None]
    defined = [i for i in range(targets.shape[1]) if 0 < targets[:, i].sum() < len(targets)]
    if not defined:
        return {"roc_auc": math.nan, "average_precision": math.nan}
    areas = [metrics.roc_auc_score(targets[:, i], probabilities[:, i]) for i in defined]
    precisions = [metrics.average_precision_score(targets[:, i], probabilities[:, i]) for i in defined]
    return {"roc_auc": float(np.mean(areas)), "average_precision": float(np.mean(precisions))}


def calibration_error(task: TaskConfig, probabilities: np.ndarray, targets: np.ndarray) -> float:
    """Expected calibration error with 15 equal bins (Guo et al. 2017); sigmoid tasks pool their labels."""
    values = torch.from_numpy(np.ascontiguousarray(probabilities)).float()
    truth = torch.from_numpy(np.ascontiguousarray(targets)).long()
    if task.is_multi_label:
        return float(binary_calibration_error(values.flatten(), truth.flatten(), n_bins=NUM_BINS))
    return float(multiclass_calibration_error(values, truth, num_classes=len(task.labels), n_bins=NUM_BINS))


def calibration_noise(task: TaskConfig, probabilities: np.ndarray, rounds: int, seed: int) -> float:
    """The calibration error that perfectly calibrated probabilities show on as many items.

    Mean over labels drawn from the probabilities (B, N) themselves (consistency resampling, Broecker and Smith 2007).
    Bins of few items raise every expected calibration error; this is what they alone would give. NaN without rounds.
    """
    generator = np.random.default_rng(seed)
    if rounds == 0 or len(probabilities) == 0:
        return math.nan
    drawn = []
    for _ in range(rounds):
        if task.is_multi_label:
            targets = (generator.random(probabilities.shape) < probabilities).astype(int)
        else:
            sums = probabilities.cumsum(axis=1)
            targets = (generator.random((len(sums), 1)) * sums[:, -1:] >= sums).sum(axis=1)
        drawn.append(calibration_error(task, probabilities, targets))
    return float(np.mean(drawn))


def score_name(task: TaskConfig) -> str:
    """The one measure that model choice goes by, free of thresholds where the task has any."""
    if len(task.labels) == 1:
        return "roc_auc"
    return "average_precision" if task.is_multi_label else "macro_f1"


def bootstrap_interval(
    task: TaskConfig,
    probabilities: np.ndarray,
    targets: np.ndarray,
    rounds: int,
    seed: int,
    thresholds: np.ndarray | None = None,
) -> dict[str, tuple[float, float]]:
    """95 % percentile intervals of all measures over `rounds` resamples of the items; NaN bounds where undefined."""
    generator = np.random.default_rng(seed)
    results = []
    for _ in range(rounds):
        rows = generator.integers(len(targets), size=len(targets))
        cuts = None if thresholds is None else thresholds[rows]
        results.append(measures(task, probabilities[rows], targets[rows], cuts))
    intervals = {}
    for name in MEASURES:
        values = np.array([result[name] for result in results])
        values = values[~np.isnan(values)]
        bounds = np.percentile(values, [2.5, 97.5]) if len(values) else (math.nan, math.nan)
        intervals[name] = (float(bounds[0]), float(bounds[1]))
    return intervals
