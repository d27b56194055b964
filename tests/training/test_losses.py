"""Losses against torch's own, and what unknown labels and empty classes do."""

import pytest
import torch
from torch.nn import functional

from mmemo.models import TaskConfig
from mmemo.training.losses import class_weights, task_loss

LABELS = ("a", "b", "c")
SOFTMAX = TaskConfig(labels=LABELS, modalities=("text",))
SIGMOID = TaskConfig(labels=LABELS, modalities=("text",), problem_type="multi_label_classification")
LOGITS = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
INDICES = torch.tensor([0, 1, 2, 2, 1, 0])
SHARES = torch.softmax(torch.randn(6, 3, generator=torch.Generator().manual_seed(1)), dim=1)
TAGS = functional.one_hot(INDICES, 3).float()
WEIGHTS = torch.tensor([0.5, 1.0, 2.0])

REFERENCES = [
    (SOFTMAX, INDICES, {}, functional.cross_entropy(LOGITS, INDICES)),
    (SOFTMAX, SHARES, {}, functional.cross_entropy(LOGITS, SHARES)),
    (
        SOFTMAX,
        INDICES,
        {"label_smoothing": 0.1},
        functional.cross_entropy(LOGITS, INDICES, label_smoothing=0.1),
    ),
    (
        SOFTMAX,
        INDICES,
        {"weights": WEIGHTS},
        functional.cross_entropy(LOGITS, INDICES, weight=WEIGHTS, reduction="none").mean(),
    ),
    (SIGMOID, TAGS, {}, functional.binary_cross_entropy_with_logits(LOGITS, TAGS)),
]
KINDS = [(SOFTMAX, INDICES), (SIGMOID, TAGS)]


@pytest.mark.parametrize(("task", "target", "settings", "expected"), REFERENCES)
def test_task_loss_equals_reference(task, target, settings, expected):
    torch.testing.assert_close(task_loss(task, LOGITS, target, **settings), expected)


@pytest.mark.parametrize(("task", "target"), KINDS)
def test_task_loss_takes_bfloat16(task, target):
    loss = task_loss(task, LOGITS.bfloat16(), target)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, task_loss(task, LOGITS, target), rtol=0.02, atol=0.02)


@pytest.mark.parametrize(("task", "target"), KINDS)
def test_focal_loss_without_gamma_is_plain(task, target):
    torch.testing.assert_close(task_loss(task, LOGITS, target, focal_gamma=0.0), task_loss(task, LOGITS, target))


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_focal_loss_follows_its_formula(gamma):
    chosen = LOGITS.softmax(dim=1)[torch.arange(6), INDICES]
    softmax = (-((1 - chosen) ** gamma) * chosen.log()).mean()
    torch.testing.assert_close(task_loss(SOFTMAX, LOGITS, INDICES, focal_gamma=gamma), softmax)
    right = torch.where(TAGS > 0, LOGITS.sigmoid(), 1 - LOGITS.sigmoid())
    sigmoid = (-((1 - right) ** gamma) * right.log()).mean()
    torch.testing.assert_close(task_loss(SIGMOID, LOGITS, TAGS, focal_gamma=gamma), sigmoid)


def test_focal_loss_weighs_classes_apart_from_difficulty():
    chosen = LOGITS.softmax(dim=1)[torch.arange(6), INDICES]
    expected = (-WEIGHTS[INDICES] * (1 - chosen) ** 2 * chosen.log()).mean()
    torch.testing.assert_close(task_loss(SOFTMAX, LOGITS, INDICES, weights=WEIGHTS, focal_gamma=2.0), expected)


def test_focal_loss_of_certain_or_unknown_has_finite_gradient():
    logits = torch.tensor([[50.0, -50.0, -50.0], [0.0, 1.0, 2.0]], requires_grad=True)
    loss = task_loss(SOFTMAX, logits, torch.tensor([0, -100]), focal_gamma=0.5)
    assert torch.autograd.grad(loss, logits)[0].isfinite().all()


def test_focal_loss_keeps_its_whole_gradient():
    """The weight is part of the loss (Lin et al. 2017), so its gradient counts too."""
    logits = LOGITS.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(task_loss(SOFTMAX, logits, INDICES, focal_gamma=2.0), logits)
    chosen = logits.softmax(dim=1)[torch.arange(6), INDICES]
    (expected,) = torch.autograd.grad((-((1 - chosen) ** 2) * chosen.log()).mean(), logits)
    torch.testing.assert_close(gradient, expected)


@pytest.mark.parametrize("settings", [{}, {"focal_gamma": 2.0}, {"weights": WEIGHTS}, {"label_smoothing": 0.1}])
@pytest.mark.parametrize(("task", "target"), KINDS)
def test_unknown_labels_do_not_count(task, target, settings):
    unknown = torch.full_like(target[:2], float("nan")) if task.is_multi_label else torch.full_like(target[:2], -100)
    mixed = task_loss(task, torch.cat([LOGITS, LOGITS[:2]]), torch.cat([target, unknown]), **settings)
    torch.testing.assert_close(mixed, task_loss(task, LOGITS, target, **settings))
    assert task_loss(task, LOGITS[:2], unknown, **settings).item() == 0.0


@pytest.mark.parametrize(
    ("counts", "expected"), [([10, 10], [1.0, 1.0]), ([30, 10], [2 / 3, 2.0]), ([1, 2, 3], [2.0, 1.0, 2 / 3])]
)
def test_class_weights_are_inverse_frequencies(counts, expected):
    weights = class_weights(counts)
    torch.testing.assert_close(weights, torch.tensor(expected))
    mean = sum(weight * count for weight, count in zip(weights.tolist(), counts, strict=True)) / sum(counts)
    assert mean == pytest.approx(1.0)


def test_class_weights_refuse_empty_class():
    with pytest.raises(ValueError, match=r"an example of every class, got counts \[3, 0, 2\]"):
        class_weights([3, 0, 2])


def test_class_weights_exponent_goes_part_of_the_way():
    counts = [36, 4]
    torch.testing.assert_close(class_weights(counts, 0.0), torch.ones(2))
    half = class_weights(counts, 0.5)
    assert (half[1] / half[0]).item() == pytest.approx(3.0)
    assert (36 * half[0] + 4 * half[1]).item() / 40 == pytest.approx(1.0)
