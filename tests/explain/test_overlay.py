"""The overlay: colour where the map is strong, the picture elsewhere, and nothing outside its box."""

import numpy as np
import pytest
from PIL import Image

from mmemo.explain.overlay import colours, overlay
from mmemo.results import Box, HeatMap

GREY = Image.new("RGB", (60, 40), (100, 100, 100))


def heat(box: Box, values: list[list[float]]) -> HeatMap:
    return HeatMap(values=np.array(values, np.float32), box=box, peak=None, method="grad_cam")


def test_overlay_colours_the_strong_half_alone():
    found = np.asarray(overlay(GREY, heat(Box(x=0, y=0, width=60, height=40), [[0.0, 1.0], [0.0, 1.0]])))
    assert found.shape == (40, 60, 3)
    assert (found[:, :10] == 100).all()
    assert (found[:, -10:, 0] > 180).all()
    assert (found[:, -10:, 2] < 100).all()


def test_overlay_leaves_the_rest_of_the_picture_alone():
    found = np.asarray(overlay(GREY.convert("L"), heat(Box(x=10, y=5, width=20, height=20), [[1.0]])))
    changed = (found != 100).any(axis=-1)
    assert changed[5:25, 10:30].all()
    assert changed.sum() == 400


def test_overlay_without_relevance_is_the_picture():
    found = overlay(GREY, heat(Box(x=0, y=0, width=60, height=40), [[0.0]]))
    assert found.tobytes() == GREY.tobytes()


@pytest.mark.parametrize("box", [Box(x=-1, y=0, width=5, height=5), Box(x=50, y=0, width=11, height=5)])
def test_overlay_refuses_a_map_of_another_picture(box):
    with pytest.raises(ValueError, match="not inside the picture of 60 x 40"):
        overlay(GREY, heat(box, [[1.0]]))


def test_colours_grow_lighter_for_every_eye():
    luminance = colours(np.linspace(0, 1, 50)[None]) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance[0]) > 0).all()
