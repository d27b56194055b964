"""FER+: the pictures of FER2013 with ten crowd votes each (Barsoum et al. 2016, microsoft/FERPlus).

Layouts, the first found is read:

- `usage_and_ferplus_votes.csv` beside FER2013's class folders (votes in the columns `fp_neutral`, ...).
- The publisher's `fer2013new.csv` beside `FER2013Train/ FER2013Valid/ FER2013Test/`, or beside `fer2013.csv`.

The label is the majority as the publisher's code takes it: single votes are struck out as outliers, then one class must
hold more than half of the votes that are left. Pictures without such a class, and those whose majority is contempt,
unknown or not a face (`NF`), are left out. All ten votes stay in `extra`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mmemo.data.fer2013 import ALL_USAGES, PIXEL_FOLDER, USAGE_FILE, USAGES, read_pixels, read_usage_rows
from mmemo.data.files import find_file, missing_error, read_choice, read_csv, row_error
from mmemo.data.records import DatasetReader, Example, task_classes

VOTES: dict[str, str | None] = {
    "neutral": "neutral",
    "happiness": "happy",
    "surprise": "surprise",
    "sadness": "sad",
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "contempt": None,
    "unknown": None,
    "NF": None,
}
"""Publisher's column -> emotion; `None` for what the project has no class for."""

PUBLISHED = "fer2013new.csv"
PICTURE_FOLDERS = {"Training": "FER2013Train", "PublicTest": "FER2013Valid", "PrivateTest": "FER2013Test"}


def majority(votes: dict[str, int]) -> str | None:
    """The emotion with more than half of the votes that are not single ones, or `None`."""
    kept = {name: count for name, count in votes.items() if count > 1}
    if not kept:
        return None
    name = max(kept, key=lambda key: kept[key])
    return VOTES[name] if 2 * kept[name] > sum(kept.values()) else None


def _votes(row: dict[str, str], prefix: str, path: Path, line: int) -> dict[str, int]:
    votes = {}
    for name in VOTES:
        if not row[prefix + name].strip().isdecimal():
            raise row_error(path, line, f"a number of votes as {prefix + name}", row[prefix + name])
        votes[name] = int(row[prefix + name])
    return votes


_Row = tuple[str, Path, str, dict[str, int]]
"""Name, picture, usage and votes of a face."""


def _example(name: str, face: Path, usage: str, votes: dict[str, int]) -> Example | None:
    label = majority(votes)
    if label is None:
        return None
    extra: dict[str, str | int | float] = {"usage": usage}
    extra.update({f"votes_{key}": count for key, count in votes.items()})
    return Example(id=name, face=face, labels={"face_emotion": label}, extra=extra)


def _usage_rows(folder: Path, split: str) -> Iterator[_Row]:
    columns = tuple(f"fp_{name}" for name in VOTES)
    for line, row in read_usage_rows(folder, split, columns):
        yield row["path"], folder / row["path"], row["usage"], _votes(row, "fp_", folder / USAGE_FILE, line)


def _published_rows(folder: Path, split: str) -> Iterator[_Row]:
    path = find_file(folder, [PUBLISHED])
    from_pixels = (folder / "fer2013.csv").is_file()
    if from_pixels:
        read_pixels(folder, split)
    for line, row in read_csv(path, ("Usage", "Image name", *VOTES)):
        usage, name = read_choice(row["Usage"], ALL_USAGES, path, line), row["Image name"].strip()
        if usage not in USAGES[split] or not name:  # the publisher names no picture that is not a face
            continue
        face = folder / (PIXEL_FOLDER if from_pixels else PICTURE_FOLDERS[usage]) / name
        if not face.is_file():
            raise missing_error(path, line, "a picture file", f"file {face}")
        yield Path(name).stem, face, usage, _votes(row, "", path, line)


def _rows(folder: Path, split: str) -> Iterator[_Row]:
    return (_usage_rows if (folder / USAGE_FILE).is_file() else _published_rows)(folder, split)


def read(folder: Path, split: str) -> list[Example]:
    """One example a face that has a majority, in the file's order."""
    return [example for row in _rows(folder, split) if (example := _example(*row)) is not None]


def read_votes(folder: Path, split: str) -> dict[Path, tuple[int, ...]]:
    """Picture file to its numbers of votes in the order of `VOTES`, with or without a majority."""
    return {face: tuple(votes.values()) for _, face, _, votes in _rows(folder, split)}


FERPLUS = DatasetReader(
    name="ferplus",
    summary="FER+, FER2013's faces with the majority of ten votes (microsoft/FERPlus)",
    terms="labels MIT; pictures as FER2013",
    tasks={"face_emotion": task_classes("face_emotion")},
    folders=("ferplus", "FERPlus", "fer2013", "FER2013"),
    marks=(USAGE_FILE, PUBLISHED),
    read=read,
    splits=("train", "dev", "test", "test_all"),
)
