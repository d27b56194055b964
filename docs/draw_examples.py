"""Draws the app's example pictures into `mmemo/ui/examples` and lists them there in `examples.json`.

Conventions: lengths are pixels of the finished picture, origin top left; pictures are drawn `SCALE` times larger and
scaled down. A face's own units put its centre at (0, 0) and its cheeks at x = -1 and 1. Colours are "#rrggbb".

Run from the repository root: `python -m docs.draw_examples`.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFilter, ImageFont

FOLDER = Path(__file__).resolve().parent.parent / "mmemo" / "ui" / "examples"
FONT = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
SIDE = 600
SCALE = 4
JPEG_QUALITY = 86

Point = tuple[float, float]
Points = Sequence[Point]


@dataclass(frozen=True, kw_only=True)
class Shade:
    """A radial gradient over a shape's bounding box.

    Attributes:
        light: Colour at the centre.
        dark: Colour from `reach` on.
        at: Centre as shares of the box's width and height.
        reach: Distance of the end as a share of the box's longer side.
    """

    light: str
    dark: str
    at: Point = (0.38, 0.32)
    reach: float = 0.75


Fill = Shade | str


def rgb(colour: str) -> np.ndarray:
    """Colour name -> (3,) float."""
    return np.array(ImageColor.getrgb(colour)[:3], dtype=np.float32)


def path(text: str) -> list[Point]:
    """`"0 1, 2 3"` -> `[(0.0, 1.0), (2.0, 3.0)]`."""
    pairs = (pair.split() for pair in text.split(","))
    return [(float(x), float(y)) for x, y in pairs]


def ellipse(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0.0) -> list[Point]:
    """Outline of an ellipse around (x, y), turned clockwise by `turn` degrees."""
    ry = rx if ry is None else ry
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    corners = [(rx * math.cos(a), ry * math.sin(a)) for a in np.linspace(0, 2 * math.pi, 120, endpoint=False)]
    return [(x + cos * u - sin * v, y + sin * u + cos * v) for u, v in corners]


def smooth(points: Points, closed: bool = True, steps: int = 16) -> list[Point]:
    """Catmull-Rom curve through the points."""
    count = len(points)
    pick: Callable[[int], np.ndarray] = (
        (lambda i: np.array(points[i % count])) if closed else (lambda i: np.array(points[min(max(i, 0), count - 1)]))
    )
    curve = []
    for i in range(count if closed else count - 1):
        a, b, c, d = (pick(i + k) for k in (-1, 0, 1, 2))
        for t in np.linspace(0, 1, steps, endpoint=False):
            p = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            curve.append((float(p[0]), float(p[1])))
    return curve if closed else [*curve, points[-1]]


def mirrored(points: Points) -> list[Point]:
    """The points, then their mirror image at x = 0 on the way back: a symmetric outline."""
    return [*points, *((-x, y) for x, y in reversed(points) if abs(x) > 1e-6)]


class Canvas:
    """A picture being drawn."""

    def __init__(self, top: str, bottom: str, width: int = SIDE, height: int = SIDE) -> None:
        """Start with a vertical gradient from `top` to `bottom`."""
        self.size = (width, height)
        share = np.linspace(0, 1, height * SCALE, dtype=np.float32)[:, None, None]  # (H, 1, 1)
        rows = rgb(top) * (1 - share) + rgb(bottom) * share  # (H, 1, 3)
        pixels = np.broadcast_to(rows, (height * SCALE, width * SCALE, 3))
        self.image = Image.fromarray(pixels.astype(np.uint8), "RGB")

    def shape(
        self, points: Points, fill: Fill, *, blur: float = 0.0, opacity: float = 1.0, clip: Points | None = None
    ) -> None:
        """Fill an outline; `blur` softens its edge, `clip` is an outline outside which nothing is drawn."""
        xs, ys = zip(*points, strict=True)
        pad = 3 * blur + 2
        left, top = int((min(xs) - pad) * SCALE), int((min(ys) - pad) * SCALE)
        size = (int((max(xs) + pad) * SCALE) - left + 1, int((max(ys) + pad) * SCALE) - top + 1)
        mask = self._mask(points, left, top, size)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * SCALE))
        weight = np.asarray(mask, dtype=np.float32) * opacity
        if clip is not None:
            weight *= np.asarray(self._mask(clip, left, top, size), dtype=np.float32) / 255
        paint = self._paint(fill, size, pad * SCALE)
        self.image.paste(paint, (left, top), Image.fromarray(weight.astype(np.uint8), "L"))

    def stroke(self, points: Points, width: float, colour: str, *, opacity: float = 1.0, blur: float = 0.0) -> None:
        """Draw a line with round ends."""
        half = width / 2
        xs, ys = zip(*points, strict=True)
        pad = half + 3 * blur + 2
        left, top = int((min(xs) - pad) * SCALE), int((min(ys) - pad) * SCALE)
        size = (int((max(xs) + pad) * SCALE) - left + 1, int((max(ys) + pad) * SCALE) - top + 1)
        mask = Image.new("L", size)
        draw = ImageDraw.Draw(mask)
        path = [(x * SCALE - left, y * SCALE - top) for x, y in points]
        draw.line(path, fill=255, width=max(1, round(width * SCALE)), joint="curve")
        for x, y in path:
            draw.ellipse((x - half * SCALE, y - half * SCALE, x + half * SCALE, y + half * SCALE), fill=255)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * SCALE))
        self.image.paste(ImageColor.getrgb(colour), (left, top), mask.point(lambda value: int(value * opacity)))

    def glow(self, x: float, y: float, radius: float, colour: str, opacity: float = 0.6) -> None:
        """Light that fades with the distance from (x, y)."""
        self.shape(ellipse(x, y, radius * 0.55), colour, blur=radius * 0.22, opacity=opacity)

    def words(self, text: str, x: float, y: float, size: float, colour: str = "#ffffff", edge: str = "#101018") -> None:
        """Words centred on (x, y), outlined unless `edge` is empty."""
        font = ImageFont.truetype(str(FONT), round(size * SCALE))
        width = round(size * 0.11 * SCALE) if edge else 0
        place = (x * SCALE, y * SCALE)
        ImageDraw.Draw(self.image).text(
            place, text, font=font, fill=colour, anchor="mm", stroke_width=width, stroke_fill=edge or None
        )

    def caption(self, *lines: str, top: bool = False, size: float = 46.0) -> None:
        """Lines in capitals along the bottom or the top edge, made smaller where one is too wide."""
        widest = max(ImageFont.truetype(str(FONT), 100).getlength(line.upper()) for line in lines)
        size = min(size, 100 * (self.size[0] - 40) / widest)
        step = size * 1.2
        first = step * 0.5 + 16 if top else self.size[1] - 16 - step * (len(lines) - 0.5)
        for row, line in enumerate(lines):
            self.words(line.upper(), self.size[0] / 2, first + row * step, size)

    def save(self, path: Path) -> None:
        """Scale down and write a JPEG."""
        small = self.image.resize(self.size, Image.Resampling.LANCZOS)
        small.save(path, quality=JPEG_QUALITY, optimize=True, subsampling="4:2:0")

    @staticmethod
    def _mask(points: Points, left: int, top: int, size: tuple[int, int]) -> Image.Image:
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([(x * SCALE - left, y * SCALE - top) for x, y in points], fill=255)
        return mask

    @staticmethod
    def _paint(fill: Fill, size: tuple[int, int], pad: float) -> Image.Image:
        if isinstance(fill, str):
            return Image.new("RGB", size, fill)
        width, height = size[0] - 2 * pad, size[1] - 2 * pad
        x = np.arange(size[0], dtype=np.float32)[None, :] - pad - fill.at[0] * width  # (1, W)
        y = np.arange(size[1], dtype=np.float32)[:, None] - pad - fill.at[1] * height  # (H, 1)
        share = np.clip(np.hypot(x, y) / (fill.reach * max(width, height)), 0, 1)[..., None]  # (H, W, 1)
        share = share * share * (3 - 2 * share)
        return Image.fromarray((rgb(fill.light) * (1 - share) + rgb(fill.dark) * share).astype(np.uint8), "RGB")


@dataclass(frozen=True, kw_only=True)
class Look:
    """Who a face belongs to: skin and hair as (light, dark) colours, lips, eyes, shirt, and the hair's style."""

    skin: tuple[str, str]
    hair: tuple[str, str]
    lips: str
    iris: str
    shirt: tuple[str, str]
    style: str
    beard: bool = False


