"""Pieces of HTML: everything escaped, everything in its place."""

import pytest

from mmemo.labels import EMOTIONS
from mmemo.results import Box, Decision
from mmemo.ui import markup
from mmemo.ui.texts import ENGLISH
from tests.ui.reading import HOSTILE, Reader


def decision(probability: float, band: tuple[float, float] | None = (0.4, 0.6)) -> Decision:
    return Decision(label="hateful", probability=probability, threshold=0.5, uncertain_band=band, modalities=("text",))


@pytest.mark.parametrize(
    "html",
    [
        markup.card(HOSTILE, "", note=HOSTILE),
        markup.paragraph(HOSTILE),
        markup.items([HOSTILE], "x"),
        markup.steps(HOSTILE, [HOSTILE]),
        markup.bars([(HOSTILE, 0.5)], ENGLISH, present=[HOSTILE], drawn=True),
        markup.boxed_picture("data:,", (10, 10), [(Box(x=1, y=1, width=2, height=2), HOSTILE)], HOSTILE),
        markup.boxed_picture("data:,", (9, 9), [(Box(x=1, y=1, width=2, height=2), "1")], "", names=[HOSTILE]),
        markup.choices([("a", HOSTILE)], "b"),
        markup.meter(0.5, HOSTILE),
    ],
)
def test_pieces_escape_what_they_are_given(html):
    read = Reader(html)
    assert "script" not in [tag for tag, _ in read.elements]
    assert HOSTILE in read.text or HOSTILE in [attributes.get("aria-label") for _, attributes in read.elements]


@pytest.mark.parametrize(
    ("probability", "expected"),
    [(0.0, "0%"), (0.5, "50%"), (0.123456, "12.35%"), (1.0, "100%"), (-1, "0%"), (7, "100%")],
)
def test_position(probability, expected):
    assert markup.position(probability) == expected


@pytest.mark.parametrize(
    ("probability", "kind"), [(0.1, "no"), (0.39, "no"), (0.4, "unsure"), (0.6, "unsure"), (0.61, "yes")]
)
def test_verdict_kind(probability, kind):
    assert markup.verdict_kind(decision(probability)) == kind


def test_scale_shows_probability_threshold_and_band_and_says_them():
    read = Reader(markup.scale(decision(0.73), ENGLISH))
    styles = {attributes.get("class"): attributes.get("style") for _, attributes in read.elements}
    assert styles["mm-marker"] == "left:73%"
    assert styles["mm-threshold"] == "left:50%"
    assert styles["mm-band"] == "left:40%;width:20%"
    name = read.elements[0][1]["aria-label"]
    assert all(number in name for number in ("73 %", "50 %", "40 %", "60 %"))


def test_scale_without_band_has_none():
    assert "mm-band" not in markup.scale(decision(0.2, None), ENGLISH)
    assert "uncertain" not in markup.scale(decision(0.2, None), ENGLISH)


def test_bars_keep_order_and_say_what_is_present():
    read = Reader(markup.bars([("joy", 0.8), ("anger", 0.004)], ENGLISH, present=["joy"]))
    assert read.text.index("joy") < read.text.index("anger")
    assert "80 %" in read.text and "under 1 %" in read.text
    assert read.text.count("counts as present") == 1


def test_boxed_picture_places_boxes_in_percent():
    html = markup.boxed_picture("data:,", (200, 100), [(Box(x=50, y=20, width=40, height=50), "1 sad")], "alt")
    styles = [attributes.get("style") for _, attributes in Reader(html).elements]
    assert "left:25%;top:20%;width:20%;height:50%" in styles


def test_face_drawing_knows_all_emotions():
    assert len({markup.face_drawing(emotion) for emotion in EMOTIONS}) == len(EMOTIONS)
    assert markup.face_drawing("remorse") == ""
