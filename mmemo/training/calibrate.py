"""Temperature, thresholds and the uncertain band, fitted on dev splits.

Sources: temperature scaling (Guo et al. 2017); thresholds maximise F1 label by label (sigmoid tasks) or the mean
macro-F1 over the dev sets (yes/no tasks).
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from sklearn import metrics

from mmemo.models import TaskConfig
from mmemo.training.losses import task_loss

Split = tuple[np.ndarray, np.ndarray]
"""Logits (B, N) and targets of one dev set."""

BAND_ACCURACY = 0.85
"""Outside the uncertain band a yes/no decision should be right this often on dev."""
BAND_SHARE = 0.35
"""The band holds at most this share of dev."""


def fit_temperature(task: TaskConfig, splits: Sequence[Split]) -> float:
    """Temperature with the least mean loss over the dev sets, each counting the same."""

    def loss(log_temperature: float) -> float:
        scale = float(np.exp(log_temperature))
        return float(
            np.mean([task_loss(task, torch.from_numpy(x) / scale, torch.from_numpy(y)).item() for x, y in splits])
        )

    return float(np.exp(minimize_scalar(loss, bounds=(-2.5, 2.5), method="bounded").x))


def probabilities_of(task: TaskConfig, logits: np.ndarray) -> np.ndarray:
    """Probabilities (B, N) of logits (B, N): softmax or sigmoid after the task's temperature."""
    values = torch.from_numpy(logits) / task.temperature
    return (values.sigmoid() if task.is_multi_label else values.softmax(-1)).numpy()


def fit_thresholds(task: TaskConfig, splits: Sequence[Split]) -> dict[str, float]:
    """Threshold of each label of a sigmoid task, on a grid of hundredths; 0.5 for a label dev never shows."""
    grid = np.arange(0.05, 0.951, 0.01)
    known = [(probabilities_of(task, x), y) for x, y in splits]
    thresholds = {}
    for index, label in enumerate(task.labels):
        columns = [(p[~np.isnan(y[:, index]), index], y[~np.isnan(y[:, index]), index]) for p, y in known]
        columns = [(p, y) for p, y in columns if 0 < y.sum() < len(y)]
        average = "macro" if len(task.labels) == 1 else "binary"
        scores = [
            np.mean([metrics.f1_score(y, p >= cut, average=average, zero_division=0) for p, y in columns])
            if columns
            else -abs(cut - 0.5)
            for cut in grid
        ]
        thresholds[label] = round(float(grid[int(np.argmax(scores))]), 2)
    return thresholds


def fit_uncertain_band(task: TaskConfig, splits: Sequence[Split]) -> tuple[float, float]:
    """Narrowest band around the threshold outside which dev is right `BAND_ACCURACY` of the time, if it stays small.

    The band widens by hundredths on both sides and stops at `BAND_SHARE` of dev.
    """
    cut = task.threshold(task.labels[0])
    values = np.concatenate([probabilities_of(task, x)[:, 0] for x, _ in splits])
    truth = np.concatenate([y[:, 0] for _, y in splits])
    band = (cut, cut)
    for width in np.arange(0.01, 0.5, 0.01):
        low, high = max(0.0, cut - width), min(1.0, cut + width)
        inside = (values >= low) & (values <= high)
        if inside.mean() > BAND_SHARE:
            break
        band = (round(float(low), 2), round(float(high), 2))
        if ((values >= cut) == (truth > 0.5))[~inside].mean() >= BAND_ACCURACY:
            break
    return band


def calibrate(task: TaskConfig, splits: Sequence[Split]) -> TaskConfig:
    """The task with temperature, thresholds and band fitted on dev sets."""
    plain = dataclasses.replace(task, temperature=1.0, thresholds={}, uncertain_band=None)
    task = dataclasses.replace(plain, temperature=fit_temperature(plain, splits))
    if task.is_multi_label:
        task = dataclasses.replace(task, thresholds=fit_thresholds(task, splits))
    if len(task.labels) == 1:
        task = dataclasses.replace(task, uncertain_band=fit_uncertain_band(task, splits))
    return task
