"""The report of a batch: every row in its place, failures apart, everything escaped, files inside the page."""

import base64
import dataclasses
import io
import zipfile

import pytest
from PIL import Image

from mmemo import MmemoPipeline
from mmemo.batch import BatchRow, InputItem
from mmemo.results import AnalysisFailure
from mmemo.ui import batch_tab
from mmemo.ui.settings import Settings
from mmemo.ui.texts import ENGLISH, LANGUAGES
from tests.batch import zips
from tests.ui.reading import HOSTILE, Reader


@pytest.fixture
def lines(analysis) -> list[batch_tab.Line]:
    good = BatchRow(item=InputItem(image=HOSTILE, text=HOSTILE), result=analysis, picture=Image.new("RGB", (400, 200)))
    failure = AnalysisFailure(index=1, kind="RowError", message=HOSTILE)
    bad = BatchRow(item=InputItem(image=HOSTILE), result=failure)
    return [batch_tab.line(1, good), batch_tab.line(2, bad)]


def test_line_lets_the_picture_go(lines):
    assert lines[0].row.picture is None
    assert lines[0].thumbnail.startswith("data:image/jpeg;base64,") and lines[1].thumbnail == ""


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=lambda texts: texts.CODE)
def test_report_escapes_and_separates_failures(lines, texts):
    read = Reader(batch_tab.batch_report(lines, texts))
    assert "script" not in [tag for tag, _ in read.elements]
    assert texts.BATCH_DONE.format(total=2, good=1, bad=1) in read.text
    (row,) = [attributes for tag, attributes in read.elements if tag == "tr" and "data-hate" in attributes]
    assert row == {"data-hate": "not hateful", "data-offensive": "offensive"}
    assert texts.label("not hateful").capitalize() in read.text
    options = [attributes["value"] for tag, attributes in read.elements if tag == "option"]
    assert options[:4] == ["", "hateful", "uncertain", "not hateful"]


def test_report_counts_items_that_are_not_english(lines):
    note = "which the models have learnt from: 1 of "
    assert note not in batch_tab.batch_report(lines, ENGLISH)
    row = lines[0].row
    foreign = dataclasses.replace(row.result, text=dataclasses.replace(row.result.text, foreign=True))
    changed = dataclasses.replace(lines[0], row=dataclasses.replace(row, result=foreign))
    assert f"{note}{len(lines)}." in batch_tab.batch_report([changed, *lines[1:]], ENGLISH)


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=lambda texts: texts.CODE)
def test_report_counts_pictures_that_the_table_does_not_name(lines, texts):
    note = texts.BATCH_LEFT_OUT.format(count=14)
    assert note in batch_tab.batch_report(lines, texts, 14)
    assert note.partition(":")[0] not in batch_tab.batch_report(lines, texts)


def test_downloads_hold_the_files(lines):
    read = Reader(batch_tab.batch_report(lines, ENGLISH))
    links = {a["download"]: a["href"] for tag, a in read.elements if tag == "a"}
    table = base64.b64decode(links["mmemo.csv"].partition("base64,")[2]).decode("utf-8-sig")
    assert table.startswith("image,text,words,hate_verdict") and table.count("\r\n") == 3
    assert base64.b64decode(links["mmemo.jsonl"].partition("base64,")[2]).count(b"\n") == 2


def test_report_of_failures_alone_has_no_table(lines):
    html = batch_tab.batch_report(lines[1:], ENGLISH)
    assert "<table" not in html and "mm-failures" in html


def test_progress_says_how_far_it_is():
    read = Reader(batch_tab.progress(8, 40, ENGLISH))
    assert "8 of 40 done" in read.text
    assert ("progress", "40", "8") in [(tag, a.get("max"), a.get("value")) for tag, a in read.elements]


class NoFaces:
    name = "none"

    def detect(self, image):
        return ()


def test_show_tells_how_far_it_is_and_then_what_it_found():
    pictures = io.BytesIO()
    Image.new("RGB", (20, 10)).save(pictures, "PNG")
    rows = "".join(f'{{"image": "{i}.png", "text": "words"}}\n' for i in range(10))
    files = {f"{i}.png": pictures.getvalue() for i in range(9)} | {"rows.jsonl": rows.encode(), "more.png": b""}
    archive = {"url": "data:application/zip;base64," + base64.b64encode(zips.zipped(files)).decode()}
    tab = batch_tab.BatchTab(MmemoPipeline({}, face_detector=NoFaces()), ENGLISH, Settings(max_items=11))
    first, second, last = [Reader(html).text for html in tab.show(archive, None)]
    assert "0 of 10 done" in first and "8 of 10 done" in second
    assert "10 items: 9 analysed, 1 not." in last
    assert "Pictures of the archive that the table does not name were left out: 1." in last


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(max_items=2), "at most 2 files are read, got 3"),
        (Settings(max_upload_mb=1), "at most 1,048,576 bytes"),
    ],
)
def test_show_refuses_what_is_over_the_limits(settings, words):
    data = zips.zipped({f"{i}.png": bytes(2**20) for i in range(3)}, zipfile.ZIP_STORED)
    tab = batch_tab.BatchTab(MmemoPipeline({}, face_detector=NoFaces()), ENGLISH, settings)
    (html,) = tab.show({"url": "data:application/zip;base64," + base64.b64encode(data).decode()}, None)
    assert 'role="alert"' in html and words in html


def test_waiting_states_the_limits():
    read = Reader(batch_tab.waiting(ENGLISH, Settings(max_items=1234, max_upload_mb=5, max_unpacked_mb=6)))
    assert "At most 1,234 pictures or rows, 5 MB for each upload, 6 MB unpacked, 50,000,000 pixels" in read.text
