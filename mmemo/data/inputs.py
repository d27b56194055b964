"""What a user wants analysed: a folder of pictures, or a `.csv` or `.jsonl` table of pictures and words.

Conventions: a table is in UTF-8 and has a column `image` (paths relative to its file), `text`, or both; an empty cell
is nothing. A row that cannot be read becomes an item that says why, and the rest is read on.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from mmemo.data.records import DataError

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp")


@dataclass(frozen=True, kw_only=True)
class InputItem:
    """One item to analyse.

    Attributes:
        image: The picture as the input names it; None for none.
        text: The words; None for none.
        given: What the pipeline takes.
        error: Why the row cannot be read, in the place of `given`.
    """

    image: str | None = None
    text: str | None = None
    given: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


def read_items(path: Path) -> list[InputItem]:
    """Items of a folder of pictures, which may lie in folders below it, or of a table.

    Raises:
        DataError: There is no such input, it is of another kind, or it holds no item.
    """
    if path.is_dir():
        items = [
            InputItem(image=file.relative_to(path).as_posix(), given={"image": file}) for file in picture_files(path)
        ]
    elif path.is_file() and path.suffix.lower() in _READERS:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            items = list(_READERS[path.suffix.lower()](path, file))
    else:
        came = "another kind of file" if path.exists() else "nothing of that name"
        raise DataError(f"{path}: expected a folder of pictures, a .csv or a .jsonl file, got {came}")
    if not items:
        wanted = f"pictures ({' '.join(PICTURE_SUFFIXES)})" if path.is_dir() else "rows"
        raise DataError(f"{path}: expected {wanted}, got none")
    return items


def picture_files(folder: Path) -> list[Path]:
    """Picture files in and below a folder, in the order of their paths; hidden ones do not count."""
    files = (path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file())
    return sorted(path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _csv_items(path: Path, file: TextIO) -> Iterator[InputItem]:
    rows = csv.reader(file, strict=True)
    try:
        header = [name.strip().lower() for name in next(rows, [])]
    except csv.Error as error:
        raise DataError(f"{path}, line 1: expected a CSV header, got a broken row ({error})") from error
    if not {"image", "text"} & set(header):
        raise DataError(f"{path}: expected a column image, text, or both, got {', '.join(header)[:80] or 'no header'}")
    while True:
        line = rows.line_num + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield _unreadable(path, line, "a CSV row", f"a broken one ({error})")
            continue
        if cells and len(cells) != len(header):
            yield _unreadable(path, line, f"{len(header)} cells", str(len(cells)))
        elif cells:
            yield _row_item(path, line, {name: cell or None for name, cell in zip(header, cells, strict=True)})


def _jsonl_items(path: Path, file: TextIO) -> Iterator[InputItem]:
    for line, text in enumerate(file, start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            yield _unreadable(path, line, "a JSON object", f"a fault ({error})")
            continue
        if isinstance(row, dict):
            yield _row_item(path, line, row)
        else:
            yield _unreadable(path, line, "a JSON object", type(row).__name__)


_READERS = {".csv": _csv_items, ".jsonl": _jsonl_items}


def _row_item(path: Path, line: int, row: Mapping[str, Any]) -> InputItem:
    image, text = row.get("image"), row.get("text")
    for name, value in (("image", image), ("text", text)):
        if value is not None and not isinstance(value, str):
            return _unreadable(path, line, f"a string as {name}", type(value).__name__)
        if value is not None and not is_unicode(value):
            return _unreadable(path, line, f"UTF-8 as {name}", "other bytes")
    if image is None and text is None:
        return _unreadable(path, line, "an image, a text, or both", "neither")
    place = image if image is None or "://" in image else path.parent / image
    return InputItem(image=image, text=text, given={"image": place, "text": text})


def is_unicode(value: str) -> bool:
    """Whether it can be written as UTF-8; bytes that were not come in as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _unreadable(path: Path, line: int, expected: str, got: str) -> InputItem:
    return InputItem(error=f"{path}, line {line}: expected {expected}, got {got}")


__all__ = ["PICTURE_SUFFIXES", "InputItem", "is_unicode", "picture_files", "read_items"]
