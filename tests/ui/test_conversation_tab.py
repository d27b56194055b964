"""The report of a conversation: every turn named, coloured and escaped; the arc in words too."""

import dataclasses

import pytest
from PIL import Image

from mmemo.conversation import Conversation, TurnResult
from mmemo.labels import EMOTIONS
from mmemo.results import AnalysisFailure
from mmemo.ui import conversation_tab
from mmemo.ui.texts import ENGLISH, LANGUAGES
from tests.ui.conftest import scores
from tests.ui.reading import HOSTILE, Reader


def talk(analysis, *emotions: str) -> Conversation:
    turns = [
        TurnResult(
            speaker=HOSTILE,
            text=HOSTILE,
            result=dataclasses.replace(analysis, emotion=scores(EMOTIONS, emotion, 0.7), faces=()),
        )
        for emotion in emotions
    ]
    failure = AnalysisFailure(index=len(turns), kind="TurnError", message=HOSTILE)
    return Conversation(turns=(*turns, TurnResult(speaker=None, text="", result=failure)))


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=lambda texts: texts.CODE)
def test_report_names_every_turn_and_escapes_it(analysis, texts):
    read = Reader(conversation_tab.conversation_report(talk(analysis, "happy", "sad", "happy"), texts))
    assert "script" not in [tag for tag, _ in read.elements]
    assert read.text.count(HOSTILE) == 1 + 2 * 3 + 1  # speaker once, turns with name and words, the failure
    assert read.text.count(texts.label("happy")) >= 2 and texts.label("sad") in read.text
    turns = [attributes for tag, attributes in read.elements if "mm-turn" in (attributes.get("class") or "").split()]
    assert ["--mm-happy" in (turn.get("style") or "") for turn in turns] == [True, False, True, False]


def test_report_shows_what_was_read_from_a_picture(analysis):
    given = dataclasses.replace(analysis, text=dataclasses.replace(analysis.text, source="given"))
    turns = (
        TurnResult(speaker="Ann", text="", result=analysis),
        TurnResult(speaker="Ben", text="we won", result=given),
    )
    read = Reader(conversation_tab.conversation_report(Conversation(turns=turns), ENGLISH)).text
    assert read.count("we won") == 2 and read.count("Read from the picture") == 1


def test_report_counts_turns_that_are_not_english(analysis):
    found = talk(analysis, "happy", "sad")
    foreign = dataclasses.replace(analysis, text=dataclasses.replace(analysis.text, foreign=True))
    turns = (dataclasses.replace(found.turns[0], result=foreign), *found.turns[1:])
    note = "which the models have learnt from: 1 of 3."
    assert note not in conversation_tab.conversation_report(found, ENGLISH)
    assert note in conversation_tab.conversation_report(Conversation(turns=turns), ENGLISH)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((2000, 2000), (2000, 2000)),
        ((4000, 4000), (2000, 2000)),
        ((1080, 14_000), (555, 7200)),
        ((50_000_000, 1), None),
    ],
)
def test_shrunk_keeps_tall_pictures_wide_enough_to_read(size, expected):
    found = conversation_tab.shrunk(Image.new("RGB", size)).size
    assert found == expected or (expected is None and found[1] == 1)


def test_arc_draws_the_turns_and_says_them(analysis):
    html = conversation_tab.arc(talk(analysis, "happy", "sad"), ENGLISH)
    read = Reader(html)
    (arc,) = [attributes for _, attributes in read.elements if attributes.get("role") == "img"]
    assert "Mood over 3 turns" in arc["aria-label"]
    assert "begins at +0.5" in arc["aria-label"] and "lowest is −0.8 in turn 2" in arc["aria-label"]
    points = [attributes["style"] for _, attributes in read.elements if attributes.get("class") == "mm-point"]
    assert points == [
        "left:0.00%;top:25.00%;--mm-tone:var(--mm-happy,var(--mm-accent))",
        "left:50.00%;top:90.00%;--mm-tone:var(--mm-sad,var(--mm-accent))",
    ]


def test_arc_of_a_long_conversation_has_dots(analysis):
    html = conversation_tab.arc(talk(analysis, *["happy"] * (conversation_tab.MAX_FACES_IN_ARC + 1)), ENGLISH)
    assert html.count("mm-dot") == conversation_tab.MAX_FACES_IN_ARC + 1 and "mm-face" not in html


def test_arc_without_emotions_says_so(analysis):
    assert "No turn has an emotion." in Reader(conversation_tab.arc(talk(analysis), ENGLISH)).text


def test_arc_of_one_turn_stays_inside(analysis):
    only = Conversation(turns=talk(analysis, "neutral").turns[:1])
    assert "left:0.00%;top:57.50%" in conversation_tab.arc(only, ENGLISH)


@pytest.mark.parametrize(("value", "expected"), [(0.44, "+0.4"), (-1.0, "−1.0"), (0.0, "+0.0")])
def test_signed(value, expected):
    assert conversation_tab.signed(value) == expected
