"""Measures against scikit-learn, where they are undefined, and their intervals."""

import math

import numpy as np
import pytest
from sklearn import metrics as reference

from mmemo.models import TaskConfig
from mmemo.training.metrics import (
    MEASURES,
    bootstrap_interval,
    calibration_noise,
    measures,
    predictions,
    score_name,
)

LABELS = ("a", "b", "c")
SOFTMAX = TaskConfig(labels=LABELS, modalities=("text",))
MULTI = TaskConfig(
    labels=LABELS,
    modalities=("text",),
    problem_type="multi_label_classification",
    thresholds={"a": 0.3, "c": 0.7},
)
YES_NO = TaskConfig(
    labels=("yes",), modalities=("text",), problem_type="multi_label_classification", thresholds={"yes": 0.4}
)
GENERATOR = np.random.default_rng(0)
COUNT = 200


def make_softmax() -> tuple[np.ndarray, np.ndarray]:
    targets = GENERATOR.integers(3, size=COUNT)
    logits = GENERATOR.normal(size=(COUNT, 3)) + np.eye(3)[targets]
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), targets


def make_sigmoid(num_labels: int) -> tuple[np.ndarray, np.ndarray]:
    targets = GENERATOR.integers(2, size=(COUNT, num_labels)).astype(float)
    return 1 / (1 + np.exp(-GENERATOR.normal(size=(COUNT, num_labels)) - targets + 0.5)), targets


CASES = {
    "softmax": (SOFTMAX, *make_softmax()),
    "multi": (MULTI, *make_sigmoid(3)),
    "yes_no": (YES_NO, *make_sigmoid(1)),
}
every_case = pytest.mark.parametrize("name", CASES)


@every_case
def test_measures_equal_scikit_learn(name):
    task, probabilities, targets = CASES[name]
    said = predictions(task, probabilities)
    if name == "yes_no":
        said, targets = said[:, 0], targets[:, 0].astype(int)
    values = measures(task, probabilities, targets if targets.ndim > 1 or name == "softmax" else targets[:, None])
    assert tuple(values) == MEASURES
    assert values["accuracy"] == pytest.approx(reference.accuracy_score(targets, said))
    for measure, average in (("macro_f1", "macro"), ("weighted_f1", "weighted")):
        assert values[measure] == pytest.approx(reference.f1_score(targets, said, average=average))
    assert values["macro_precision"] == pytest.approx(reference.precision_score(targets, said, average="macro"))
    assert values["macro_recall"] == pytest.approx(reference.recall_score(targets, said, average="macro"))
    many = {"multi_class": "ovr"} if name == "softmax" else {}
    scores = probabilities[:, 0] if name == "yes_no" else probabilities
    assert values["roc_auc"] == pytest.approx(reference.roc_auc_score(targets, scores, average="macro", **many))
    assert values["average_precision"] == pytest.approx(reference.average_precision_score(targets, scores))


@every_case
def test_calibration_error_equals_its_formula(name):
    task, probabilities, targets = CASES[name]
    if task.is_multi_label:
        confidence, right = probabilities.flatten(), targets.flatten()
    else:
        confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    bins = np.clip((confidence * 15).astype(int), 0, 14)
    gaps = [
        (bins == b).mean() * abs(confidence[bins == b].mean() - right[bins == b].mean()) for b in range(15) if b in bins
    ]
    assert measures(task, probabilities, targets)["ece"] == pytest.approx(sum(gaps), abs=1e-5)


def test_predictions_use_each_labels_threshold():
    probabilities = np.array([[0.3, 0.4, 0.69], [0.29, 0.5, 0.7]])
    assert predictions(MULTI, probabilities).tolist() == [[1, 0, 0], [0, 1, 1]]
    assert predictions(SOFTMAX, probabilities).tolist() == [2, 2]


@pytest.mark.parametrize(
    ("task", "targets"),
    [
        (SOFTMAX, np.zeros(4, dtype=int)),
        (MULTI, np.zeros((4, 3))),
        (MULTI, np.ones((4, 3))),
        (YES_NO, np.ones((4, 1))),
    ],
)
def test_ranking_measures_are_nan_with_one_class(task, targets):
    values = measures(task, np.full((4, len(task.labels)), 0.3), targets)
    assert math.isnan(values["roc_auc"])
    assert math.isnan(values["average_precision"])
    assert 0 <= values["accuracy"] <= 1


