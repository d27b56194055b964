"""Reading words: drawn memes, reading order, silence when there is nothing to read."""

import logging
import threading

import pytest
from PIL import Image, ImageDraw, ImageFont

from mmemo.perception import TextReader
from mmemo.perception.ocr import MAX_SIDE, MAX_TILES, _joined, _tiles, reading_order
from mmemo.results import Box, RecognisedText, TextLine
from tests.perception.drawing import draw_meme


@pytest.fixture(scope="module")
def reader():
    return TextReader()


@pytest.mark.parametrize(
    ("top", "bottom"),
    [
        ("WHEN THE CODE WORKS", "AND NOBODY KNOWS WHY"),
        ("I love this, best day ever!", ""),
        ("MONDAY AGAIN", "SEND HELP"),
    ],
)
def test_read_finds_the_words_of_a_meme(reader, top, bottom):
    read = reader.read(draw_meme(top, bottom))
    assert read.source == "ocr"
    assert read.value.replace(" ", "").lower() == f"{top}{bottom}".replace(" ", "").lower()
    assert read.value == " ".join(line.text for line in read.lines)
    assert all(0.7 <= line.confidence <= 1.0 for line in read.lines)


@pytest.mark.parametrize("factor", [0.6, 4])
def test_read_gives_boxes_in_pixels_of_the_picture(reader, factor):
    image = draw_meme("MONDAY AGAIN", "SEND HELP")
    image = image.resize((round(image.width * factor), round(image.height * factor)))
    top, bottom = (line.box for line in reader.read(image).lines)
    assert top.y < 60 * factor and bottom.y > 280 * factor
    assert bottom.y + bottom.height <= image.height
    assert abs(top.x + top.width / 2 - image.width / 2) < 15 * factor


@pytest.mark.parametrize("mode", ["RGBA", "L"])
def test_read_takes_any_mode(reader, mode):
    assert "MONDAY" in reader.read(draw_meme("MONDAY AGAIN").convert(mode)).value


@pytest.mark.parametrize("size", [(200, 150), (1, 1), (2000, 3)])
def test_read_finds_nothing_without_words(reader, size):
    assert reader.read(Image.new("RGB", size, "teal")) == RecognisedText(value="", source="none")


@pytest.mark.parametrize("size", [(1, 1), (400, 960), (720, 1800), (9000, 720), (1080, 2400)])
def test_ordinary_pictures_are_read_at_once(size):
    assert _tiles(size, MAX_SIDE) == [(0, size[1])]


@pytest.mark.parametrize("size", [(720, 1801), (720, 9000), (1, 50_000), (200, 961), (300, 4000), (1000, 49_999)])
def test_tiles_cover_a_tall_picture_and_overlap(size):
    tiles = _tiles(size, MAX_SIDE)
    assert 2 <= len(tiles) <= MAX_TILES
    assert tiles[0][0] == 0 and tiles[-1][1] == size[1]
    lengths = {bottom - top for top, bottom in tiles}
    assert len(lengths) == 1 and lengths.pop() >= min(MAX_SIDE, size[1])
    for (_, bottom), (top, _) in zip(tiles, tiles[1:], strict=False):
        assert bottom - top >= 0.12 * tiles[0][1]


def test_joined_keeps_the_whole_one_of_a_line_in_two_tiles():
    def line(text: str, y: int, height: int) -> TextLine:
        return TextLine(text=text, box=Box(x=10, y=y, width=100, height=height), confidence=0.9)

    upper = [line("first", 0, 20), line("both", 50, 20), line("cut below", 80, 9)]
    lower = [line("cut above", 60, 10), line("whole", 80, 20), line("last", 120, 20)]
    assert [found.text for found in _joined(upper, lower)] == ["first", "both", "whole", "last"]
    assert [found.text for found in _joined(upper, [line("again", 51, 20)])] == ["first", "cut below", "again"]


