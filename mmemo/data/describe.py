"""What a data set holds: a table of counts per split and class, and a plot of the class distribution."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mmemo.data.examples import DATASETS, find_folder, label_names, load_dataset
from mmemo.data.records import DatasetReader, Example, MissingSplitError

Splits = dict[str, list[Example]]


def load_splits(name: str, folder: Path) -> tuple[Splits, list[str]]:
    """Every split that is there, and one line for each that is not."""
    find_folder(name, folder)
    splits: Splits = {}
    absent = []
    for split in DATASETS[name].splits:
        try:
            splits[split] = load_dataset(name, folder, split)
        except MissingSplitError as error:
            absent.append(f"no split {split}: {error}")
    if not splits:
        raise MissingSplitError(absent[0])
    return splits, absent


def class_counts(examples: list[Example], task: str) -> Counter[str]:
    """How many examples carry each label of a task."""
    return Counter(label for example in examples for label in label_names(example, task))


def _table(reader: DatasetReader, splits: Splits) -> list[str]:
    width = max(len(name) for name in (*reader.tasks, *(c for classes in reader.tasks.values() for c in classes))) + 2
    lines = ["".ljust(width) + "".join(split.rjust(13) for split in splits)]
    lines.append("examples".ljust(width) + "".join(str(len(examples)).rjust(13) for examples in splits.values()))
    for kind in ("text", "image", "face", "group"):
        numbers = [_num_with(examples, kind) for examples in splits.values()]
        if any(numbers):
            name = "groups" if kind == "group" else f"with {kind}"
            lines.append(name.ljust(width) + "".join(str(number).rjust(13) for number in numbers))
    for task, classes in reader.tasks.items():
        counts = [class_counts(examples, task) for examples in splits.values()]
        lines.append(task)
        for label in classes:
            cells = (f"{count[label]} {count[label] / max(1, count.total()):6.1%}" for count in counts)
            lines.append(f"  {label}".ljust(width) + "".join(cell.rjust(13) for cell in cells))
    return lines


def _num_with(examples: list[Example], kind: str) -> int:
    values = [getattr(example, kind) for example in examples]
    there = [value for value in values if value is not None]
    return len(set(there)) if kind == "group" else len(there)


def draw_classes(reader: DatasetReader, splits: Splits, path: Path) -> None:
    """Write a bar chart, one panel a task, each split's share of every class; the suffix gives the format."""
    from matplotlib.figure import Figure

    rows = max(len(classes) for classes in reader.tasks.values())
    figure = Figure(figsize=(6 * len(reader.tasks), 2 + 0.35 * rows), layout="constrained")
    axes = figure.subplots(1, len(reader.tasks), squeeze=False)[0]
    for axis, (task, classes) in zip(axes, reader.tasks.items(), strict=True):
        height = 0.8 / len(splits)
        for number, (split, examples) in enumerate(splits.items()):
            counts = class_counts(examples, task)
            shares = [counts[label] / max(1, counts.total()) for label in classes]
            places = [row + (number - (len(splits) - 1) / 2) * height for row in range(len(classes))]
            axis.barh(places, shares, height=height, label=f"{split} ({len(examples)})")
        axis.set_yticks(range(len(classes)), classes)
        axis.invert_yaxis()
        axis.set_xlabel("share of the split's labels")
        axis.set_title(f"{reader.name}: {task}")
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(splits))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def describe(name: str, folder: Path, plot: Path | None = None) -> str:
    """The set's summary, terms, notes and counts as text; with `plot`, the classes' shares are drawn to that file."""
    splits, absent = load_splits(name, Path(folder))
    reader = DATASETS[name]
    if plot is not None:
        draw_classes(reader, splits, Path(plot))
    notes = (f"note: {note}" for note in reader.notes(find_folder(name, Path(folder))))
    head = [f"{name}: {reader.summary}", f"terms: {reader.terms}", *notes]
    return "\n".join([*head, *_table(reader, splits), *absent])
