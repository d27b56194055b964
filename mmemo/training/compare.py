"""Two evaluations of the same items side by side: differences with a paired bootstrap interval and p-value.

Both evaluations are folders that `mmemo evaluate` wrote. The p-value is twice the share of resamples in which the
difference lies on the other side of zero (Efron and Tibshirani 1993), at least one over their number.
"""

import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mmemo.models import TaskConfig
from mmemo.training.evaluate import BOOTSTRAP_SEED, METRICS_FILE, PREDICTIONS_FILE
from mmemo.training.metrics import MEASURES, measures
from mmemo.training.predict import thresholds_of
from mmemo.training.predictors import EvaluationError


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """An evaluation that was written: its metrics, the items' ids, probabilities (B, N), targets and modalities."""

    folder: Path
    metrics: dict[str, Any]
    ids: tuple[str, ...]
    probabilities: np.ndarray
    targets: np.ndarray
    modalities: tuple[tuple[str, ...], ...]

    @property
    def task(self) -> TaskConfig:
        """The task with the thresholds that were used."""
        return TaskConfig.from_dict(self.metrics["task_config"])

    @cached_property
    def thresholds(self) -> np.ndarray:
        """Probabilities (B, N) from which each label counts as present in each item."""
        return thresholds_of(self.task, self.modalities)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One measure of two evaluations; NaN where it is undefined.

    Attributes:
        first: Value of the first.
        second: Value of the second.
        interval: Bootstrap 95 % interval of second minus first.
        p_value: Two-sided.
    """

    first: float
    second: float
    interval: tuple[float, float]
    p_value: float


def read_evaluation(folder: Path) -> Evaluated:
    """Read what `mmemo evaluate` wrote.

    Raises:
        EvaluationError: A file is missing or holds something else.
    """
    try:
        metrics = json.loads((folder / METRICS_FILE).read_text(encoding="utf-8"))
        lines = (folder / PREDICTIONS_FILE).read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        found = Evaluated(
            folder=folder,
            metrics=metrics,
            ids=tuple(str(row["id"]) for row in rows),
            probabilities=np.array([row["probabilities"] for row in rows], dtype=np.float64),
            targets=np.array([row["target"] for row in rows]),
            modalities=tuple(tuple(row.get("modalities", ())) for row in rows),
        )
        _check_whole(found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationError(
            f"{folder}: expected {METRICS_FILE} and {PREDICTIONS_FILE} of `mmemo evaluate`, got: {error}"
        ) from error
    return found


def _check_whole(found: Evaluated) -> None:
    """Raise a ValueError, or what a settings' dict of another shape raises, unless everything that is used is there."""
    missing = [key for key in ("task", "dataset", "split", "model", "task_config") if key not in found.metrics]
    if missing:
        raise ValueError(f"no {', '.join(missing)} in {METRICS_FILE}")
    if not found.ids:
        raise ValueError(f"no items in {PREDICTIONS_FILE}")
    shape = (len(found.ids), len(found.task.labels))
    if found.probabilities.shape != shape:
        raise ValueError(f"probabilities of the shape {found.probabilities.shape}, not {shape}, in {PREDICTIONS_FILE}")
    if found.targets.shape != (shape if found.task.is_multi_label else shape[:1]):
        raise ValueError(f"targets of the shape {found.targets.shape} in {PREDICTIONS_FILE}")


def _check_same_items(first: Evaluated, second: Evaluated) -> None:
    for key in ("task", "dataset", "split"):
        if first.metrics[key] != second.metrics[key]:
            raise EvaluationError(
                f"expected two evaluations of the same {key}, got {first.metrics[key]!r} and {second.metrics[key]!r}"
            )
    if first.task.labels != second.task.labels:
        raise EvaluationError("expected two evaluations with the same labels, got other labels in the second")
    if first.ids != second.ids or not np.array_equal(first.targets, second.targets):
        raise EvaluationError(
            f"expected two evaluations of the same items, got {len(first.ids)} and {len(second.ids)} that differ"
        )


def compare(first: Evaluated, second: Evaluated, *, rounds: int = 1000) -> dict[str, Difference]:
    """Each measure of both, and of their difference over the same resamples of the items.

    Raises:
        EvaluationError: They are not of the same items.
    """
    _check_same_items(first, second)
    whole = np.arange(len(first.ids))
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    samples = [whole, *(generator.integers(len(whole), size=len(whole)) for _ in range(rounds))]
    values = [[_measure(each, rows) for each in (first, second)] for rows in samples]
    return {name: _difference(np.array([[one[name] for one in pair] for pair in values])) for name in MEASURES}


def _measure(evaluated: Evaluated, rows: np.ndarray) -> dict[str, float]:
    return measures(evaluated.task, evaluated.probabilities[rows], evaluated.targets[rows], evaluated.thresholds[rows])


def _difference(pairs: np.ndarray) -> Difference:
    """From values (1 + rounds, 2), the first row of which is of all items."""
    gaps = pairs[1:, 1] - pairs[1:, 0]
    gaps = gaps[~np.isnan(gaps)]
    low, high = np.percentile(gaps, [2.5, 97.5]) if len(gaps) else (math.nan, math.nan)
    p_value = math.nan
    if len(gaps):
        p_value = min(1.0, max(2 * min((gaps <= 0).mean(), (gaps >= 0).mean()), 1 / len(gaps)))
    return Difference(
        first=float(pairs[0, 0]), second=float(pairs[0, 1]), interval=(float(low), float(high)), p_value=float(p_value)
    )


def table(first: Evaluated, second: Evaluated, differences: dict[str, Difference]) -> str:
    """One screen: the measures side by side."""
    where = f"{first.metrics['task']} on {first.metrics['dataset']} {first.metrics['split']}, {len(first.ids):,} items"
    lines = [where, f"A: {first.metrics['model']} ({first.folder})", f"B: {second.metrics['model']} ({second.folder})"]
    lines += ["", f"  {'measure':<20}{'A':>10}{'B':>10}{'B - A':>10}   {'95 % interval':<22}{'p':>6}"]
    for name, item in differences.items():
        if math.isnan(item.first) or math.isnan(item.second):
            lines.append(f"  {name:<20}{'undefined':>10}")
            continue
        low, high = item.interval
        interval = "" if math.isnan(low) else f"[{low:+.4f}, {high:+.4f}]"
        p_value = "" if math.isnan(item.p_value) else f"{item.p_value:.3f}"
        gap = item.second - item.first
        lines.append(f"  {name:<20}{item.first:>10.4f}{item.second:>10.4f}{gap:>+10.4f}   {interval:<22}{p_value:>6}")
    return "\n".join(lines)
