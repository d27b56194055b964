"""Parts of a data set to measure apart: by the length of the words, with or without a face, by the number of faces.

A face crop is one face; in a whole picture the face detector counts them; without a picture there is none.
"""

from collections.abc import Sequence

import numpy as np
from tqdm.auto import tqdm

from mmemo.data import Example
from mmemo.data.pictures import read_picture
from mmemo.perception.faces import FaceDetector

LENGTHS = ((0, 0, "no words"), (1, 5, "1-5 words"), (6, 10, "6-10 words"), (11, 20, "11-20 words"))
LONGEST = "21 words or more"
FACE_NAMES = ("with a face", "without a face")
MANY_FACES = 3

Slices = dict[str, dict[str, np.ndarray]]
"""What the slices are by -> slice -> rows (n,), for the slices that have any."""


def length_name(text: str | None) -> str:
    """Name of the slice that a text falls into."""
    count = len((text or "").split())
    return next((name for low, high, name in LENGTHS if low <= count <= high), LONGEST)


def count_faces(example: Example, detector: FaceDetector) -> int:
    """Faces that can be seen in an example."""
    if example.face is not None:
        return 1
    return 0 if example.image is None else len(detector.detect(read_picture(example.image, example.id)))


def faces_name(count: int) -> str:
    """Name of the slice that a number of faces falls into."""
    if count >= MANY_FACES:
        return f"{MANY_FACES} faces or more"
    return f"{count} face{'' if count == 1 else 's'}"


def find_slices(examples: Sequence[Example], detector: FaceDetector) -> Slices:
    """Rows of each slice: by words where any example has some, by faces where any has a picture."""
    slices: Slices = {}
    if any(example.text for example in examples):
        names = [length_name(example.text) for example in examples]
        slices["text_length"] = _rows(names, [*(name for _, _, name in LENGTHS), LONGEST])
    if any(example.image or example.face for example in examples):
        counts = [count_faces(e, detector) for e in tqdm(examples, desc="faces", unit="item", disable=None)]
        slices["face"] = _rows([FACE_NAMES[n == 0] for n in counts], FACE_NAMES)
        slices["num_faces"] = _rows([faces_name(n) for n in counts], [faces_name(n) for n in range(MANY_FACES + 1)])
    return slices


def _rows(names: Sequence[str], order: Sequence[str]) -> dict[str, np.ndarray]:
    found = np.array(names)
    return {name: np.flatnonzero(found == name) for name in order if name in names}
