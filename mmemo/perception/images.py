"""Pictures from outside, decoded safely: any accepted source becomes an RGB picture, upright, or an `ImageError`.

Conventions: the format is told by the first bytes, never by a file's name; pixel cap and proportions are checked from
the header, before any pixel is decoded; transparency is shown on white; of an animation the first frame counts. Nothing
of Pillow's global settings is read or changed, so several threads may decode at once. URLs are never fetched.
"""

import io
import os
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import (
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

ImageSource = str | os.PathLike[str] | bytes | Image.Image | np.ndarray
"""What `load_image` takes: a path, the bytes of a file, a Pillow picture, or an array of pixels."""

MAX_PIXELS = 50_000_000
MAX_BYTES = 20 * 2**20
MAX_ASPECT = 100
"""Longer side over the shorter one: a model's input is made by way of a copy that is stretched one way, which of a line
of pixels takes gigabytes. A screenshot of 1080 x 30,000 has 28."""
MAX_SCANS = 50
"""Scans of a JPEG; a progressive one has 3 to 20, and each takes the time of a whole picture whatever it holds."""
FORMATS = "JPEG, PNG, WebP, GIF or BMP"
SUFFIXES = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp")
"""What files of these formats are called."""

# Opened by class rather than by `Image.open`, whose own bomb check warns through process-wide state.
_OPENERS: tuple[tuple[str, Callable[[bytes], bool], Callable[[io.BytesIO], Image.Image]], ...] = (
    ("JPEG", lambda head: head.startswith(b"\xff\xd8\xff"), JpegImagePlugin.JpegImageFile),
    ("PNG", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), PngImagePlugin.PngImageFile),
    ("WebP", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", WebPImagePlugin.WebPImageFile),
    ("GIF", lambda head: head[:6] in (b"GIF87a", b"GIF89a"), GifImagePlugin.GifImageFile),
    ("BMP", lambda head: head[:2] == b"BM" and b"\0" in head[2:14], BmpImagePlugin.BmpImageFile),
)

# A marker with a segment behind it, or the end; other markers, such as restarts, stand among the pixels.
_JPEG_SEGMENT = re.compile(rb"\xff[\xc0-\xcf\xd9-\xfe]")

# AVIF is not read although Pillow can: its decoder decodes a frame of any size, whatever size the header tells.
_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"%PDF", 0, "a PDF document"),
    (b"II*\0", 0, "a TIFF picture"),
    (b"MM\0*", 0, "a TIFF picture"),
    (b"8BPS", 0, "a Photoshop file"),
    (b"\0\0\1\0", 0, "an icon file"),
    (b"ftypavif", 4, "an AVIF picture"),
    (b"ftypheic", 4, "a HEIC picture"),
    (b"ftypmif1", 4, "a HEIF picture"),
    (b"ftyp", 4, "an MP4 video"),
    (b"\x1aE\xdf\xa3", 0, "a WebM or Matroska video"),
    (b"RIFF", 0, "a RIFF file (sound or video)"),
    (b"ID3", 0, "an MP3 sound file"),
    (b"PK\3\4", 0, "a ZIP archive"),
    (b"\x1f\x8b", 0, "a gzip archive"),
    (b"version https://git-lfs", 0, "a Git LFS pointer instead of the file"),
)

# What Pillow's decoders raise on damaged or hostile files.
_DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)

_BAND_PIXELS = 2**20

_URL = re.compile(r"[a-z][a-z0-9+.-]+://|data:", re.IGNORECASE)


class ImageError(ValueError):
    """A picture that cannot be used; the one-line message says what was expected and what came.

    Attributes:
        code: `format`, `empty`, `bytes`, `pixels` or `damaged`, for messages in other languages; None for other faults.
        limit: Most bytes or pixels, where there are more; None otherwise.
    """

    def __init__(self, message: str, *, code: str | None = None, limit: int | None = None) -> None:
        """Keep the message and what else is known."""
        super().__init__(message)
        self.code, self.limit = code, limit


