"""Late fusion (system E): the weighted mean of the probabilities that several checkpoints give, a modality each.

Conventions: a modality that an example lacks has no weight in its mean; logits are the logarithms of the mean, so that
their softmax is the mean. The folder holds `config.json` and a copy of each part's checkpoint, named by its modality.
"""

import dataclasses
import itertools
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmemo.models import TaskConfig
from mmemo.training.batches import Source
from mmemo.training.calibrate import calibrate
from mmemo.training.checkpoints import CONFIG_FILE, REPORT_FILE, part_folder, put_in_place, write_json
from mmemo.training.predict import Predictor, TaskOutputs
from mmemo.training.recipes import LateFusionRecipe, RecipeError, SourceRecipe
from mmemo.training.sources import load_clean, usable_examples

MODEL_TYPE = "mmemo_late_fusion"


@dataclass(frozen=True, kw_only=True)
class LateFusionSettings:
    """What `config.json` holds.

    Attributes:
        name: The task.
        task: Its settings.
        parts: Modality to the task of the checkpoint that judges it.
        weights: Modality to its weight; they add up to 1.
    """

    name: str
    task: TaskConfig
    parts: dict[str, str]
    weights: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        values = {"task_name": self.name, "task": self.task.to_dict(), "parts": self.parts, "weights": self.weights}
        return {"model_type": MODEL_TYPE, **values}


def read_settings(folder: Path) -> LateFusionSettings:
    """Settings of a saved model."""
    values = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    task = TaskConfig.from_dict(values["task"])
    return LateFusionSettings(name=values["task_name"], task=task, parts=values["parts"], weights=values["weights"])


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What one part says of every example: probabilities (B, N), where it has something to judge (B,), the targets."""

    probabilities: np.ndarray
    present: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True, kw_only=True)
class LateFusionModel:
    """Checkpoints and the weights of what they say.

    Attributes:
        settings: Task, parts and weights.
        predictors: Modality to the checkpoint that judges it.
    """

    settings: LateFusionSettings
    predictors: Mapping[str, Predictor]

    @property
    def tasks(self) -> dict[str, TaskConfig]:
        """Its one task and the settings."""
        return {self.settings.name: self.settings.task}

    def outputs(self, source: Source, task: str) -> TaskOutputs:
        """Logits and targets of a source's examples, in their order."""
        opinions = {
            modality: opinion_of(predictor, self.settings.parts[modality], source, modality, source.tasks[task])
            for modality, predictor in self.predictors.items()
            if modality in source.modalities
        }
        return fuse(opinions, self.settings.weights)


def opinion_of(predictor: Predictor, task: str, source: Source, modality: str, label: str) -> Opinion:
    """A part's opinion, on the examples that have its modality."""
    present = np.array([getattr(example, modality) is not None for example in source.examples])
    config = predictor.tasks[task]
    probabilities = np.zeros((len(present), len(config.labels)))
    targets = np.array([config.labels.index(str(example.labels[label])) for example in source.examples])
    if present.any():
        seen = [example for example, has in zip(source.examples, present, strict=True) if has]
        part = dataclasses.replace(source, examples=seen, tasks={task: label}, modalities=(modality,))
        probabilities[present] = predictor.outputs(part, task).probabilities(config)
    return Opinion(probabilities=probabilities, present=present, targets=targets)


def fuse(opinions: Mapping[str, Opinion], weights: Mapping[str, float]) -> TaskOutputs:
    """The weighted mean of the opinions there are; all labels alike where there is none."""
    present = np.stack([opinion.present for opinion in opinions.values()])  # (M, B)
    shares = np.array([[weights[modality]] for modality in opinions]) * present
    shares = np.where(shares.sum(axis=0) > 0, shares, present)  # a part without weight counts where it stands alone
    values = np.stack([opinion.probabilities for opinion in opinions.values()])  # (M, B, N)
    mean = (shares[:, :, None] * values).sum(axis=0) / np.maximum(shares.sum(axis=0), 1e-12)[:, None]
    return TaskOutputs(
        logits=np.log(np.maximum(mean, 1e-9)).astype(np.float32),
        targets=next(iter(opinions.values())).targets,
        present={modality: opinion.present for modality, opinion in opinions.items()},
    )


