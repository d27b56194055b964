"""Faces in a picture: detectors, boxes from the caller, and square crops framed like FER2013.

Conventions: boxes are whole pixels of the picture as given (after its EXIF rotation), clipped inside it, the largest
face first; a confidence is the detector's own score in [0, 1]. The default detector ships with the package and needs no
network: CenterFace (Xu et al. 2019, "CenterFace: Joint Face Detection and Alignment Using Face as Point"), whose MIT
licence and origin stand in `centerface.LICENSE.txt`. How it was chosen is in `benchmarks/face_detection.md`.
"""

import threading
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PIL import Image

from mmemo.results import Box, DetectedFace

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

CENTERFACE_WEIGHTS = Path(__file__).with_name("centerface.onnx")
"""CenterFace: `image (B, 3, H, W)`, RGB in [0, 255], H and W multiples of 32, to maps of a quarter of that size."""

YUNET_REPO = "opencv/face_detection_yunet"
YUNET_FILE = "face_detection_yunet_2023mar.onnx"
YUNET_MIN_CONFIDENCE = 0.7

FACE_DETECTORS: tuple[str, ...] = ("auto", "centerface", "yunet")
"""What `load_face_detector` takes."""

NUM_THREADS = 2
"""Threads inside one detection: more gain little at these sizes, and callers run detections beside each other."""

MAX_SIDE = 640
"""Longest side, in pixels, that is searched: larger pictures are shrunk, which bounds the time of any picture."""

MIN_SIDE = 400
"""Longest side that smaller pictures are enlarged to: of pasted faces of 24 px, 80 % are found so, 60 % at 256; at 640
there are more false ones."""

OVERVIEW_SIDE = 128
"""Longest side of a second look at the whole picture, where a face that fills it is found (4 % of the pixels)."""

OVERLAP = 0.3
"""Two boxes whose intersection over union is higher are one face; the more confident box stays."""

FER_MARGIN = 0.04
"""Margin that frames a crop like FER2013: on each side, as a share of the box's longer side.

Measured with CenterFace on 300 training faces of FER2013 (48 x 48 each): the longer side of the box is 0.92 of the
frame in the median, 0.94 when the frame's edges are continued around it, and its centre lies within 0.02 of the frame's
centre, so that no offset is needed. Faces pasted into pictures come back at an overlap (IoU) of 0.8 with their frame.
"""


class FaceDetectorError(ValueError):
    """A detector whose weights could not be had; the message says what to do."""


class FaceDetector(Protocol):
    """What the pipeline asks of a detector; `detect` may be called from several threads at once."""

    name: str

    def detect(self, image: Image.Image) -> tuple[DetectedFace, ...]:
        """Faces of a picture, the largest first; empty when there are none."""
        ...


