"""Pairs of a face and words by label: system B's `dataset.csv`, and pairs for the fused `emotion` task.

Layout of the data set `pairs`: `train.csv dev.csv test.csv`, or one `dataset.csv`, of which every text belongs to one
split: a tenth of the texts to dev and a tenth to test.

Conventions: such a table has the columns `image_path` (relative to the file's folder, or absolute), `text` and `label`
(an emotion). A pair made here joins a picture and words that merely carry the same label: it is not a real pair of one
person's face and words, and what is measured on such pairs says nothing about how faces and words really go together.
"""

from __future__ import annotations

import csv
import os
import random
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmemo.data.fer2013 import class_folders
from mmemo.data.files import find_file, missing_error, read_csv, read_label
from mmemo.data.records import DataError, DatasetReader, Example, label_names, task_classes

COLUMNS = ("image_path", "text", "label")
PAIRING = "by label"


@dataclass(frozen=True, kw_only=True)
class PairSummary:
    """What `prepare_pairs` wrote; `str(summary)` is the text to print."""

    path: Path
    counts: dict[str, int]
    num_texts_used: int

    @property
    def num_pairs(self) -> int:
        """Rows of the file."""
        return sum(self.counts.values())

    def __str__(self) -> str:
        """Counts, and a plain warning of what the pairs are."""
        classes = ", ".join(f"{label} {count}" for label, count in self.counts.items())
        return (
            f"{self.num_pairs} pairs written to {self.path} ({classes}; {self.num_texts_used} different texts)\n"
            "These pairs are made by label: a picture and a text that carry the same emotion were put together at "
            "random. They are not real pairs of one person's face and words."
        )


def read_pairs(path: Path) -> list[Example]:
    """Examples of a `dataset.csv`, with `face`, `text` and the label of the task `emotion`."""
    path = Path(path)
    examples = []
    for line, row in read_csv(path, COLUMNS):
        face = path.parent / row["image_path"]
        if not row["image_path"] or not face.is_file():
            raise missing_error(path, line, "a picture file", f"file {face}")
        label = read_label(row["label"], "emotion", path, line)
        examples.append(Example(id=f"{path.stem}-{line}", text=row["text"], face=face, labels={"emotion": label}))
    if not examples:
        raise DataError(f"{path}: expected rows, got only the header")
    return examples


def split_of(text: str | None) -> str:
    """Split of a text of a `dataset.csv`: the same for equal texts, dev and test each a tenth of them."""
    return {0: "dev", 1: "test"}.get(zlib.crc32((text or "").encode()) % 10, "train")


def read(folder: Path, split: str) -> list[Example]:
    """Pairs of one split in the file's order."""
    if not (folder / "dataset.csv").is_file():
        return read_pairs(find_file(folder, [f"{split}.csv"], split))
    return [example for example in read_pairs(folder / "dataset.csv") if split_of(example.text) == split]


PAIRS = DatasetReader(
    name="pairs",
    summary="faces and words put together by their label, see `mmemo prepare-data`; not real pairs",
    terms="those of the faces and of the words",
    tasks={"emotion": task_classes("emotion")},
    folders=("pairs",),
    marks=("dataset.csv", "train.csv"),
    read=read,
)


def _label(example: Example, *tasks: str) -> str:
    for task in tasks:
        names = label_names(example, task)
        if len(names) == 1:
            return names[0]
    raise DataError(f"example {example.id!r}: expected one label of {' or '.join(tasks)}, got {example.labels}")


def pair_by_label(
    faces: Sequence[Example], texts: Sequence[Example], seed: int, where: str = "pairing by label"
) -> list[Example]:
    """Each face, in its order, with words of the same label.

    The texts of a label are shuffled by the seed and dealt one after another; when they run out they are dealt again.
    The same faces, texts and seed give the same pairs.

    Args:
        faces: Examples with `face` and one label of `face_emotion` or `emotion`.
        texts: Examples with `text` and one label of `emotion`; those without words are passed over.
        seed: Seed of the shuffle.
        where: What to call the texts in the message.

    Raises:
        DataError: A label of the faces has no text, or an example lacks its label.
    """
    by_label: dict[str, list[Example]] = {}
    for text in texts:
        if text.text is not None:
            by_label.setdefault(_label(text, "emotion"), []).append(text)
    for label in sorted(by_label):
        random.Random(f"{seed} {label}").shuffle(by_label[label])
    dealt: Counter[str] = Counter()
    pairs = []
    for face in faces:
        label = _label(face, "face_emotion", "emotion")
        if not by_label.get(label):
            raise DataError(f"{where}: expected texts of the class {label!r}, got none")
        text = by_label[label][dealt[label] % len(by_label[label])]
        dealt[label] += 1
        pairs.append(
            Example(
                id=f"{face.id}+{text.id}",
                text=text.text,
                face=face.face,
                labels={"emotion": label},
                extra={"pairing": PAIRING, "face_id": face.id, "text_id": text.id},
            )
        )
    return pairs


def prepare_pairs(image_root: Path, texts: Sequence[Example], output_csv: Path, seed: int) -> PairSummary:
    """Pair the pictures of class folders with texts by label and write a `dataset.csv`.

    Args:
        image_root: A folder with one folder of pictures for each of the seven emotions.
        texts: Examples with `text` and a label of `emotion`, such as MELD's.
        output_csv: The file to write; it appears whole or not at all.
        seed: Seed of the pairing.

    Raises:
        DataError: The output is a folder, a class has no picture or no text, or a text lacks its label.
    """
    output_csv = Path(output_csv)
    if output_csv.is_dir():
        raise DataError(f"{output_csv}: expected a file to write, got a folder")
    faces = [
        Example(id=str(file), face=file, labels={"face_emotion": label})
        for label, files in class_folders(Path(image_root)).items()
        for file in files
    ]
    pairs = pair_by_label(faces, texts, seed)
    output_csv.parent.mkdir(parents=True, exist_ok=True)
    part = output_csv.with_suffix(f".{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for pair in pairs:
                face = os.path.relpath(str(pair.face), output_csv.parent)
                writer.writerow((face, pair.text, pair.labels["emotion"]))
        part.replace(output_csv)
    finally:
        part.unlink(missing_ok=True)
    counts = Counter(_label(pair, "emotion") for pair in pairs)
    num_texts_used = len({pair.extra["text_id"] for pair in pairs})
    return PairSummary(path=output_csv, counts=dict(counts), num_texts_used=num_texts_used)
