"""Calibration on logits whose right temperature and thresholds are known."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mmemo.data.records import Example
from mmemo.models import TaskConfig
from mmemo.training import calibrate as calibrate_module
from mmemo.training.batches import Source
from mmemo.training.calibrate import (
    BAND_ACCURACY,
    BAND_SHARE,
    MIN_ITEMS,
    calibrate,
    calibrate_model,
    fit_calibration,
    fit_decisions,
    fit_temperature,
    fit_thresholds,
    fit_uncertain_band,
)
from mmemo.training.metrics import measures
from mmemo.training.predict import TaskOutputs
from mmemo.training.recipes import SourceRecipe

SIGMOID = {"modalities": ("text",), "problem_type": "multi_label_classification"}
SOFTMAX_TASK = TaskConfig(labels=("a", "b", "c"), modalities=("text",))
MULTI_TASK = TaskConfig(labels=("a", "b"), **SIGMOID)
YES_NO_TASK = TaskConfig(labels=("yes",), **SIGMOID)
COUNT = 3000


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def outputs(logits: np.ndarray, targets: np.ndarray, **present: np.ndarray) -> TaskOutputs:
    return TaskOutputs(logits=logits, targets=targets, present=present)


def draw(task: TaskConfig, scale: float, shift: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits (B, N) that are `scale` times too large, and targets drawn from the right probabilities."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(COUNT, len(task.labels))) * 2 + shift
    if task.is_multi_label:
        targets = (generator.random(logits.shape) < sigmoid(logits)).astype(np.float32)
    else:
        targets = (logits + generator.gumbel(size=logits.shape)).argmax(axis=1)
    return (logits * scale).astype(np.float32), targets


@pytest.mark.parametrize("task", [SOFTMAX_TASK, MULTI_TASK, YES_NO_TASK])
@pytest.mark.parametrize("scale", [0.4, 1.0, 3.0])
def test_temperature_is_the_scale_of_the_logits(task, scale):
    assert fit_temperature(task, [outputs(*draw(task, scale))]) == pytest.approx(scale, rel=0.1)


def test_temperature_counts_each_dev_set_the_same():
    logits, targets = draw(SOFTMAX_TASK, 3.0)
    small, other = (logits[:400], targets[:400]), draw(SOFTMAX_TASK, 1.0, seed=1)
    both = fit_temperature(SOFTMAX_TASK, [outputs(*small), outputs(*other)])
    assert both == pytest.approx(
        fit_temperature(SOFTMAX_TASK, [outputs(*small), outputs(other[0][:400], other[1][:400])]), rel=0.1
    )
    assert 1.2 < both < 2.8


@pytest.mark.parametrize("task", [SOFTMAX_TASK, MULTI_TASK, YES_NO_TASK])
def test_calibration_lowers_the_error(task):
    logits, targets = draw(task, 3.0)

    def error(temperature: float) -> float:
        scaled = logits / temperature
        if task.is_multi_label:
            return measures(task, sigmoid(scaled), targets)["ece"]
        shares = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return measures(task, shares / shares.sum(axis=1, keepdims=True), targets)["ece"]

    fitted = calibrate(task, [outputs(logits, targets)]).temperature
    assert error(fitted) < 0.03 < error(1.0)


@pytest.mark.parametrize("shift", [-3.0, 1.0])
def test_thresholds_raise_f1_of_each_label(shift):
    logits, targets = draw(MULTI_TASK, 1.0, shift)
    fitted = dataclasses.replace(MULTI_TASK, thresholds=fit_thresholds(MULTI_TASK, [outputs(logits, targets)]))
    before = measures(MULTI_TASK, sigmoid(logits), targets)["macro_f1"]
    assert measures(fitted, sigmoid(logits), targets)["macro_f1"] > before
    assert all(fitted.threshold(label) < 0.5 for label in fitted.labels)


def test_thresholds_ignore_unknown_labels():
    logits, targets = draw(MULTI_TASK, 1.0, -2.0)
    expected = fit_thresholds(MULTI_TASK, [outputs(logits, targets)])
    unknown = np.full_like(targets, np.nan)
    both = outputs(np.concatenate([logits, logits]), np.concatenate([targets, unknown]))
    assert fit_thresholds(MULTI_TASK, [both]) == expected


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_threshold_is_half_where_dev_shows_one_side(value):
    logits, targets = draw(MULTI_TASK, 1.0, -2.0)
    targets[:, 1] = value
    assert fit_thresholds(MULTI_TASK, [outputs(logits, targets)])["b"] == 0.5


@pytest.mark.parametrize("shift", [-2.0, 0.0, 2.0])
def test_band_holds_threshold_and_stays_small(shift):
    logits, targets = draw(YES_NO_TASK, 1.0, shift)
    task = dataclasses.replace(YES_NO_TASK, thresholds=fit_thresholds(YES_NO_TASK, [outputs(logits, targets)]))
    low, high = fit_uncertain_band(task, [outputs(logits, targets)])
    values = sigmoid(logits[:, 0])
    inside = (values >= low) & (values <= high)
    assert low <= task.threshold("yes") <= high
    assert inside.mean() <= BAND_SHARE + 0.02
    truth = targets[:, 0] > 0.5
    assert min((~truth[values < low]).mean(), truth[values > high].mean()) >= BAND_ACCURACY or (
        inside.mean() > BAND_SHARE - 0.03
    )


def test_band_widens_where_the_answers_are_wrong():
    """Where "yes" is rare, "no" is mostly right from the threshold down, and "yes" only far above it."""
    logits, targets = draw(YES_NO_TASK, 1.0, -2.0)
    low, high = fit_uncertain_band(YES_NO_TASK, [outputs(logits, targets)])
    values, truth = sigmoid(logits[:, 0]), targets[:, 0] > 0.5
    assert low == 0.5 < high
    assert (~truth[values < low]).mean() >= BAND_ACCURACY
    assert truth[values > high - 0.02].mean() < BAND_ACCURACY <= truth[values > high].mean()


def test_band_is_narrow_for_a_task_that_is_always_right():
    logits = np.linspace(-6, 6, 400, dtype=np.float32)[:, None]
    low, high = fit_uncertain_band(YES_NO_TASK, [outputs(logits, (logits > 0).astype(np.float32))])
    assert high - low <= 0.021


@pytest.mark.parametrize(
    ("task", "has_thresholds", "has_band"),
    [(SOFTMAX_TASK, False, False), (MULTI_TASK, True, False), (YES_NO_TASK, True, True)],
)
def test_calibrate_fits_what_the_task_has(task, has_thresholds, has_band):
    fitted = calibrate(task, [outputs(*draw(task, 2.0))])
    assert fitted.temperature == pytest.approx(2.0, rel=0.1)
    assert (set(fitted.thresholds) == set(task.labels)) == has_thresholds
    assert (fitted.uncertain_band is not None) == has_band
    assert TaskConfig.from_dict(fitted.to_dict()) == fitted
    assert calibrate(fitted, [outputs(*draw(task, 2.0))]) == fitted


MEME_TASK = TaskConfig(labels=("yes",), modalities=("text", "image"), problem_type="multi_label_classification")
PAIR_TASK = TaskConfig(labels=("a", "b", "c"), modalities=("text", "face"))


def test_each_set_of_modalities_has_its_own_calibration():
    alone, both = draw(MEME_TASK, 3.0), draw(MEME_TASK, 0.5, seed=1)
    both = (both[0] + 1.0, both[1])  # right after `logit / 0.5 - 2`
    text = np.ones(2 * COUNT, dtype=bool)
    joined = outputs(
        np.concatenate([alone[0], both[0]]),
        np.concatenate([alone[1], both[1]]),
        text=text,
        image=np.arange(2 * COUNT) >= COUNT,
    )
    fitted = calibrate(MEME_TASK, [joined])
    assert fitted.calibration.keys() == {"text", "text+image"}
    assert fitted.calibration["text"] == (pytest.approx(3.0, rel=0.1), pytest.approx(0.0, abs=0.15))
    assert fitted.calibration["text+image"] == (pytest.approx(0.5, rel=0.1), pytest.approx(-2.0, abs=0.25))
    one = dataclasses.replace(fitted, calibration={}, decisions={})
    errors = [measures(task, joined.probabilities(task), joined.targets)["ece"] for task in (fitted, one)]
    assert errors[0] < 0.02 < errors[1]
    assert TaskConfig.from_dict(fitted.to_dict()) == fitted


def test_calibration_of_softmax_has_no_bias_and_hidden_outputs_serve_it_alone():
    yes, no = np.ones(COUNT, dtype=bool), np.zeros(COUNT, dtype=bool)
    pairs = outputs(*draw(PAIR_TASK, 2.0), text=yes, face=yes)
    faces = outputs(*draw(PAIR_TASK, 0.5, seed=1), text=no, face=yes)
    fitted = calibrate(PAIR_TASK, [pairs], [faces])
    assert fitted.temperature == pytest.approx(2.0, rel=0.1)
    assert fitted.calibration == {
        "face": (pytest.approx(0.5, rel=0.1), 0.0),
        "text+face": (pytest.approx(2.0, rel=0.1), 0.0),
    }


def test_every_source_that_can_show_words_alone_has_a_say_in_their_calibration(monkeypatch):
    """Tweets have words alone; a meme's words count beside them, and once: whole memes and pictures stay the memes'."""
    memes = [Example(id=str(i), text="words", image=Path("meme.png"), labels={"hate": "yes"}) for i in range(COUNT)]
    tweets = [Example(id=str(i), text="words", labels={"hate": "yes"}) for i in range(COUNT)]
    sources = [
        Source(recipe=SourceRecipe(dataset=name, tasks=("hate",)), examples=e, tasks={"hate": "hate"}, modalities=both)
        for name, e, both in (("harmeme", memes, MEME_TASK.modalities), ("tweeteval_hate", tweets, ("text", "image")))
    ]
    scales = {("harmeme", 2): 0.5, ("harmeme", "text"): 4.0, ("harmeme", "image"): 2.0, ("tweeteval_hate", 2): 1.0}
    asked = []

    def answers(model, collator, shown, bf16):
        results = []
        for source in shown:
            part = 2 if len(source.modalities) == 2 else source.modalities[0]
            asked.append((source.name, part))
            has = {m: all(getattr(e, m) is not None for e in source.examples) for m in source.modalities}
            present = {m: np.full(COUNT, value) for m, value in has.items()}
            results.append((source.name, "hate", outputs(*draw(MEME_TASK, scales[asked[-1]]), **present)))
        return results

    monkeypatch.setattr(calibrate_module, "dev_outputs", answers)
    tasks = {"hate": MEME_TASK.to_dict()}
    model = SimpleNamespace(config=SimpleNamespace(tasks=tasks, task=lambda name: TaskConfig.from_dict(tasks[name])))
    calibrate_model(model, None, sources)
    fitted = TaskConfig.from_dict(model.config.tasks["hate"])
    assert sorted(asked, key=str) == sorted(scales, key=str)
    assert fitted.calibration["text+image"][0] == pytest.approx(0.5, rel=0.1)
    assert fitted.calibration["image"][0] == pytest.approx(2.0, rel=0.1)
    assert 1.5 < fitted.calibration["text"][0] < 3.5


@pytest.mark.parametrize(("names", "expected"), [(("hatexplain", "identity"), 1.0), (("identity",), 4.0)])
def test_made_sentences_calibrate_only_what_nothing_else_labels(monkeypatch, names, expected):
    examples = [Example(id=str(i), text="words", labels={"hate": "yes"}) for i in range(COUNT)]
    sources = [
        Source(
            recipe=SourceRecipe(dataset=name, tasks=("hate",)),
            examples=examples,
            tasks={"hate": "hate"},
            modalities=("text",),
        )
        for name in names
    ]
    scales = {"hatexplain": 1.0, "identity": 4.0}
    words = {"text": np.ones(COUNT, dtype=bool)}
    found = [(name, "hate", outputs(*draw(MEME_TASK, scales[name]), **words)) for name in names]
    monkeypatch.setattr(calibrate_module, "dev_outputs", lambda model, collator, shown, bf16: found)
    tasks = {"hate": MEME_TASK.to_dict()}
    model = SimpleNamespace(config=SimpleNamespace(tasks=tasks, task=lambda name: TaskConfig.from_dict(tasks[name])))
    measured = calibrate_model(model, None, sources)
    fitted = TaskConfig.from_dict(model.config.tasks["hate"])
    assert fitted.calibration["text"][0] == pytest.approx(expected, rel=0.1)
    assert measured.keys() == {f"hate/{name}" for name in names}


def test_made_sentences_have_a_say_in_thresholds():
    logits, targets = draw(MEME_TASK, 1.0)
    words = {"text": np.ones(COUNT, dtype=bool)}
    collected, made = outputs(logits, targets, **words), outputs(logits + 2.0, targets, **words)
    alone, both = calibrate(MEME_TASK, [collected]), calibrate(MEME_TASK, [collected], made=[made])
    assert both.calibration == alone.calibration
    assert both.decisions["text"][1] > alone.decisions["text"][1]


def test_calibration_needs_enough_items():
    logits, targets = draw(MEME_TASK, 2.0)
    few = np.arange(COUNT) < MIN_ITEMS - 1
    assert fit_calibration(MEME_TASK, [outputs(logits, targets, text=few)]).keys() == set()
    enough = np.arange(COUNT) < MIN_ITEMS
    assert fit_calibration(MEME_TASK, [outputs(logits, targets, text=enough)]).keys() == {"text"}


def _rare_and_common() -> TaskOutputs:
    """Calibrated logits on words alone, seldom "yes", and on whole memes, mostly "yes"."""
    parts = draw(MEME_TASK, 1.0, -3.0), draw(MEME_TASK, 1.0, 3.0, seed=1)
    logits, targets = (np.concatenate(both) for both in zip(*parts, strict=True))
    return outputs(logits, targets, text=np.ones(2 * COUNT, dtype=bool), image=np.arange(2 * COUNT) >= COUNT)


def test_each_set_of_modalities_has_its_own_threshold_and_band():
    joined = _rare_and_common()
    fitted = calibrate(MEME_TASK, [joined])
    assert fitted.decisions.keys() == {"text", "text+image"}
    words, memes = fitted.decisions["text"][1], fitted.decisions["text+image"][1]
    assert words < 0.45 < 0.55 < memes
    for name in fitted.decisions:
        low, threshold, high = fitted.decisions[name]
        assert low <= threshold <= high
        assert (fitted.threshold("yes", name.split("+")), fitted.band(name.split("+"))) == (threshold, (low, high))
    cuts = joined.thresholds(fitted)
    assert cuts[:COUNT].tolist() == [[words]] * COUNT
    assert cuts[COUNT:].tolist() == [[memes]] * COUNT
    for rows, own in ((slice(None, COUNT), words), (slice(COUNT, None), memes)):
        part = joined.select(np.arange(2 * COUNT)[rows])
        one = dataclasses.replace(fitted, decisions={}, uncertain_band=None)
        other = dataclasses.replace(one, thresholds={"yes": words + memes - own})
        assert part.measures(fitted)["macro_f1"] > part.measures(other)["macro_f1"] + 0.01
    assert calibrate(fitted, [joined]) == fitted


def test_a_set_with_too_few_items_or_one_answer_has_no_decision_of_its_own():
    logits, targets = draw(MEME_TASK, 1.0)
    text, few = np.ones(COUNT, dtype=bool), np.arange(COUNT) < MIN_ITEMS - 1
    assert fit_decisions(MEME_TASK, [outputs(logits, targets, text=text, image=few)]).keys() == {"text"}
    half = np.arange(COUNT) < COUNT // 2
    targets[half] = 0.0
    assert fit_decisions(MEME_TASK, [outputs(logits, targets, text=text, image=half)]).keys() == {"text"}
    assert not calibrate(YES_NO_TASK, [outputs(*draw(YES_NO_TASK, 1.0), text=text)]).decisions
