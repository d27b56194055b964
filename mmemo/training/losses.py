"""Losses of one task from its logits.

Conventions: softmax targets are class indices (B,), -100 = unknown, or class probabilities (B, N); sigmoid targets are
floats (B, N), NaN = unknown. All reduce to a mean.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from mmemo.models import TaskConfig


def class_weights(counts: Sequence[int], exponent: float = 1.0) -> Tensor:
    """Weights (N,) proportional to a power of the inverse frequency, with mean 1 over the examples.

    Raises:
        ValueError: A class has no example.
    """
    if min(counts) <= 0:
        raise ValueError(f"class weights need an example of every class, got counts {list(counts)}")
    values = torch.tensor(counts, dtype=torch.float32)
    weights = values**-exponent
    return weights * values.sum() / (weights * values).sum()


def task_loss(
    task: TaskConfig,
    logits: Tensor,
    target: Tensor,
    *,
    weights: Tensor | None = None,
    label_smoothing: float = 0.0,
    focal_gamma: float = 0.0,
) -> Tensor:
    """Cross-entropy or binary cross-entropy with the recipe's variations.

    Args:
        task: Says which of the two.
        logits: (B, N).
        target: As in the conventions above.
        weights: Class weights (N,), for softmax tasks.
        label_smoothing: For softmax tasks.
        focal_gamma: Exponent of the focal loss; 0 for none.
    """
    logits = logits.float()
    if task.is_multi_label:
        return _sigmoid_loss(logits, target, focal_gamma)
    weights = None if weights is None else weights.to(logits.device)
    losses = functional.cross_entropy(
        logits, target, weight=weights, label_smoothing=label_smoothing, ignore_index=-100, reduction="none"
    )  # (B,)
    if focal_gamma:
        losses = losses * _focal_weight(functional.cross_entropy(logits, target, reduction="none"), focal_gamma)
    known = target.dim() == 2 or target != -100
    count = losses.numel() if known is True else int(known.sum())
    return losses.sum() / max(count, 1)


def _focal_weight(plain: Tensor, gamma: float) -> Tensor:
    """(1 - p) ** gamma of the right answer's probability p (Lin et al. 2017) from its unweighted loss -log p."""
    return (-torch.expm1(-plain)).clamp(min=1e-6) ** gamma  # a slope at 0 may be infinite


def _sigmoid_loss(logits: Tensor, target: Tensor, focal_gamma: float) -> Tensor:
    known = ~target.isnan()
    losses = functional.binary_cross_entropy_with_logits(logits, target.nan_to_num(0.0), reduction="none")
    if focal_gamma:
        losses = losses * _focal_weight(losses, focal_gamma)
    return (losses * known).sum() / known.sum().clamp(min=1)
