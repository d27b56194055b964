"""Makes `docs/images/*.png`: the app's tabs with results, as the README and the Space's card show them.

Run it from the repository's root with the `dev` extra installed and Chromium at hand: `python docs/screenshot.py`.
`--only meme` makes one of them; `--scheme dark`, `--phone` and `--folder` are for looking at the others.
"""

import argparse
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(__file__).parent / "images"
EXAMPLES = ROOT / "mmemo" / "ui" / "examples"
DESKTOP, PHONE = {"width": 1440, "height": 1010}, {"width": 390, "height": 844}
MAX_BYTES = 300_000
WAIT_MS = 120_000
LIVE_SECONDS = 20
DIALOGUE = """\
Mia: You will not believe it, we won the first prize!
Jon: No way! That is wonderful, I am so proud of you.
Mia: Wait, where is the cake that I left here?
Jon: I thought it was for everybody. I am sorry.
Mia: You ate all of it? That is disgusting, I am so angry with you!
Jon: Please do not be sad. I will bake another one tonight.
Mia: Fine. Thank you, that is kind.
"""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One picture: its name, where the app is opened, and what brings up the result."""

    name: str
    path: str
    prepare: Callable[[Page], None]


def wait_for_evidence(page: Page) -> None:
    """Wait until an example's whole result is there."""
    page.locator("#evidence .mm-evidence").wait_for()
    page.evaluate("scrollTo(0, 0)")


def film_faces(page: Page) -> None:
    """Let the camera run until the timeline has something to show, with words typed half-way."""
    page.locator('#camera [title="grant webcam access"] button').click()
    page.wait_for_function("document.querySelector('#camera video')?.currentTime > 0.5")
    page.locator("#camera button.capture-button").click()
    page.locator("#live-view .mm-live").wait_for()
    page.wait_for_timeout(LIVE_SECONDS * 500)
    page.locator("#live-words textarea, #live-words input").fill("I can not believe we lost again")
    page.wait_for_timeout(LIVE_SECONDS * 500)


def follow_dialogue(page: Page) -> None:
    """Give a dialogue and wait for its course."""
    page.locator("#dialogue textarea").fill(DIALOGUE)
    page.locator("#analyse-dialogue").click()
    page.locator("#talk-view .mm-talk").wait_for()


def sort_batch(page: Page) -> None:
    """Give the examples as an archive and wait for the table."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(EXAMPLES.glob("*.jpg")):
            opened.write(path, path.name)
    upload = page.locator("#batch-archive input[type=file]")
    upload.set_input_files({"name": "pictures.zip", "mimeType": "application/zip", "buffer": archive.getvalue()})
    page.locator("#batch-archive").get_by_text("pictures").first.wait_for()
    page.locator("#analyse-batch").click()
    page.locator("#batch-view .mm-batch").wait_for()


def wait_for_about(page: Page) -> None:
    """Wait for the cards."""
    page.locator("#about .mm-about").wait_for()


SHOTS = (
    Shot(name="meme", path="?example=smile", prepare=wait_for_evidence),
    Shot(name="live", path="?tab=live", prepare=film_faces),
    Shot(name="conversation", path="?tab=conversation", prepare=follow_dialogue),
    Shot(name="batch", path="?tab=batch", prepare=sort_batch),
    Shot(name="about", path="?tab=about", prepare=wait_for_about),
)


def film(folder: Path) -> Path:
    """A clip for the fake camera: one of the examples' faces after another."""
    clip = io.BytesIO()
    for name, frames in (("smile", 40), ("surprise", 25), ("tears", 35), ("anger", 30)):
        with Image.open(EXAMPLES / f"{name}.jpg") as drawn:
            frame = Image.new("RGB", (640, 480), drawn.getpixel((4, 4)))
            face = drawn.crop((0, 0, drawn.width, int(drawn.width * 0.75))).resize((640, 480))
            frame.paste(face)
        for _ in range(frames):
            frame.save(clip, "JPEG", quality=90)
    path = folder / "camera.mjpeg"
    path.write_bytes(clip.getvalue())
    return path


def take(url: str, shot: Shot, scheme: str, size: dict[str, int], *, is_whole: bool) -> Image.Image:
    """A picture of the app: what the screen shows, or the whole page."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-video-capture={film(Path(folder))}",
            ],
        )
        page = browser.new_page(viewport=size, color_scheme=scheme, locale="en-GB", permissions=["camera"])
        page.set_default_timeout(WAIT_MS)
        page.goto(url + shot.path)
        shot.prepare(page)
        page.wait_for_function("[...document.images].every(image => image.complete)")
        page.mouse.move(0, 0)
        page.wait_for_timeout(1500)
        taken = Image.open(io.BytesIO(page.screenshot(full_page=is_whole))).convert("RGB")
        browser.close()
    return taken


def save(taken: Image.Image, target: Path) -> int:
    """Write a PNG of 256 colours; returns its size in bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    palette = taken.quantize(256)
    taken.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(target, optimize=True)
    return target.stat().st_size


def main() -> None:
    """Start the app, take the pictures, stop the app."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[shot.name for shot in SHOTS], help="make this one alone")
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--phone", action="store_true", help="390 pixels wide")
    parser.add_argument("--whole", action="store_true", help="the whole page rather than the first screen")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    os.chdir(ROOT)

    from mmemo import MmemoPipeline
    from mmemo.ui import build_demo, launch

    demo = build_demo(MmemoPipeline.from_pretrained())
    url = launch(demo, prevent_thread_lock=True, quiet=True)
    too_large = []
    try:
        for shot in SHOTS:
            if arguments.only in (None, shot.name):
                size = PHONE if arguments.phone else DESKTOP
                target = arguments.folder / f"{shot.name}.png"
                num_bytes = save(take(url, shot, arguments.scheme, size, is_whole=arguments.whole), target)
                print(f"{target}: {num_bytes} bytes")
                too_large += [target.name] if num_bytes > MAX_BYTES else []
    finally:
        demo.close(verbose=False)
    if too_large and arguments.folder == FOLDER:
        raise SystemExit(f"expected at most {MAX_BYTES} bytes: {', '.join(too_large)}")


if __name__ == "__main__":
    main()
