"""The About tab says what the cards say, and its snippets run as they stand."""

import contextlib
import io

import pytest

from mmemo.ui import about_tab
from mmemo.ui.about_tab import about_html, load_cards, read_section
from mmemo.ui.texts import ENGLISH, LANGUAGES
from tests.ui.reading import Reader

CARD = """# A card

## Figures

First `line`
goes on.

| task | value |
|---|---|
| hate | 0.5 |

- one
  and more
- **two**

## Other

nothing
"""


def test_read_section_takes_paragraphs_tables_and_points():
    section = read_section(CARD, "Figures")
    assert section.paragraphs == ("First line goes on.",)
    assert section.rows == (("task", "value"), ("hate", "0.5"))
    assert section.points == ("one and more", "two")
    assert read_section(CARD, "None") == about_tab.Section(paragraphs=(), rows=(), points=())


@pytest.mark.parametrize("title", ["Figures", "Training data and terms", "Intended use and limits"])
def test_cards_have_the_sections_that_are_shown(title):
    for card in load_cards():
        section = read_section(card, title)
        assert section.rows or section.points


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=lambda texts: texts.CODE)
def test_about_shows_every_figure_of_the_cards(texts):
    text = Reader(about_html(texts)).text.replace("\u00a0", " ")
    for card in load_cards():
        for title in ("Figures", "Verdicts", "Intended use and limits"):
            for row in read_section(card, title).rows[1:]:
                assert all(cell in text for cell in row)
    assert texts.ABOUT_SLICES in text and "Measured slices:" not in text
    assert about_tab.PYTHON_SNIPPET in text and about_tab.HTTP_SNIPPET in text
    assert all(line in text for line in (*texts.ABOUT_MEANS, *texts.ABOUT_NOT))


def test_python_snippet_runs():
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(about_tab.PYTHON_SNIPPET, "snippet", "exec"), {})
    assert "hateful" in printed.getvalue() and "Judged from the words" in printed.getvalue()


def test_table_of_nothing_is_nothing():
    assert about_tab.table([], "x") == ""
    assert Reader(about_tab.table([("a",), ("<b>",)], "x")).text == "a<b>"
    assert ENGLISH.ABOUT_TAB == "About"
