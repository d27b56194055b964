"""MET-Meme, English part: offensiveness and one of seven emotions, in the Hateful Memes layout (Xu et al. 2022)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmemo.data.files import read_label
from mmemo.data.memes import binary_label, read_memes
from mmemo.data.records import DatasetReader, Example, Label, task_classes


def _labels(row: dict[str, Any], path: Path, line: int) -> dict[str, Label]:
    return {
        "offensive": binary_label(row, "offensive", path, line),
        "meme_emotion": read_label(str(row["emotion"]), "meme_emotion", path, line),
    }


def read(folder: Path, split: str) -> list[Example]:
    """Label 1 (offensive level 1 to 3) is "offensive"; the level is kept in `extra`."""
    return read_memes(folder, split, [f"{split}.jsonl"], _labels, extra=("offensive_level", "emotion"))


METMEME = DatasetReader(
    name="metmeme",
    summary="MET-Meme, English part: offensive level of at least 1, and seven emotions (liaolianfoka/MET-Meme)",
    terms="research use",
    tasks={"offensive": task_classes("offensive"), "meme_emotion": task_classes("meme_emotion")},
    folders=("metmeme",),
    marks=("train.jsonl", "dev.jsonl", "test.jsonl"),
    read=read,
)