@dataclass(frozen=True, kw_only=True)
class Mood:
    """What a face does.

    Attributes:
        eye: Opening of the eyes, 1 as usual.
        lid: How far the lower lids are pushed up, 0 to 1.
        brow_inner: Height of the brows' inner ends, up is positive.
        brow_middle: Height of the brows' middles.
        brow_outer: Height of the brows' outer ends.
        mouth: `grin`, `frown` or `oh`.
        tears: Whether tears run.
        look: Where the eyes point.
    """

    eye: float = 1.0
    lid: float = 0.0
    brow_inner: float = 0.0
    brow_middle: float = 0.0
    brow_outer: float = 0.0
    mouth: str = "grin"
    tears: bool = False
    look: Point = (0.0, 0.0)


HAPPY = Mood(eye=0.8, lid=0.45, brow_inner=0.09, brow_middle=0.09, brow_outer=0.0, mouth="grin")
SAD = Mood(eye=0.72, brow_inner=0.15, brow_middle=0.0, brow_outer=-0.1, mouth="frown", tears=True, look=(0, 0.25))
SURPRISED = Mood(eye=1.5, brow_inner=0.17, brow_middle=0.24, brow_outer=0.14, mouth="oh")
ANGRY = Mood(eye=0.8, lid=0.25, brow_inner=-0.2, brow_middle=-0.05, brow_outer=0.12, mouth="frown")

ROSE = Look(
    skin=("#ffdcc2", "#d9936c"),
    hair=("#a4562a", "#4a2010"),
    lips="#c4524f",
    iris="#4f8a5b",
    shirt=("#3fb6a8", "#1c6f73"),
    style="long",
)
UMBER = Look(
    skin=("#b97a4e", "#6b3d22"),
    hair=("#3a2a26", "#120c0c"),
    lips="#8e4038",
    iris="#4a2c18",
    shirt=("#f2b33d", "#c2731b"),
    style="curly",
)
HONEY = Look(
    skin=("#f6cfa4", "#c08552"),
    hair=("#40322c", "#15100e"),
    lips="#b8574a",
    iris="#5a3a20",
    shirt=("#6f7fe0", "#3a3f96"),
    style="short",
)
PALE = Look(
    skin=("#ffe3d1", "#dda284"),
    hair=("#e8b45a", "#a8682a"),
    lips="#c9605f",
    iris="#4479a8",
    shirt=("#e86a78", "#a02c50"),
    style="short",
    beard=True,
)

HEAD = mirrored(
    [(0, -1.3), (0.5, -1.2), (0.87, -0.82), (0.98, -0.25), (0.94, 0.32), (0.78, 0.82), (0.46, 1.2), (0.16, 1.36)]
)
EYE_X = 0.41


