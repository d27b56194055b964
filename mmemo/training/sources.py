"""From a recipe's data sets to examples: copies of test items leave training, faces and texts are paired by label."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from mmemo.data import DATASETS, Example, check_classes, load_dataset
from mmemo.data.duplicates import drop_test_copies
from mmemo.data.pairs import pair_by_label
from mmemo.training.batches import Source
from mmemo.training.recipes import Recipe, SourceRecipe

logger = logging.getLogger(__name__)


def _task_names(source: SourceRecipe) -> dict[str, str]:
    """Task taught to the task whose labels teach it."""
    return {name.split("->")[-1]: name.split("->")[0] for name in source.tasks}


def load_source(recipe: Recipe, source: SourceRecipe, data: Path, split: str) -> Source:
    """A split of a recipe's data set, paired if the recipe says so; copies of dev and test leave training."""
    examples = _load_clean(source.dataset, data, split)
    if source.pair_with:
        texts = _load_clean(source.pair_with, data, split)
        examples = pair_by_label(examples, texts, seed=recipe.training.seed)
    tasks = _task_names(source)
    modalities = sorted({modality for task in tasks for modality in recipe.task_config(task).modalities})
    examples = [example for example in examples if _is_usable(example, tasks.values(), modalities)]
    for label in tasks.values():
        check_classes(examples, label, f"{source.dataset} {split}", _classes(source, label))
    return Source(recipe=source, examples=examples, tasks=tasks, modalities=tuple(modalities))


def _is_usable(example: Example, labels: Iterable[str], modalities: Sequence[str]) -> bool:
    """Whether an example has a label to learn and something to look at."""
    return any(label in example.labels for label in labels) and any(
        getattr(example, modality) is not None for modality in modalities
    )


def _classes(source: SourceRecipe, label: str) -> tuple[str, ...]:
    """Classes that the source's examples must have; those of pairs are the texts'."""
    reader = DATASETS[source.pair_with or source.dataset]
    return tuple(name for name in reader.tasks[label] if name not in reader.rare)


def _load_clean(dataset: str, data: Path, split: str) -> list[Example]:
    examples = load_dataset(dataset, data, split)
    if split != "train":
        return examples
    kept, report = drop_test_copies(examples, load_dataset(dataset, data, "dev"), load_dataset(dataset, data, "test"))
    logger.info("%s: %d training items, %d copies of dev or test left out", dataset, len(kept), len(report.copies))
    return kept