def load_image(source: ImageSource, *, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES) -> Image.Image:
    """Decode a picture to RGB, upright by its EXIF orientation, the first frame of an animation.

    Args:
        source: A path, the bytes of a JPEG, PNG, WebP, GIF or BMP file, a Pillow picture (left unchanged), or an array
            of shape `(H, W)`, `(H, W, 1)`, `(H, W, 3)` or `(H, W, 4)` (RGB or RGBA), uint8 or float in [0, 1].
        max_pixels: Most pixels, width times height; checked before decoding.
        max_bytes: Longest file, in bytes; checked before reading.

    Returns:
        A new picture in mode `RGB`.

    Raises:
        ImageError: It is no such picture, is damaged, is larger than allowed, or too long and thin (`MAX_ASPECT`).
    """
    if isinstance(source, np.ndarray):
        return _from_array(source, max_pixels)
    if isinstance(source, Image.Image):
        return _decode(source, "the picture", max_pixels, copy=True)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(source), "the data", max_pixels, max_bytes)
    if isinstance(source, (str, os.PathLike)):
        return _from_path(os.fspath(source), max_pixels, max_bytes)
    raise ImageError(
        f"expected a path, the bytes of a file, a Pillow picture or a numpy array, got {type(source).__name__}"
    )


def _from_path(path: str, max_pixels: int, max_bytes: int) -> Image.Image:
    """Read a file, its size checked first, and decode it."""
    if not isinstance(path, str):
        raise ImageError(f"expected a path as str, got {type(path).__name__}")
    if _URL.match(path):
        shown = path if len(path) <= 60 else path[:57] + "..."
        raise ImageError(f"expected a picture file, got the URL {shown!r}: URLs are not fetched, download it first")
    name = Path(path).name or path
    try:
        if Path(path).is_dir():
            raise ImageError(f"expected a picture file, got the folder {path!r}")
        if not Path(path).exists():
            raise ImageError(f"no such picture file: {path!r}")
        if not Path(path).is_file():
            raise ImageError(f"expected a picture file, got something that is no regular file: {path!r}")
        size = Path(path).stat().st_size
        _check_bytes(size, f"{name!r}", max_bytes)
        with Path(path).open("rb") as file:
            data = file.read(max_bytes + 1)
    except ImageError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ImageError(f"cannot read the picture file {name[:80]!r}: {reason}") from error
    return _from_bytes(data, f"{name!r}", max_pixels, max_bytes)


def _from_bytes(data: bytes, what: str, max_pixels: int, max_bytes: int) -> Image.Image:
    """Open the bytes of a file as the format that their first bytes tell, and decode it."""
    _check_bytes(len(data), what, max_bytes)
    match = next(((name, opener) for name, matches, opener in _OPENERS if matches(data[:16])), None)
    if match is None:
        raise ImageError(f"expected {FORMATS}, but {what} is {_describe(data)}", code="format")
    name, opener = match
    if name == "JPEG" and (scans := _count_scans(data)) > MAX_SCANS:
        raise ImageError(f"{what} (JPEG) has too many scans: at most {MAX_SCANS} are decoded, got {scans:,}")
    try:
        image = opener(io.BytesIO(data))
    except _DECODE_ERRORS as error:
        message = f"{what} starts like {name} but is damaged or cut short: {_reason(error)}"
        raise ImageError(message, code="damaged") from error
    return _decode(image, f"{what} ({name})", max_pixels)


def _count_scans(data: bytes) -> int:
    """Scans of the JPEG that ends at the first end marker; what stands inside of other segments counts for none."""
    scans, place = 0, 2
    while (marker := _JPEG_SEGMENT.search(data, place)) and marker[0] != b"\xff\xd9":
        scans += marker[0] == b"\xff\xda"
        place = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2])
    return scans


def _decode(image: Image.Image, what: str, max_pixels: int, *, copy: bool = False) -> Image.Image:
    """Check the size that the header tells, then decode the first frame, turn it upright and make it RGB."""
    _check_size(image.width, image.height, what, max_pixels)
    if any(tile[0] == "bmp_rle" for tile in getattr(image, "tile", ())):
        # Pillow's decoder of these takes as many bytes as the runs claim, whatever size the header tells.
        raise ImageError(f"{what} is a compressed BMP: expected an uncompressed one, or save it as PNG")
    try:
        if copy and getattr(image, "is_animated", False):
            image = _first_frame(image)
        image.load()
        _check_size(image.width, image.height, what, max_pixels)
        rgb = _to_rgb(_upright(image))
    except ImageError:
        raise
    except _DECODE_ERRORS as error:
        raise ImageError(f"{what} is damaged or cut short: {_reason(error)}", code="damaged") from error
    return rgb.copy() if rgb is image else rgb


def _first_frame(image: Image.Image) -> Image.Image:
    """The first frame of the caller's animation, which stays at the frame it was at."""
    position = image.tell()
    image.seek(0)
    try:
        return image.copy()
    finally:
        image.seek(position)


