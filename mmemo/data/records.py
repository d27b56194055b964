"""What every data set turns into (`Example`), what a reader declares (`DatasetReader`), and the error for bad input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mmemo.labels import BINARY_TASKS, TASK_LABELS, negative_label

Label = str | tuple[str, ...]


class DataError(ValueError):
    """Input that cannot be used; one line that names the file and row, what was expected and what came."""


class MissingSplitError(DataError):
    """A split that this copy of a data set cannot give, though the set itself is readable."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One item of a data set, with raw text and files left on disk.

    Attributes:
        id: Unique within its set and split.
        text: The words as the publisher wrote them; `None` when there are none, or blank ones.
        image: A picture file.
        face: A picture file that is a face crop.
        labels: Task -> label of `mmemo.labels.TASK_LABELS` (a tuple for several labels). In a one-label task it is
            the positive name or the "not ..." name. A reader may declare tasks of its own.
        group: What the item belongs to, such as a MELD dialogue.
        extra: The publisher's other fields, such as the raw label.
    """

    id: str
    text: str | None = None
    image: Path | None = None
    face: Path | None = None
    labels: dict[str, Label]
    group: str | None = None
    extra: dict[str, str | int | float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Blank words are none."""
        if self.text is not None and not self.text.strip():
            object.__setattr__(self, "text", None)


@dataclass(frozen=True, kw_only=True)
class DatasetReader:
    """A data set's name, its terms, what it labels, and how it is read.

    Attributes:
        name: The name used on the command line, in metrics files and in cards.
        summary: What the set is and where it comes from.
        terms: Licence or terms of use.
        tasks: Task -> the classes that occur in this set, in the task's order; both sides of a one-label task.
        folders: Names that the set's folder may have under a data root.
        marks: Glob patterns, any of which shows that a folder is the set itself.
        read: `(folder of the set, split) -> examples`.
        rare: Classes of which the set has so few examples that a split may be without them.
        splits: The splits it gives.
        aliases: Other names of splits.
        is_made: Whether its items are made rather than collected: how many of them are of which class, and how easy
            they are to tell apart, says nothing of what people write.
        notes: `folder of the set -> sentences` that whoever reads counts or measures of this copy must know.
    """

    name: str
    summary: str
    terms: str
    tasks: Mapping[str, tuple[str, ...]]
    folders: tuple[str, ...]
    marks: tuple[str, ...]
    read: Callable[[Path, str], list[Example]]
    rare: tuple[str, ...] = ()
    splits: tuple[str, ...] = ("train", "dev", "test")
    aliases: Mapping[str, str] = field(default_factory=dict)
    is_made: bool = False
    notes: Callable[[Path], tuple[str, ...]] = lambda folder: ()


def task_classes(task: str) -> tuple[str, ...]:
    """The values a project task's label can take: `hate` -> `("not hateful", "hateful")`, others their labels."""
    labels = TASK_LABELS[task]
    return (negative_label(labels[0]), labels[0]) if task in BINARY_TASKS else labels


def label_names(example: Example, task: str) -> tuple[str, ...]:
    """The example's labels of a task as a tuple: one name, several, or none when the task is not labelled."""
    value = example.labels.get(task, ())
    return (value,) if isinstance(value, str) else value