def test_read_reads_the_print_of_a_tall_picture(reader):
    said = [f"Today {name} drank {count} cups of tea" for count, name in enumerate(["Ann", "Ben", "Cem"] * 8, start=2)]
    chat = Image.new("RGB", (400, 4000), "white")
    for place, words in enumerate(said):
        ImageDraw.Draw(chat).text((20, 20 + 165 * place), words, fill="black", font=ImageFont.load_default(22))
    lines = reader.read(chat).lines
    assert [line.text.replace(" ", "") for line in lines] == [words.replace(" ", "") for words in said]
    assert [line.box.y for line in lines] == pytest.approx([24 + 165 * place for place in range(len(said))], abs=12)


def test_read_drops_marks_of_meme_sites(reader):
    assert reader.read(draw_meme("imgflip.com")).source == "none"
    assert reader.read(draw_meme("MONDAY AGAIN", "made on imgur")).value.replace(" ", "") == "MONDAYAGAIN"


def test_read_drops_lines_that_say_nothing(reader):
    assert reader.read(draw_meme("* ( . ) *", "MONDAY")).value == "MONDAY"
    assert reader.read(draw_meme("* ( . ) *")).source == "none"
    assert reader.read(draw_meme("???", "WHAT")).value.endswith("WHAT")


def test_read_serves_several_threads(reader):
    captions = ["FIRST MEME", "SECOND MEME", "THIRD MEME"]
    found: dict[str, str] = {}
    threads = [
        threading.Thread(target=lambda words=words: found.update({words: reader.read(draw_meme(words)).value}))
        for words in captions
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {words: read.replace(" ", "") for words, read in found.items()} == {
        words: words.replace(" ", "") for words in captions
    }


def test_read_is_quiet(capfd):
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    reader = TextReader()
    reader.read(draw_meme("MONDAY AGAIN"))
    reader.read(Image.new("RGB", (200, 150)))
    assert (root.level, list(root.handlers)) == before
    assert "".join(capfd.readouterr()) == ""


def test_reading_order_goes_row_by_row():
    def line(text: str, x: int, y: int) -> TextLine:
        return TextLine(text=text, box=Box(x=x, y=y, width=40, height=20), confidence=1.0)

    lines = [line("d", 60, 48), line("b", 60, 3), line("c", 0, 50), line("a", 0, 5), line("e", 0, 80)]
    assert [line.text for line in reading_order(lines)] == ["a", "b", "c", "d", "e"]
    assert reading_order([]) == ()


def test_reading_order_goes_column_by_column():
    def line(text: str, x: int, y: int) -> TextLine:
        return TextLine(text=text, box=Box(x=x, y=y, width=60, height=20), confidence=1.0)

    upper, lower = [line("a", 0, 0), line("c", 110, 2), line("e", 220, 1)], [line("b", 5, 25), line("d", 100, 24)]
    title, last = line("title", 80, -60), line("f", 225, 26)
    found = reading_order([*lower, title, last, *upper, line("end", 60, 60)])
    assert "".join(line.text for line in found) == "titleabcdefend"
    assert "".join(line.text for line in reading_order([*upper, *lower])) == "acebd"  # a column is cut short
    near = [line("a", 0, 0), line("b", 74, 0), line("c", 0, 25), line("d", 74, 25)]
    assert "".join(line.text for line in reading_order(near)) == "abcd"  # words of one line


def test_read_goes_through_the_columns_of_a_chart(reader, repository):
    with Image.open(repository / "mmemo/ui/examples/chart.jpg") as chart:
        found = reader.read(chart.convert("RGB")).value
    assert "things planned naps taken things done no regrets" in found


@pytest.mark.parametrize("options", [{"min_confidence": -0.1}, {"min_confidence": 2}, {"max_side": 100}])
def test_reader_refuses_settings_out_of_range(options):
    with pytest.raises(ValueError, match="must"):
        TextReader(**options)
