"""HateXplain: posts of X and Gab labelled hatespeech, offensive or normal (Mathew et al. 2021).

Two layouts: the publisher's `dataset.json` + `post_id_divisions.json` (three annotators a post; the label is the one
that two agree on, and posts without one are left out, as in the paper), or one table a split with the columns `label`
and `text` (`train.tsv`, `val.tsv`, `test.tsv`; a train table rebuilt from other copies is `train_rebuilt.tsv`).
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from mmemo.data.files import find_file, iter_lines, read_choice, read_tsv
from mmemo.data.records import DataError, DatasetReader, Example, task_classes

RAW_LABELS = ("hatespeech", "offensive", "normal")
TABLES = {"train": ("train.tsv", "train_rebuilt.tsv"), "dev": ("val.tsv", "dev.tsv"), "test": ("test.tsv",)}


def _example(name: str, text: str, raw: str) -> Example:
    label = "hateful" if raw == "hatespeech" else "not hateful"
    return Example(id=name, text=text, labels={"hate": label}, extra={"raw_label": raw})


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads("".join(iter_lines(path)))
    except json.JSONDecodeError as error:
        raise DataError(f"{path}, line {error.lineno}: expected JSON, got a fault ({error.msg})") from error
    if not isinstance(content, dict):
        raise DataError(f"{path}, line 1: expected a JSON object, got {type(content).__name__}")
    return content


def _read_posts(folder: Path, split: str) -> list[Example]:
    path, divisions_path = folder / "dataset.json", folder / "post_id_divisions.json"
    posts, divisions = _read_json(path), _read_json(divisions_path)
    part = "val" if split == "dev" else split
    if part not in divisions:
        raise DataError(f"{divisions_path}, line 1: expected a field {part!r}, got {', '.join(divisions)}")
    examples = []
    for post_id in divisions[part]:
        try:
            votes = Counter(vote["label"] for vote in posts[post_id]["annotators"])
            raw, count = votes.most_common(1)[0]
            text = " ".join(posts[post_id]["post_tokens"])
        except (KeyError, TypeError, IndexError) as error:
            raise DataError(f"{path}, post {post_id!r}: expected annotators and post_tokens, got none") from error
        if raw not in RAW_LABELS:
            raise DataError(f"{path}, post {post_id!r}: expected one of {', '.join(RAW_LABELS)}, got {raw!r}")
        if count > 1:
            examples.append(_example(post_id, text, raw))
    return examples


def read(folder: Path, split: str) -> list[Example]:
    """Hate speech is "hateful", the rest is not; the three-way label is kept in `extra["raw_label"]`."""
    if (folder / "dataset.json").is_file():
        return _read_posts(folder, split)
    path = find_file(folder, TABLES[split], split)
    return [
        _example(f"{split}-{line}", text, read_choice(raw, RAW_LABELS, path, line))
        for line, (raw, text) in read_tsv(path, columns=("label", "text"))
    ]


HATEXPLAIN = DatasetReader(
    name="hatexplain",
    summary="HateXplain, posts of X and Gab: hate speech against offensive or normal (hate-alert/HateXplain)",
    terms="MIT",
    tasks={"hate": task_classes("hate")},
    folders=("hatexplain", "HateXplain", "HateXplain/Data"),
    marks=("dataset.json", "train*.tsv", "val.tsv", "test.tsv"),
    read=read,
)
