"""Reading a data set's pictures as inference reads them, so that a fault names file and example."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from mmemo.data.records import DataError
from mmemo.perception.images import ImageError, load_image


def read_picture(path: Path, example_id: str | None = None) -> Image.Image:
    """A picture file as `mmemo.perception.load_image` gives it: RGB, upright, transparency on white.

    Args:
        path: The file.
        example_id: Whose picture it is, for the error.

    Raises:
        DataError: It cannot be read.
    """
    try:
        return load_image(path)
    except ImageError as error:
        whose = "" if example_id is None else f" (example {example_id!r})"
        raise DataError(f"{path}{whose}: expected a picture, got a file that cannot be read: {error}") from error
