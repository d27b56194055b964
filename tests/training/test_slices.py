"""Slices: every item is in one of each kind, and faces are counted as they are seen."""

import pytest
from PIL import Image

from mmemo.data import Example
from mmemo.results import Box, DetectedFace
from mmemo.training.slices import faces_name, find_slices, length_name


class WidthDetector:
    """Sees a face for each ten pixels of the picture's width."""

    name = "width"

    def detect(self, image):
        return (DetectedFace(box=Box(x=0, y=0, width=1, height=1), confidence=1.0),) * (image.width // 10)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (None, "no words"),
        ("", "no words"),
        ("one", "1-5 words"),
        ("one two three four five", "1-5 words"),
        ("word " * 6, "6-10 words"),
        ("word " * 20, "11-20 words"),
        ("word " * 21, "21 words or more"),
    ],
)
def test_length_name(text, name):
    assert length_name(text) == name


@pytest.mark.parametrize(("count", "name"), [(0, "0 faces"), (1, "1 face"), (2, "2 faces"), (9, "3 faces or more")])
def test_faces_name(count, name):
    assert faces_name(count) == name


def test_slices_hold_every_item_once(tmp_path):
    for width in (8, 12, 25, 60):
        Image.new("RGB", (width, 8)).save(tmp_path / f"{width}.png")
    examples = [
        Example(id="0", text="one two", image=tmp_path / "8.png", labels={}),
        Example(id="1", text="word " * 30, image=tmp_path / "12.png", labels={}),
        Example(id="2", text=None, image=tmp_path / "25.png", labels={}),
        Example(id="3", text=None, image=tmp_path / "60.png", labels={}),
        Example(id="4", text="one", face=tmp_path / "60.png", labels={}),
        Example(id="5", text="one", labels={}),
    ]
    found = find_slices(examples, WidthDetector())
    assert {kind: {name: rows.tolist() for name, rows in parts.items()} for kind, parts in found.items()} == {
        "text_length": {"no words": [2, 3], "1-5 words": [0, 4, 5], "21 words or more": [1]},
        "face": {"with a face": [1, 2, 3, 4], "without a face": [0, 5]},
        "num_faces": {"0 faces": [0, 5], "1 face": [1, 4], "2 faces": [2], "3 faces or more": [3]},
    }


def test_slices_are_of_what_there_is():
    assert find_slices([Example(id="0", text="one", labels={})], WidthDetector()).keys() == {"text_length"}
