"""A batch's rows: in order, an error for bad items only, and tables that are safe to open."""

import csv
import io
import json

import pytest
from PIL import Image

from mmemo.batch import (
    ArchiveLimits,
    BatchError,
    BatchRow,
    InputItem,
    analyse_items,
    read_items,
    to_csv,
    to_jsonl,
    upload_items,
)
from mmemo.batch.rows import safe_cell
from mmemo.pipeline import MmemoPipeline
from mmemo.results import AnalysisFailure
from tests.batch import zips

LIMITS = ArchiveLimits(max_files=20)


class NoFaces:
    name = "none"

    def detect(self, image):
        return ()


@pytest.fixture(scope="module")
def pipeline() -> MmemoPipeline:
    """A pipeline without models: it decodes, checks and keeps the order."""
    return MmemoPipeline({}, face_detector=NoFaces())


def png(width: int, height: int = 4) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(file, "PNG")
    return file.getvalue()


def test_ten_items_keep_their_order_and_only_bad_ones_fail(pipeline):
    files = {f"{i}.png": png(10 + i) for i in range(7)} | {"7.png": b"broken", "8.png": png(200, 100)}
    order = (8, 7, 6, 5, 4, 3, 2, 1, 0, 9)
    lines = [json.dumps({"image": f"{i}.png", "text": f"t{i}"}) for i in order]
    items = upload_items(zips.zipped(files), ("list.jsonl", "\n".join(lines).encode()), LIMITS)
    rows = list(analyse_items(pipeline, items, batch_size=4, explain="none", max_pixels=10_000))
    assert [row.item.image for row in rows] == [f"{i}.png" for i in order]
    assert [row.result.ok for row in rows] == [False, False, *[True] * 7, False]
    assert [row.result.image_size[0] for row in rows if row.result.ok] == [16, 15, 14, 13, 12, 11, 10]
    assert [(row.result.index, row.result.kind) for row in rows if not row.result.ok] == [
        (0, "ImageError"),
        (1, "ImageError"),
        (9, "RowError"),
    ]
    assert "at most 10,000 pixels" in rows[0].result.message
    assert "expected the picture '9.png' in the archive, got none" in rows[9].result.message
    expected = pipeline.batch([{"image": png(10 + i), "text": f"t{i}"} for i in (6, 5)], explain="none")
    assert [row.to_dict()["analysis"] for row in rows[2:4]] == [analysis.to_dict() for analysis in expected]


def test_rows_say_that_time_is_over(pipeline):
    items = [InputItem(text=str(i)) for i in range(5)]
    seconds = iter([0.0, 1.0, 3.0, 9.0])
    rows = list(analyse_items(pipeline, items, batch_size=2, time_limit_s=2, clock=lambda: next(seconds)))
    assert [row.result.ok for row in rows] == [True, True, False, False, False]
    assert rows[4].result == AnalysisFailure(
        index=4, kind="TimeLimitError", message="not analysed: the batch took longer than 2 seconds"
    )


@pytest.mark.parametrize(
    ("archive", "table", "expected", "num_left_out"),
    [
        (zips.zipped({"b.png": b"1", "a.png": b"2", "c.txt": b"3"}), None, ["a.png", "b.png", "c.txt"], 0),
        (zips.zipped({"b.png": b"1", "a.png": b"2", "t.csv": b"image\nb.png\n"}), None, ["b.png"], 1),
        (zips.zipped({"b.png": b"1"}), ("X.CSV", b"image,text\nb.png,hi\n,only words\n"), ["b.png", None], 0),
        (zips.zipped({"x/b.png": b"1", "a.png": b"2"}), ("t.csv", b"image\nb.png\nx/b.png\n"), ["b.png", "x/b.png"], 1),
        (zips.zipped({"b.png": b"1", "a.png": b"2"}), ("t.csv", b"text\nhi\n"), [None], 2),
        (None, ("t.jsonl", b'{"text": "hi"}'), [None], 0),
    ],
)
def test_upload_items_takes_archive_table_or_both(archive, table, expected, num_left_out):
    items = upload_items(archive, table, LIMITS)
    assert ([item.image for item in items], items.num_left_out) == (expected, num_left_out)


