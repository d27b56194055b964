"""Temperature, calibration, thresholds and uncertain bands, fitted on dev splits.

Sources: temperature scaling (Guo et al. 2017), with a bias for yes/no tasks (Platt 1999); thresholds maximise the mean
macro-F1 over the dev sets (yes/no tasks) or the F1 that calibrated probabilities promise (tasks with several labels,
Lipton et al. 2014).
"""

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from scipy.optimize import minimize

from mmemo.data import DATASETS
from mmemo.models import MmemoModel, TaskConfig
from mmemo.training.batches import Collator, Source
from mmemo.training.losses import task_loss
from mmemo.training.predict import TaskOutputs, dev_outputs

BAND_ACCURACY = 0.85
"""Each answer that is given outside the uncertain band should be right this often on dev."""
BAND_SHARE = 0.35
"""The band holds at most this share of dev."""
MIN_ITEMS = 50
"""Items of a dev set with the same modalities that a calibration, or a threshold and band, of their own need."""
LOG_TEMPERATURES = (-2.5, 2.5)
BIASES = (-4.0, 4.0)


def _fit(task: TaskConfig, splits: Sequence[TaskOutputs], *, has_bias: bool) -> tuple[float, float]:
    """Temperature and bias with the least mean loss over the dev sets, each counting the same."""
    known = [(torch.from_numpy(split.logits).double(), torch.from_numpy(split.targets)) for split in splits]

    def loss(values: np.ndarray) -> float:
        temperature, bias = float(np.exp(values[0])), float(values[1]) if has_bias else 0.0
        return float(np.mean([task_loss(task, x / temperature + bias, y).item() for x, y in known]))

    start, bounds = ([0.0, 0.0], [LOG_TEMPERATURES, BIASES]) if has_bias else ([0.0], [LOG_TEMPERATURES])
    found = minimize(loss, start, method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-4, "fatol": 1e-7})
    return round(float(np.exp(found.x[0])), 4), round(float(found.x[1]), 4) if has_bias else 0.0


def fit_temperature(task: TaskConfig, splits: Sequence[TaskOutputs]) -> float:
    """Temperature with the least mean loss over the dev sets, each counting the same."""
    return _fit(task, splits, has_bias=False)[0]


def modality_sets(task: TaskConfig) -> tuple[tuple[str, ...], ...]:
    """Every set of modalities that a sample may have for a task, its order kept, the smallest first."""
    sizes = range(1, len(task.modalities) + 1)
    return tuple(chosen for size in sizes for chosen in itertools.combinations(task.modalities, size))


def with_modalities(task: TaskConfig, split: TaskOutputs, modalities: Sequence[str]) -> TaskOutputs:
    """The items that have exactly these of the task's modalities."""
    rows = np.ones(len(split), dtype=bool)
    for modality in task.modalities:
        rows &= split.present.get(modality, np.zeros(len(split), dtype=bool)) == (modality in modalities)
    return split.select(rows)


def fit_calibration(task: TaskConfig, splits: Sequence[TaskOutputs]) -> dict[str, tuple[float, float]]:
    """Temperature, and for a yes/no task a bias, for each set of modalities of which dev has `MIN_ITEMS` items."""
    has_bias = len(task.labels) == 1
    return {name: _fit(task, parts, has_bias=has_bias) for name, parts in _by_modalities(task, splits).items()}


def _by_modalities(task: TaskConfig, splits: Sequence[TaskOutputs]) -> dict[str, list[TaskOutputs]]:
    """Each set of modalities to the parts of dev that have it, those of `MIN_ITEMS` items or more."""
    found = {}
    for modalities in modality_sets(task):
        parts = [with_modalities(task, split, modalities) for split in splits]
        found[task.key_of(modalities)] = [part for part in parts if len(part) >= MIN_ITEMS]
    return {name: parts for name, parts in found.items() if parts}