class Face:
    """Draws one head and shoulders on a canvas, centred on (x, y), cheeks `radius` away from the centre."""

    def __init__(self, canvas: Canvas, x: float, y: float, radius: float, look: Look, tilt: float = 0.0) -> None:
        """Remember the place; `tilt` turns the head clockwise by degrees."""
        self.canvas, self.x, self.y, self.radius, self.look = canvas, x, y, radius, look
        self.cos, self.sin = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
        self.head = self.at(smooth(HEAD))

    def at(self, points: Points) -> list[Point]:
        """Face units -> pixels."""
        r = self.radius
        return [
            (self.x + r * (self.cos * u - self.sin * v), self.y + r * (self.sin * u + self.cos * v)) for u, v in points
        ]

    def shape(
        self, points: Points, fill: Fill, *, blur: float = 0.0, opacity: float = 1.0, inside: bool = False
    ) -> None:
        """Fill an outline in face units, optionally only inside the head."""
        clip = self.head if inside else None
        self.canvas.shape(self.at(points), fill, blur=blur * self.radius, opacity=opacity, clip=clip)

    def stroke(self, points: Points, width: float, colour: str, *, opacity: float = 1.0, blur: float = 0.0) -> None:
        """Draw a smooth line in face units."""
        path = self.at(smooth(points, closed=False))
        self.canvas.stroke(path, width * self.radius, colour, opacity=opacity, blur=blur * self.radius)

    def draw(self, mood: Mood) -> None:
        """Draw it all, from back to front."""
        self._hair_behind()
        self._body()
        self._skull()
        for side in (-1.0, 1.0):
            self._eye(side, mood)
            self._brow(side, mood)
        self._nose()
        if self.look.beard:
            self._beard()
        getattr(self, f"_{mood.mouth}")()
        self._hair_in_front()
        if mood.tears:
            self._tears()

    def _body(self) -> None:
        light, dark = self.look.shirt
        shoulders = mirrored([(0, 1.62), (0.4, 1.6), (0.75, 1.78), (1.45, 2.05), (1.75, 2.6), (1.85, 3.6), (0, 3.6)])
        self.shape(smooth(shoulders), Shade(light=light, dark=dark, at=(0.35, 0.1), reach=0.7))
        skin = Shade(light=self.look.skin[0], dark=self.look.skin[1], at=(0.35, 0.7), reach=0.8)
        self.shape(smooth(mirrored([(0, 0.8), (0.46, 0.8), (0.45, 1.5), (0.62, 1.8), (0.3, 2.02), (0, 2.08)])), skin)
        self.stroke([(-0.64, 1.78), (-0.3, 2.03), (0, 2.1), (0.3, 2.03), (0.64, 1.78)], 0.09, dark, opacity=0.8)
        self.shape(ellipse(0.03, 1.42, 0.42, 0.2), self._deep(0.45), blur=0.07, opacity=0.75)

    def _skull(self) -> None:
        light, dark = self.look.skin
        for side in (-1.0, 1.0) if self.look.style != "long" else ():
            ear = [
                (side * 0.9, -0.12),
                (side * 1.12, -0.16),
                (side * 1.17, 0.08),
                (side * 1.06, 0.36),
                (side * 0.9, 0.4),
            ]
            self.shape(smooth(ear), Shade(light=light, dark=dark, reach=0.8))
            self.stroke(
                [(side * 1.0, -0.04), (side * 1.08, 0.06), (side * 1.0, 0.24)], 0.035, self._deep(0.55), opacity=0.6
            )
        self.shape(smooth(HEAD), Shade(light=light, dark=dark, at=(0.42, 0.4), reach=0.66))
        self.shape(ellipse(1.0, 0.3, 0.22, 1.1), self._deep(0.5), blur=0.12, opacity=0.35, inside=True)
        self.shape(ellipse(-0.15, -0.62, 0.42, 0.2), "#ffffff", blur=0.14, opacity=0.22, inside=True)
        for side in (-1.0, 1.0):
            self.shape(ellipse(side * EYE_X, -0.06, 0.3, 0.2), self._deep(0.5), blur=0.09, opacity=0.32)
            self.shape(ellipse(side * 0.55, 0.5, 0.22, 0.17), self.look.lips, blur=0.1, opacity=0.28)
            self.shape(ellipse(side * 0.5 - 0.04, 0.4, 0.12, 0.07), "#ffffff", blur=0.07, opacity=0.2)

    def _eye(self, side: float, mood: Mood) -> None:
        x, height = side * EYE_X, 0.135 * mood.eye
        low = height * (0.85 - 0.75 * mood.lid)
        corners = [
            (x - 0.235, 0.02),
            (x - 0.12, -height * 0.8),
            (x, -height),
            (x + 0.13, -height * 0.75),
            (x + 0.235, 0.01),
        ]
        under = [(x + 0.13, low * 0.75), (x, low), (x - 0.13, low * 0.8)]
        outline = smooth([*corners, *under])
        clip = self.at(outline)
        self.shape(outline, Shade(light="#ffffff", dark="#cfd3da", at=(0.5, 0.6), reach=0.6))
        px, py = x + 0.1 * mood.look[0], -0.005 + 0.12 * mood.look[1]
        for radius, fill in ((0.128, "#1d1512"), (0.116, self.look.iris), (0.06, "#0c0908")):
            shade: Fill = (
                Shade(light=self._mix(fill, "#ffffff", 0.4), dark=fill, at=(0.5, 0.8)) if radius == 0.116 else fill
            )
            self.canvas.shape(self.at(ellipse(px, py, radius)), shade, clip=clip)
        shadow = [
            (x - 0.3, -height - 0.1),
            (x + 0.3, -height - 0.1),
            (x + 0.26, -height * 0.3),
            (x - 0.26, -height * 0.3),
        ]
        self.canvas.shape(self.at(shadow), "#2a1c18", blur=0.03 * self.radius, opacity=0.45, clip=clip)
        self.canvas.shape(self.at(ellipse(px - 0.045, py - 0.05, 0.033)), "#ffffff", clip=clip)
        self.canvas.shape(self.at(ellipse(px + 0.05, py + 0.045, 0.016)), "#ffffff", opacity=0.8, clip=clip)
        self.stroke(corners, 0.045, "#24140f")
        outer = x + side * 0.235
        self.stroke([(outer, 0.01), (outer + side * 0.05, -0.04)], 0.035, "#24140f")
        self.stroke([(x + 0.23, 0.02), *under, (x - 0.23, 0.03)], 0.018, self._deep(0.7), opacity=0.8)
        fold = [(u, v - 0.055 - 0.02 * mood.eye) for u, v in corners[1:-1]]
        self.stroke(fold, 0.02, self._deep(0.7), opacity=0.55)
        if mood.lid > 0.3:
            self.stroke(
                [(x - 0.18, low + 0.1), (x, low + 0.13), (x + 0.18, low + 0.1)],
                0.025,
                self._deep(0.6),
                opacity=0.5,
                blur=0.008,
            )

    def _brow(self, side: float, mood: Mood) -> None:
        base = -0.33
        inner, middle, outer = base - mood.brow_inner, base - 0.08 - mood.brow_middle, base + 0.03 - mood.brow_outer
        upper = [(0.14, inner - 0.045), (0.4, middle - 0.05), (0.72, outer)]
        lower = [(0.42, middle + 0.045), (0.15, inner + 0.05)]
        outline = smooth([(side * u, v) for u, v in [*upper, *lower]])
        hair = self.look.hair
        self.shape(outline, Shade(light=self._mix(hair[0], hair[1], 0.6), dark=hair[1], reach=0.6))
        if mood.brow_inner < -0.1:
            crease = [(side * 0.08, inner - 0.1), (side * 0.06, inner + 0.02), (side * 0.09, inner + 0.12)]
            self.stroke(crease, 0.03, self._deep(0.75), opacity=0.7, blur=0.006)
        if mood.brow_middle > 0.2:
            self.stroke(
                [(side * 0.08, -0.74), (side * 0.35, -0.79), (side * 0.6, -0.72)],
                0.025,
                self._deep(0.6),
                opacity=0.5,
                blur=0.008,
            )

    def _nose(self) -> None:
        self.shape(
            smooth([(0.06, -0.2), (0.13, 0.2), (0.2, 0.42), (0.1, 0.48), (0.05, 0.2)]),
            self._deep(0.55),
            blur=0.04,
            opacity=0.5,
        )
        self.shape(smooth([(-0.03, -0.2), (0.03, -0.2), (0.04, 0.3), (-0.05, 0.3)]), "#ffffff", blur=0.035, opacity=0.3)
        self.shape(ellipse(-0.02, 0.34, 0.09, 0.075), "#ffffff", blur=0.04, opacity=0.3)
        self.shape(ellipse(0.0, 0.53, 0.2, 0.05), self._deep(0.5), blur=0.03, opacity=0.45)
        for side in (-1.0, 1.0):
            self.stroke(
                [(side * 0.16, 0.3), (side * 0.205, 0.4), (side * 0.16, 0.475)], 0.03, self._deep(0.65), opacity=0.75
            )
            self.shape(ellipse(side * 0.085, 0.47, 0.052, 0.025, -side * 12), self._deep(0.9))

    def _grin(self) -> None:
        for side in (-1.0, 1.0):
            self.stroke(
                [(side * 0.24, 0.42), (side * 0.46, 0.6), (side * 0.52, 0.8)],
                0.035,
                self._deep(0.6),
                opacity=0.55,
                blur=0.012,
            )
        outer = smooth(
            [(-0.47, 0.68), (-0.2, 0.705), (0, 0.725), (0.2, 0.705), (0.47, 0.68), (0.3, 0.96), (0, 1.06), (-0.3, 0.96)]
        )
        inner = smooth(
            [(-0.41, 0.71), (-0.2, 0.75), (0, 0.765), (0.2, 0.75), (0.41, 0.71), (0.26, 0.91), (0, 0.98), (-0.26, 0.91)]
        )
        self._open_mouth(outer, inner, teeth=(0.62, 0.87), tongue=(0, 1.0, 0.2, 0.09))
        for side in (-1.0, 1.0):
            self.stroke(
                [(side * 0.45, 0.66), (side * 0.5, 0.67), (side * 0.52, 0.72)], 0.03, self._deep(0.7), opacity=0.7
            )
        self._chin()

    def _oh(self) -> None:
        self._open_mouth(
            ellipse(0, 0.9, 0.235, 0.265), ellipse(0, 0.9, 0.17, 0.2), teeth=(0.6, 0.755), tongue=(0, 1.09, 0.14, 0.08)
        )
        self._chin(1.24)

    def _frown(self) -> None:
        upper = [(-0.33, 0.97), (-0.16, 0.855), (-0.05, 0.82), (0, 0.835), (0.05, 0.82), (0.16, 0.855), (0.33, 0.97)]
        line = [(0.16, 0.905), (0, 0.885), (-0.16, 0.905)]
        lower = path("-0.33 0.97, -0.16 0.905, 0 0.885, 0.16 0.905, 0.33 0.97, 0.15 0.995, 0 0.99, -0.15 0.995")
        self.shape(smooth([*upper, *line]), self._mix(self.look.lips, "#000000", 0.12))
        self.shape(smooth(lower), Shade(light=self._mix(self.look.lips, "#ffffff", 0.25), dark=self.look.lips))
        self.stroke([(-0.35, 0.99), (-0.16, 0.905), (0, 0.887), (0.16, 0.905), (0.35, 0.99)], 0.03, self._deep(0.85))
        for side in (-1.0, 1.0):
            self.stroke([(side * 0.36, 0.97), (side * 0.41, 1.06)], 0.03, self._deep(0.6), opacity=0.6, blur=0.01)
            self.stroke(
                [(side * 0.24, 0.46), (side * 0.4, 0.66), (side * 0.42, 0.8)],
                0.025,
                self._deep(0.6),
                opacity=0.4,
                blur=0.012,
            )
        self.shape(ellipse(0, 1.09, 0.2, 0.05), self._deep(0.55), blur=0.04, opacity=0.55)

    def _open_mouth(
        self,
        outer: Points,
        inner: Points,
        *,
        teeth: tuple[float, float],
        tongue: tuple[float, float, float, float],
    ) -> None:
        self.shape(outer, self._deep(0.55), blur=0.04, opacity=0.5)
        self.shape(outer, Shade(light=self._mix(self.look.lips, "#ffffff", 0.25), dark=self.look.lips, at=(0.45, 0.9)))
        self.shape(inner, "#3c0f14")
        clip = self.at(inner)
        self.canvas.shape(self.at(ellipse(*tongue)), Shade(light="#e8868a", dark="#b8484f"), clip=clip)
        top, bottom = teeth
        row = [(-0.6, top), (0.6, top), (0.42, bottom - 0.06), (0, bottom), (-0.42, bottom - 0.06)]
        self.canvas.shape(self.at(row), Shade(light="#ffffff", dark="#ded9d2", at=(0.45, 0.7)), clip=clip)

    def _chin(self, y: float = 1.18) -> None:
        self.shape(ellipse(0, y, 0.17, 0.03), self._deep(0.5), blur=0.035, opacity=0.45)

    def _beard(self) -> None:
        light, dark = self.look.hair
        cheek = [(0, 0.57), (0.26, 0.6), (0.46, 0.71), (0.68, 0.62), (0.84, 0.34), (0.92, 0.0), (0.985, 0.02)]
        jaw = [(0.965, 0.45), (0.83, 0.92), (0.54, 1.32), (0.22, 1.5), (0, 1.53)]
        self.shape(
            smooth(mirrored([*cheek, *jaw])), Shade(light=light, dark=dark, at=(0.42, 0.35), reach=0.7), blur=0.018
        )
        for angle in np.linspace(math.pi * 0.06, math.pi * 0.94, 23):
            for depth in (0.84, 0.97, 1.1):
                x, y = depth * 0.84 * math.cos(angle), 0.42 + depth * 0.93 * math.sin(angle)
                if abs(x) > 0.52 or y > 1.12:
                    strand = [(x, y), (x * 0.985, y + 0.045), (x * 0.96, y + 0.09)]
                    self.stroke(strand, 0.014, dark if depth == 0.97 else light, opacity=0.55)

    def _hair_behind(self) -> None:
        light, dark = self.look.hair
        shade = Shade(light=self._mix(light, dark, 0.4), dark=dark)
        if self.look.style == "long":
            back = mirrored(
                [(0, -1.52), (0.75, -1.35), (1.18, -0.7), (1.22, 0.3), (1.32, 1.3), (1.2, 2.1), (0.7, 2.2), (0, 1.9)]
            )
            self.shape(smooth(back), shade)
        if self.look.style == "curly":
            for angle in np.linspace(math.pi * 0.92, math.pi * 2.08, 13):
                self.shape(ellipse(1.08 * math.cos(angle), -0.42 + 1.05 * math.sin(angle), 0.36), shade)

    def _hair_in_front(self) -> None:
        light, dark = self.look.hair
        shade = Shade(light=light, dark=dark, at=(0.35, 0.2), reach=0.7)
        if self.look.style == "long":
            left = path(
                "0.12 -1.5, -0.6 -1.45, -1.12 -0.8, -1.16 0.3, -1.28 1.3, -1.22 2, -1.02 1.5, -0.95 "
                "0.5, -0.9 -0.2, -0.5 -0.75"
            )
            right = path(
                "0.1 -1.5, 0.7 -1.4, 1.12 -0.8, 1.16 0.3, 1.28 1.3, 1.22 2, 1.02 1.5, 0.95 0.5, 0.92 "
                "-0.15, 0.62 -0.72, 0.2 -1.05"
            )
            for lock in (left, right):
                self.shape(smooth(lock), shade)
            for side, x in ((-1.0, 0.7), (-1.0, 0.84), (1.0, 0.76), (1.0, 0.88)):
                strand = [(side * 0.12, -1.4), (side * x, -1.05), (side * (x + 0.26), -0.3), (side * (x + 0.28), 0.9)]
                self.stroke(strand, 0.02, self._mix(light, "#ffffff", 0.15), opacity=0.4, blur=0.01)
        if self.look.style == "short":
            cap = path(
                "-1 -0.2, -1.06 -0.75, -0.8 -1.3, -0.2 -1.58, 0.5 -1.5, 0.95 -1.15, 1.06 -0.7, 1 "
                "-0.2, 0.9 -0.5, 0.75 -0.8, 0.3 -0.95, -0.2 -0.82, -0.6 -0.92, -0.85 -0.6"
            )
            self.shape(smooth(cap), shade)
            for x in (-0.55, -0.25, 0.05, 0.35):
                self.stroke(
                    [(x - 0.2, -1.05), (x, -1.3), (x + 0.3, -1.42)],
                    0.025,
                    self._mix(light, "#ffffff", 0.25),
                    opacity=0.45,
                    blur=0.008,
                )
        if self.look.style == "curly":
            for x, y in (
                (-0.85, -0.7),
                (-0.6, -0.98),
                (-0.28, -1.12),
                (0.08, -1.16),
                (0.42, -1.08),
                (0.7, -0.9),
                (0.88, -0.66),
            ):
                self.shape(ellipse(x, y, 0.25), Shade(light=self._mix(light, "#ffffff", 0.12), dark=dark, reach=0.6))

    def _tears(self) -> None:
        for side, end in ((-1.0, 0.72), (1.0, 0.5)):
            x = side * 0.46
            self.stroke([(x, 0.13), (x + side * 0.03, 0.3), (x + side * 0.02, end)], 0.055, "#bfe6ff", opacity=0.8)
            self.shape(
                ellipse(x + side * 0.02, end + 0.03, 0.06, 0.085), Shade(light="#f2fbff", dark="#7cc0ee", reach=0.6)
            )
            self.shape(ellipse(x, end + 0.01, 0.015, 0.025), "#ffffff")
            self.stroke([(x - 0.17, 0.11), (x, 0.14), (x + 0.17, 0.1)], 0.03, "#d8f1ff", opacity=0.85)

    def _deep(self, share: float) -> str:
        """The skin's dark colour, darkened further."""
        return self._mix(self.look.skin[1], "#2a0d08", share)

    @staticmethod
    def _mix(one: str, other: str, share: float) -> str:
        red, green, blue = (rgb(one) * (1 - share) + rgb(other) * share).astype(int)
        return f"#{red:02x}{green:02x}{blue:02x}"


