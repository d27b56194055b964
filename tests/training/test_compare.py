"""Comparing evaluations: a real gap is found, none is made up, and unlike evaluations are refused."""

import dataclasses
import json
import math

import numpy as np
import pytest

from mmemo.cli import main
from mmemo.models import TaskConfig
from mmemo.training.compare import compare, read_evaluation, table
from mmemo.training.metrics import MEASURES, measures
from mmemo.training.predictors import EvaluationError

TASK = TaskConfig(labels=("yes",), modalities=("text",), problem_type="multi_label_classification")
COUNT = 300


def write(folder, noise, *, targets=None, **changes):
    """Files of an evaluation whose probabilities are the truth and noise."""
    generator = np.random.default_rng(len(folder.name))
    truth = np.arange(COUNT) % 2 if targets is None else targets
    values = np.clip(0.5 + 0.3 * (truth - 0.5) + generator.normal(scale=noise, size=COUNT), 0.01, 0.99)
    metrics = {"task": "hate", "dataset": "harmeme", "split": "test", "model": folder.name}
    metrics |= {"task_config": TASK.to_dict(), **changes}
    rows = [
        {"id": i, "target": [int(t)], "probabilities": [float(p)], "modalities": ["text"]}
        for i, (t, p) in enumerate(zip(truth, values, strict=True))
    ]
    folder.mkdir()
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "predictions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return read_evaluation(folder)


def test_compare_finds_a_gap_and_its_direction(tmp_path, capsys):
    good, poor = write(tmp_path / "good", 0.1), write(tmp_path / "poor_one", 0.5)
    found = compare(poor, good, rounds=50)
    assert found["roc_auc"].second > found["roc_auc"].first + 0.2
    assert found["roc_auc"].interval[0] > 0.1
    assert found["roc_auc"].p_value == 1 / 50
    expected = measures(TASK, good.probabilities, good.targets)
    assert {name: found[name].second for name in MEASURES} == expected
    assert compare(good, poor, rounds=50)["roc_auc"].interval[1] < -0.1
    assert main(["compare", str(poor.folder), str(good.folder), "--bootstrap", "5"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("hate on harmeme test, 300 items\nA: poor_one")
    assert "roc_auc" in printed


def test_compare_decides_by_what_each_item_has(tmp_path):
    low = write(tmp_path / "plain", 0.1)
    decided = dataclasses.replace(TASK, decisions={"text": (0.7, 0.7, 0.7)}).to_dict()
    high = write(tmp_path / "other", 0.1, task_config=decided)
    found = compare(low, high, rounds=0)
    assert found["accuracy"].first > 0.8 > found["accuracy"].second
    assert found["accuracy"].second == np.mean((high.probabilities >= 0.7) == high.targets)


def test_compare_takes_predictions_that_name_no_modalities(tmp_path):
    now = write(tmp_path / "now", 0.1)
    path = now.folder / "predictions.jsonl"
    path.write_text(path.read_text().replace(', "modalities": ["text"]', ""))
    before = read_evaluation(now.folder)
    assert before.modalities == ((),) * COUNT
    assert compare(before, now, rounds=0)["accuracy"].first == compare(now, now, rounds=0)["accuracy"].first


def test_compare_finds_none_where_there_is_none(tmp_path):
    one, other = write(tmp_path / "one", 0.5), write(tmp_path / "other", 0.5)
    found = compare(one, other, rounds=50)["roc_auc"]
    assert found.interval[0] < 0 < found.interval[1]
    assert found.p_value > 0.05
    same = compare(one, one, rounds=20)["accuracy"]
    assert (same.interval, same.p_value) == ((0.0, 0.0), 1.0)


def test_compare_says_undefined_where_one_class_is_missing(tmp_path):
    one, other = (write(tmp_path / name, 0.1, targets=np.ones(COUNT, dtype=int)) for name in ("one", "other"))
    found = compare(one, other, rounds=10)
    assert math.isnan(found["roc_auc"].first)
    assert math.isnan(found["roc_auc"].p_value)
    assert "undefined" in table(one, other, found)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": "multioff"}, "two evaluations of the same dataset, got 'harmeme' and 'multioff'"),
        ({"split": "dev"}, "two evaluations of the same split, got 'test' and 'dev'"),
        ({"targets": np.zeros(COUNT, dtype=int)}, "two evaluations of the same items, got 300 and 300 that differ"),
        ({"task_config": {**TASK.to_dict(), "labels": ["no"]}}, "with the same labels"),
    ],
)
def test_compare_refuses_what_is_not_alike(changes, message, tmp_path):
    one, other = write(tmp_path / "one", 0.1), write(tmp_path / "other", 0.1, **changes)
    with pytest.raises(EvaluationError, match=message):
        compare(one, other, rounds=2)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("metrics.json", '"split": "test", ', "", "got: no split in metrics.json"),
        ("metrics.json", '"model": "one", ', "", "got: no model in metrics.json"),
        ("metrics.json", '"labels": ["yes"]', '"labels": 1', "got: "),
        ("metrics.json", None, "[]", "got: no task, dataset, split, model, task_config in metrics.json"),
        ("metrics.json", None, "{", "got: "),
        ("predictions.jsonl", None, "", "got: no items in predictions.jsonl"),
        ("predictions.jsonl", None, "1", "got: "),
        (
            "predictions.jsonl",
            None,
            '{"id": 1, "target": [0], "probabilities": [0.5, 0.5]}',
            r"got: probabilities of the shape \(1, 2\), not \(1, 1\)",
        ),
        ("predictions.jsonl", None, '{"id": 1, "target": 0, "probabilities": [0.5]}', r"targets of the shape \(1,\)"),
    ],
)
def test_read_evaluation_refuses_what_is_damaged(file, old, new, message, tmp_path):
    folder = write(tmp_path / "one", 0.1).folder
    before = (folder / file).read_text()
    assert old is None or old in before
    (folder / file).write_text(new if old is None else before.replace(old, new))
    expected = f"^{folder}: expected metrics.json and predictions.jsonl of `mmemo evaluate`, {message}"
    with pytest.raises(EvaluationError, match=expected if message.startswith("got") else message):
        read_evaluation(folder)


def test_compare_names_the_folder_that_is_no_evaluation(tmp_path, capsys):
    write(tmp_path / "one", 0.1)
    assert main(["compare", str(tmp_path / "one"), str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"mmemo: error: {tmp_path}: expected metrics.json and predictions.jsonl")
