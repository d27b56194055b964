"""The Batch tab: an archive of pictures, a table, or both; a table of results to sort, filter and take away.

Public API: `/analyze_batch` with `archive` (a ZIP file, or null), `table` (a `.csv` or `.jsonl` file, or null),
`explain` and `language` gives a list of rows, as `mmemo batch` writes them. Nothing is unpacked to disk, and the files
to take away are part of the page.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from mmemo.batch import BatchError, BatchRow, InputItem, InputItems, analyse_items, to_csv, to_jsonl, upload_items
from mmemo.pipeline import MmemoPipeline
from mmemo.results import Analysis, AnalysisFailure, Decision, Scores
from mmemo.ui import markup
from mmemo.ui.calls import EXPLAIN_LABEL, LANGUAGE_LABEL, explaining
from mmemo.ui.pictures import FileDescription, data_url, plain_error, upload_bytes
from mmemo.ui.report import foreign_among
from mmemo.ui.settings import Settings
from mmemo.ui.texts import ENGLISH, Texts

CONCURRENCY_LIMIT = 1
"""Batches at once: they must not hold up those who wait for one answer."""

GROUP = 8
"""Items that are analysed together: small, so that the bar moves."""

THUMBNAIL_SIDE = 128

ON_TABLE = """
const rows = () => [...element.querySelectorAll("tbody tr")];
const value = (row, column) => row.cells[column].dataset.value;
element.addEventListener("click", (event) => {
  const button = event.target.closest("th button");
  if (!button) return;
  const head = button.closest("th"), isDown = head.getAttribute("aria-sort") === "ascending";
  head.parentElement.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
  const column = head.cellIndex, isNumber = head.dataset.kind === "number";
  const order = (a, b) => isNumber ? Number(a) - Number(b) : a.localeCompare(b);
  const sorted = rows().sort((a, b) => order(value(a, column), value(b, column)) * (isDown ? -1 : 1));
  element.querySelector("tbody").append(...sorted);
});
element.addEventListener("change", () => {
  const filters = [...element.querySelectorAll("select[data-filter]")];
  let count = 0;
  rows().forEach((row) => {
    row.hidden = filters.some((filter) => filter.value && row.dataset[filter.dataset.filter] !== filter.value);
    count += !row.hidden;
  });
  element.querySelector(".mm-shown").textContent = count;
});
"""
"""Runs in the browser: sorts by a column, shows the rows of a verdict."""


class BatchTab:
    """Handlers of the tab around one pipeline."""

    def __init__(self, pipeline: MmemoPipeline, texts: Texts, settings: Settings) -> None:
        """Keep the pipeline, the words of the page and the limits; every handler only reads them."""
        self.pipeline, self.texts, self.settings = pipeline, texts, settings

    def analyze_batch(
        self,
        archive: FileDescription | None = None,
        table: FileDescription | None = None,
        explain: str | None = None,
        language: str | None = None,
    ) -> list[dict[str, Any]]:
        """Analyse many pictures and texts: one row for each, in order; a bad one says why and the others go on.

        Args:
            archive: A ZIP file of pictures, or null. It may hold the table too.
            table: A .csv or .jsonl file with a column image (a name in the archive), text, or both; or null.
            explain: How thoroughly to explain each row: none (the default), fast or full.
            language: Of the explanations: en (the default), de or es.

        Returns:
            A list of rows with image, text, and either analysis or error.
        """
        items = self._items(archive, table)
        try:
            return [row.to_dict() for row in self._rows(items, **explaining(explain or "none", language))]
        except ValueError as error:
            raise plain_error(self.texts, self.texts.REQUEST_REFUSED, error) from error

    def show(self, archive: FileDescription | None, table: FileDescription | None) -> Iterator[str]:
        """Analyse what stands in the page: first how far it is, in the end the table; or what is wrong with it."""
        try:
            yield from self._progress_and_report(archive, table)
        except gr.Error as error:
            yield markup.failed(error, self.texts)

    def _progress_and_report(self, archive: FileDescription | None, table: FileDescription | None) -> Iterator[str]:
        items = self._items(archive, table)
        yield progress(0, len(items), self.texts)
        done: list[Line] = []
        for row in self._rows(items, explain="none"):
            done.append(line(len(done) + 1, row))
            if len(done) % GROUP == 0:
                yield progress(len(done), len(items), self.texts)
        yield batch_report(done, self.texts, items.num_left_out)

    def _rows(self, items: Sequence[InputItem], **options: Any) -> Iterator[BatchRow]:  # noqa: ANN401 - of the pipeline
        return analyse_items(
            self.pipeline,
            items,
            batch_size=GROUP,
            max_pixels=self.settings.max_pixels,
            time_limit_s=self.settings.batch_timeout_s,
            **options,
        )

    def _items(self, archive: FileDescription | None, table: FileDescription | None) -> InputItems:
        pictures, rows = self._upload(archive, "archive"), self._upload(table, "table")
        if pictures is None and rows is None:
            raise plain_error(self.texts, "{reason}.", self.texts.NO_BATCH)
        name = "" if table is None else str(table.get("orig_name") or table.get("path"))
        try:
            return upload_items(pictures, None if rows is None else (name, rows), self.settings.archive_limits)
        except BatchError as error:
            raise plain_error(self.texts, self.texts.REQUEST_REFUSED, error) from error

    def _upload(self, described: FileDescription | None, name: str) -> bytes | None:
        limit = self.settings.max_upload_bytes
        data = upload_bytes(described, self.texts, name=name, max_bytes=limit)
        if data is not None and len(data) > limit:
            reason = f"the {name}: expected at most {limit:,} bytes, got more"
            raise plain_error(self.texts, self.texts.REQUEST_REFUSED, reason)
        return data


# --- the report ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the report: a row without its picture, and a small one in its place.

    Attributes:
        number: From 1, in the order of the input.
        row: Without `picture`.
        thumbnail: URL of the small picture; empty without one.
    """

    number: int
    row: BatchRow
    thumbnail: str


