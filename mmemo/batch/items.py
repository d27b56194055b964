"""Items to analyse, and the tables (`.csv`, `.jsonl`) that list them.

Conventions: a table is in UTF-8 and has a column `image`, `text`, or both; an empty cell is nothing. Cells of a `.csv`
are parted by commas, semicolons or tabs. A row that cannot be read becomes an item that says why, and the rest is read
on.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from mmemo.perception import is_unicode
from mmemo.tables import find_delimiter

COLUMNS = ("image", "text")

OTHER_PICTURE_SUFFIXES = (".avif", ".heic", ".heif", ".jxl", ".svg", ".tif", ".tiff")
"""Pictures that are not read: said so, one by one, where other files in a folder are left alone."""

Picture = Path | str | Callable[[], bytes]
"""A picture that is not read yet: its file, or what reads it."""

_UTF16_MARKS = ("\udcff\udcfe", "\udcfe\udcff")
"""The first bytes of a file in UTF-16, as `surrogateescape` lets them through."""


class BatchError(ValueError):
    """Input that cannot be used at all; one line that says what was expected and what came."""


@dataclass(frozen=True, kw_only=True)
class InputItem:
    """One item to analyse.

    Attributes:
        image: The picture as the input names it; None for none.
        text: The words; None for none.
        picture: Where the picture is read from; None for none.
        error: Why the row cannot be read, in the place of `picture`.
    """

    image: str | None = None
    text: str | None = None
    picture: Picture | None = None
    error: str | None = None


class InputItems(list[InputItem]):
    """Items in the order of the input.

    Attributes:
        num_left_out: Pictures of an archive that its table does not name.
    """

    num_left_out = 0


def read_table(
    name: str, suffix: str, file: TextIO, find: Callable[[str], Picture], *, max_items: int | None = None
) -> InputItems:
    """Items of a table.

    Args:
        name: What messages call it.
        suffix: A key of `READERS`.
        file: The table at its beginning, decoded as `utf-8-sig` with `surrogateescape`, so that a cell in another
            encoding spoils its row alone.
        find: Gives the picture that a row names; a `BatchError` becomes the row's.
        max_items: Most rows; None for any number.

    Raises:
        BatchError: It is not in UTF-8, or has no such columns, no rows, or too many.
    """
    if file.read(2) in _UTF16_MARKS:
        raise BatchError(f"{name}: expected UTF-8, got UTF-16")
    file.seek(0)
    rows = READERS[suffix](name, file, find)
    items = InputItems(rows if max_items is None else islice(rows, max_items + 1))
    check_count(name, "rows", len(items), max_items)
    return items


def check_count(name: str, what: str, count: int, max_items: int | None) -> None:
    """Refuse inputs with nothing in them, or too much."""
    if not count:
        raise BatchError(f"{name}: expected {what}, got none")
    if max_items is not None and count > max_items:
        raise BatchError(f"{name}: expected at most {max_items:,} {what}, got more")


def _csv_items(name: str, file: TextIO, find: Callable[[str], Picture]) -> Iterator[InputItem]:
    rows = csv.reader(file, delimiter=find_delimiter(file, COLUMNS), strict=True)
    try:
        header = [column.strip().lower() for column in next(rows, [])]
    except csv.Error as error:
        raise BatchError(f"{name}, line 1: expected a CSV header, got a broken row ({error})") from error
    if not set(COLUMNS) & set(header):
        came = ", ".join(header)
        if not is_unicode(came):
            byte = next(ord(character) & 0xFF for character in came if not is_unicode(character))
            raise BatchError(f"{name}: expected UTF-8, got the byte 0x{byte:02x}")
        raise BatchError(f"{name}: expected a column image, text, or both, got {came[:80] or 'no header'}")
    while True:
        line = rows.line_num + 1
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield _unreadable(name, line, "a CSV row", f"a broken one ({error})")
            continue
        if cells and len(cells) != len(header):
            yield _unreadable(name, line, f"{len(header)} cells", str(len(cells)))
        elif cells:
            row = {column: cell or None for column, cell in zip(header, cells, strict=True)}
            yield _row_item(name, line, row, find)


def _jsonl_items(name: str, file: TextIO, find: Callable[[str], Picture]) -> Iterator[InputItem]:
    for line, text in enumerate(file, start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            yield _unreadable(name, line, "a JSON object", f"a fault ({error})")
            continue
        if isinstance(row, dict):
            yield _row_item(name, line, row, find)
        else:
            yield _unreadable(name, line, "a JSON object", type(row).__name__)


READERS = {".csv": _csv_items, ".jsonl": _jsonl_items}
"""What reads a table, by its file's suffix."""


def _row_item(name: str, line: int, row: Mapping[str, Any], find: Callable[[str], Picture]) -> InputItem:
    image, text = row.get("image"), row.get("text")
    for column, value in (("image", image), ("text", text)):
        if value is not None and not isinstance(value, str):
            return _unreadable(name, line, f"a string as {column}", type(value).__name__)
        if value is not None and not is_unicode(value):
            return _unreadable(name, line, f"UTF-8 as {column}", "other bytes")
    if image is None and text is None:
        return _unreadable(name, line, "an image, a text, or both", "neither")
    try:
        picture = None if image is None else find(image)
    except BatchError as error:
        return InputItem(image=image, text=text, error=f"{name}, line {line}: {error}")
    return InputItem(image=image, text=text, picture=picture)


def _unreadable(name: str, line: int, expected: str, got: str) -> InputItem:
    return InputItem(error=f"{name}, line {line}: expected {expected}, got {got}")
