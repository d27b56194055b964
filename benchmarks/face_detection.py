"""Compare face detectors on memes and on FER2013 faces pasted into pictures; print a Markdown table.

    python benchmarks/face_detection.py DATA [--detectors centerface dlib yunet] [--sheets FOLDER]

DATA holds `harmeme/img`, `metmeme/img`, `multioff/img` and `fer2013/test/<class>/*.png`. The faces in 72 memes (24 of
each set) are in `face_detection.json`, boxes in pixels of the picture: all that dlib and CenterFace proposed at low
thresholds, judged by eye (a face that both missed is not in it); "unclear" ones count neither way. `dlib` needs
`pip install dlib-bin`, `yunet` needs its weights in the Hub cache or a network.
"""

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from mmemo.perception.faces import FaceDetector, crop_face, load_face_detector
from mmemo.results import Box, DetectedFace

SIZES = (24, 32, 48, 64, 96, 128, 192)
Point = tuple[float, float]


class DlibDetector:
    """dlib's frontal HOG detector, as a baseline: pictures up to 640 px, searched at twice their size."""

    name = "dlib"

    def __init__(self) -> None:
        """Load the detector that is compiled into dlib."""
        import dlib

        self._detector = dlib.get_frontal_face_detector()

    def detect(self, image: Image.Image) -> tuple[DetectedFace, ...]:
        """Faces, the largest first."""
        factor = min(1.0, 640 / max(image.size))
        copy = image.resize((max(1, round(image.width * factor)), max(1, round(image.height * factor))))
        faces = []
        for found in self._detector(np.asarray(copy), 1):
            left, top = max(0, found.left()) / factor, max(0, found.top()) / factor
            width = min(image.width - left, found.width() / factor)
            height = min(image.height - top, found.height() / factor)
            if round(width) > 0 and round(height) > 0:
                box = Box(x=round(left), y=round(top), width=round(width), height=round(height))
                faces.append(DetectedFace(box=box, confidence=1.0))
        return tuple(sorted(faces, key=lambda face: -face.box.area))


def centre(box: Sequence[float]) -> Point:
    """Middle of an `(x, y, width, height)` box."""
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def overlap(first: Sequence[float], second: Sequence[float]) -> float:
    """Intersection over union of two `(x, y, width, height)` boxes."""
    width = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    height = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / (first[2] * first[3] + second[2] * second[3] - shared)


def is_hit(found: Sequence[float], point: Point, size: float) -> bool:
    """Whether a box has its centre within half a face of a face's centre and a like size."""
    x, y = centre(found)
    distance = max(abs(x - point[0]), abs(y - point[1]))
    return distance < size / 2 and 0.4 < np.sqrt(found[2] * found[3]) / size < 2.0


Change = tuple[str, Callable[[Image.Image], Image.Image], Callable[[Point, Image.Image], Point], float]


def rotated(degrees: float) -> Change:
    """A turn to the left about the middle, grey in the corners."""
    angle = np.deg2rad(degrees)

    def move(point: Point, image: Image.Image) -> Point:
        x, y = point[0] - image.width / 2, point[1] - image.height / 2
        return (
            float(np.cos(angle) * x + np.sin(angle) * y + image.width / 2),
            float(-np.sin(angle) * x + np.cos(angle) * y + image.height / 2),
        )

    def turn(image: Image.Image) -> Image.Image:
        return image.rotate(degrees, Image.Resampling.BILINEAR, fillcolor=(128, 128, 128))

    return f"turned {degrees:g} degrees", turn, move, 1.0


def changes() -> list[Change]:
    """The ways in which each meme is shown."""

    def same(point: Point, image: Image.Image) -> Point:
        return point

    return [
        ("as it is", lambda image: image, same, 1.0),
        rotated(15),
        rotated(30),
        ("at half size", lambda image: image.reduce(2), lambda point, image: (point[0] / 2, point[1] / 2), 0.5),
        ("at 30 % brightness", lambda image: ImageEnhance.Brightness(image).enhance(0.3), same, 1.0),
    ]


