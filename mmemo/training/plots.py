"""Plots of an evaluation as PNG files: confusion, ROC, precision-recall and reliability.

Conventions: probabilities (B, N) are calibrated; targets are indices (B,) for softmax tasks and 0/1 (B, N) for sigmoid
tasks. A plot that the data does not define is not drawn, and an earlier file of its name is removed.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn import metrics
from sklearn.calibration import calibration_curve

from mmemo.models import TaskConfig
from mmemo.training.metrics import NUM_BINS

Curve = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, float]]
"""`(truth (B,), scores (B,)) -> x, y, area`."""


def draw_plots(
    folder: Path,
    title: str,
    task: TaskConfig,
    probabilities: np.ndarray,
    targets: np.ndarray,
    *,
    classes: Sequence[str],
    confusion: np.ndarray,
) -> list[str]:
    """Draw what is defined into `folder`.

    Args:
        folder: Where the files go.
        title: Stands over each plot.
        task: Says how probabilities and targets are meant.
        probabilities: (B, N).
        targets: (B,) or (B, N).
        classes: Names of the confusion's rows.
        confusion: Counts (C, C), rows the truth; (N, 2, 2) for several labels at once, which is not drawn.

    Returns:
        Names of the files drawn, among confusion.png, roc.png, precision_recall.png and reliability.png.
    """
    figures = {
        "confusion.png": confusion_figure(classes, confusion),
        "roc.png": curve_figure(
            task, probabilities, targets, _roc, "false positive rate", "true positive rate", has_diagonal=True
        ),
        "precision_recall.png": curve_figure(task, probabilities, targets, _precision_recall, "recall", "precision"),
        "reliability.png": reliability_figure(task, probabilities, targets),
    }
    drawn = []
    for name, figure in figures.items():
        if figure is None:
            (folder / name).unlink(missing_ok=True)
            continue
        figure.suptitle(title, fontsize="medium", wrap=True)
        figure.savefig(folder / name, dpi=120)
        drawn.append(name)
    return drawn


def _one_against_rest(task: TaskConfig, targets: np.ndarray) -> np.ndarray:
    """0/1 (B, N), also of softmax targets."""
    return targets if task.is_multi_label else np.eye(len(task.labels), dtype=int)[targets]


def confusion_figure(classes: Sequence[str], counts: np.ndarray) -> Figure | None:
    """Counts (C, C), rows the truth, coloured by their share of the row; None for anything but one table."""
    if counts.ndim != 2:
        return None
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.5 + 0.7 * len(classes)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    axes.set(xlabel="predicted", ylabel="true")
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, f"{count}\n{shares[row, column]:.0%}", ha="center", va="center", color=colour, size=8)
    return figure


def _roc(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    x, y, _ = metrics.roc_curve(truth, scores)
    return x, y, float(metrics.auc(x, y))


def _precision_recall(truth: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    y, x, _ = metrics.precision_recall_curve(truth, scores)
    return x, y, float(metrics.average_precision_score(truth, scores))


def curve_figure(
    task: TaskConfig,
    probabilities: np.ndarray,
    targets: np.ndarray,
    curve: Curve,
    x_name: str,
    y_name: str,
    *,
    has_diagonal: bool = False,
) -> Figure | None:
    """One curve a label, against the rest; None when no label both occurs and is sometimes absent."""
    truth = _one_against_rest(task, targets)
    defined = [i for i in range(truth.shape[1]) if 0 < truth[:, i].sum() < len(truth)]
    if not defined:
        return None
    figure = Figure(figsize=(8, 5.5), layout="constrained")
    axes = figure.subplots()
    for index in defined:
        x, y, area = curve(truth[:, index], probabilities[:, index])
        axes.plot(x, y, linewidth=1.2, label=f"{task.labels[index]} ({area:.3f})")
    if has_diagonal:
        _add_diagonal(axes)
    axes.set(xlabel=x_name, ylabel=y_name, xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    figure.legend(loc="outside right upper", fontsize="x-small" if len(defined) > 14 else "small")
    return figure


def _add_diagonal(axes: Axes) -> None:
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle=":")


def _confidences(task: TaskConfig, probabilities: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether it was so (0/1) and how sure the model was: of the leading label, or of each label of a sigmoid task."""
    if task.is_multi_label:
        return targets.ravel(), probabilities.ravel()
    return (probabilities.argmax(axis=1) == targets).astype(int), probabilities.max(axis=1)


def reliability_figure(task: TaskConfig, probabilities: np.ndarray, targets: np.ndarray) -> Figure | None:
    """Observed against given probability in 15 equal bins, and how many fall in each; None without items."""
    if len(targets) == 0:
        return None
    happened, confidence = _confidences(task, probabilities, targets)
    observed, said = calibration_curve(happened, np.clip(confidence, 0.0, 1.0), n_bins=NUM_BINS, pos_label=1)
    figure = Figure(figsize=(5.5, 6), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    _add_diagonal(top)
    top.plot(said, observed, marker="o", markersize=4)
    top.set(ylabel="observed share", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    bottom.hist(confidence, bins=list(np.linspace(0, 1, NUM_BINS + 1)))
    bottom.set(xlabel="probability given", ylabel="count")
    if task.is_multi_label and len(task.labels) > 1:
        bottom.set_yscale("log")
    return figure


__all__ = ["confusion_figure", "curve_figure", "draw_plots", "reliability_figure"]
