"""Perception: pictures decoded safely, faces found and cropped, words read.

Exports: `load_image`, `ImageError`, `ImageSource`; `load_face_detector`, `FaceDetector`, `FaceDetectorError`,
`boxes_from`, `crop_face`, `crop_square`; `TextReader`, `is_foreign`, `is_unicode`. Importing starts nothing:
onnxruntime, OpenCV, RapidOCR and py3langid come in with their first use.
"""

from mmemo.perception.faces import (
    FaceDetector,
    FaceDetectorError,
    boxes_from,
    crop_face,
    crop_square,
    load_face_detector,
)
from mmemo.perception.images import ImageError, ImageSource, load_image
from mmemo.perception.language import is_foreign, is_unicode
from mmemo.perception.ocr import TextReader

__all__ = [
    "FaceDetector",
    "FaceDetectorError",
    "ImageError",
    "ImageSource",
    "TextReader",
    "boxes_from",
    "crop_face",
    "crop_square",
    "is_foreign",
    "is_unicode",
    "load_face_detector",
    "load_image",
]