def line(number: int, row: BatchRow) -> Line:
    """The line of a row; its picture is let go."""
    thumbnail = "" if row.picture is None else data_url(row.picture, THUMBNAIL_SIDE)
    return Line(number=number, row=BatchRow(item=row.item, result=row.result), thumbnail=thumbnail)


def waiting(texts: Texts, settings: Settings) -> str:
    """What stands in the report's place before there is one, with the limits."""
    limits = texts.BATCH_LIMITS.format(
        files=f"{settings.max_items:,}".replace(",", texts.THOUSANDS),
        upload=settings.max_upload_mb,
        unpacked=settings.max_unpacked_mb,
        pixels=f"{settings.max_pixels:,}".replace(",", texts.THOUSANDS),
    )
    return markup.steps(texts.BATCH_WAITING_TITLE, (*texts.BATCH_WAITING_STEPS, limits))


def progress(done: int, total: int, texts: Texts) -> str:
    """How far a batch is."""
    words = escape(texts.BATCH_PROGRESS.format(done=done, total=total))
    bar = f'<progress class="mm-progress" max="{total}" value="{done}" aria-label="{words}"></progress>'
    return f'<section class="mm-card mm-running"><p role="status">{words}</p>{bar}</section>'


def batch_report(lines: Sequence[Line], texts: Texts, num_left_out: int = 0) -> str:
    """What was found, the files to take away, the table, and what could not be analysed.

    Args:
        lines: Of all items.
        texts: Of the page.
        num_left_out: Pictures of the archive that the table does not name.
    """
    good = [line for line in lines if isinstance(line.row.result, Analysis)]
    bad = [line for line in lines if isinstance(line.row.result, AnalysisFailure)]
    note = texts.BATCH_DONE.format(total=len(lines), good=len(good), bad=len(bad))
    if num_left_out:
        note = f"{note} {texts.BATCH_LEFT_OUT.format(count=num_left_out)}"
    note = f"{note} {foreign_among([line.row.result for line in lines], texts)}".rstrip()
    table = _table(good, texts) if good else ""
    cards = markup.card(texts.BATCH_RESULT, f"{_downloads(lines, texts)}{table}", note=note)
    if bad:
        cards += markup.card(texts.BATCH_FAILED, f'<ul class="mm-failures">{"".join(map(_failure, bad))}</ul>')
    return f'<div class="mm-report mm-batch">{cards}</div>'