def _cartoon_eye(canvas: Canvas, x: float, y: float, radius: float, look: Point = (0, 0)) -> None:
    canvas.shape(ellipse(x, y, radius, radius * 1.15), Shade(light="#ffffff", dark="#dfe6f0"))
    canvas.shape(ellipse(x + look[0] * radius, y + look[1] * radius, radius * 0.55, radius * 0.65), "#221a2c")
    canvas.shape(ellipse(x + (look[0] - 0.18) * radius, y + (look[1] - 0.25) * radius, radius * 0.2), "#ffffff")


def draw_sun() -> Canvas:
    """A happy sun over hills."""
    canvas = Canvas("#3fa9f5", "#d5f3ff")
    canvas.glow(300, 250, 420, "#fff6c8", 0.75)
    for x, y, size in ((95, 115, 1.0), (500, 165, 0.8)):
        for dx, dy, r in ((-42, 8, 28), (0, -8, 40), (44, 6, 30), (4, 16, 34)):
            canvas.shape(
                ellipse(x + dx * size, y + dy * size, r * size), Shade(light="#ffffff", dark="#e3f2ff", reach=0.9)
            )
    for k in range(16):
        angle, length = k * math.pi / 8, 205 if k % 2 else 180
        tip = (300 + length * math.cos(angle), 250 + length * math.sin(angle))
        a, b = ((300 + 138 * math.cos(angle + d), 250 + 138 * math.sin(angle + d)) for d in (-0.14, 0.14))
        canvas.shape([a, tip, b], Shade(light="#ffd75a", dark="#ff9f2e"))
    canvas.shape(ellipse(300, 250, 138), Shade(light="#fff3a6", dark="#ffb52e", at=(0.36, 0.3)))
    for side in (-1, 1):
        _cartoon_eye(canvas, 300 + side * 46, 222, 23, (0, 0.12))
        canvas.shape(ellipse(300 + side * 82, 275, 24, 17), "#ff7a4d", blur=7, opacity=0.55)
        brow = [(300 + side * 26, 178), (300 + side * 48, 168), (300 + side * 70, 178)]
        canvas.stroke(smooth(brow, closed=False), 7, "#a8591a")
    mouth = smooth([(230, 272), (300, 292), (370, 272), (345, 330), (300, 348), (255, 330)])
    canvas.shape(mouth, "#7c1f1c")
    canvas.shape(ellipse(300, 345, 42, 24), "#f2736b", clip=mouth)
    canvas.shape([(220, 262), (380, 262), (372, 290), (300, 304), (228, 290)], "#ffffff", clip=mouth)
    canvas.stroke(smooth([(226, 268), (300, 292), (374, 268)], closed=False), 6, "#7c3a12")
    hills = (
        ([(0, 470), (150, 430), (330, 478), (600, 420), (640, 640), (-40, 640)], ("#8edb6a", "#4da64a")),
        ([(-40, 530), (120, 495), (300, 505), (480, 480), (660, 520), (660, 660), (-40, 660)], ("#5fc25c", "#2b8a45")),
    )
    for points, (light, dark) in hills:
        canvas.shape(smooth(points), Shade(light=light, dark=dark, at=(0.4, 0.0), reach=0.8))
    canvas.caption("when the code works", "on the first try", size=44)
    return canvas


