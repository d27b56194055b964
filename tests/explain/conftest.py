"""The shipped pair in float32, loaded once for all tests of explanations."""

import pytest
from PIL import Image

from mmemo import MmemoPipeline
from tests.perception.drawing import draw_face


@pytest.fixture(scope="package")
def pipe() -> MmemoPipeline:
    return MmemoPipeline.from_pretrained(dtype="float32")


@pytest.fixture(scope="package")
def face() -> Image.Image:
    picture = Image.new("RGB", (400, 300), (90, 120, 90))
    picture.paste(draw_face(200), (100, 50))
    return picture
