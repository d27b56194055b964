"""What finished checkpoints say of a run's training items, to be learnt beside their labels (Hinton et al. 2015)."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from mmemo.devices import best_dtype
from mmemo.models import MmemoModel, MmemoProcessor
from mmemo.training.batches import Collator, Source
from mmemo.training.predict import predict
from mmemo.training.predictors import load_checkpoint
from mmemo.training.recipes import Recipe, RecipeError


def add_teachers(recipe: Recipe, sources: Sequence[Source], teachers: Sequence[Path], *, use_cpu: bool) -> list[Source]:
    """The sources with the mean of what the teachers say of them.

    Args:
        recipe: Says which tasks are taught on which source.
        sources: To learn from.
        teachers: Finished checkpoints.
        use_cpu: Leave an accelerator alone.

    Raises:
        EvaluationError: There is no such checkpoint.
        RecipeError: A teacher lacks a task, or has other labels for it.
    """
    said: list[list[dict[str, Tensor]]] = [[] for _ in sources]
    for folder in teachers:
        model, processor = load_checkpoint(str(folder), "cpu" if use_cpu else None)
        for source, answers in zip(sources, said, strict=True):
            _check_tasks(recipe, source, model, folder)
            answers.append(_probabilities(model, processor, source, bf16=recipe.training.bf16))
    return [
        replace(source, taught={task: torch.stack([a[task] for a in answers]).mean(dim=0) for task in answers[0]})
        if answers
        else source
        for source, answers in zip(sources, said, strict=True)
    ]


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
    if not tasks:
        return {}
    asked = replace(source, tasks={task: source.tasks.get(task, task) for task in tasks})
    collator = Collator(processor=processor, config=model.config, sources=[asked])
    able = bf16 and best_dtype(model.device) == torch.bfloat16
    outputs = predict(model, collator, asked, tasks, bf16=able)
    return {task: torch.from_numpy(outputs[task].probabilities(model.config.task(task))).float() for task in tasks}
