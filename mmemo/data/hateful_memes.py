"""Hateful Memes: synthetic memes, hateful or not, with benign confounders (Kiela et al. 2020).

`dev` and `test` are the publisher's `dev_seen` and `test_seen`. A folder without `img/` is read for its words alone.
"""

from __future__ import annotations

from pathlib import Path

from mmemo.data.memes import binary_label, read_memes
from mmemo.data.records import DatasetReader, Example, task_classes

FILES = {"train": "train.jsonl", "dev": "dev_seen.jsonl", "test": "test_seen.jsonl"}


def read(folder: Path, split: str) -> list[Example]:
    """Label 1 is "hateful"."""
    return read_memes(
        folder,
        split,
        [FILES.get(split, f"{split}.jsonl")],
        lambda row, path, line: {"hate": binary_label(row, "hate", path, line)},
        pictures_optional=True,
    )


HATEFUL_MEMES = DatasetReader(
    name="hateful_memes",
    summary="Hateful Memes challenge: hateful or not, pictures optional",
    terms="Facebook's research licence of the challenge",
    tasks={"hate": task_classes("hate")},
    folders=("hateful_memes", "hateful_memes_text"),
    marks=("train.jsonl", "dev_seen.jsonl", "test_seen.jsonl"),
    read=read,
    splits=("train", "dev", "test", "dev_unseen", "test_unseen"),
    aliases={"dev_seen": "dev", "test_seen": "test"},
)
