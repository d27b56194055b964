"""Faces: detection on drawn faces, the caller's boxes, crops, and detectors without a network."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from mmemo.perception import FaceDetectorError, boxes_from, crop_face, load_face_detector
from mmemo.perception.faces import FACE_DETECTORS, CenterFaceDetector, YuNetDetector
from mmemo.results import Box
from tests.perception.drawing import draw_face, draw_meme


@pytest.fixture(scope="module")
def detector():
    return load_face_detector()


def scene(*faces: tuple[int, int, int], size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Drawn faces `(x, y, size)` on green."""
    canvas = Image.new("RGB", size, (40, 90, 60))
    for x, y, side in faces:
        canvas.paste(draw_face(side), (x, y))
    return canvas


def test_load_face_detector_needs_no_network(detector):
    assert detector.name == "centerface"


@pytest.mark.parametrize("size", [48, 100, 200, 300, 400])
def test_detect_finds_a_face_that_fills_the_picture(detector, size):
    (face,) = detector.detect(draw_face(size))
    assert 0.5 <= face.confidence <= 1.0
    assert abs(face.box.x + face.box.width / 2 - size / 2) < size * 0.1
    assert abs(face.box.y + face.box.height / 2 - size * 0.53) < size * 0.1
    assert 0.55 < face.box.height / size < 0.85


CHANGES = [
    ("as it is", lambda image: image),
    ("dark", lambda image: ImageEnhance.Brightness(image).enhance(0.3)),
    ("grey", lambda image: image.convert("L")),
    ("tilted by 15 degrees", lambda image: image.rotate(15)),
    ("mirrored", lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
]


@pytest.mark.parametrize("change", [case[1] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_detect_finds_changed_faces(detector, change):
    assert len(detector.detect(change(scene((220, 140, 200))))) == 1


def test_detect_gives_the_largest_first_inside_the_picture(detector):
    image = scene((20, 40, 160), (260, 60, 300))
    faces = detector.detect(image)
    assert [face.box.x > 250 for face in faces] == [True, False]
    assert faces[0].box.area > faces[1].box.area
    cut = image.crop((330, 60, 560, 480))
    for face in detector.detect(cut):
        assert face.box.x >= 0 and face.box.x + face.box.width <= cut.width
        assert face.box.y >= 0 and face.box.y + face.box.height <= cut.height


def test_detect_scales_boxes_of_large_pictures(detector):
    (small,) = detector.detect(scene((220, 140, 200)))
    (large,) = detector.detect(scene((220, 140, 200)).resize((2560, 1920)))
    assert np.abs(np.array(large.box.xywh) / 4 - small.box.xywh).max() < 8


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (300, 200), "white"),
        Image.new("RGB", (1, 1)),
        Image.new("RGB", (3000, 2), "blue"),
        Image.effect_noise((256, 256), 60),
        draw_meme("NO FACE HERE", "ONLY WORDS"),
    ],
    ids=["white", "one pixel", "thin", "noise", "meme"],
)
def test_detect_finds_no_face_where_none_is(detector, image):
    assert detector.detect(image) == ()


def test_detect_serves_several_threads():
    detector = CenterFaceDetector()
    images = [scene((220, 140, 200)), draw_face(100)] * 3
    expected = [CenterFaceDetector().detect(image) for image in images[:2]] * 3
    found: dict[int, object] = {}
    threads = [
        threading.Thread(target=lambda index=index: found.update({index: detector.detect(images[index])}))
        for index in range(len(images))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[index] for index in range(len(images))] == expected


@pytest.mark.parametrize("name", ["haar", "", "YuNet"])
def test_load_face_detector_refuses_other_names(name):
    with pytest.raises(
        ValueError, match=f"unknown face detector '{name}': expected one of {', '.join(FACE_DETECTORS)}"
    ):
        load_face_detector(name)


def test_load_face_detector_says_that_yunet_cannot_be_had():
    with pytest.raises(FaceDetectorError, match="or use 'centerface', which needs no download"):
        load_face_detector("yunet")


