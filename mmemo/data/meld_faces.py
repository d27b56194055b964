"""MELD's utterances with the faces that `mmemo data cut-faces` found in the key frames of their clips.

Layout: MELD's own folder with `faces/<split>/<utterance>_f<frame>.png` in it. Training gets an example for each face;
dev and test one for each utterance, with the face of its middle frame or the nearest there is. An utterance without a
face stays, with its words alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from mmemo.data import meld
from mmemo.data.records import DatasetReader, Example, MissingSplitError, task_classes

FACE_FOLDER = "faces"
MIDDLE_FRAME = 1


def face_folder(folder: Path, split: str) -> Path:
    """Where the faces of a split are kept in MELD's folder."""
    return folder / FACE_FOLDER / split


def _frame(path: Path) -> int:
    return int(path.stem.rpartition("_f")[2])


def _with_face(example: Example, path: Path, *, is_named: bool) -> Example:
    labels = {**example.labels, "face_emotion": example.labels["emotion"]}
    return replace(example, id=path.stem if is_named else example.id, face=path, labels=labels)


def read(folder: Path, split: str) -> list[Example]:
    """Utterances in the csv's order, with faces."""
    place = face_folder(folder, split)
    if not place.is_dir():
        raise MissingSplitError(
            f"{place}: expected faces cut from the clips, got no folder: mmemo data cut-faces {folder} --split {split} "
            "--clips CLIPS"
        )
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for path in sorted(place.glob("*_f*.png")):
        found[path.stem.rpartition("_f")[0]].append(path)
    examples: list[Example] = []
    for example in meld.read(folder, split):
        faces = found.get(example.id, [])
        if faces and split != "train":
            faces = [min(faces, key=lambda path: abs(_frame(path) - MIDDLE_FRAME))]
        examples += [_with_face(example, path, is_named=split == "train") for path in faces] or [example]
    return examples


MELD_FACES = DatasetReader(
    name="meld_faces",
    summary="MELD with the faces cut from key frames of its clips: seven emotions of words, face, and both",
    terms="GPL-3.0; the clips as the series",
    tasks={name: task_classes(name) for name in ("emotion", "face_emotion", "sentiment")},
    folders=meld.MELD.folders,
    marks=(f"{FACE_FOLDER}/*",),
    read=read,
)
