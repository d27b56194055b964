"""MultiOFF: memes of the 2016 US election, offensive or not, in the Hateful Memes layout (Suryawanshi et al. 2020)."""

from __future__ import annotations

from pathlib import Path

from mmemo.data.memes import binary_label, read_memes
from mmemo.data.records import DatasetReader, Example, task_classes


def read(folder: Path, split: str) -> list[Example]:
    """Label 1 is "offensive"."""
    return read_memes(
        folder,
        split,
        [f"{split}.jsonl"],
        lambda row, path, line: {"offensive": binary_label(row, "offensive", path, line)},
    )


MULTIOFF = DatasetReader(
    name="multioff",
    summary="MultiOFF, memes of the 2016 US election: offensive or not",
    terms="research use",
    tasks={"offensive": task_classes("offensive")},
    folders=("multioff",),
    marks=("train.jsonl", "dev.jsonl", "test.jsonl"),
    read=read,
)
