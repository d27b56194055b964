"""CSV tables as spreadsheets write them: where a comma is the decimal point, cells are parted by semicolons."""

import csv
from collections.abc import Collection
from typing import TextIO

DELIMITERS = (",", ";", "\t")
"""What may part cells; the first that gives a known column counts."""


def find_delimiter(file: TextIO, columns: Collection[str]) -> str:
    """What parts the cells of a CSV file: the first of `DELIMITERS` with which its header names one of the columns.

    Args:
        file: Left at its beginning.
        columns: Names in lower case.

    Returns:
        A comma where no delimiter gives such a column.
    """
    file.seek(0)
    headers = {delimiter: _header(file, delimiter) for delimiter in DELIMITERS}
    return next((delimiter for delimiter, header in headers.items() if header & set(columns)), DELIMITERS[0])


def _header(file: TextIO, delimiter: str) -> set[str]:
    """Names of the first row, in lower case; none where it cannot be read."""
    try:
        return {name.strip().lower() for name in next(csv.reader(file, delimiter=delimiter, strict=True), [])}
    except csv.Error:
        return set()
    finally:
        file.seek(0)