def _macro_f1_at(cuts: np.ndarray, probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean of both sides' F1 (C,) of saying yes from each cut (C,) on; 0 where nothing is right."""
    said = probabilities[:, None] >= cuts  # (B, C)
    right = truth[:, None] > 0.5
    hits, wrong = (said & right).sum(axis=0), (said != right).sum(axis=0)
    f1 = 2 * hits / np.maximum(2 * hits + wrong, 1)
    misses = (~said & ~right).sum(axis=0)
    return (f1 + 2 * misses / np.maximum(2 * misses + wrong, 1)) / 2


def _promised_threshold(probabilities: np.ndarray) -> float:
    """Half of the highest F1 that calibrated probabilities (B,) promise, from where on saying yes earns it.

    It asks the probabilities alone: of a label with a dozen examples on dev, the cut with the best F1 is luck.
    """
    highest = np.sort(probabilities)[::-1]
    said = np.arange(1, len(highest) + 1)
    return float((2 * highest.cumsum() / (said + highest.sum())).max()) / 2


def fit_thresholds(task: TaskConfig, splits: Sequence[TaskOutputs]) -> dict[str, float]:
    """Threshold of each label of a sigmoid task, in hundredths for a yes/no task; 0.5 for a label dev never shows."""
    grid = np.arange(0.05, 0.951, 0.01)
    known = [(split.probabilities(task), split.targets) for split in splits]
    thresholds = {}
    for index, label in enumerate(task.labels):
        columns = [(p[~np.isnan(y[:, index]), index], y[~np.isnan(y[:, index]), index]) for p, y in known]
        columns = [(p, y) for p, y in columns if 0 < y.sum() < len(y)]
        if not columns:
            thresholds[label] = 0.5
        elif len(task.labels) == 1:
            best = np.mean([_macro_f1_at(grid, p, y) for p, y in columns], axis=0)
            thresholds[label] = round(float(grid[int(np.argmax(best))]), 2)
        else:
            thresholds[label] = round(_promised_threshold(np.concatenate([p for p, _ in columns])), 3)
    return thresholds


def fit_uncertain_band(task: TaskConfig, splits: Sequence[TaskOutputs]) -> tuple[float, float]:
    """Narrow band around the threshold: below it "no", above it "yes" is right `BAND_ACCURACY` of the time on dev.

    It widens by hundredths at the end whose answer is less often right, until both are or it holds `BAND_SHARE` of dev.
    """
    low = high = task.threshold(task.labels[0])
    values = np.concatenate([split.probabilities(task)[:, 0] for split in splits])
    truth = np.concatenate([split.targets[:, 0] for split in splits]) > 0.5
    while True:
        right_no, right_yes = _share(~truth[values < low]), _share(truth[values > high])
        if min(right_no, right_yes) >= BAND_ACCURACY:
            return low, high
        lower, higher = (round(low - 0.01, 2), high) if right_no < right_yes else (low, round(high + 0.01, 2))
        if ((values >= lower) & (values <= higher)).mean() > BAND_SHARE:
            return low, high
        low, high = lower, higher


def _share(flags: np.ndarray) -> float:
    """Share of true ones; 1 where there is none to be wrong."""
    return float(flags.mean()) if flags.size else 1.0


def fit_decisions(task: TaskConfig, splits: Sequence[TaskOutputs]) -> dict[str, tuple[float, float, float]]:
    """Low end of the band, threshold and high end of a yes/no task, for each set of modalities that dev has enough of.

    Words alone and a whole meme are different questions, and a cut that suits one calls the other wrongly. A set of
    which dev shows one answer alone has none of its own.
    """
    fitted = {}
    for name, parts in _by_modalities(task, splits).items():
        if np.ptp(np.concatenate([part.targets for part in parts])) > 0:
            own = dataclasses.replace(task, thresholds=fit_thresholds(task, parts), uncertain_band=None)
            low, high = fit_uncertain_band(own, parts)
            fitted[name] = (low, own.threshold(own.labels[0]), high)
    return fitted


def calibrate(
    task: TaskConfig,
    splits: Sequence[TaskOutputs],
    hidden: Sequence[TaskOutputs] = (),
    made: Sequence[TaskOutputs] = (),
) -> TaskConfig:
    """The task with temperature, calibration, thresholds and bands fitted on dev sets.

    Args:
        task: Its earlier values of these do not count.
        splits: Outputs on dev sets.
        hidden: Outputs with some of the modalities hidden, which serve the calibration and the decisions of the rest
            alone.
        made: Outputs on sets that are made, which serve thresholds and bands alone.
    """
    plain = dataclasses.replace(task, temperature=1.0, calibration={}, thresholds={}, uncertain_band=None, decisions={})
    task = dataclasses.replace(plain, temperature=fit_temperature(plain, splits))
    if len(task.modalities) > 1 or len(task.labels) == 1:
        task = dataclasses.replace(task, calibration=fit_calibration(plain, [*splits, *hidden]))
    if task.is_multi_label:
        task = dataclasses.replace(task, thresholds=fit_thresholds(task, [*splits, *made]))
    if len(task.labels) == 1:
        task = dataclasses.replace(task, uncertain_band=fit_uncertain_band(task, [*splits, *made]))
        if len(task.modalities) > 1:
            task = dataclasses.replace(task, decisions=fit_decisions(task, [*splits, *hidden, *made]))
    return task


def _with_hidden(
    model: MmemoModel,
    collator: Collator,
    sources: Sequence[Source],
    name: str,
    seen: Mapping[str, TaskOutputs],
    bf16: bool,
) -> list[TaskOutputs]:
    """Outputs of a task on sources with modalities hidden, for the sets of modalities that a source itself lacks.

    Words alone are a tweet's, and a meme's or a face's whose picture is not there: each source that can show a set of
    modalities has a say in its calibration.
    """
    task, hidden = model.config.task(name), []
    for source, modalities in itertools.product(sources, modality_sets(task)):
        if name not in source.tasks or not set(modalities) < set(source.modalities):
            continue
        if len(with_modalities(task, seen[source.name], modalities)) >= MIN_ITEMS:
            continue
        examples = [e for e in source.examples if all(getattr(e, modality) is not None for modality in modalities)]
        if len(examples) >= MIN_ITEMS:
            label = {name: source.tasks[name]}
            part = dataclasses.replace(source, modalities=modalities, tasks=label, examples=examples)
            hidden += [outputs for _, _, outputs in dev_outputs(model, collator, [part], bf16)]
    return hidden


def calibrate_model(
    model: MmemoModel, collator: Collator, sources: Sequence[Source], *, bf16: bool = False
) -> dict[str, dict[str, float]]:
    """Fit the calibration of every task that the dev sources label, and put it into the model's config.

    How many of the sentences of a set that is made are hateful is nobody's experience, so it has no say in what a
    probability is, where others label the task too; where to draw the line it helps to say.

    Returns:
        `task/source` to the dev measures after it.
    """
    results = dev_outputs(model, collator, sources, bf16)
    are_made = {source.name for source in sources if DATASETS[source.recipe.dataset].is_made}
    tasks = dict(model.config.tasks or {})
    for name in tasks:
        seen = {source: outputs for source, task, outputs in results if task == name}
        if seen:
            hidden = _with_hidden(model, collator, sources, name, seen, bf16)
            collected = [outputs for source, outputs in seen.items() if source not in are_made]
            made = [outputs for source, outputs in seen.items() if source in are_made]
            splits, extra = (collected, made) if collected else (made, [])
            tasks[name] = calibrate(model.config.task(name), splits, hidden, extra).to_dict()
    model.config.tasks = tasks
    dev = {}
    for source, name, outputs in results:
        task = model.config.task(name)
        dev[f"{name}/{source}"] = outputs.measures(task)
    return dev