@pytest.mark.parametrize(
    ("archive", "table", "words"),
    [
        (None, None, "nothing to analyse"),
        (None, ("t.xlsx", b""), "expected a .csv or a .jsonl file"),
        (None, ("t.csv", b"text\n" + b"hi\n" * 21), "the table: expected at most 20 rows, got more"),
        (zips.zipped({"t.csv": b"text\n" + b"hi\n" * 21}), None, "expected at most 20 rows, got more"),
        (zips.zipped({"a.csv": b"", "b.csv": b""}), None, "expected at most one table"),
        (zips.zipped({}), None, "expected pictures, got none"),
    ],
)
def test_upload_items_refuses(archive, table, words):
    with pytest.raises(BatchError, match=words):
        upload_items(archive, table, LIMITS)


def test_table_without_archive_keeps_rows_of_words():
    bad, good = upload_items(None, ("t.csv", b"image,text\na.png,\n,hello\n"), LIMITS)
    assert bad.error == "the table, line 2: expected an archive that holds the picture 'a.png', got none"
    assert (good.text, good.error) == ("hello", None)


def test_read_items_reads_archives(tmp_path):
    (tmp_path / "a.ZIP").write_bytes(zips.zipped({"a.png": png(5)}))
    (item,) = read_items(tmp_path / "a.ZIP")
    assert item.image == "a.png" and item.picture() == png(5)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+a", "'+a"),
        ("-2", "'-2"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\r=x", "'\r'=x"),
        ("\nx", "'\nx"),
        ("\uff1d1", "'\uff1d1"),
        ("x;=1;y", "x;'=1;y"),
        ('x;"=1', "x;\"'=1"),
        ("x\t@y\n-z", "x\t'@y\n'-z"),
        ("a=1", "a=1"),
        ("a-b; -5, c+d\nand = e", "a-b; -5, c+d\nand = e"),
        ("", ""),
        (None, None),
        (-0.5, -0.5),
    ],
)
def test_safe_cell(value, expected):
    assert safe_cell(value) == expected


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_hold_no_formula_whatever_parts_their_columns(separator):
    texts = [
        f"{before}{quotes}=1+1;y" for before in ("", "x;", "x\t", "x\n", "\n", 'x,"') for quotes in ("", '"', '""')
    ]
    failure = AnalysisFailure(index=0, kind="RowError", message="no picture")
    table = to_csv(BatchRow(item=InputItem(image=text, text=text), result=failure) for text in texts)
    cells = [cell for row in csv.reader(io.StringIO(table, newline=""), delimiter=separator) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_tables_hold_every_row(analysis):
    good = BatchRow(item=InputItem(image="=cmd.png", text='say "hi", ☃\nbye'), result=analysis)
    bad = BatchRow(item=InputItem(text="@sum"), result=AnalysisFailure(index=1, kind="RowError", message="-no picture"))
    first, second = csv.DictReader(io.StringIO(to_csv([good, bad]), newline=""))
    assert (first["image"], first["text"], first["words"]) == ("'=cmd.png", 'say "hi", ☃\nbye', "we won")
    assert (first["hate_verdict"], first["hate_probability"]) == ("not hateful", "0.25")
    assert (first["emotion"], first["emotion_probability"], first["faces"]) == ("happy", "0.7", "1")
    assert (second["text"], second["error"], second["hate_verdict"]) == ("'@sum", "'-no picture", "")
    lines = [json.loads(line) for line in to_jsonl([good, bad]).splitlines()]
    assert lines == [json.loads(json.dumps(row.to_dict())) for row in (good, bad)]
    assert lines[0]["analysis"] == json.loads(json.dumps(analysis.to_dict()))
    assert lines[1]["error"] == {"index": 1, "kind": "RowError", "message": "-no picture"}
