"""The Hateful Memes layout, which several meme sets share: `<split>.jsonl` beside the picture folder `img/`.

A line is `{"id", "img": "img/<file>", "text", "label": 0 or 1}` plus the set's own fields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mmemo.data.files import find_file, missing_error, read_jsonl, row_error
from mmemo.data.records import Example, Label, task_classes

RowLabels = Callable[[dict[str, Any], Path, int], dict[str, Label]]
COLUMNS = ("id", "img", "text", "label")


def binary_label(row: dict[str, Any], task: str, path: Path, line: int) -> str:
    """The positive or negative name of a one-label task for `label` 1 or 0."""
    value = row["label"]
    if isinstance(value, bool) or value not in (0, 1):
        raise row_error(path, line, "0 or 1 as 'label'", value)
    return task_classes(task)[int(value)]  # 1.0 where a table with gaps was written


def read_memes(
    folder: Path,
    split: str,
    files: Sequence[str],
    labels: RowLabels,
    extra: Sequence[str] = (),
    pictures_optional: bool = False,
) -> list[Example]:
    """Examples of one split.

    Args:
        folder: The set's folder.
        split: The split's name, for errors.
        files: Names that the split's file may have, the first found is read.
        labels: `(row, file, line)` -> the row's labels.
        extra: The row's own fields to keep; they must be there, and a null is left out.
        pictures_optional: Whether a folder without any `img/` is read for its words alone.
    """
    path = find_file(folder, files, split)
    with_pictures = not pictures_optional or (folder / "img").is_dir()
    examples = []
    for line, row in read_jsonl(path, (*COLUMNS, *extra)):
        image = folder / str(row["img"]) if with_pictures else None
        if image is not None and not image.is_file():
            raise missing_error(path, line, "a picture file", f"file {image}")
        if not isinstance(row["text"], str):
            raise row_error(path, line, "a string as 'text'", row["text"])
        examples.append(
            Example(
                id=str(row["id"]),
                text=row["text"],
                image=image,
                labels=labels(row, path, line),
                extra={key: row[key] for key in extra if row[key] is not None},
            )
        )
    return examples
