"""Words in a picture: lines of text read by RapidOCR (PP-OCR models on onnxruntime, from its wheel).

Conventions: boxes are upright rectangles in whole pixels of the picture as given; lines come top to bottom, left to
right within a row, one column after the other, with lost spaces put back. A tall picture is read in tiles that overlap.
No network: the models are named by their files, so that RapidOCR's downloader is never asked.
"""

import math
import re
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from mmemo.perception.spacing import respaced
from mmemo.results import Box, RecognisedText, TextLine

if TYPE_CHECKING:
    from rapidocr import RapidOCR

MIN_CONFIDENCE = 0.7
"""Lines below are mostly noise from logos and tiny print: on 24 memes 0.7 instead of RapidOCR's 0.5 dropped the word
error rate from 0.32 to 0.30 and lost 1 % of the right words."""

MIN_SIDE = 512
"""Longest side in pixels that smaller pictures are enlarged to: small print is read better, more gains nothing."""

MAX_SIDE = 960
"""Longest side in pixels that is searched at once, which bounds the time."""

TALL_ASPECT = 2.5
"""Heights over widths above which a picture is read in tiles: shrunk as a whole, the print of a chat gets too small."""

TILE_ASPECT, TILE_OVERLAP, MAX_TILES = 2.0, 0.125, 8
"""Height over width of a tile; the part of it, at least, that the next one has too, so that each line is whole in one;
and the most tiles, which bounds the time: of a still taller picture the tiles are taller."""

COLUMN_GAP = 0.75
"""Heights of a line between columns at least; words of one line stand closer."""

NUM_THREADS = 2
"""Threads inside one reading."""

_MODELS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}

_SAYS = re.compile(r"[\w!?]")
"""What a line needs to say something; other marks alone are a nose or a frame that was read as `(.)`."""

_WATERMARK = re.compile(
    r"(made (on|with) )?(www\.)?(imgflip|quickmeme|memegenerator|makeameme|memecenter|memebase|mematic|imgur|memes)"
    r"(\.(com|net|org))?",
    re.IGNORECASE,
)
"""A line that is nothing but the mark of a site where memes are made."""


class TextReader:
    """Reads the words of a picture. `read` may be called from several threads; they take turns."""

    def __init__(self, *, min_confidence: float = MIN_CONFIDENCE, max_side: int = MAX_SIDE) -> None:
        """Prepare; the models are loaded at the first picture.

        Args:
            min_confidence: Lines read with less, in [0, 1], are dropped.
            max_side: Longest side in pixels that is searched at once; larger pictures are shrunk, tall ones read in
                tiles.

        Raises:
            ValueError: A value out of its range.
        """
        if not 0.0 <= min_confidence <= 1.0:
            raise ValueError(f"min_confidence must lie in [0, 1], got {min_confidence}")
        if max_side < MIN_SIDE:
            raise ValueError(f"max_side must be {MIN_SIDE} or more, got {max_side}")
        self.min_confidence = min_confidence
        self.max_side = max_side
        self._engine: RapidOCR | None = None
        self._lock = threading.Lock()

    def read(self, image: Image.Image) -> RecognisedText:
        """Words of a picture.

        Args:
            image: Any mode; RGB costs no conversion.

        Returns:
            The lines joined by single spaces with source `ocr`, or empty with source `none` when nothing is readable.
        """
        picture = image if image.mode == "RGB" else image.convert("RGB")
        lines: list[TextLine] = []
        for top, bottom in _tiles(picture.size, self.max_side):
            tile = picture if bottom - top == picture.height else picture.crop((0, top, picture.width, bottom))
            lines = _joined(lines, self._lines(tile, top))
        if not lines:
            return RecognisedText(value="", source="none")
        ordered = reading_order(lines)
        texts = respaced([line.text for line in ordered])
        spaced = tuple(replace(line, text=text) for line, text in zip(ordered, texts, strict=True))
        return RecognisedText(value=" ".join(texts), source="ocr", lines=spaced)

    def _lines(self, tile: Image.Image, top: int) -> list[TextLine]:
        """Lines of a tile that begins `top` pixels below the picture's upper edge."""
        from rapidocr.utils.output import RapidOCROutput

        copy = _resized(tile, self.max_side)
        with self._lock:
            if self._engine is None:
                self._engine = _build_engine(self.max_side)
            found = self._engine(np.ascontiguousarray(np.asarray(copy)[:, :, ::-1]))
        if not isinstance(found, RapidOCROutput) or found.boxes is None or not found.txts or not found.scores:
            return []
        factors = np.array([tile.width / copy.width, tile.height / copy.height])
        lines = []
        for corners, text, score in zip(np.asarray(found.boxes), found.txts, found.scores, strict=True):
            if score >= self.min_confidence and _SAYS.search(text) and not _WATERMARK.fullmatch(text.strip()):
                box = _upright(corners * factors, tile.size)
                box = replace(box, y=box.y + top)
                lines.append(TextLine(text=" ".join(text.split()), box=box, confidence=float(score)))
        return lines


