"""FER2013: 48x48 grey faces with seven emotions (Goodfellow et al. 2013).

Layouts, the first found is read:

- `usage_and_ferplus_votes.csv` (path, usage, votes) beside Kaggle's class folders: all four splits.
- `fer2013.csv` (emotion, pixels, Usage), the challenge's own file: its pictures are written as PNG files to the folder
  `fer2013_png` beside it, once for each content of the file.
- Kaggle's class folders alone, `train/<class>/` and `test/<class>/`, which do not tell PublicTest from PrivateTest.

Splits: train = Training, dev = PublicTest, test = PrivateTest, test_all = both of these (Kaggle's `test/` folder). Of
the class folders alone, dev is a tenth of `train/`, train is the rest of it, and test is all of `test/`.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from mmemo.data.files import missing_error, read_choice, read_csv, read_label
from mmemo.data.records import DataError, DatasetReader, Example, MissingSplitError, task_classes
from mmemo.labels import EMOTIONS, UnknownLabelError, canonical_label

USAGES: dict[str, tuple[str, ...]] = {
    "train": ("Training",),
    "dev": ("PublicTest",),
    "test": ("PrivateTest",),
    "test_all": ("PublicTest", "PrivateTest"),
}
ALL_USAGES = ("Training", "PublicTest", "PrivateTest")
CSV_EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Order of the ids in `fer2013.csv`, which is not the alphabetical one of the class folders."""

USAGE_FILE = "usage_and_ferplus_votes.csv"
PIXEL_FOLDER = "fer2013_png"
DIGEST_FILE = "fer2013.csv.blake2b"
"""In `PIXEL_FOLDER`: the digest of the file whose pictures they all are."""
SIDE = 48
PICTURES = (".png", ".jpg", ".jpeg")
FOLDERS_NOTE = (
    f"without {USAGE_FILE} or fer2013.csv, which tell PublicTest from PrivateTest, "
    "dev is a tenth of train/ and test is all of test/"
)


def _example(name: str, face: Path, label: str, usage: str) -> Example:
    return Example(id=name, face=face, labels={"face_emotion": label}, extra={"usage": usage})


def class_folders(folder: Path) -> dict[str, list[Path]]:
    """Project emotion -> its picture files in name order, from one folder for each class.

    Raises:
        DataError: The folder is missing, a class folder has no known name, or a class has no picture.
    """
    if not folder.is_dir():
        raise MissingSplitError(f"{folder}: expected a folder of class folders, got none")
    files: dict[str, list[Path]] = {}
    for child in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        try:
            label = canonical_label(child.name, "face_emotion")
        except UnknownLabelError as error:
            raise DataError(f"{child}: {error}") from error
        files.setdefault(label, []).extend(sorted(path for path in child.iterdir() if path.suffix.lower() in PICTURES))
    for label in EMOTIONS:
        if not files.get(label):
            raise DataError(f"{folder}: expected pictures of the class {label!r}, got none")
    return {label: files[label] for label in EMOTIONS}


