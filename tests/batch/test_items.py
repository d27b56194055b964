"""Inputs of a batch: every readable row in order, and a reason for every other one."""

import pytest

from mmemo.batch import BatchError, InputItem, read_items
from mmemo.perception import is_unicode


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", "image,text\nx.png,hello\n", [("x.png", "hello")]),
        ("a.csv", '\ufeffText,id\n"two\nlines",1\n\nplain,2\n', [(None, "two\nlines"), (None, "plain")]),
        ("a.csv", " image \n/abs/x.png\n", [("/abs/x.png", None)]),
        ("A.CSV", "image,text\nx.png,\n", [("x.png", None)]),
        ("a.csv", '"Image";"Text"\nx.png;hello, you\n', [("x.png", "hello, you")]),
        ("a.csv", "\ufeffid\ttext\n1\thello; you\n", [(None, "hello; you")]),
        ("a.csv", "text\na;b\n", [(None, "a;b")]),
        ("a.jsonl", '{"text": "one"}\n\n{"image": "x.png", "text": ""}\n', [(None, "one"), ("x.png", "")]),
    ],
)
def test_read_items_reads_tables(tmp_path, name, content, expected):
    (tmp_path / name).write_text(content, encoding="utf-8")
    items = read_items(tmp_path / name)
    assert [(item.image, item.text) for item in items] == expected
    for item in items:
        place = None if item.image is None else tmp_path / item.image
        assert item.picture == place
        assert item.error is None


@pytest.mark.parametrize(
    ("name", "row", "words"),
    [
        ("a.csv", b"only", "line 2: expected 2 cells, got 1"),
        ("a.csv", b"a,b,c", "line 2: expected 2 cells, got 3"),
        ("a.csv", b'a,"b" c', "line 2: expected a CSV row, got a broken one"),
        ("a.csv", b"a," + b"b" * 140_000, "line 2: expected a CSV row, got a broken one (field larger"),
        ("a.csv", b",", "line 2: expected an image, a text, or both, got neither"),
        ("a.csv", b",\xff", "line 2: expected UTF-8 as text, got other bytes"),
        ("a.jsonl", b"{", "line 2: expected a JSON object, got a fault"),
        ("a.jsonl", b"[" * 50_000, "line 2: expected a JSON object, got a fault"),
        ("a.jsonl", b"[1]", "line 2: expected a JSON object, got list"),
        ("a.jsonl", b'{"id": 1}', "line 2: expected an image, a text, or both, got neither"),
        ("a.jsonl", b'{"text": 5}', "line 2: expected a string as text, got int"),
        ("a.jsonl", b'{"image": {}}', "line 2: expected a string as image, got dict"),
        ("a.jsonl", b'{"text": "\\ud800"}', "line 2: expected UTF-8 as text, got other bytes"),
    ],
)
def test_read_items_goes_on_after_bad_row(tmp_path, name, row, words):
    first, last = (b"image,text", b"x.png,last") if name == "a.csv" else (b'{"text": "first"}', b'{"text": "last"}')
    (tmp_path / name).write_bytes(b"\n".join([first, row, last]) + b"\n")
    *_, bad, good = read_items(tmp_path / name)
    assert bad.error is not None
    assert words in bad.error
    assert bad == InputItem(error=bad.error)
    assert (good.text, good.error) == ("last", None)


def test_read_items_keeps_urls_for_the_error_about_them(tmp_path):
    (tmp_path / "a.csv").write_text("image\nhttps://example.org/a.png\n")
    assert read_items(tmp_path / "a.csv")[0].picture == "https://example.org/a.png"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "", "expected a column image, text, or both, got no header"),
        ("a.csv", "id,label\n1,2\n", "got id, label"),
        ("a.csv", "id;label\n1;2\n", "expected a column image, text, or both, got id;label"),
        ("a.csv", '"image" x\n', "expected a CSV header, got a broken row"),
        ("a.csv", "text\n", "expected rows, got none"),
        ("a.jsonl", "\n\n", "expected rows, got none"),
        ("a.tsv", "text\nhello\n", "got another kind of file"),
        ("a.csv", "größe,titel\na,b\n".encode("latin-1"), "a.csv: expected UTF-8, got the byte 0xf6"),
        ("a.csv", "text\nhi\n".encode("utf-16"), "a.csv: expected UTF-8, got UTF-16"),
        ("a.jsonl", b"\xfe\xff" + '{"text": "hi"}'.encode("utf-16-be"), "a.jsonl: expected UTF-8, got UTF-16"),
    ],
)
def test_read_items_refuses_unusable_file(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BatchError) as caught:
        read_items(tmp_path / name)
    assert words in str(caught.value)
    assert is_unicode(str(caught.value))


@pytest.mark.parametrize(("value", "expected"), [("plain ☃ 🙂", True), ("a\udcff", False), ("", True)])
def test_is_unicode(value, expected):
    assert is_unicode(value) is expected


def test_read_items_of_a_folder_names_pictures_of_kinds_that_are_not_read(tmp_path):
    for name in ("a.jfif", "b.TIFF", "c.avif", "below/d.png", "notes.txt", ".hidden.svg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    items = {item.image: item for item in read_items(tmp_path)}
    assert list(items) == ["a.jfif", "b.TIFF", "below/d.png", "c.avif"]
    assert [name for name, item in items.items() if item.error is None] == ["a.jfif", "below/d.png"]
    assert items["a.jfif"].picture == tmp_path / "a.jfif"
    for name in ("b.TIFF", "c.avif"):
        assert items[name].error.startswith("expected a picture (.jpg .jpeg .jfif .png")
        assert items[name].error.endswith("got another kind of picture")