def test_ranking_measures_pass_over_labels_that_never_occur():
    _, probabilities, targets = CASES["multi"]
    targets = targets.copy()
    targets[:, 1] = 0
    values = measures(MULTI, probabilities, targets)
    expected = np.mean([reference.roc_auc_score(targets[:, i], probabilities[:, i]) for i in (0, 2)])
    assert values["roc_auc"] == pytest.approx(expected)


def test_class_measures_pass_over_labels_that_neither_occur_nor_are_said():
    targets = np.array([[1, 0, 0], [1, 1, 0]])
    values = measures(MULTI, np.array([[0.9, 0.1, 0.1], [0.9, 0.1, 0.1]]), targets)
    assert values["macro_f1"] == values["macro_precision"] == values["macro_recall"] == 0.5  # (1 + 0) / 2
    said = measures(MULTI, np.array([[0.9, 0.1, 0.9], [0.9, 0.1, 0.1]]), targets)
    assert said["macro_f1"] == said["macro_precision"] == pytest.approx(1 / 3)
    assert said["macro_recall"] == 0.5


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("probability", "macro"), [(0.1, math.nan), (0.9, 0.0)])
def test_class_measures_without_a_positive_are_nan(probability, macro):
    values = measures(MULTI, np.full((4, 3), probability), np.zeros((4, 3)))
    assert math.isnan(values["weighted_f1"])
    assert math.isnan(values["macro_recall"])
    assert values["macro_f1"] == pytest.approx(macro, nan_ok=True)
    assert values["macro_precision"] == pytest.approx(macro, nan_ok=True)


def test_intervals_pass_over_labels_that_neither_occur_nor_are_said():
    values = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]] * 20)
    assert bootstrap_interval(MULTI, values, values, rounds=5, seed=0)["macro_f1"] == (1.0, 1.0)


@every_case
def test_measures_of_nothing_are_nan(name):
    task, probabilities, targets = CASES[name]
    assert all(math.isnan(value) for value in measures(task, probabilities[:0], targets[:0]).values())


@pytest.mark.parametrize(
    ("probabilities", "targets"),
    [(np.zeros((4, 2)), np.zeros(4, dtype=int)), (np.zeros((4, 3)), np.zeros(5, dtype=int))],
)
def test_measures_refuse_wrong_shapes(probabilities, targets):
    with pytest.raises(ValueError, match=r"expected probabilities \(B, 3\) and as many targets, got \(4, "):
        measures(SOFTMAX, probabilities, targets)


@every_case
def test_interval_holds_the_value(name):
    task, probabilities, targets = CASES[name]
    values = measures(task, probabilities, targets)
    intervals = bootstrap_interval(task, probabilities, targets, rounds=30, seed=0)
    assert tuple(intervals) == MEASURES
    for measure, (low, high) in intervals.items():
        if measure != "ece":  # resampling adds noise to each bin, which only ever raises this one
            assert low <= values[measure] <= high
        assert low < high
    assert intervals == bootstrap_interval(task, probabilities, targets, rounds=30, seed=0)


def test_interval_is_nan_where_value_is():
    intervals = bootstrap_interval(YES_NO, np.full((5, 1), 0.3), np.ones((5, 1)), rounds=5, seed=0)
    assert all(math.isnan(bound) for bound in intervals["roc_auc"])
    assert intervals["accuracy"] == (0.0, 0.0)


@pytest.mark.parametrize(
    ("task", "expected"), [(SOFTMAX, "macro_f1"), (MULTI, "average_precision"), (YES_NO, "roc_auc")]
)
def test_score_is_free_of_thresholds(task, expected):
    assert score_name(task) == expected


@every_case
def test_noise_of_calibration_shrinks_with_the_items(name):
    task, probabilities, _ = CASES[name]
    few, many = (
        calibration_noise(task, np.repeat(probabilities, count, axis=0), rounds=20, seed=0) for count in (1, 100)
    )
    assert 0 < many < few / 3
    assert many < 0.05
    assert few == calibration_noise(task, probabilities, rounds=20, seed=0)


def test_certain_answers_have_no_noise():
    certain = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    assert calibration_noise(SOFTMAX, certain, rounds=5, seed=0) == 0
    assert math.isnan(calibration_noise(SOFTMAX, certain, rounds=0, seed=0))
    assert math.isnan(calibration_noise(SOFTMAX, certain[:0], rounds=5, seed=0))
