"""Pictures between the browser and the pipeline.

Conventions: events run with `preprocess=False`, so that Gradio decodes nothing: what arrives is its file description,
and only `mmemo.perception` decodes the bytes, with its limits. Messages for people never name a path of the server.
"""

import base64
import binascii
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder
from PIL import Image

from mmemo.perception import ImageError, load_image
from mmemo.perception.images import MAX_BYTES, MAX_PIXELS
from mmemo.ui.texts import Texts

FileDescription = Mapping[str, Any]
"""Gradio's description of a file: `path` of an upload, or `url` with the data of a webcam frame."""

JPEG_QUALITY = 82

TOAST_S = 15
"""Seconds that an error is shown for which the page has no place of its own."""


def plain_error(texts: Texts, template: str, reason: object) -> gr.Error:
    """An error for people: one sentence, nothing of it in the server's log."""
    sentence = template.format(reason=str(reason).strip().rstrip("."))
    return gr.Error(sentence, title=texts.ERROR_TITLE, duration=TOAST_S, print_exception=False)


def upload_bytes(
    described: FileDescription | None, texts: Texts, *, name: str, max_bytes: int = MAX_BYTES
) -> bytes | None:
    """The file that a component sent; None without one.

    Only uploads are read: Gradio checks the path itself when the description carries its mark, and a caller may leave
    the mark out.

    Args:
        described: By the browser or a program.
        texts: Of the page.
        name: How programs call the file, for the error.
        max_bytes: At most one byte more is read.

    Raises:
        gr.Error: There is a description, but no upload behind it.
    """
    if described is None:
        return None
    if not isinstance(described, Mapping):
        raise plain_error(texts, texts.REQUEST_REFUSED, texts.WRONG_FILE.format(name=name))
    url, path = described.get("url"), described.get("path")
    try:
        if isinstance(url, str) and url.startswith("data:"):
            return base64.b64decode(url.partition(",")[2], validate=True)
        if isinstance(path, str) and path:
            return _upload(path, max_bytes)
    except (OSError, ValueError, binascii.Error) as error:
        raise plain_error(texts, texts.REQUEST_REFUSED, texts.UPLOAD_GONE) from error
    raise plain_error(texts, texts.REQUEST_REFUSED, texts.WRONG_FILE.format(name=name))


def picture_bytes(described: FileDescription | None, texts: Texts, *, max_bytes: int = MAX_BYTES) -> bytes | None:
    """`upload_bytes` of a picture."""
    return upload_bytes(described, texts, name="image", max_bytes=max_bytes)


def _upload(path: str, max_bytes: int) -> bytes:
    """The bytes of an upload, at most one more than `max_bytes`."""
    file = Path(path).resolve(strict=True)
    if not file.is_relative_to(Path(get_upload_folder()).resolve()):
        raise PermissionError("not an upload")
    with file.open("rb") as opened:
        return opened.read(max_bytes + 1)


def decode(
    data: bytes | None, texts: Texts, *, max_pixels: int = MAX_PIXELS, max_bytes: int = MAX_BYTES
) -> Image.Image | None:
    """The picture as RGB, upright; None without one.

    Raises:
        gr.Error: It cannot be used; says what came in plain words.
    """
    if data is None:
        return None
    try:
        return load_image(data, max_pixels=max_pixels, max_bytes=max_bytes)
    except ImageError as error:
        raise plain_error(texts, texts.PICTURE_REFUSED, texts.picture_reason(error)) from error


def data_url(picture: Image.Image, max_side: int) -> str:
    """A JPEG of the picture for `src=`, its longest side at most `max_side` pixels; written to no disk."""
    copy = picture.copy()
    copy.thumbnail((max_side, max_side), Image.Resampling.BILINEAR, reducing_gap=2.0)
    file = io.BytesIO()
    copy.save(file, "JPEG", quality=JPEG_QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
