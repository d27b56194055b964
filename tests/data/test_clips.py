"""Key frames of clips that the tests encode: the shade of a frame tells its time."""

import sys

import av
import numpy as np
import pytest
from PIL import Image

from mmemo.data import DataError, load_dataset
from mmemo.data.clips import Segment, cut_faces, find_segment, key_frames
from mmemo.data.meld_faces import face_folder
from mmemo.results import Box, DetectedFace

FRAMES_PER_S = 10
SECONDS = 10


def shade(image: Image.Image) -> float:
    return float(np.asarray(image.convert("L")).mean())


def write_video(path, seconds=SECONDS):
    """Frame n is grey with the value 20 + 2 n, at 10 frames a second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=FRAMES_PER_S)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 64, 48, "yuv420p", 20
        for number in range(seconds * FRAMES_PER_S):
            pixels = np.full((48, 64, 3), 20 + 2 * number, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())


class HalfDetector:
    """Takes the left half of a bright frame for a face, and sees none in a dark one."""

    name = "half"

    def __init__(self, above):
        self.above = above

    def detect(self, image):
        box = Box(x=0, y=0, width=image.width // 2, height=image.height)
        return (DetectedFace(box=box, confidence=1.0),) if shade(image) > self.above else ()


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "s04e07.mp4"
    write_video(path)
    return path


@pytest.mark.parametrize(
    ("start_s", "end_s", "count", "times_s"),
    [
        (0.0, None, 1, [5.0]),
        (0.0, None, 2, [2.5, 7.5]),
        (0.0, 4.0, 2, [1.0, 3.0]),
        (6.0, 8.0, 1, [7.0]),
        (6.5, 60.0, 1, [8.25]),
        (3.02, 3.08, 1, [3.05]),
    ],
)
def test_key_frames_are_cut_at_the_times(start_s, end_s, count, times_s, video):
    frames = key_frames(Segment(path=video, start_s=start_s, end_s=end_s), count)
    assert [frame.size for frame in frames] == [(64, 48)] * count
    for frame, time_s in zip(frames, times_s, strict=True):
        number = int(time_s * FRAMES_PER_S)
        assert shade(frame) == pytest.approx(20 + 2 * number, abs=3.5)


def test_key_frames_are_fewer_when_the_clip_is(tmp_path):
    write_video(tmp_path / "short.mp4", seconds=1)
    assert len(key_frames(Segment(path=tmp_path / "short.mp4"), count=50)) <= 10


def test_key_frames_errors(tmp_path, video):
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    with pytest.raises(DataError, match=r"broken.mp4: expected a video"):
        key_frames(Segment(path=tmp_path / "broken.mp4"))
    with pytest.raises(DataError, match=r"s04e07.mp4: expected frames from 60.0 s to 61.0 s, got none"):
        key_frames(Segment(path=video, start_s=60.0, end_s=61.0))


def test_key_frames_without_av_names_the_command(monkeypatch, video):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ImportError, match=r"pip install av"):
        key_frames(Segment(path=video))


def test_find_segment_takes_clips_before_episodes(layout, tmp_path):
    example = load_dataset("meld", layout("meld"), "train")[1]
    videos = tmp_path / "videos"
    assert find_segment(videos, "train", example) is None
    (videos / "train_splits").mkdir(parents=True)
    (videos / "s04e07.mkv").touch()
    assert find_segment(videos, "train", example) == Segment(path=videos / "s04e07.mkv", start_s=1.5, end_s=2.25)
    clip = videos / "train_splits/dia0_utt1.mp4"
    clip.touch()
    assert find_segment(videos, "train", example) == Segment(path=clip)


def test_cut_faces_from_an_episode(layout, video, tmp_path):
    utterances = load_dataset("meld", layout("meld"), "dev")
    examples, summary = cut_faces(utterances, video.parent, "dev", HalfDetector(66), tmp_path / "faces", count=2)
    assert summary.num_utterances == 7
    assert summary.without_face == ("dev_dia0_utt0", "dev_dia0_utt1")
    assert summary.unreadable == ()
    last = examples[-1]
    assert last.id == "dev_dia1_utt2_f1"
    assert last.group == "dev_dia1"
    assert last.labels == {"emotion": "surprise", "sentiment": "positive", "face_emotion": "surprise"}
    with Image.open(last.face) as crop:
        assert crop.width == crop.height >= 48
    assert [e.face for e in examples if e.id in summary.without_face] == [None, None]
    assert summary.num_faces == len(examples) - 2
    assert "2 without a face, 0 without a readable video" in str(summary)


def test_cut_faces_goes_on_past_lost_and_broken_clips(layout, video, tmp_path):
    clips = tmp_path / "videos/output_repeated_splits_test"
    clips.mkdir(parents=True)
    (clips / "dia0_utt0.mp4").write_bytes(video.read_bytes())
    (clips / "dia0_utt1.mp4").write_bytes(b"broken")
    utterances = load_dataset("meld", layout("meld"), "test")[:3]
    examples, summary = cut_faces(utterances, tmp_path / "videos", "test", HalfDetector(0), tmp_path / "f", count=1)
    assert [example.face is not None for example in examples] == [True, False, False]
    assert summary.unreadable == ("test_dia0_utt1", "test_dia0_utt2")


def test_cut_faces_without_any_video_is_an_error(layout, tmp_path):
    utterances = load_dataset("meld", layout("meld"), "test")
    with pytest.raises(DataError, match=r"expected clips dia\*_utt\*.mp4 or episodes"):
        cut_faces(utterances, tmp_path, "test", HalfDetector(0), tmp_path / "faces")


def test_cut_faces_are_what_meld_faces_reads(layout, tmp_path):
    root, clips = layout("meld"), tmp_path / "clips"
    for split, folder in (("train", "train_splits"), ("dev", "dev_splits_complete")):
        write_video(clips / folder / "dia0_utt0.mp4")
        utterances = load_dataset("meld", root, split)
        place = face_folder(root / "meld", split)
        _, summary = cut_faces(utterances, clips, split, HalfDetector(above=100), place)
        assert (summary.num_faces, len(summary.unreadable)) == (2, 6)
        examples = load_dataset("meld_faces", root, split)
        with_face = [example for example in examples if example.face is not None]
        assert len(examples) == {"train": 8, "dev": 7}[split]
        assert len(with_face) == {"train": 2, "dev": 1}[split]
        assert with_face[0].labels == {"emotion": "angry", "sentiment": "negative", "face_emotion": "angry"}
        assert with_face[0].text == utterances[0].text
    assert with_face[0].face.stem == "dev_dia0_utt0_f1", "the middle frame's"
    with pytest.raises(DataError, match=r"faces/test: expected faces cut .* mmemo data cut-faces .* --split test"):
        load_dataset("meld_faces", root, "test")
