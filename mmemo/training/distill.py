"""What finished checkpoints, and people's votes, say of a run's training items, learnt beside their labels.

Source: distillation (Hinton et al. 2015). A label is one opinion; a distribution over the labels says more of an item
on which people disagree.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from mmemo.data import DataError
from mmemo.data.examples import find_folder
from mmemo.data.ferplus import read_votes
from mmemo.devices import best_dtype
from mmemo.models import MmemoModel, MmemoProcessor
from mmemo.training.batches import Collator, Source, target_of
from mmemo.training.checkpoints import REPORT_FILE
from mmemo.training.predict import predict
from mmemo.training.predictors import load_checkpoint
from mmemo.training.recipes import Recipe, RecipeError
from mmemo.training.sources import fold_of

MAJORITY = 0.5
"""Share of an item's votes from which a class has the majority."""


def add_teachers(
    recipe: Recipe, sources: Sequence[Source], teachers: Sequence[Path], data: Path, *, use_cpu: bool
) -> list[Source]:
    """The sources with the mean of what their teachers, and the votes on their items, say of them.

    Args:
        recipe: Says which tasks are taught on which source, and where votes count.
        sources: To learn from.
        teachers: Finished checkpoints.
        data: Data root, for the votes.
        use_cpu: Leave an accelerator alone.

    Raises:
        DataError: The votes cannot be read, or are of other items.
        EvaluationError: There is no such checkpoint.
        RecipeError: A teacher lacks a task, or has other labels for it; or no teacher may speak of an item.
    """
    said = [_Answers(recipe, source) for source in sources]
    for folder in teachers:
        model, processor = load_checkpoint(str(folder), "cpu" if use_cpu else None)
        for answers in said:
            _check_tasks(recipe, answers.source, model, folder)
            places = _unseen(answers.source, folder)
            if places and answers.source.recipe.taught:
                asked = replace(answers.source, examples=[answers.source.examples[place] for place in places])
                answers.add(places, _probabilities(model, processor, asked, bf16=recipe.training.bf16))
    for answers in said:
        if answers.source.recipe.votes is not None:
            votes = _votes(answers.source, data)
            voted = {task: _voted(recipe, answers.source, task, votes) for task in answers.source.recipe.taught}
            answers.add(range(len(answers.source.examples)), voted)
    return [answers.mean() for answers in said]


class _Answers:
    """Sums of what is said of a source's items; some teachers speak of some items alone."""

    def __init__(self, recipe: Recipe, source: Source) -> None:
        self.source = source
        self.counts = torch.zeros(len(source.examples), 1)
        self.sums = {
            task: torch.zeros(len(source.examples), len(recipe.task_config(task).labels))
            for task in source.recipe.taught
        }

    def add(self, places: Sequence[int], said: dict[str, Tensor]) -> None:
        self.counts[places] += 1
        for task, probabilities in said.items():
            self.sums[task][places] += probabilities

    def mean(self) -> Source:
        if not self.sums:
            return self.source
        alone = int((self.counts == 0).sum())
        if alone:
            raise RecipeError(
                f"expected teachers for every item of {self.source.name} train, got none for {alone:,} of "
                f"{len(self.counts):,}: of the folds that they hold out, one is missing"
            )
        return replace(self.source, taught={task: total / self.counts for task, total in self.sums.items()})


def _unseen(source: Source, teacher: Path) -> Sequence[int]:
    """Places of the items that a teacher speaks of: all, or the fold that its own recipe held out."""
    path = teacher / REPORT_FILE
    held_out = json.loads(path.read_text(encoding="utf-8"))["recipe"].get("held_out") if path.is_file() else None
    if held_out is None:
        return range(len(source.examples))
    fold, folds = held_out
    return [place for place, example in enumerate(source.examples) if fold_of(example, folds) == fold]


def _check_tasks(recipe: Recipe, source: Source, model: MmemoModel, folder: Path) -> None:
    for task in source.recipe.taught:
        labels, found = recipe.task_config(task).labels, model.config.task(task).labels if task in model.tasks else ()
        if found != labels:
            raise RecipeError(
                f"{folder}: expected a teacher of {task!r} with the labels {', '.join(labels)}, "
                f"got {'other labels' if found else 'no such task'}"
            )


def _probabilities(model: MmemoModel, processor: MmemoProcessor, source: Source, *, bf16: bool) -> dict[str, Tensor]:
    """Calibrated probabilities (examples, N) of each task that is taught."""
    tasks = source.recipe.taught
    asked = replace(source, tasks={task: source.tasks.get(task, task) for task in tasks})
    collator = Collator(processor=processor, config=model.config, sources=[asked])
    able = bf16 and best_dtype(model.device) == torch.bfloat16
    outputs = predict(model, collator, asked, tasks, bf16=able)
    return {task: torch.from_numpy(outputs[task].probabilities(model.config.task(task))).float() for task in tasks}


def _votes(source: Source, data: Path) -> np.ndarray:
    """Numbers of votes (examples, V)."""
    name = str(source.recipe.votes)
    known = read_votes(find_folder(name, data), "train")
    missing = [str(example.face) for example in source.examples if example.face not in known]
    if missing:
        raise DataError(
            f"expected votes of {name} on every face of {source.name} train, got none on {len(missing):,} of "
            f"{len(source.examples):,}, such as {missing[0]}"
        )
    return np.array([known[example.face] for example in source.examples if example.face is not None], dtype=np.float64)


def _voted(recipe: Recipe, source: Source, task: str, votes: np.ndarray) -> Tensor:
    """Probabilities (examples, N) of a task's labels given the votes."""
    config = recipe.task_config(task)
    labels = np.array([int(target_of(config, example.labels.get(source.tasks[task]))) for example in source.examples])
    return torch.from_numpy(label_chances(votes, labels, len(config.labels))).float()


def label_chances(votes: np.ndarray, labels: np.ndarray, num_labels: int) -> np.ndarray:
    """Probabilities (B, num_labels) of the labels given numbers of votes (B, V), by logistic regression.

    It reads the shares of the votes, their square roots, which tell no vote from one, and which class has the majority.

    Args:
        votes: On each item.
        labels: (B,), numbers of labels, -100 = unknown.
        num_labels: How many there are; one that no item has gets no chance.
    """
    shares = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    features = np.concatenate([shares, np.sqrt(shares), shares >= MAJORITY], axis=1)
    known = labels >= 0
    model = LogisticRegression(max_iter=2000).fit(features[known], labels[known])
    chances = np.zeros((len(votes), num_labels))
    chances[:, model.classes_] = model.predict_proba(features)
    return chances
