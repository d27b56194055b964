"""MELD's videos: key frames cut at an utterance's times, and the faces in them.

Two layouts of a video folder: the publisher's clips, one file an utterance (`train_splits/dia0_utt0.mp4`,
`dev_splits_complete/`, `output_repeated_splits_test/`), which are used whole; or whole episodes (`s08e21.mp4`), which
are cut at the csv's start and end times. Decoding needs PyAV, of the optional extra `train`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from PIL import Image

from mmemo.data.records import DataError, Example, Label
from mmemo.perception.faces import FaceDetector, crop_face

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame


SPLIT_FOLDERS = ("train_splits", "dev_splits_complete", "output_repeated_splits_test")
_FOLDER_OF = dict(zip(("train", "dev", "test"), SPLIT_FOLDERS, strict=True))


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A part of a video file; without an end it reaches to the end of the file."""

    path: Path
    start_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class ClipSummary:
    """What `cut_faces` found; `str(summary)` is the text to print."""

    num_utterances: int
    num_faces: int
    without_face: tuple[str, ...]
    unreadable: tuple[str, ...]

    def __str__(self) -> str:
        """One line of counts."""
        return (
            f"{self.num_faces} faces cut from {self.num_utterances} utterances; "
            f"{len(self.without_face)} without a face, {len(self.unreadable)} without a readable video"
        )


def _import_av() -> ModuleType:
    try:
        import av
    except ImportError as error:
        raise ImportError("reading video needs PyAV: pip install 'mmemo[train]' or pip install av") from error
    return av


def find_segment(folder: Path, split: str, example: Example) -> Segment | None:
    """Where an utterance of MELD is in the video folder, or `None` when neither its clip nor its episode is there."""
    extra = example.extra
    clip = f"dia{extra['dialogue']}_utt{extra['utterance']}.mp4"
    for place in (_FOLDER_OF[split], split, "."):
        if (folder / place / clip).is_file():
            return Segment(path=folder / place / clip)
    for episode in sorted(folder.glob(f"s{extra['season']:02d}e{extra['episode']:02d}.*")):
        return Segment(path=episode, start_s=float(extra["start_s"]), end_s=float(extra["end_s"]))
    return None


def key_frames(segment: Segment, count: int = 3) -> list[Image.Image]:
    """RGB frames from the middles of `count` equal parts of the segment, in order; fewer when it has fewer frames.

    Raises:
        DataError: The file cannot be decoded, or has no frame at these times.
    """
    av = _import_av()
    try:
        with av.open(str(segment.path)) as container:
            frames = _pick_frames(container, segment, count)
    except (av.error.FFmpegError, IndexError) as error:
        raise DataError(f"{segment.path}: expected a video, got a file that cannot be decoded ({error})") from error
    if not frames:
        raise DataError(f"{segment.path}: expected frames from {segment.start_s} s to {segment.end_s} s, got none")
    return frames


def _pick_frames(container: InputContainer, segment: Segment, count: int) -> list[Image.Image]:
    stream = container.streams.video[0]
    duration_s = (container.duration or 0) / 1e6
    end_s = duration_s if segment.end_s is None else min(segment.end_s, duration_s or segment.end_s)
    step_s = (end_s - segment.start_s) / count
    if step_s <= 0:
        return []
    targets = [segment.start_s + (part + 0.5) * step_s for part in range(count)]
    first_s = float((stream.start_time or 0) * (stream.time_base or 0))
    if segment.start_s > 0:
        container.seek(int((first_s + segment.start_s) * 1_000_000))  # to the key frame before, in microseconds
    frames: list[Image.Image] = []
    last: VideoFrame | None = None
    for frame in container.decode(stream):
        time_s = (frame.time or 0.0) - first_s
        if time_s > targets[0] and last is not None:  # the frame before is the one on screen at the target
            frames.append(last.to_image())
            while targets and time_s > targets[0]:
                targets.pop(0)
        if not targets:
            return frames
        last = frame
    return [*frames, last.to_image()] if last is not None else frames


def cut_faces(
    examples: Iterable[Example], folder: Path, split: str, detector: FaceDetector, output: Path, count: int = 3
) -> tuple[list[Example], ClipSummary]:
    """The largest face of each key frame as a picture file, and an example for each.

    A face's example is its utterance's, with `face`, the id ending in `_f0`, `_f1`, ..., and `face_emotion` set to
    the utterance's emotion. An utterance without any face or readable video stays as one example without `face`.

    Args:
        examples: Utterances of `load_dataset("meld", ...)`.
        folder: The video folder.
        split: The examples' split.
        detector: Finds the faces; they are cropped as for inference, see `mmemo.perception.faces.crop_face`.
        output: Folder for the face pictures (PNG), made when it is not there.
        count: Key frames of each utterance.

    Raises:
        DataError: No utterance has a readable video.
        ImportError: PyAV is not installed; the message names the command.
    """
    _import_av()
    output.mkdir(parents=True, exist_ok=True)
    result: list[Example] = []
    without_face: list[str] = []
    unreadable: list[str] = []
    utterances = list(examples)
    for example in utterances:
        segment = find_segment(Path(folder), split, example)
        try:
            frames = key_frames(segment, count) if segment is not None else None
        except DataError:
            frames = None
        faces = [] if frames is None else _cut(example, frames, detector, output)
        if not faces:
            (unreadable if frames is None else without_face).append(example.id)
        result += faces or [example]
    if utterances and len(unreadable) == len(utterances):
        raise DataError(f"{folder}: expected clips dia*_utt*.mp4 or episodes s??e??.* of the split {split!r}, got none")
    num_faces = sum(example.face is not None for example in result)
    return result, ClipSummary(
        num_utterances=len(utterances),
        num_faces=num_faces,
        without_face=tuple(without_face),
        unreadable=tuple(unreadable),
    )


def _cut(example: Example, frames: list[Image.Image], detector: FaceDetector, output: Path) -> list[Example]:
    faces = []
    for number, frame in enumerate(frames):
        found = detector.detect(frame)
        if not found:
            continue
        path = output / f"{example.id}_f{number}.png"
        crop_face(frame, found[0].box).save(path)
        labels: dict[str, Label] = {**example.labels, "face_emotion": example.labels["emotion"]}
        faces.append(replace(example, id=f"{example.id}_f{number}", face=path, labels=labels))
    return faces
