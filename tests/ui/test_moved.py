"""What moved a score is shown as it was attributed, and said in words too."""

import base64
import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from mmemo.results import Attribution, Box, Counterfactual, HeatMap, WordWeight, WordWeights
from mmemo.ui import moved, report
from mmemo.ui.texts import ENGLISH
from tests.ui.reading import HOSTILE, Reader

PICTURE = Image.new("RGB", (200, 100), "gray")
TEXT = "we <won>"
WORDS = WordWeights(
    method="integrated_gradients",
    words=(WordWeight(text="we", start=0, end=2, weight=-0.1), WordWeight(text="<won>", start=3, end=8, weight=0.4)),
)


def heat_map(peak=(190, 5), box=None, value=1.0) -> HeatMap:
    values = np.zeros((4, 8), np.float32)
    values[0, 7] = value
    return HeatMap(values=values, box=box or Box(x=0, y=0, width=200, height=100), peak=peak, method="grad_cam")


def attribution(**changes) -> Attribution:
    found = Attribution(
        task="hate", label="hateful", score=0.25, baseline=0.4, modalities={"text": -0.2, "image": 0.05}, words=WORDS
    )
    return dataclasses.replace(found, **changes)


def with_attributions(analysis, **attributions):
    evidence = dataclasses.replace(analysis.explanation.evidence, attributions=attributions)
    text = dataclasses.replace(analysis.text, value=TEXT)
    explanation = dataclasses.replace(analysis.explanation, evidence=evidence)
    return dataclasses.replace(analysis, text=text, explanation=explanation)


def test_nothing_attributed_shows_nothing(analysis):
    assert moved.card(with_attributions(analysis), PICTURE, ENGLISH) == ""
    assert moved.card(dataclasses.replace(analysis, explanation=None), PICTURE, ENGLISH) == ""


def test_panel_gives_score_shares_and_words(analysis):
    text = Reader(moved.panel(attribution(), TEXT, ENGLISH)).text.replace("\u00a0", " ")
    assert "hateful: 25 %" in text and "40 %" in text
    assert text.index("words") < text.index("picture"), "the strongest part comes first"
    assert "\u221220 points" in text and "+5 points" in text
    assert "Raised most by “<won>”. Lowered most by “we”." in text


def test_words_are_marked_by_sign_and_strength_and_the_text_stays_whole():
    html = moved.highlighted(TEXT, WORDS, ENGLISH)
    marks = [attributes for tag, attributes in Reader(html).elements if tag == "mark"]
    assert [mark["class"] for mark in marks] == ["mm-lowers", "mm-raises"]
    assert [mark["style"] for mark in marks] == ["--mm-share:0.25", "--mm-share:1.00"]
    assert Reader(html).text.startswith(TEXT)


def test_counterfactual_is_said(analysis):
    other = Counterfactual(removed=(WORDS.words[1],), text="we", probability=0.6, verdict="hateful")
    text = Reader(moved.panel(attribution(counterfactual=other), TEXT, ENGLISH)).text
    assert "Without “<won>” the verdict would be: hateful (60" in text


@pytest.mark.parametrize(
    ("value", "expected"), [(0.126, "+13 points"), (-0.126, "\u221213 points"), (0.001, "\u00b10 points")]
)
def test_points(value, expected):
    assert moved.points(value, ENGLISH) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (heat_map(), "upper right"),
        (heat_map(peak=(100, 50)), "centre"),
        (heat_map(peak=(0, 99)), "lower left"),
        (heat_map(peak=None, value=0.0), "No place"),
        (None, "without the picture"),
    ],
)
def test_place_in_words(found, expected):
    assert expected in moved.place_in_words(found, PICTURE.size, ENGLISH)


def test_map_is_clear_where_nothing_moved_and_red_where_it_did():
    data = base64.b64decode(moved.map_url(heat_map().values).partition(",")[2])
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    assert pixels.shape == (4, 8, 4)
    assert pixels[3, 0, 3] == 0 and pixels[0, 7, 3] > 150
    assert tuple(pixels[0, 7, :3]) == moved.HOT


def test_card_shows_one_task_and_places_each_map(analysis):
    face = heat_map(box=Box(x=50, y=20, width=40, height=50), peak=(60, 30))
    found = with_attributions(analysis, emotion=attribution(heat_map=face), hate=attribution(heat_map=heat_map()))
    html = report.evidence(found, PICTURE, ENGLISH)
    read = Reader(html)
    pressed = [attributes for _, attributes in read.elements if attributes.get("data-choose") in ("hate", "emotion")]
    assert [(button["data-choose"], button["aria-pressed"]) for button in pressed] == [
        ("hate", "true"),
        ("emotion", "false"),
    ]
    hidden = {attributes["data-chosen"] for _, attributes in read.elements if "hidden" in attributes}
    assert "emotion" in hidden and "hate" not in hidden
    assert "left:25%;top:20%;width:20%;height:50%" in [
        a.get("style") for _, a in read.elements if "mm-map" in a.get("class", "")
    ]


def test_hostile_words_are_escaped(analysis):
    words = WordWeights(method="x", words=(WordWeight(text=HOSTILE, start=0, end=len(HOSTILE), weight=1.0),))
    read = Reader(moved.panel(attribution(words=words), HOSTILE, ENGLISH))
    assert "script" not in [tag for tag, _ in read.elements]
    assert HOSTILE in read.text