def _upright(image: Image.Image) -> Image.Image:
    """Apply the EXIF orientation; broken EXIF data counts as none."""
    try:
        is_turned = image.getexif().get(ExifTags.Base.Orientation, 1) != 1
        return ImageOps.exif_transpose(image) if is_turned else image  # it would copy an upright one too
    except _DECODE_ERRORS:
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    """RGB from any mode, the picture itself where it is RGB; made in bands, as the steps between take much memory."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    rgb = Image.new("RGB", image.size)
    height = max(1, _BAND_PIXELS // image.width)
    for top in range(0, image.height, height):
        band = image.crop((0, top, image.width, min(top + height, image.height)))
        rgb.paste(_band_to_rgb(band), (0, top))
    return rgb


def _band_to_rgb(image: Image.Image) -> Image.Image:
    """RGB from any mode: wide greyscale scaled to 8 bits, transparency on white."""
    if image.mode.startswith("I"):
        # 16-bit values; Pillow's own conversion would cut them off at 255.
        wide = np.clip(np.asarray(image).astype(np.int64), 0, 65535)
        return Image.fromarray(((wide + 128) // 257).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in image.info:
        opaque = Image.new("RGBA", image.size, "white")
        straight = image.convert("LA") if image.mode == "La" else image
        return Image.alpha_composite(opaque, straight.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _from_array(array: np.ndarray, max_pixels: int) -> Image.Image:
    """RGB from an array of pixels."""
    shape = " x ".join(map(str, array.shape)) or "no dimensions"
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise ImageError(f"expected an array of H x W, H x W x 1, H x W x 3 or H x W x 4, got {shape}")
    if 0 in array.shape:
        raise ImageError(f"expected an array with pixels, got an empty one ({shape})")
    _check_size(array.shape[1], array.shape[0], "the array", max_pixels)
    pixels = _to_uint8(array)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    return _to_rgb(Image.fromarray(np.ascontiguousarray(pixels)))


def _to_uint8(array: np.ndarray) -> np.ndarray:
    """8-bit values from uint8 or from floats in [0, 1]."""
    if array.dtype == np.uint8:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise ImageError(f"expected an array of uint8 or of floats in [0, 1], got {array.dtype}")
    low, high = float(array.min()), float(array.max())
    if not (low >= 0.0 and high <= 1.0):
        raise ImageError(
            f"expected floats in [0, 1], got values from {low:.4g} to {high:.4g}: give values up to 255 as uint8"
        )
    return np.rint(array.astype(np.float32) * 255.0).astype(np.uint8)


def _check_bytes(size: int, what: str, max_bytes: int) -> None:
    """Refuse empty and oversized files."""
    if size == 0:
        raise ImageError(f"expected {FORMATS}, but {what} is an empty file", code="empty")
    if size > max_bytes:
        message = f"{what} is too long: at most {max_bytes:,} bytes are read, got {size:,}"
        raise ImageError(message, code="bytes", limit=max_bytes)


def _check_size(width: int, height: int, what: str, max_pixels: int) -> None:
    """Refuse pictures without pixels, with too many, or with sides that are too unequal."""
    if width < 1 or height < 1:
        raise ImageError(f"expected a picture with pixels, but {what} is {width} x {height}")
    if width * height > max_pixels:
        raise ImageError(
            f"{what} is too large: at most {max_pixels:,} pixels are decoded, got "
            f"{width} x {height} = {width * height:,}",
            code="pixels",
            limit=max_pixels,
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError(
            f"{what} is too long and thin: the longer side may be {MAX_ASPECT} times the shorter one, got "
            f"{width} x {height}"
        )


def _describe(data: bytes) -> str:
    """What a file that is no accepted picture seems to be, in a few words."""
    for magic, offset, name in _MAGIC:
        if data[offset : offset + len(magic)] == magic:
            return name
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not data.strip(b"\0"):
        return "nothing but zero bytes"
    if b"<svg" in head and not head.startswith(b"<!doctype html"):
        return "an SVG drawing"
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in head:
        return "an HTML page"
    if head.startswith(b"<?xml"):
        return "an XML document"
    return "text" if _is_text(data[:1024]) else "in no format that is known here"


def _is_text(head: bytes) -> bool:
    """Whether bytes read as text; the last characters may be cut."""
    text = head.decode("utf-8", errors="ignore")
    printable = sum(character.isprintable() or character in "\t\r\n" for character in text)
    return len(text.encode()) >= len(head) - 3 and printable == len(text)


def _reason(error: BaseException) -> str:
    """The decoder's own words on one line."""
    return " ".join(str(error).split())[:120] or type(error).__name__


__all__ = ["FORMATS", "MAX_BYTES", "MAX_PIXELS", "SUFFIXES", "ImageError", "ImageSource", "load_image"]