def draw_cloud() -> Canvas:
    """A grumpy cloud in the rain."""
    canvas = Canvas("#39435f", "#8d9bb8")
    rng = np.random.default_rng(7)
    for x, y in zip(rng.uniform(20, 580, 60), rng.uniform(330, 590, 60), strict=True):
        canvas.stroke([(x, y), (x - 5, y + 22)], 3, "#a9d3f5", opacity=0.75)
    puffs = (
        (150, 265, 82),
        (215, 190, 92),
        (320, 160, 108),
        (420, 205, 88),
        (470, 275, 74),
        (300, 275, 120),
        (390, 285, 95),
        (210, 285, 95),
    )
    for x, y, r in puffs:
        canvas.shape(ellipse(x + 6, y + 26, r), "#1d2338", blur=16, opacity=0.35)
    for x, y, r in puffs:
        canvas.shape(ellipse(x, y, r), Shade(light="#d3dae8", dark="#8b96b0", at=(0.4, 0.25), reach=0.85))
    canvas.shape(ellipse(305, 245, 150, 95), "#c0c9da", blur=26, opacity=0.9)
    for side in (-1, 1):
        x = 305 + side * 62
        _cartoon_eye(canvas, x, 238, 27, (-side * 0.15, 0.2))
        lid = [(x - 36, 196), (x + 36, 196), (x + 36, 222 - side * 10), (x - 36, 222 + side * 10)]
        canvas.shape(lid, "#b6c0d3", clip=ellipse(x, 238, 29, 33))
        canvas.stroke([(305 + side * 24, 226), (305 + side * 100, 200)], 12, "#3a4158")
        canvas.shape(ellipse(305 + side * 112, 288, 22, 14), "#8a7fa6", blur=8, opacity=0.5)
    canvas.stroke(smooth([(252, 325), (278, 304), (305, 298), (332, 304), (358, 325)], closed=False), 9, "#3a4158")
    bolt = [(452, 340), (418, 412), (446, 408), (424, 478), (492, 388), (462, 392), (486, 340)]
    canvas.shape(bolt, "#fff2a8", blur=12, opacity=0.6)
    canvas.shape(bolt, Shade(light="#fff6bd", dark="#ffc02e"))
    canvas.caption("monday again", size=62)
    return canvas


