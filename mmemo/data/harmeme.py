"""HarMeme (Harm-C): COVID-19 memes, harmful or not, in the Hateful Memes layout (Pramanick et al. 2021)."""

from __future__ import annotations

from pathlib import Path

from mmemo.data.memes import binary_label, read_memes
from mmemo.data.records import DatasetReader, Example, task_classes


def read(folder: Path, split: str) -> list[Example]:
    """Label 1 (somewhat or very harmful) is "hateful"; `level` and `target` are kept in `extra`."""
    return read_memes(
        folder,
        split,
        [f"{split}.jsonl"],
        lambda row, path, line: {"hate": binary_label(row, "hate", path, line)},
        extra=("level", "target"),
    )


HARMEME = DatasetReader(
    name="harmeme",
    summary="HarMeme (Harm-C), COVID-19 memes: somewhat or very harmful against not harmful (di-dimitrov/mmf)",
    terms="research use",
    tasks={"hate": task_classes("hate")},
    folders=("harmeme",),
    marks=("train.jsonl", "dev.jsonl", "test.jsonl"),
    read=read,
)