def test_yunet_refuses_other_files(tmp_path):
    (tmp_path / "yunet.onnx").write_bytes(b"no network")
    with pytest.raises(FaceDetectorError, match="expected the YuNet weights"):
        YuNetDetector(tmp_path / "yunet.onnx")


@pytest.mark.parametrize("options", [{"min_confidence": 0.0}, {"min_confidence": 1.5}, {"max_side": 10}])
def test_detector_refuses_settings_out_of_range(options):
    with pytest.raises(ValueError, match="must"):
        CenterFaceDetector(**options)


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([], []),
        ([(1, 2, 3, 4)], [(1, 2, 3, 4)]),
        ([Box(x=1, y=2, width=3, height=4), (10, 10, 20, 20)], [(10, 10, 20, 20), (1, 2, 3, 4)]),
        ([(-5, -5, 15, 20)], [(0, 0, 10, 15)]),
        ([(90, 40, 100, 100)], [(90, 40, 10, 10)]),
        ([np.array([1.4, 2.0, 3.2, 4.0])], [(1, 2, 4, 4)]),
    ],
)
def test_boxes_from_clips_and_sorts(boxes, expected):
    faces = boxes_from(boxes, (100, 50))
    assert [face.box.xywh for face in faces] == expected
    assert all(face.confidence == 1.0 for face in faces)


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((100, 0, 10, 10), "lies outside the picture, which is 100 x 50"),
        ((-10, 0, 10, 10), "lies outside"),
        ((0, 0, 0, 10), "positive width and height, got 0 x 10"),
        ((0, 0, 10, -3), "got 10 x -3"),
        ((0, 0, 10), "four numbers"),
        ((0, 0, float("nan"), 10), "four numbers"),
        (("a", 0, 1, 1), "four numbers"),
        (7, "four numbers"),
    ],
)
def test_boxes_from_says_which_box_is_wrong(box, words):
    with pytest.raises(ValueError, match=f"face box 1: .*{words}"):
        boxes_from([(1, 1, 5, 5), box], (100, 50))


@pytest.mark.parametrize(
    ("box", "margin", "side"),
    [((10, 10, 20, 20), 0.0, 20), ((10, 10, 20, 30), 0.0, 30), ((0, 0, 40, 40), 0.5, 80), ((30, 30, 1, 1), 0.0, 1)],
)
def test_crop_face_is_square(box, margin, side):
    crop = crop_face(
        Image.new("RGB", (60, 50), "red"),
        Box(**dict(zip(("x", "y", "width", "height"), box, strict=True))),
        margin=margin,
    )
    assert (crop.size, crop.mode) == ((side, side), "RGB")
    assert crop.getcolors() == [(side * side, (255, 0, 0))]


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_crop_face_continues_the_edges(mode):
    image = Image.fromarray(np.tile(np.arange(40, dtype=np.uint8) * 5, (40, 1))).convert(mode)
    crop = np.asarray(crop_face(image, Box(x=0, y=10, width=20, height=20), margin=0.5).convert("L"))
    assert (crop[20, :11] == 0).all()
    assert crop[20, 20] == 50


def test_crop_face_frames_like_fer2013(detector):
    """The box is 0.92 of the crop's side, as in FER2013, and in its middle."""
    (face,) = detector.detect(scene((220, 140, 200)))
    crop = crop_face(scene((220, 140, 200)), face.box)
    assert face.box.height / crop.height == pytest.approx(0.925, abs=0.01)


@pytest.mark.parametrize(("box", "margin"), [((99, 0, 5, 5), 0.1), ((0, 0, 5, 5), -0.5), ((0, 0, 5, 5), float("nan"))])
def test_crop_face_refuses_what_leaves_nothing(box, margin):
    with pytest.raises(ValueError, match="outside|margin"):
        crop_face(Image.new("RGB", (50, 50)), Box(x=box[0], y=box[1], width=box[2], height=box[3]), margin=margin)


def test_import_is_light():
    code = (
        "import sys, mmemo.perception; "
        "print([name for name in ('cv2', 'onnxruntime', 'rapidocr', 'huggingface_hub') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
