"""A heat map laid over its picture, for people to look at."""

import numpy as np
from PIL import Image

from mmemo.results import HeatMap

_COLOURS = np.array(
    [(0, 34, 78), (59, 73, 108), (112, 113, 115), (166, 157, 117), (222, 205, 89), (254, 232, 56)], dtype=np.float32
)
"""Six points of cividis, which looks the same with and without red-green blindness (Nuñez et al. 2018)."""
OPACITY = 0.65
"""How much of the strongest place is colour; elsewhere it is less, in proportion."""


def colours(values: np.ndarray) -> np.ndarray:
    """Values (H, W) in [0, 1] as colours (H, W, 3) in [0, 255], from dark blue to yellow."""
    points = np.linspace(0.0, 1.0, len(_COLOURS))
    return np.stack([np.interp(values, points, _COLOURS[:, channel]) for channel in range(3)], axis=-1)


def overlay(picture: Image.Image, heat_map: HeatMap) -> Image.Image:
    """The picture in RGB with the map's colours over its part of it, the stronger the less see-through.

    Args:
        picture: The one that was analysed, upright.
        heat_map: Of an analysis of it.

    Raises:
        ValueError: The map reaches out of the picture.
    """
    box = heat_map.box
    if box.x < 0 or box.y < 0 or box.x + box.width > picture.width or box.y + box.height > picture.height:
        raise ValueError(
            f"the heat map covers {box.xywh}, which is not inside the picture of {picture.width} x {picture.height}"
        )
    pixels = np.array(picture.convert("RGB"), dtype=np.float32)
    part = pixels[box.y : box.y + box.height, box.x : box.x + box.width]
    values = heat_map.pixels
    share = OPACITY * values[..., None]
    part[:] = (1 - share) * part + share * colours(values)
    return Image.fromarray(pixels.round().astype(np.uint8))


__all__ = ["colours", "overlay"]
