"""GoEmotions: Reddit comments with 27 emotions and neutral, several at once (Demszky et al. 2020).

Layout: `train.tsv dev.tsv test.tsv` without a header (text, label ids joined by commas, comment id), and optionally
the label names in `labels.txt` or `emotions.txt`, which must be in the project's order.
"""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

from mmemo.data.files import find_file, read_lines, read_tsv, row_error
from mmemo.data.records import DatasetReader, Example, task_classes
from mmemo.labels import GOEMOTIONS


def _check_names(folder: Path) -> None:
    for path in (folder / "labels.txt", folder / "emotions.txt"):
        names = read_lines(path) if path.is_file() else list(GOEMOTIONS)
        for line, (name, expected) in enumerate(zip_longest(names, GOEMOTIONS), start=1):
            if name is None or name.strip() != expected:
                raise row_error(path, line, expected or "the end of the file", name)


def _label_names(ids: str, path: Path, line: int) -> tuple[str, ...]:
    names = []
    for number in ids.split(","):
        if not number.isdecimal() or int(number) >= len(GOEMOTIONS):
            raise row_error(path, line, f"label ids from 0 to {len(GOEMOTIONS) - 1} joined by commas", ids)
        names.append(GOEMOTIONS[int(number)])
    return tuple(names)


def read(folder: Path, split: str) -> list[Example]:
    """One example a comment, with the tuple of its `text_emotion` labels."""
    _check_names(folder)
    path = find_file(folder, [f"{split}.tsv"], split)
    return [
        Example(id=comment, text=text, labels={"text_emotion": _label_names(ids, path, line)})
        for line, (text, ids, comment) in read_tsv(path, width=3)
    ]


GOEMOTIONS_SET = DatasetReader(
    name="goemotions",
    summary="GoEmotions, Reddit comments: 27 emotions and neutral, multi-label (google-research/goemotions)",
    terms="CC BY 4.0",
    tasks={"text_emotion": task_classes("text_emotion")},
    folders=("goemotions",),
    marks=("train.tsv", "dev.tsv"),
    read=read,
)