class _TwoScaleDetector:
    """Base of the detectors here: looks at a working copy and at a small overview, and joins what they find."""

    def __init__(self, min_confidence: float, max_side: int) -> None:
        if not 0.0 < min_confidence < 1.0:
            raise ValueError(f"min_confidence must lie between 0 and 1, got {min_confidence}")
        if max_side < MIN_SIDE:
            raise ValueError(f"max_side must be {MIN_SIDE} or more, got {max_side}")
        self.min_confidence = min_confidence
        self.max_side = max_side

    def detect(self, image: Image.Image) -> tuple[DetectedFace, ...]:
        """Faces of a picture, the largest first; empty when there are none.

        Args:
            image: Any mode; RGB costs no conversion.
        """
        image = image if image.mode == "RGB" else image.convert("RGB")
        side = min(max(*image.size, MIN_SIDE), self.max_side)
        working = _resized(image, side)
        found = [self._search(image, working), self._search(image, _resized(working, OVERVIEW_SIDE))]
        corners = np.concatenate([corners for corners, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        kept = _distinct(corners, scores)
        faces = (_face(corners[index], float(scores[index]), image.size) for index in kept)
        return tuple(sorted((face for face in faces if face is not None), key=lambda face: -face.box.area))

    def _search(self, image: Image.Image, copy: Image.Image) -> tuple[np.ndarray, np.ndarray]:
        """Corners `(N, 4)` in pixels of the picture, and scores `(N,)`, found in a resized copy of it."""
        corners, scores = self._run(np.asarray(copy))
        factors = np.array([image.width / copy.width, image.height / copy.height] * 2)
        return corners * factors, scores

    def _run(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Corners `(N, 4)` (left, top, right, bottom) and scores `(N,)` for RGB pixels `(H, W, 3)` uint8."""
        raise NotImplementedError


class CenterFaceDetector(_TwoScaleDetector):
    """CenterFace on onnxruntime: the detector that ships with the package."""

    name = "centerface"

    def __init__(self, *, min_confidence: float = 0.5, max_side: int = MAX_SIDE) -> None:
        """Prepare; the network is loaded at the first picture.

        Args:
            min_confidence: Lowest score of a face. At 0.5, 1 of 99 boxes on 72 memes was wrong; lower scores are mostly
                paws, hands and folds of cloth.
            max_side: Longest side in pixels that is searched.
        """
        super().__init__(min_confidence, max_side)
        self._lock = threading.Lock()

    @cached_property
    def _loaded_session(self) -> "InferenceSession":
        """The network; one session serves any number of threads."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = NUM_THREADS
        options.inter_op_num_threads = 1
        # Threads that wait without spinning leave the cores to the other models of the process.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(str(CENTERFACE_WEIGHTS), options, providers=["CPUExecutionProvider"])

    @property
    def _session(self) -> "InferenceSession":
        """The network, loaded once however many threads ask first."""
        with self._lock:
            return self._loaded_session

    def _run(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One pass over RGB pixels, padded with black to multiples of 32."""
        height, width = pixels.shape[:2]
        inputs = np.zeros((1, 3, -(-height // 32) * 32, -(-width // 32) * 32), np.float32)  # (1, 3, H, W)
        inputs[0, :, :height, :width] = pixels.transpose(2, 0, 1)
        heatmap, log_sizes, offsets = self._session.run(["heatmap", "scale", "offset"], {"image": inputs})
        rows, columns = np.nonzero(heatmap[0, 0] >= self.min_confidence)
        # Maps are at a quarter of the input; each peak holds its offset and its size, as (y, x).
        centres = np.stack([columns, rows], axis=1) + offsets[0, ::-1, rows, columns] + 0.5  # (N, 2)
        halves = np.exp(log_sizes[0, ::-1, rows, columns]) / 2  # (N, 2)
        return np.concatenate([centres - halves, centres + halves], axis=1) * 4, heatmap[0, 0, rows, columns]


class YuNetDetector(_TwoScaleDetector):
    """YuNet (Wu et al. 2023) on OpenCV; its weights come from the Hub, see `load_face_detector`."""

    name = "yunet"

    def __init__(self, weights: str | Path) -> None:
        """Load the network.

        Args:
            weights: The file `face_detection_yunet_2023mar.onnx`.

        Raises:
            FaceDetectorError: The file is missing or is no YuNet network.
        """
        import cv2

        super().__init__(YUNET_MIN_CONFIDENCE, MAX_SIDE)
        self._lock = threading.Lock()
        try:
            self._network = cv2.FaceDetectorYN.create(
                str(weights), "", (OVERVIEW_SIDE, OVERVIEW_SIDE), self.min_confidence, OVERLAP
            )
        except cv2.error as error:
            reason = " ".join(str(error).split())[:200]
            raise FaceDetectorError(
                f"expected the YuNet weights {YUNET_FILE}, could not load {weights}: {reason}"
            ) from error

    def _run(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One pass over RGB pixels; OpenCV's object holds state, so callers take turns."""
        with self._lock:
            self._network.setInputSize((pixels.shape[1], pixels.shape[0]))
            rows: np.ndarray | None = self._network.detect(np.ascontiguousarray(pixels[:, :, ::-1]))[1]
        found = np.empty((0, 15)) if rows is None else rows  # (N, 15): x, y, width, height, five points, score
        return np.concatenate([found[:, :2], found[:, :2] + found[:, 2:4]], axis=1), np.clip(found[:, 14], 0.0, 1.0)


def load_face_detector(
    name: str = "auto", *, token: str | bool | None = None, local_files_only: bool = False
) -> FaceDetector:
    """A detector by name.

    Args:
        name: `auto`: YuNet when the local Hub cache has it, else CenterFace, never with a network call. `centerface`:
            the one that ships with the package. `yunet`: from the cache, or downloaded from the Hub (`HF_HUB_OFFLINE`
            is respected).
        token: For the Hub; None for the one that the machine is signed in with.
        local_files_only: Never ask the Hub.

    Raises:
        ValueError: Unknown name.
        FaceDetectorError: YuNet was asked for by name and could not be had.
    """
    if name not in FACE_DETECTORS:
        raise ValueError(f"unknown face detector {name!r}: expected one of {', '.join(FACE_DETECTORS)}")
    if name == "centerface":
        return CenterFaceDetector()
    from huggingface_hub import try_to_load_from_cache

    cached = try_to_load_from_cache(YUNET_REPO, YUNET_FILE)
    if isinstance(cached, str):
        return YuNetDetector(cached)
    return CenterFaceDetector() if name == "auto" else YuNetDetector(_download_yunet(token, local_files_only))


def _download_yunet(token: str | bool | None, local_files_only: bool) -> str:
    """Path of the YuNet weights, fetched from the Hub."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return hf_hub_download(YUNET_REPO, YUNET_FILE, token=token, local_files_only=local_files_only)
    except (OSError, ValueError, HfHubHTTPError) as error:
        raise FaceDetectorError(
            f"could not get {YUNET_FILE} from the Hub repository {YUNET_REPO} ({type(error).__name__}): "
            "connect to the network without HF_HUB_OFFLINE and local_files_only, or use 'centerface', which needs no "
            "download"
        ) from error


def boxes_from(
    face_boxes: Iterable[Box | DetectedFace | tuple[float, float, float, float]], image_size: tuple[int, int]
) -> tuple[DetectedFace, ...]:
    """Check face boxes that the caller gave, clip them to the picture, and put the largest first.

    Args:
        face_boxes: Boxes, `(x, y, width, height)` in pixels of the picture, or faces found earlier.
        image_size: `(width, height)` of the picture in pixels.

    Returns:
        The faces, with confidence 1 unless they were found earlier.

    Raises:
        ValueError: One has other than four finite numbers, no area, or lies outside the picture; names it by index.
    """
    faces = [
        DetectedFace(box=_checked_box(index, box.box, image_size), confidence=box.confidence)
        if isinstance(box, DetectedFace)
        else DetectedFace(box=_checked_box(index, box, image_size), confidence=1.0)
        for index, box in enumerate(face_boxes)
    ]
    return tuple(sorted(faces, key=lambda face: -face.box.area))


def crop_square(box: Box, *, margin: float = FER_MARGIN) -> tuple[int, int, int]:
    """Where `crop_face` cuts: left edge, top edge and side in pixels; it may reach out of the picture."""
    side = max(1, round(max(box.width, box.height) * (1 + 2 * margin)))
    return round(box.x + (box.width - side) / 2), round(box.y + (box.height - side) / 2), side


def crop_face(image: Image.Image, box: Box, *, margin: float = FER_MARGIN) -> Image.Image:
    """Square crop around a face box; outside of the picture its edge pixels go on.

    Args:
        image: The picture.
        box: The face in it.
        margin: Added on each side, as a share of the box's longer side. The default frames the face like FER2013,
            see `FER_MARGIN`; 0 is the box made square.

    Returns:
        A square picture of the same mode, in the picture's own resolution.

    Raises:
        ValueError: The box lies outside the picture, or the margin leaves nothing of it.
    """
    if not margin > -0.5:
        raise ValueError(f"margin must be over -0.5, got {margin}")
    _checked_box(0, box, image.size)
    left, top, side = crop_square(box, margin=margin)
    before = (max(0, -top), max(0, -left))
    after = (max(0, top + side - image.height), max(0, left + side - image.width))
    inside = image.crop((max(0, left), max(0, top), min(image.width, left + side), min(image.height, top + side)))
    if not any(before + after):
        return inside
    pixels = np.asarray(inside)
    pad = [(before[axis], after[axis]) for axis in (0, 1)] + [(0, 0)] * (pixels.ndim - 2)
    return Image.fromarray(np.pad(pixels, pad, mode="edge"))


def _checked_box(index: int, box: Box | tuple[float, float, float, float], image_size: tuple[int, int]) -> Box:
    """A caller's box, clipped to the picture."""
    try:
        numbers = np.array(box.xywh if isinstance(box, Box) else tuple(box), dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.shape != (4,) or not np.isfinite(numbers).all():
        raise ValueError(f"face box {index}: expected (x, y, width, height) as four numbers, got {box!r}")
    x, y, width, height = numbers
    if width <= 0 or height <= 0:
        raise ValueError(f"face box {index}: expected a positive width and height, got {width:g} x {height:g}")
    clipped = _clipped((x, y, x + width, y + height), image_size)
    if clipped is None:
        shown = f"(x={x:g}, y={y:g}, width={width:g}, height={height:g})"
        raise ValueError(
            f"face box {index}: {shown} lies outside the picture, which is {image_size[0]} x {image_size[1]}"
        )
    return clipped


def _resized(image: Image.Image, side: int) -> Image.Image:
    """The picture with its longest side at `side` pixels."""
    factor = side / max(image.size)
    if factor == 1.0:
        return image
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0 if factor < 1.0 else None)


def _distinct(corners: np.ndarray, scores: np.ndarray) -> list[int]:
    """Indices of boxes left after greedy non-maximum suppression, the most confident first."""
    areas = (corners[:, 2:] - corners[:, :2]).prod(axis=1)
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        low = np.maximum(corners[best, :2], corners[rest, :2])
        high = np.minimum(corners[best, 2:], corners[rest, 2:])
        shared = np.clip(high - low, 0.0, None).prod(axis=1)
        order = rest[shared <= OVERLAP * (areas[best] + areas[rest] - shared)]
    return kept


def _face(corners: np.ndarray, score: float, image_size: tuple[int, int]) -> DetectedFace | None:
    """A detection as a result; None when nothing of it lies inside the picture."""
    left, top, right, bottom = (float(value) for value in corners)
    box = _clipped((left, top, right, bottom), image_size)
    return None if box is None else DetectedFace(box=box, confidence=score)


def _clipped(corners: tuple[float, float, float, float], image_size: tuple[int, int]) -> Box | None:
    """Corners in whole pixels inside the picture; None without area there."""
    left, top = (max(0, round(value)) for value in corners[:2])
    right, bottom = (min(limit, round(value)) for limit, value in zip(image_size, corners[2:], strict=True))
    if right <= left or bottom <= top:
        return None
    return Box(x=left, y=top, width=right - left, height=bottom - top)


__all__ = [
    "FACE_DETECTORS",
    "FER_MARGIN",
    "CenterFaceDetector",
    "FaceDetector",
    "FaceDetectorError",
    "YuNetDetector",
    "boxes_from",
    "crop_face",
    "crop_square",
    "load_face_detector",
]