def _downloads(lines: Sequence[Line], texts: Texts) -> str:
    """Links that hold the files themselves, so that no file is written on the server."""
    rows = [line.row for line in lines]
    files = (
        ("mmemo.csv", "text/csv", "\ufeff" + to_csv(rows), texts.DOWNLOAD_CSV),
        ("mmemo.jsonl", "application/jsonl", to_jsonl(rows), texts.DOWNLOAD_JSONL),
    )
    links = []
    for name, kind, content, words in files:
        data = base64.b64encode(content.encode("utf-8")).decode("ascii")
        href = f"data:{kind};charset=utf-8;base64,{data}"
        links.append(f'<a class="mm-download" download="{name}" href="{href}">{escape(words)}</a>')
    return f'<p class="mm-downloads">{"".join(links)}</p>'


def _table(lines: Sequence[Line], texts: Texts) -> str:
    columns = (
        ("number", texts.COLUMN_NUMBER),
        ("text", texts.PICTURE),
        ("text", texts.WORDS),
        ("number", texts.label("hateful").capitalize()),
        ("number", texts.label("offensive").capitalize()),
        ("text", texts.EMOTION),
        ("text", texts.SENTIMENT),
    )
    heads = "".join(
        f'<th scope="col" data-kind="{kind}"><button type="button">{escape(name)}</button></th>'
        for kind, name in columns
    )
    filters = "".join(_filter(task, label, texts) for task, label in (("hate", "hateful"), ("offensive", "offensive")))
    count = texts.ROWS_SHOWN.format(shown=f'<span class="mm-shown">{len(lines)}</span>', total=len(lines))
    body = "".join(_row(line, texts) for line in lines)
    name = escape(texts.BATCH_RESULT)
    return (
        f'<div class="mm-filters">{filters}<p class="mm-note" role="status">{count}</p></div>'
        f'<div class="mm-scroll" role="region" aria-label="{name}" tabindex="0"><table class="mm-results">'
        f'<caption class="mm-hidden">{escape(texts.TABLE_CAPTION)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _filter(task: str, label: str, texts: Texts) -> str:
    """A choice of verdicts."""
    verdicts = (label, "uncertain", f"not {label}")
    options = "".join(f'<option value="{escape(v)}">{escape(texts.label(v).capitalize())}</option>' for v in verdicts)
    name = escape(texts.VERDICT_OF.format(label=texts.label(label)))
    return (
        f'<label>{name} <select data-filter="{task}"><option value="">{escape(texts.ANY_VERDICT)}</option>'
        f"{options}</select></label>"
    )


def _row(line: Line, texts: Texts) -> str:
    result, image = line.row.result, line.row.item.image or ""
    assert isinstance(result, Analysis), "failures are listed apart"
    picture = f'<img src="{line.thumbnail}" alt="" width="64" height="64">' if line.thumbnail else ""
    cells = (
        _cell(line.number, str(line.number)),
        _cell(image, f"{picture}<span>{escape(image)}</span>", "mm-thumb"),
        _cell(result.text.value, escape(result.text.value), "mm-cell-words"),
        _decision_cell(result.hate, texts),
        _decision_cell(result.offensive, texts),
        _scores_cell(result.emotion, texts, drawn=True),
        _scores_cell(result.sentiment, texts),
    )
    verdicts = {"hate": result.hate, "offensive": result.offensive}
    data = "".join(f' data-{task}="{escape(found.verdict)}"' for task, found in verdicts.items() if found is not None)
    return f"<tr{data}>{''.join(cells)}</tr>"


def _cell(value: object, content: str, kind: str = "") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<td{name} data-value="{escape(str(value))}">{content}</td>'


def _pair(drawing: str, content: str) -> str:
    """A drawing and words beside it."""
    return f'<span class="mm-pair">{drawing}<span>{content}</span></span>'


def _decision_cell(found: Decision | None, texts: Texts) -> str:
    if found is None:
        return _cell(-1, "")
    kind = markup.verdict_kind(found)
    words = escape(texts.label(found.verdict).capitalize())
    share = markup.shown(texts.percent(found.probability))
    return _cell(found.probability, _pair(markup.sign(kind), f"{words}<br>{share}"), f"mm-{kind}")


def _scores_cell(found: Scores | None, texts: Texts, *, drawn: bool = False) -> str:
    if found is None:
        return _cell("", "")
    face = markup.face_drawing(found.label) if drawn else ""
    words = escape(texts.label(found.label))
    share = markup.shown(texts.percent(found.scores[found.label]))
    return _cell(texts.label(found.label), _pair(face, f"{words}<br>{share}"))


def _failure(line: Line) -> str:
    assert isinstance(line.row.result, AnalysisFailure), "only failures are listed here"
    name = f" <b>{escape(line.row.item.image)}</b>" if line.row.item.image else ""
    return f'<li><span class="mm-number">{line.number}</span>{name} {escape(line.row.result.message)}</li>'


# --- layout ----------------------------------------------------------------------------------------------------------


def build_batch_api(pipeline: MmemoPipeline, settings: Settings) -> None:
    """`/analyze_batch`, on components that no page shows; it answers in English."""
    tab = BatchTab(pipeline, ENGLISH, settings)
    archive = gr.File(label="archive: a ZIP file of pictures, or null", visible=False)
    table = gr.File(label="table: a .csv or .jsonl file with a column image, text, or both; or null", visible=False)
    explain = gr.Textbox(label=EXPLAIN_LABEL, visible=False)
    language = gr.Textbox(label=LANGUAGE_LABEL, visible=False)
    result = gr.JSON(label=ENGLISH.JSON_LABEL, visible=False)
    gr.Button(visible=False).click(
        tab.analyze_batch,
        [archive, table, explain, language],
        result,
        api_name="analyze_batch",
        preprocess=False,
        concurrency_limit=CONCURRENCY_LIMIT,
        concurrency_id="batch",
    )


def build_batch_tab(pipeline: MmemoPipeline, texts: Texts, settings: Settings) -> None:
    """Lay out the tab inside the current Blocks."""
    tab = BatchTab(pipeline, texts, settings)
    with gr.Row(elem_classes="mm-columns"):
        with gr.Column(scale=3, min_width=300):
            archive = gr.File(label=texts.BATCH_ARCHIVE, file_types=[".zip"], height=170, elem_id="batch-archive")
            table = gr.File(label=texts.BATCH_TABLE, file_types=[".csv", ".jsonl"], height=170, elem_id="batch-table")
            button = gr.Button(texts.ANALYSE, variant="primary", size="lg", elem_id="analyse-batch")
        with gr.Column(scale=9, min_width=300):
            view = gr.HTML(
                waiting(texts, settings),
                js_on_load=ON_TABLE,
                apply_default_css=False,
                elem_id="batch-view",
                elem_classes="mm-own",
            )
    button.click(
        tab.show,
        [archive, table],
        view,
        preprocess=False,
        api_visibility="private",
        concurrency_limit=CONCURRENCY_LIMIT,
        concurrency_id="batch",
        show_progress="hidden",
    )