def weight_grid(modalities: tuple[str, ...], steps: int) -> Iterator[dict[str, float]]:
    """Every way to share 1 in multiples of `1 / steps`."""
    for counts in itertools.product(range(steps + 1), repeat=len(modalities)):
        if sum(counts) == steps:
            yield {modality: count / steps for modality, count in zip(modalities, counts, strict=True)}


def _labels(recipe: LateFusionRecipe, predictors: Mapping[str, Predictor]) -> tuple[str, ...]:
    """The labels that all parts share."""
    found = {}
    for modality, part in recipe.parts.items():
        tasks = predictors[modality].tasks
        if part.task not in tasks:
            raise RecipeError(f"{part.recipe} has no task {part.task!r}: it has {', '.join(tasks)}")
        if tasks[part.task].is_multi_label:
            raise RecipeError(f"{part.recipe}: late fusion needs a softmax task, got {part.task!r}")
        found[part.recipe] = tasks[part.task].labels
    if len(set(found.values())) > 1:
        raise RecipeError(f"late fusion needs the same labels in every part, got {found}")
    return next(iter(found.values()))


def _dev_source(recipe: LateFusionRecipe, data: Path) -> Source:
    modalities = tuple(recipe.parts)
    split = load_clean(recipe.dataset, data, "dev")
    return Source(
        recipe=SourceRecipe(dataset=recipe.dataset, tasks=(recipe.task,)),
        examples=usable_examples(split, (recipe.task,), modalities, dataset=recipe.dataset, data=data, split="dev"),
        tasks={recipe.task: recipe.task},
        modalities=modalities,
    )


def _best_weights(recipe: LateFusionRecipe, task: TaskConfig, opinions: Mapping[str, Opinion]) -> dict[str, float]:
    """The weights with the highest dev measure, the first of equals."""

    def score(weights: dict[str, float]) -> float:
        outputs = fuse(opinions, weights)
        return outputs.measures(task)[recipe.measure]

    return max(weight_grid(tuple(recipe.parts), recipe.steps), key=score)


def train_late_fusion(
    recipe: LateFusionRecipe,
    data: Path,
    output: Path,
    starts: Mapping[str, Path],
    predictors: Mapping[str, Predictor],
) -> dict[str, Any]:
    """Choose the weights on dev, calibrate, and write the finished folder.

    Args:
        recipe: The fusion.
        data: Data root.
        output: Folder of the finished checkpoint.
        starts: Modality to the folder of the checkpoint that judges it.
        predictors: Modality to that checkpoint, loaded.

    Returns:
        What `training.json` in the output holds.

    Raises:
        DataError: The data set cannot be read, or its dev split lacks a class.
        RecipeError: The parts have no such task, or other labels than each other.
    """
    task = TaskConfig(labels=_labels(recipe, predictors), modalities=tuple(recipe.parts), fusion="late")
    source = _dev_source(recipe, data)
    opinions: dict[str, Opinion] = {
        modality: opinion_of(predictors[modality], part.task, source, modality, recipe.task)
        for modality, part in recipe.parts.items()
    }
    weights = _best_weights(recipe, task, opinions)
    outputs = fuse(opinions, weights)
    task = calibrate(task, [outputs])
    parts = {str(modality): part.task for modality, part in recipe.parts.items()}
    settings = LateFusionSettings(name=recipe.task, task=task, parts=parts, weights=weights)
    report = {
        "recipe": dataclasses.asdict(recipe),
        "train_items": {},
        "weights": weights,
        "dev": {f"{recipe.task}/{recipe.dataset}": outputs.measures(task)},
    }
    _save(settings, output, starts, report)
    return report


def _save(settings: LateFusionSettings, output: Path, starts: Mapping[str, Path], report: dict[str, Any]) -> None:
    part = part_folder(output)
    for modality, folder in starts.items():
        shutil.copytree(folder, part / modality, ignore=shutil.ignore_patterns("run", "part"))
    write_json(part / REPORT_FILE, report)
    write_json(part / CONFIG_FILE, settings.to_dict())
    put_in_place(part)
