"""From a recipe's data sets to examples: copies of test items leave training, faces and texts are paired by label."""

import logging
import zlib
from collections.abc import Sequence
from pathlib import Path

from mmemo.data import DATASETS, Example, check_classes, load_dataset, no_labels_error
from mmemo.data.duplicates import drop_test_copies
from mmemo.data.examples import find_folder
from mmemo.data.pairs import pair_by_label
from mmemo.training.batches import Source
from mmemo.training.recipes import Recipe, SourceRecipe

logger = logging.getLogger(__name__)


def _task_names(source: SourceRecipe) -> dict[str, str]:
    """Task taught to the task whose labels teach it."""
    return {name.split("->")[-1]: name.split("->")[0] for name in source.tasks}


def load_source(recipe: Recipe, source: SourceRecipe, data: Path, split: str) -> Source:
    """A split of a recipe's data set, paired if the recipe says so.

    Copies of dev and test items leave training, and so does the fold that the recipe holds out.

    Raises:
        DataError: The data set cannot be read, or the split lacks a class.
    """
    examples = load_clean(source.dataset, data, split)
    if source.pair_with:
        texts = load_clean(source.pair_with, data, split)
        where = _where(source.pair_with, data, split)
        examples = pair_by_label(examples, texts, seed=recipe.training.seed, where=where)
    tasks = _task_names(source)
    modalities = sorted(
        {modality for task in (*tasks, *source.taught) for modality in recipe.task_config(task).modalities}
    )
    dataset = source.pair_with or source.dataset
    if split == "train" and recipe.held_out is not None:
        fold, folds = recipe.held_out
        examples = [example for example in examples if fold_of(example, folds) != fold]
    usable = usable_examples(examples, tuple(tasks.values()), modalities, dataset=dataset, data=data, split=split)
    return Source(recipe=source, examples=usable, tasks=tasks, modalities=tuple(modalities))


def fold_of(example: Example, folds: int) -> int:
    """Number of the fold that an example is in, from its id alone: the same in every run."""
    return zlib.crc32(example.id.encode()) % folds


def _where(dataset: str, data: Path, split: str) -> str:
    return f"{find_folder(dataset, data)}: {dataset} {split}"


def usable_examples(
    examples: Sequence[Example],
    labels: Sequence[str],
    modalities: Sequence[str],
    *,
    dataset: str,
    data: Path,
    split: str,
) -> list[Example]:
    """Examples with a label to learn and something to look at, every class of the set among them.

    Args:
        examples: A split.
        labels: Tasks whose labels are learnt.
        modalities: What is looked at.
        dataset: Whose they are; it says which classes there must be.
        data: Data root.
        split: Which they are.

    Raises:
        DataError: The data set has no labels for a task, or a class has no example.
    """
    usable = [
        example
        for example in examples
        if any(label in example.labels for label in labels)
        and any(getattr(example, modality) is not None for modality in modalities)
    ]
    reader = DATASETS[dataset]
    for label in labels:
        if label not in reader.tasks:
            raise no_labels_error(dataset, label)
        expected = [name for name in reader.tasks[label] if name not in reader.rare]
        check_classes(usable, label, _where(dataset, data, split), expected)
    return usable


def load_clean(dataset: str, data: Path, split: str) -> list[Example]:
    """A split of a data set; from training, copies of dev and test items are left out, and the log counts them."""
    examples = load_dataset(dataset, data, split)
    if split != "train":
        return examples
    for note in DATASETS[dataset].notes(find_folder(dataset, data)):
        logger.info("%s: %s", dataset, note)
    kept, report = drop_test_copies(examples, load_dataset(dataset, data, "dev"), load_dataset(dataset, data, "test"))
    logger.info("%s: %s", dataset, report)
    return kept