def read_usage_rows(folder: Path, split: str, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Rows of the usage file that belong to the split, their pictures checked to be there."""
    path = folder / USAGE_FILE
    present = {str(p.relative_to(folder)) for part in ("train", "test") for p in (folder / part).glob("*/*")}
    rows = []
    for line, row in read_csv(path, ("path", "usage", *columns)):
        if read_choice(row["usage"], ALL_USAGES, path, line) not in USAGES[split]:
            continue
        if row["path"] not in present:
            raise missing_error(path, line, "a picture file", f"file {folder / row['path']}")
        rows.append((line, row))
    return rows


def _read_usage(folder: Path, split: str) -> list[Example]:
    return [
        _example(
            row["path"],
            folder / row["path"],
            read_label(Path(row["path"]).parent.name, "face_emotion", folder / USAGE_FILE, line),
            row["usage"],
        )
        for line, row in read_usage_rows(folder, split, ())
    ]


def _write_png(pixels: str, target: Path, path: Path, line: int) -> None:
    """Write one row's pixels, whole or not at all."""
    values = pixels.split()
    bad = [value for value in values if not value.isdecimal() or int(value) > 255]
    if len(values) != SIDE * SIDE or bad:
        raise DataError(
            f"{path}, line {line}: expected {SIDE * SIDE} pixels from 0 to 255 with spaces between them, "
            f"got {len(values)} values" + (f" with {bad[0]!r} among them" if bad else "")
        )
    part = target.with_suffix(f".{os.getpid()}.part")
    Image.fromarray(np.array(values, dtype=np.uint8).reshape(SIDE, SIDE)).save(part, format="PNG")
    part.replace(target)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _finish_pictures(pictures: Path, names: set[str], digest: str) -> None:
    """Take away the pictures of an earlier file, and note of which file the others are."""
    for picture in pictures.glob("fer*.png"):
        if picture.name not in names:
            picture.unlink(missing_ok=True)
    part = pictures / f"{DIGEST_FILE}.{os.getpid()}.part"
    part.write_text(digest, encoding="utf-8")
    part.replace(pictures / DIGEST_FILE)


def read_pixels(folder: Path, split: str) -> list[Example]:
    """Examples of `fer2013.csv`, its pictures written to `fer2013_png/` unless those there are this very file's."""
    path, pictures = folder / "fer2013.csv", folder / PIXEL_FOLDER
    try:
        pictures.mkdir(exist_ok=True)
    except OSError as error:
        raise DataError(f"{pictures}: expected a folder that can be written for the pictures, got {error}") from error
    digest, noted = _digest(path), pictures / DIGEST_FILE
    is_known = noted.is_file() and noted.read_text(encoding="utf-8", errors="replace") == digest
    examples, names = [], set()
    for line, row in read_csv(path, ("emotion", "pixels", "Usage")):
        usage = read_choice(row["Usage"], ALL_USAGES, path, line)
        is_asked = usage in USAGES[split]
        if is_known and not is_asked:
            continue
        emotion = CSV_EMOTIONS[int(read_choice(row["emotion"], tuple("0123456"), path, line))]
        target = pictures / f"fer{line - 2:07d}.png"  # the first row of the file is picture 0, as FER+ names them
        if not is_known or not target.is_file():
            _write_png(row["pixels"], target, path, line)
        names.add(target.name)
        if is_asked:
            examples.append(_example(target.stem, target, emotion, usage))
    if not is_known:
        _finish_pictures(pictures, names, digest)
    return examples


def _is_dev(file: Path) -> bool:
    """Whether a picture of `train/` is of dev, by its class folder and name alone."""
    return zlib.crc32(f"{file.parent.name}/{file.name}".encode()) % 10 == 0


def _read_folders(folder: Path, split: str) -> list[Example]:
    part, usage = ("test", "PublicTest or PrivateTest") if split.startswith("test") else ("train", "Training")
    return [
        _example(str(file.relative_to(folder)), file, label, usage)
        for label, files in class_folders(folder / part).items()
        for file in files
        if part == "test" or _is_dev(file) == (split == "dev")
    ]


def notes(folder: Path) -> tuple[str, ...]:
    """What the splits are where no file says it."""
    has_usages = (folder / USAGE_FILE).is_file() or (folder / "fer2013.csv").is_file()
    return () if has_usages else (FOLDERS_NOTE,)


def read(folder: Path, split: str) -> list[Example]:
    """One example a face, in the file's order (class folders: by class and file name)."""
    if (folder / USAGE_FILE).is_file():
        return _read_usage(folder, split)
    if (folder / "fer2013.csv").is_file():
        return read_pixels(folder, split)
    return _read_folders(folder, split)


FER2013 = DatasetReader(
    name="fer2013",
    summary="FER2013, 48x48 grey faces from web search: seven emotions (Kaggle, ICML 2013 challenge)",
    terms="research use, as in the Kaggle challenge",
    tasks={"face_emotion": task_classes("face_emotion")},
    folders=("fer2013", "FER2013", "fer-2013"),
    marks=(USAGE_FILE, "fer2013.csv", "train/*/"),
    read=read,
    splits=("train", "dev", "test", "test_all"),
    notes=notes,
)
