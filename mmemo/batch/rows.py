"""A batch's results: one row for each item, in order, and the tables that are written from them.

Conventions: a row is the same JSON everywhere: `image` and `text` as they were given, then `analysis` or `error`.
Nothing that was given is kept once its row has been taken.
"""

import csv
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from PIL import Image

from mmemo.batch.items import InputItem
from mmemo.perception import load_image
from mmemo.perception.images import MAX_PIXELS
from mmemo.pipeline import MmemoPipeline
from mmemo.results import Analysis, AnalysisFailure, Decision, Scores

_STARTS_A_FORMULA = re.compile(r'\A(?=[\t\r\n])|(\A|[;\t\r\n]"*)(?=[=+@\-\uff1d\uff0b\uff20\uff0d])')
"""Where spreadsheets run a cell; one that parts columns by `;` or tabs finds such places inside of quoted cells too."""


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """An item and what came of it.

    Attributes:
        item: As it was read.
        result: Its analysis, or why there is none.
        picture: Its picture, decoded; None without one.
    """

    item: InputItem
    result: Analysis | AnalysisFailure
    picture: Image.Image | None = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """`image`, `text`, and either `analysis` or `error`."""
        content = {"analysis": self.result.to_dict()} if isinstance(self.result, Analysis) else self.result.to_dict()
        return {"image": self.item.image, "text": self.item.text, **content}


def analyse_items(
    pipeline: MmemoPipeline,
    items: Sequence[InputItem],
    *,
    batch_size: int = 16,
    max_pixels: int = MAX_PIXELS,
    time_limit_s: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    **options: Any,  # noqa: ANN401 - options of MmemoPipeline.batch
) -> Iterator[BatchRow]:
    """Rows in the order of the items; one that cannot be analysed says why, and the rest go on.

    Args:
        pipeline: What analyses them.
        items: From `read_items` or `upload_items`.
        batch_size: Items that are decoded and analysed together.
        max_pixels: Most pixels of a picture.
        time_limit_s: Groups that have not begun after this time are not analysed; their rows say so.
        clock: Seconds that only run forward.
        options: `explain` and `language`, as in a call of the pipeline.
    """
    started = clock()
    for start in range(0, len(items), batch_size):
        group = items[start : start + batch_size]
        if time_limit_s is not None and clock() - started > time_limit_s:
            message = f"not analysed: the batch took longer than {time_limit_s:g} seconds"
            for index, item in enumerate(group, start=start):
                yield BatchRow(item=item, result=AnalysisFailure(index=index, kind="TimeLimitError", message=message))
            continue
        yield from _analyse_group(pipeline, group, start, max_pixels, options)


def _analyse_group(
    pipeline: MmemoPipeline, group: Sequence[InputItem], start: int, max_pixels: int, options: Mapping[str, Any]
) -> Iterator[BatchRow]:
    loaded = [_load(item, index, max_pixels) for index, item in enumerate(group, start=start)]
    given = [
        {"image": picture, "text": item.text}
        for item, picture in zip(group, loaded, strict=True)
        if not isinstance(picture, AnalysisFailure)
    ]
    found = iter(pipeline.batch(given, batch_size=max(1, len(given)), **options))
    for index, (item, picture) in enumerate(zip(group, loaded, strict=True), start=start):
        if isinstance(picture, AnalysisFailure):
            yield BatchRow(item=item, result=picture)
            continue
        result = next(found)
        if isinstance(result, AnalysisFailure):
            result = AnalysisFailure(index=index, kind=result.kind, message=result.message)
        yield BatchRow(item=item, result=result, picture=picture)


def _load(item: InputItem, index: int, max_pixels: int) -> Image.Image | AnalysisFailure | None:
    """The item's picture, None without one, or why it cannot be read."""
    if item.error is not None:
        return AnalysisFailure(index=index, kind="RowError", message=item.error)
    if item.picture is None:
        return None
    try:
        return load_image(item.picture() if callable(item.picture) else item.picture, max_pixels=max_pixels)
    except ValueError as error:  # of the picture or of the archive
        return AnalysisFailure(index=index, kind=type(error).__name__, message=str(error))


COLUMNS = (
    "image",
    "text",
    "words",
    "hate_verdict",
    "hate_probability",
    "offensive_verdict",
    "offensive_probability",
    "emotion",
    "emotion_probability",
    "sentiment",
    "sentiment_probability",
    "meme_emotion",
    "meme_emotion_probability",
    "faces",
    "error",
)
"""Columns of the CSV; a probability is that of the label, of a verdict that of its "yes"."""


def to_csv(rows: Iterable[BatchRow]) -> str:
    """A table of `COLUMNS`, safe to open in a spreadsheet: what would run as a formula gets a `'` in front."""
    file = StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: safe_cell(value) for name, value in _cells(row).items()})
    return file.getvalue()


def to_jsonl(rows: Iterable[BatchRow]) -> str:
    """A line of JSON for each row, as `BatchRow.to_dict` gives it."""
    return "".join(f"{json.dumps(row.to_dict(), ensure_ascii=False, allow_nan=False)}\n" for row in rows)


def safe_cell(value: str | float | int | None) -> str | float | int | None:
    """A cell that no spreadsheet runs; numbers stay as they are."""
    return _STARTS_A_FORMULA.sub(r"\g<1>'", value) if isinstance(value, str) else value


def _cells(row: BatchRow) -> dict[str, str | float | int | None]:
    cells: dict[str, str | float | int | None] = {"image": row.item.image, "text": row.item.text}
    if isinstance(row.result, AnalysisFailure):
        return cells | {"error": row.result.message}
    cells |= {"words": row.result.text.value, "faces": len(row.result.faces)}
    for task in ("hate", "offensive"):
        decision: Decision | None = getattr(row.result, task)
        if decision is not None:
            cells |= {f"{task}_verdict": decision.verdict, f"{task}_probability": round(decision.probability, 6)}
    for task in ("emotion", "sentiment", "meme_emotion"):
        scores: Scores | None = getattr(row.result, task)
        if scores is not None:
            cells |= {task: scores.label, f"{task}_probability": round(scores.scores[scores.label], 6)}
    return cells