def draw_cat() -> Canvas:
    """A cat made of circles on a cushion."""
    canvas = Canvas("#ffe1ec", "#c9b3f0")
    for x, y, r in ((80, 90, 30), (530, 120, 44), (60, 330, 18), (550, 350, 24), (470, 60, 14), (140, 200, 12)):
        canvas.shape(ellipse(x, y, r), "#ffffff", opacity=0.35)
    canvas.shape(ellipse(300, 500, 270, 70), "#5b3a80", blur=18, opacity=0.4)
    canvas.shape(ellipse(300, 478, 262, 66), Shade(light="#b983e8", dark="#6d3fa8", at=(0.4, 0.1)))
    fur = Shade(light="#ffc886", dark="#e3812f")
    tail = smooth([(430, 430), (520, 420), (548, 340), (500, 290)], closed=False)
    canvas.stroke(tail, 38, "#e88f3e")
    canvas.stroke(tail[-14:], 38, "#fff0dc")
    canvas.shape(ellipse(300, 400, 145, 98), fur)
    canvas.shape(ellipse(300, 425, 82, 62), Shade(light="#fffaf0", dark="#ffe2bd"))
    for side in (-1, 1):
        canvas.shape(ellipse(300 + side * 62, 478, 40, 24), Shade(light="#ffd6a3", dark="#e88f3e"))
        ear = smooth([(300 + side * 42, 150), (300 + side * 118, 62), (300 + side * 138, 205)], steps=20)
        canvas.shape(ear, fur)
        canvas.shape([(300 + (u - 300) * 0.62 + side * 36, 145 + (v - 145) * 0.62 + 5) for u, v in ear], "#ff9fa5")
    canvas.shape(ellipse(300, 240, 148, 122), Shade(light="#ffd29a", dark="#e88a36"))
    for dx in (-36, 0, 36):
        canvas.stroke([(300 + dx, 126 + abs(dx) * 0.12), (300 + dx * 0.72, 166)], 12, "#c9661f", opacity=0.8)
    canvas.shape(ellipse(300, 292, 72, 54), Shade(light="#fffaf0", dark="#ffe6c8"))
    for side in (-1, 1):
        x = 300 + side * 62
        canvas.shape(ellipse(x, 226, 37, 41), Shade(light="#f4ffd8", dark="#9fd054"))
        canvas.shape(ellipse(x, 228, 22, 34), "#1c1626")
        canvas.shape(ellipse(x - 9, 212, 10), "#ffffff")
        canvas.shape(ellipse(x + 8, 244, 5), "#ffffff")
        canvas.shape(ellipse(300 + side * 104, 284, 22, 14), "#ff8f86", blur=7, opacity=0.6)
        for dy, tip in ((0, -8), (12, 12), (24, 34)):
            canvas.stroke([(300 + side * 66, 286 + dy * 0.7), (300 + side * 182, 278 + tip)], 2.5, "#fff8ee")
        canvas.stroke(smooth([(300, 290), (300 + side * 12, 306), (300 + side * 36, 300)], closed=False), 5, "#7a3c1c")
    canvas.shape(smooth([(284, 268), (300, 264), (316, 268), (300, 288)]), Shade(light="#ff9aa8", dark="#e0566f"))
    canvas.caption("i can has weekend", size=56)
    return canvas