def reading_order(lines: list[TextLine]) -> tuple[TextLine, ...]:
    """Lines from top to bottom, those of one row from left to right; columns one after the other.

    A line belongs to the row of the line above it when they share more than half of the lower one's height. Rows are
    columns when each line of one stands close under a line of the other, and far from its neighbours.
    """
    rows: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: line.box.y + line.box.height / 2):
        if rows and _same_row(rows[-1][0].box, line.box):
            rows[-1].append(line)
        else:
            rows.append([line])
    blocks: list[list[list[TextLine]]] = []
    for row in rows:
        row.sort(key=lambda line: line.box.x)
        if blocks and _are_columns(blocks[-1][-1], row):
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return tuple(line for block in blocks for column in zip(*block, strict=True) for line in column)


def _are_columns(upper: list[TextLine], lower: list[TextLine]) -> bool:
    """Whether the lines of two rows stand in the same columns, two or more."""
    if len(upper) != len(lower) or len(upper) < 2:
        return False
    height = max(line.box.height for line in (*upper, *lower))
    apart = all(
        right.box.x - (left.box.x + left.box.width) > COLUMN_GAP * height
        for row in (upper, lower)
        for left, right in pairwise(row)
    )
    return apart and all(_is_under(high.box, low.box, height) for high, low in zip(upper, lower, strict=True))


def _is_under(high: Box, low: Box, height: int) -> bool:
    """Whether a box stands less than a height under another, and shares more than half of the narrower one's width."""
    shared = min(high.x + high.width, low.x + low.width) - max(high.x, low.x)
    return shared > min(high.width, low.width) / 2 and low.y - (high.y + high.height) < height


def _same_row(first: Box, second: Box) -> bool:
    """Whether two boxes stand beside each other."""
    shared = min(first.y + first.height, second.y + second.height) - max(first.y, second.y)
    return shared > min(first.height, second.height) / 2


def _build_engine(max_side: int) -> "RapidOCR":
    """RapidOCR with the models of its wheel, quiet.

    Raises:
        RuntimeError: The installed rapidocr brings other models than expected.
    """
    import rapidocr

    folder = Path(rapidocr.__file__).parent / "models"
    missing = [name for name in _MODELS.values() if not (folder / name).is_file()]
    if missing:
        raise RuntimeError(
            f"the installed rapidocr does not bring {', '.join(missing)}: install rapidocr>=3.10,<3.11 from its wheel"
        )
    return rapidocr.RapidOCR(
        params={
            **{key: str(folder / name) for key, name in _MODELS.items()},
            "Global.log_level": "error",
            "Global.use_cls": False,  # turns lines that stand on their head: none in memes, and it reads no better
            "Global.text_score": 0.0,
            "Global.max_side_len": max_side,
            "Det.limit_type": "max",
            "Det.limit_side_len": max_side,
            "EngineConfig.onnxruntime.intra_op_num_threads": NUM_THREADS,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _resized(image: Image.Image, max_side: int) -> Image.Image:
    """The picture with its longest side between `MIN_SIDE` and `max_side`."""
    longest = max(image.size)
    factor = min(max(longest, MIN_SIDE), max_side) / longest
    if factor == 1.0:
        return image
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0 if factor < 1.0 else None)


def _tiles(size: tuple[int, int], max_side: int) -> list[tuple[int, int]]:
    """Upper and lower edges of the parts that a picture is read in, from top to bottom: one but of tall pictures."""
    width, height = size
    if height <= max(max_side, TALL_ASPECT * width):
        return [(0, height)]
    whole_steps = 1 + (MAX_TILES - 1) * (1 - TILE_OVERLAP)
    length = math.ceil(max(max_side, TILE_ASPECT * width, height / whole_steps))
    last = math.ceil((height - length) / (length * (1 - TILE_OVERLAP)))
    tops = [round(place * (height - length) / last) for place in range(last + 1)]
    return [(top, top + length) for top in tops]


def _joined(above: list[TextLine], below: list[TextLine]) -> list[TextLine]:
    """Lines of overlapping tiles; of one that was read in both, the larger box: that of the tile where it is whole."""
    kept = [line for line in above if not any(_is_cut_of(line.box, other.box) for other in below)]
    return kept + [line for line in below if not any(_is_cut_of(line.box, other.box) for other in kept)]


def _is_cut_of(box: Box, other: Box) -> bool:
    """Whether more than half of a box lies in another that is as large or larger."""
    width = min(box.x + box.width, other.x + other.width) - max(box.x, other.x)
    height = min(box.y + box.height, other.y + other.height) - max(box.y, other.y)
    return box.area <= other.area and width > 0 and height > 0 and width * height > box.area / 2


def _upright(corners: np.ndarray, image_size: tuple[int, int]) -> Box:
    """The upright box around four corners `(4, 2)`, at least one pixel, inside the picture."""
    left, top = (min(max(0, int(low)), limit - 1) for low, limit in zip(corners.min(axis=0), image_size, strict=True))
    right, bottom = (
        min(limit, round(float(high))) for high, limit in zip(corners.max(axis=0), image_size, strict=True)
    )
    return Box(x=left, y=top, width=max(1, right - left), height=max(1, bottom - top))


__all__ = ["TextReader", "reading_order"]