def meme_rows(detectors: list[FaceDetector], data: Path) -> Iterator[list[str]]:
    """Faces found and false boxes on the judged memes, for each way of showing them."""
    truth = json.loads(Path(__file__).with_suffix(".json").read_text())
    pictures = {name: Image.open(data / name).convert("RGB") for name in truth}
    for label, change, move, factor in changes():
        cells = []
        for detector in detectors:
            hits = total = false = 0
            for name, judged in truth.items():
                image = pictures[name]
                found = [face.box.xywh for face in detector.detect(change(image))]
                marks = [
                    (move(centre(box), image), np.sqrt(box[2] * box[3]) * factor)
                    for box in judged["faces"] + judged["unclear"]
                ]
                seen = [any(is_hit(box, point, size) for box in found) for point, size in marks]
                # A face that a turn moves out of the picture cannot be found.
                inside = [0 <= x < image.width * factor and 0 <= y < image.height * factor for (x, y), _ in marks]
                faces = len(judged["faces"])
                hits += sum(s and i for s, i in zip(seen[:faces], inside[:faces], strict=True))
                total += sum(inside[:faces])
                false += sum(not any(is_hit(box, point, size) for point, size in marks) for box in found)
            cells.append(f"{hits}/{total}, {false} false")
        yield [f"72 memes {label}", *cells]


