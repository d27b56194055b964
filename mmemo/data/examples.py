"""The registry of data sets and the one way to load them: `load_dataset(name, folder, split)`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mmemo.data.contempt import CONTEMPT
from mmemo.data.fer2013 import FER2013
from mmemo.data.ferplus import FERPLUS
from mmemo.data.goemotions import GOEMOTIONS_SET
from mmemo.data.harmeme import HARMEME
from mmemo.data.hateful_memes import HATEFUL_MEMES
from mmemo.data.hatexplain import HATEXPLAIN
from mmemo.data.identity import IDENTITY
from mmemo.data.iemocap import IEMOCAP
from mmemo.data.meld import MELD
from mmemo.data.meld_faces import MELD_FACES
from mmemo.data.metmeme import METMEME
from mmemo.data.mosei import MOSEI
from mmemo.data.multioff import MULTIOFF
from mmemo.data.pairs import PAIRS
from mmemo.data.records import DataError, DatasetReader, Example, MissingSplitError, label_names, task_classes
from mmemo.data.tweeteval import TWEETEVAL
from mmemo.labels import TASK_LABELS

__all__ = [
    "DATASETS",
    "DataError",
    "DatasetReader",
    "Example",
    "MissingSplitError",
    "check_classes",
    "dataset_names",
    "find_folder",
    "label_names",
    "load_dataset",
    "no_labels_error",
]

DATASETS: dict[str, DatasetReader] = {
    reader.name: reader
    for reader in (
        HARMEME,
        MULTIOFF,
        METMEME,
        HATEFUL_MEMES,
        FER2013,
        FERPLUS,
        GOEMOTIONS_SET,
        MELD,
        *TWEETEVAL,
        HATEXPLAIN,
        IEMOCAP,
        MOSEI,
        IDENTITY,
        CONTEMPT,
        PAIRS,
        MELD_FACES,
    )
}
"""Name -> reader, which documents the set's splits, tasks and terms."""


def dataset_names() -> tuple[str, ...]:
    """The names that `load_dataset` takes, in the order in which they are documented."""
    return tuple(DATASETS)


def find_folder(name: str, folder: Path) -> Path:
    """The set's own folder: one of its usual names under a data root, or `folder` itself when it holds the set."""
    if name not in DATASETS:
        raise DataError(f"unknown data set {name!r}: expected one of {', '.join(dataset_names())}")
    reader, folder = DATASETS[name], Path(folder)
    if not folder.is_dir():
        raise DataError(f"{folder}: expected the folder of the data set {name!r} or of all sets, got no folder")
    for candidate in reader.folders:
        if (folder / candidate).is_dir():
            return folder / candidate
    if any(any(folder.glob(mark)) for mark in reader.marks):
        return folder
    raise DataError(
        f"{folder}: expected a folder {' or '.join(reader.folders)}, or the set's own {' or '.join(reader.marks)}, "
        "got none of these"
    )


def load_dataset(name: str, folder: Path, split: str) -> list[Example]:
    """Examples of one split, in the publisher's order.

    Args:
        name: One of `dataset_names()`.
        folder: The data root with one folder for each set, or the set's own folder.
        split: One of the reader's splits or their aliases.

    Raises:
        DataError: Anything about the name, the folder, a file or a row that cannot be used.
    """
    home = find_folder(name, folder)
    reader = DATASETS[name]
    chosen = reader.aliases.get(split, split)
    if chosen not in reader.splits:
        accepted = ", ".join((*reader.splits, *reader.aliases))
        raise DataError(f"unknown split {split!r} of the data set {name!r}: expected one of {accepted}")
    examples = reader.read(home, chosen)
    if not examples:
        raise DataError(f"{home}: expected examples in the split {split!r} of {name}, got an empty split")
    return examples


def no_labels_error(dataset: str, task: str) -> DataError:
    """The error about a task of which a data set has no labels."""
    known = ", ".join(DATASETS[dataset].tasks)
    return DataError(f"the data set {dataset!r} has no labels for the task {task!r}: it has {known}")


def check_classes(
    examples: Iterable[Example], task: str, where: str = "the data", classes: Sequence[str] | None = None
) -> None:
    """Raise unless every class of a task has an example.

    Args:
        examples: The split to be trained or measured on.
        task: A task of the project, or one that a reader declares.
        where: What to call the split in the message, such as `fer2013 train`.
        classes: The classes expected; by default all of the task's. `DATASETS[name].tasks[task]` are a set's own.

    Raises:
        DataError: Naming the split and every class that is empty.
    """
    if classes is None and task not in TASK_LABELS:
        raise DataError(f"unknown task {task!r}: expected one of {', '.join(TASK_LABELS)}, or its classes given")
    expected = task_classes(task) if classes is None else tuple(classes)
    found = {label for example in examples for label in label_names(example, task)}
    missing = [label for label in expected if label not in found]
    if missing:
        raise DataError(f"{where}: expected examples of every class of the task {task!r}, got none of {missing}")