def draw_chart() -> Canvas:
    """Two bars: plans against naps."""
    canvas = Canvas("#fdfbf5", "#efe6d6")
    canvas.words("MY DAY IN NUMBERS", 300, 58, 40, "#2b2d42", "")
    for k in range(6):
        y = 460 - k * 68
        canvas.stroke([(92, y), (556, y)], 2 if k else 4, "#2b2d42", opacity=0.15 if k else 1)
    bars = (
        (150, 395, "#7fd1c7", "#2a9d8f", "things", "planned"),
        (300, 425, "#ffb199", "#e76f51", "naps", "taken"),
        (450, 446, "#ffe08a", "#e9b23f", "things", "done"),
    )
    tops = (150, 110, 436)
    for (x, _, light, dark, first, second), top in zip(bars, tops, strict=True):
        box = [(x - 50, top), (x + 50, top), (x + 50, 458), (x - 50, 458)]
        canvas.shape([(u + 9, v + 5) for u, v in box], "#2b2d42", blur=7, opacity=0.25)
        canvas.shape(box, Shade(light=light, dark=dark, at=(0.2, 0.0), reach=1.0))
        canvas.words(first, x, 490, 27, "#2b2d42", "")
        canvas.words(second, x, 522, 27, "#2b2d42", "")
    for side in (-1, 1):
        lid = [(300 + side * 8, 178), (300 + side * 19, 187), (300 + side * 30, 178)]
        canvas.stroke(smooth(lid, closed=False), 5, "#6b2415")
        canvas.shape(ellipse(300 + side * 32, 202, 9, 6), "#ffffff", blur=3, opacity=0.5)
    canvas.shape(ellipse(300, 213, 8, 9), "#6b2415")
    for size, x, y in ((26, 366, 112), (34, 394, 84 + 10), (20, 350, 136)):
        canvas.words("z", x, y, size, "#8d6a9f", "")
    canvas.words("no regrets", 300, 570, 30, "#e76f51", "")
    return canvas


def _portrait(look: Look, mood: Mood, top: str, bottom: str, glow: str, tilt: float = 0.0) -> Canvas:
    canvas = Canvas(top, bottom)
    canvas.glow(230, 200, 420, glow, 0.6)
    canvas.shape(ellipse(300, 330, 240, 250), bottom, blur=40, opacity=0.25)
    y, radius = (250.0, 118.0) if look.style == "curly" else (232.0, 125.0)
    Face(canvas, 300, y, radius, look, tilt).draw(mood)
    return canvas


def draw_smile() -> Canvas:
    """A smiling face over angry words."""
    canvas = _portrait(ROSE, HAPPY, "#ffb86b", "#e0567a", "#ffe3a8", tilt=-3)
    canvas.caption("i am furious", "i hate this day", size=50)
    return canvas


def draw_tears() -> Canvas:
    """A crying face."""
    canvas = _portrait(HONEY, SAD, "#22375e", "#7d9cc0", "#a9c6e8", tilt=4)
    canvas.caption("my sandwich", "fell on the floor", size=50)
    return canvas


def draw_surprise() -> Canvas:
    """A surprised face."""
    canvas = _portrait(UMBER, SURPRISED, "#2bb5a0", "#d9f08a", "#f6ffc9")
    canvas.caption("wait", "the exam is today?", size=52)
    return canvas