def background(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Smooth coloured noise with shapes on it."""
    noise = Image.fromarray(rng.integers(0, 255, (8, 10, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(noise)
    for _ in range(12):
        x, y, span = (int(value) for value in rng.integers(0, size[0], 3))
        draw.ellipse(
            (x, y, x + span // 3 + 2, y + span // 3 + 2), outline=tuple(rng.integers(0, 255, 3).tolist()), width=4
        )
    return noise.filter(ImageFilter.GaussianBlur(1))


def fer_rows(detectors: list[FaceDetector], data: Path) -> Iterator[list[str]]:
    """Recall and framing on FER2013 test faces in groups of 1 to 10, and on single frames."""
    files = sorted((data / "fer2013" / "test").glob("*/*.png"))
    for size in SIZES:
        results: dict[str, list[float]] = {detector.name: [] for detector in detectors}
        framing: dict[str, list[float]] = {detector.name: [] for detector in detectors}
        false = dict.fromkeys(results, 0)
        rng = np.random.default_rng(size)
        chooser = random.Random(size)
        for count in range(1, 11):
            step = size + max(8, size // 4)
            canvas = background(rng, (step * 5 + 16, max(2 * step + 16, 240)))
            places = chooser.sample(
                [(8 + column * step, 8 + row * step) for row in range(2) for column in range(5)], count
            )
            for (x, y), file in zip(places, chooser.sample(files, count), strict=True):
                canvas.paste(Image.open(file).convert("RGB").resize((size, size), Image.Resampling.BICUBIC), (x, y))
            for detector in detectors:
                found = [face.box for face in detector.detect(canvas)]
                for x, y in places:
                    near = [box for box in found if is_hit(box.xywh, (x + size / 2, y + size / 2), size)]
                    results[detector.name].append(float(bool(near)))
                    framing[detector.name] += [overlap(framed(box), (x, y, size, size)) for box in near[:1]]
                false[detector.name] += sum(
                    not any(is_hit(box.xywh, (x + size / 2, y + size / 2), size) for x, y in places) for box in found
                )
        yield [
            f"55 FER2013 faces at {size} px, groups of 1 to 10",
            *(
                f"{np.mean(results[d.name]):.0%}, {false[d.name]} false, IoU {np.mean(framing[d.name] or [np.nan]):.2f}"
                for d in detectors
            ),
        ]
    frames = [Image.open(file).convert("RGB") for file in random.Random(0).sample(files, 300)]
    for size in (48, 224, 640):
        shown = [frame.resize((size, size), Image.Resampling.BICUBIC) for frame in frames]
        yield [
            f"300 FER2013 faces that fill a picture of {size} px",
            *(f"{np.mean([bool(d.detect(image)) for image in shown]):.0%}" for d in detectors),
        ]


def framed(box: Box) -> tuple[float, float, float, float]:
    """The square that `crop_face` takes, measured on a blank picture that is large enough."""
    side = crop_face(Image.new("L", (box.x + 3 * box.width + 600, box.y + 3 * box.height + 600)), box).width
    x, y = centre(box.xywh)
    return x - side / 2, y - side / 2, side, side


def empty_rows(detectors: list[FaceDetector]) -> Iterator[list[str]]:
    """False boxes on pictures without faces."""
    rng = np.random.default_rng(0)
    plain = [Image.new("RGB", (400, 300), tuple(rng.integers(0, 255, 3).tolist())) for _ in range(20)]
    noise = [Image.fromarray(rng.integers(0, 255, (300, 400, 3), dtype=np.uint8)) for _ in range(20)]
    shapes = [background(rng, (400, 300)) for _ in range(60)]
    for label, images in (("20 plain pictures", plain), ("20 of noise", noise), ("60 of shapes", shapes)):
        yield [label, *(f"{sum(len(d.detect(image)) for image in images)} false" for d in detectors)]


def speed_rows(detectors: list[FaceDetector], data: Path) -> Iterator[list[str]]:
    """Median milliseconds a picture."""
    meme = Image.open(data / next(iter(json.loads(Path(__file__).with_suffix(".json").read_text())))).convert("RGB")
    for width, height in ((48, 48), (640, 480), (5000, 4000)):
        image = meme.resize((width, height))
        cells = []
        for detector in detectors:
            times = []
            for _ in range(12):
                start = time.perf_counter()
                detector.detect(image)
                times.append(time.perf_counter() - start)
            cells.append(f"{np.median(times) * 1000:.0f} ms")
        yield [f"time at {width} x {height}", *cells]


def draw_sheets(detectors: list[FaceDetector], data: Path, folder: Path) -> None:
    """Contact sheets of the judged memes with every detector's boxes, to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(json.loads(Path(__file__).with_suffix(".json").read_text()))
    colours = ("lime", "red", "yellow")
    for page in range(0, len(names), 12):
        sheet = Image.new("RGB", (4 * 400, 3 * 400), "grey")
        for index, name in enumerate(names[page : page + 12]):
            image = Image.open(data / name).convert("RGB")
            draw = ImageDraw.Draw(image)
            for detector, colour in zip(detectors, colours, strict=False):
                for face in detector.detect(image):
                    x, y, width, height = face.box.xywh
                    draw.rectangle((x, y, x + width, y + height), outline=colour, width=max(2, image.width // 200))
            image.thumbnail((396, 396))
            sheet.paste(image, (index % 4 * 400, index // 4 * 400))
        sheet.save(folder / f"faces-{page // 12}.jpg")


def build(name: str) -> FaceDetector:
    """A detector by its name on the command line."""
    return DlibDetector() if name == "dlib" else load_face_detector(name)


def main() -> None:
    """Run every measure and print the table."""
    parser = argparse.ArgumentParser(description="Compare face detectors.")
    parser.add_argument("data", type=Path, help="folder with harmeme, metmeme, multioff and fer2013")
    parser.add_argument(
        "--detectors", nargs="+", default=["centerface", "dlib"], choices=["centerface", "dlib", "yunet"]
    )
    parser.add_argument("--sheets", type=Path, help="folder for contact sheets with boxes drawn")
    arguments = parser.parse_args()
    detectors = [build(name) for name in arguments.detectors]
    if arguments.sheets:
        draw_sheets(detectors, arguments.data, arguments.sheets)
    lines = [["measure", *(detector.name for detector in detectors)], ["---"] * (len(detectors) + 1)]
    lines += meme_rows(detectors, arguments.data)
    lines += fer_rows(detectors, arguments.data)
    lines += empty_rows(detectors)
    lines += speed_rows(detectors, arguments.data)
    print("\n".join("| " + " | ".join(line) + " |" for line in lines))  # noqa: T201 - the output of a script


if __name__ == "__main__":
    main()
