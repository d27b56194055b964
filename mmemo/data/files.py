"""Reading text, CSV, TSV and JSON-lines files so that every fault names its file and 1-based line.

Files are UTF-8, with or without a byte order mark. Lines end at a line feed only: tweets hold other separators.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mmemo.data.records import DataError, MissingSplitError
from mmemo.labels import UnknownLabelError, canonical_label


def row_error(path: Path, line: int, expected: str, got: object) -> DataError:
    """The error about a row's value, which is shown as Python would write it, cut to 80 characters."""
    return DataError(f"{path}, line {line}: expected {expected}, got {repr(got)[:80]}")


def missing_error(path: Path, line: int, expected: str, what: str) -> DataError:
    """The error about something that a row names or needs and that is not there."""
    return DataError(f"{path}, line {line}: expected {expected}, got no {what}")


def find_file(folder: Path, names: Sequence[str], split: str | None = None) -> Path:
    """The first of `names` that is a file in `folder`; without one a `DataError` (`MissingSplitError` with a split)."""
    for name in names:
        if (folder / name).is_file():
            return folder / name
    wanted = " or ".join(names)
    if split is None:
        raise DataError(f"{folder}: expected a file {wanted}, got none of these")
    raise MissingSplitError(f"{folder}: expected a file {wanted} for the split {split!r}, got none of these")


def iter_lines(path: Path) -> Iterator[str]:
    """The file's lines with their ends; bytes that are not UTF-8 are a `DataError` with their line."""
    if not path.is_file():
        raise DataError(f"{path}: expected a file, got none")
    with path.open("rb") as file:
        for line, data in enumerate(file, start=1):
            if line == 1 and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise DataError(f"{path}: expected UTF-8, got UTF-16; convert it first: iconv -f UTF-16 -t UTF-8")
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError as error:
                raise DataError(
                    f"{path}, line {line}: expected UTF-8, got byte 0x{data[error.start]:02x}; if the file is in "
                    "Windows-1252, convert it first: iconv -f CP1252 -t UTF-8"
                ) from error
            yield text.removeprefix("\ufeff") if line == 1 else text


def read_lines(path: Path) -> list[str]:
    """The file's lines without their ends."""
    return [line.removesuffix("\n").removesuffix("\r") for line in iter_lines(path)]


def read_jsonl(path: Path, columns: Sequence[str]) -> list[tuple[int, dict[str, Any]]]:
    """`(line, object)` for every line that is not blank; each object holds all of `columns`."""
    rows = []
    for line, text in enumerate(read_lines(path), start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except json.JSONDecodeError as error:
            raise row_error(path, line, f"a JSON object ({error.msg} at column {error.colno})", text) from error
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, thousands of brackets
            raise row_error(path, line, f"a JSON object ({error})", text) from error
        try:
            json.dumps(row, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise row_error(path, line, "text in Unicode (an escape in it is half a character)", text) from error
        if not isinstance(row, dict):
            raise row_error(path, line, "a JSON object", row)
        for column in columns:
            if column not in row:
                raise missing_error(path, line, f"a field {column!r}", f"such field among {', '.join(row)}")
        rows.append((line, row))
    return rows


def check_columns(path: Path, header: Iterable[str], columns: Sequence[str]) -> None:
    """Raise unless the header, the first line of `path`, holds all of `columns`."""
    names = list(header)
    for column in columns:
        if column not in names:
            raise missing_error(path, 1, f"a column {column!r}", f"such column among {', '.join(names)}")


def read_csv(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """`(line where the row starts, cells by column)` of a comma-separated file that has at least `columns`."""
    reader = csv.reader(iter_lines(path), strict=True)
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        check_columns(path, header, columns)
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                raise DataError(f"{path}, line {line}: expected {len(header)} cells, got {len(cells)}")
            if cells:
                yield line, dict(zip(header, cells, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}, line {line}: expected a CSV row, got a broken one ({error})") from error


def read_tsv(path: Path, columns: Sequence[str] | None = None, width: int | None = None) -> list[tuple[int, list[str]]]:
    """`(line, cells)` of a tab-separated file without quoting.

    Args:
        path: The file.
        columns: Columns that a header line must name, and the order in which the cells are returned. Without them
            the file has no header.
        width: Cells that each line of a file without a header must have.
    """
    lines = read_lines(path)
    order = list(range(width or 0))
    if columns is not None:
        header = lines[0].split("\t") if lines else []
        check_columns(path, header, columns)
        order, width = [header.index(column) for column in columns], len(header)
    first = 1 if columns is not None else 0
    rows = []
    for line, text in enumerate(lines[first:], start=first + 1):
        cells = text.split("\t")
        if len(cells) != width:
            raise DataError(f"{path}, line {line}: expected {width} cells with tabs between them, got {len(cells)}")
        rows.append((line, [cells[i] for i in order]))
    return rows


def read_label(name: str, task: str, path: Path, line: int) -> str:
    """The project's label for the publisher's `name`; an unknown one is a `DataError` with file and line."""
    try:
        return canonical_label(name, task)
    except UnknownLabelError as error:
        raise DataError(f"{path}, line {line}: {error}") from error


def read_choice(value: str, choices: Sequence[str], path: Path, line: int) -> str:
    """`value` when it is one of `choices`, else a `DataError` with file and line."""
    if value not in choices:
        raise row_error(path, line, f"one of {', '.join(choices)}", value)
    return value


def read_number(value: str, path: Path, line: int, what: str) -> float:
    """A finite number from a cell, else a `DataError` with file and line."""
    try:
        number = float(value)
    except ValueError as error:
        raise row_error(path, line, f"a number as {what}", value) from error
    if number - number != 0:  # not a number or infinite
        raise row_error(path, line, f"a finite number as {what}", value)
    return number