def draw_anger() -> Canvas:
    """An angry face over friendly words."""
    canvas = _portrait(PALE, ANGRY, "#5a1b3a", "#d8523c", "#ff9a6b", tilt=2)
    canvas.caption("so happy for you", "really", size=50)
    return canvas


def draw_team() -> Canvas:
    """Two happy faces."""
    canvas = Canvas("#5b8def", "#ffc6d9", width=640, height=512)
    for x, y, r, colour in (
        (80, 90, 9, "#ffd75a"),
        (560, 70, 12, "#7fe0c3"),
        (320, 60, 8, "#ff8fa3"),
        (250, 30, 6, "#ffffff"),
        (30, 220, 8, "#ff8fa3"),
        (612, 230, 8, "#ffd75a"),
        (450, 34, 7, "#ffd75a"),
        (150, 40, 8, "#7fe0c3"),
    ):
        canvas.shape(ellipse(x, y, r), colour)
    canvas.glow(320, 200, 420, "#ffffff", 0.35)
    Face(canvas, 440, 206, 90, UMBER, 5).draw(HAPPY)
    Face(canvas, 205, 190, 96, PALE, -5).draw(HAPPY)
    canvas.caption("best team ever", size=58)
    return canvas


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> list[Point]:
    """A rectangle with round corners."""
    corners = ((right, bottom, 0), (left, bottom, 1), (left, top, 2), (right, top, 3))
    points = []
    for x, y, quarter in corners:
        middle = (x - radius if x == right else x + radius, y - radius if y == bottom else y + radius)
        for step in range(13):
            angle = math.pi / 2 * (quarter + step / 12)
            points.append((middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle)))
    return points


def draw_family() -> Canvas:
    """Four faces at a table, each in another mood."""
    canvas = Canvas("#f9c784", "#c8553d", width=640, height=512)
    canvas.glow(320, 120, 420, "#fff1c9", 0.7)
    places = (
        (100, 215, PALE, ANGRY, -3),
        (250, 190, ROSE, HAPPY, 3),
        (396, 200, UMBER, SURPRISED, -2),
        (545, 215, HONEY, SAD, 4),
    )
    for x, y, look, mood, tilt in places:
        Face(canvas, x, y, 62, look, tilt).draw(mood)
    table = [(-20, 372), (660, 372), (660, 540), (-20, 540)]
    canvas.shape([(u, v - 12) for u, v in table], "#3a1208", blur=14, opacity=0.45)
    canvas.shape(table, Shade(light="#b5713c", dark="#6e3d1c", at=(0.5, 0.0), reach=0.9))
    for x in (100, 250, 396, 545):
        canvas.shape(ellipse(x, 396, 52, 13), Shade(light="#ffffff", dark="#d8d3cc"))
    canvas.shape(ellipse(320, 392, 22, 11), Shade(light="#f5d58a", dark="#b98a3a"))
    canvas.caption("who took the last potato", size=44)
    return canvas


def draw_rude() -> Canvas:
    """A telephone with a rude message."""
    canvas = Canvas("#2c2a4a", "#7a6ff0")
    canvas.glow(300, 240, 380, "#b9b2ff", 0.5)
    for x, y, r in ((70, 120, 22), (540, 90, 34), (520, 470, 26), (90, 500, 16)):
        canvas.shape(ellipse(x, y, r), "#ffffff", opacity=0.12)
    phone = rounded(116, 52, 484, 556, 48)
    canvas.shape([(u + 10, v + 16) for u, v in phone], "#0d0b20", blur=20, opacity=0.5)
    canvas.shape(phone, Shade(light="#33324f", dark="#15142a"))
    canvas.shape(rounded(132, 84, 468, 512, 20), Shade(light="#fbfbff", dark="#dcdcf2", reach=1.1))
    for top, left, right, colour, words in (
        (116, 150, 372, "#d7d8ea", ("did you like", "my song?")),
        (244, 178, 452, "#5b4fe0", ("shut up you idiot", "your song is trash")),
    ):
        bubble = rounded(left, top, right, top + 100, 22)
        canvas.shape([(u, v + 5) for u, v in bubble], "#15142a", blur=8, opacity=0.25)
        canvas.shape(bubble, colour)
        ink = "#ffffff" if colour == "#5b4fe0" else "#22233a"
        for row, line in enumerate(words):
            canvas.words(line, (left + right) / 2, top + 33 + 34 * row, 25, ink, "")
    for k in range(3):
        canvas.shape(ellipse(180 + 26 * k, 392, 9), "#9a9bb8")
    canvas.shape(ellipse(300, 533, 13), "#4a4968")
    return canvas


@dataclass(frozen=True, kw_only=True)
class Example:
    """One example: file name, its words (None: the app reads them itself), how it is drawn."""

    file: str
    words: str | None
    draw: Callable[[], Canvas]


EXAMPLES = (
    Example(file="sun.jpg", words="when the code works on the first try", draw=draw_sun),
    Example(file="smile.jpg", words="i am furious i hate this day", draw=draw_smile),
    Example(file="tears.jpg", words=None, draw=draw_tears),
    Example(file="surprise.jpg", words=None, draw=draw_surprise),
    Example(file="anger.jpg", words="so happy for you really", draw=draw_anger),
    Example(file="team.jpg", words="best team ever", draw=draw_team),
    Example(file="family.jpg", words="who took the last potato", draw=draw_family),
    Example(file="rude.jpg", words=None, draw=draw_rude),
    Example(file="cat.jpg", words=None, draw=draw_cat),
    Example(file="cloud.jpg", words=None, draw=draw_cloud),
    Example(
        file="chart.jpg",
        words="my day in numbers: more naps than work, no regrets",
        draw=draw_chart,
    ),
)


def main() -> None:
    """Draw and list all examples."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for example in EXAMPLES:
        example.draw().save(FOLDER / example.file)
    listed = [{"file": e.file, "words": e.words} for e in EXAMPLES]
    (FOLDER / "examples.json").write_text(json.dumps(listed, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
