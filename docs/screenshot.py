"""Makes `docs/images/app.png`: the app with an answer, as the README shows it.

Run it from the repository's root with the `dev` extra installed and Chromium at hand: `python docs/screenshot.py`.
"""

import argparse
import io
import os
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(__file__).parent / "images" / "app.png"
WIDTH, HEIGHT = 1440, 1010
MAX_BYTES = 300_000
WAIT_MS = 120_000


def open_app(page: Page, url: str, example: str) -> None:
    """Open the app and let it analyse an example, named as in `examples.json`."""
    page.set_default_timeout(WAIT_MS)
    page.goto(url)
    page.get_by_role("button", name=f"Example: {example}", exact=True).click()
    page.locator("#answer .mm-verdict").first.wait_for()
    page.wait_for_function("[...document.images].every(image => image.complete)")
    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)


def take(url: str, example: str, scheme: str) -> Image.Image:
    """A picture of the app's upper part, `WIDTH` x `HEIGHT` pixels."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium",
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme)
        open_app(page, url, example)
        shot = Image.open(io.BytesIO(page.screenshot()))
        browser.close()
    return shot.convert("RGB")


def save(shot: Image.Image, target: Path) -> int:
    """Write a PNG of 256 colours; returns its size in bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    palette = shot.quantize(256)
    shot.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(target, optimize=True)
    return target.stat().st_size


def main() -> None:
    """Start the app, take the picture, stop the app."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--example", default="A smile over angry words", help="title of the example shown")
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()
    os.chdir(ROOT)

    from mmemo import MmemoPipeline
    from mmemo.ui import build_demo, launch

    demo = build_demo(MmemoPipeline.from_pretrained())
    url = launch(demo, prevent_thread_lock=True, quiet=True)
    try:
        size = save(take(url, arguments.example, arguments.scheme), arguments.target)
    finally:
        demo.close(verbose=False)
    print(f"{arguments.target}: {size} bytes")
    if size > MAX_BYTES:
        raise SystemExit(f"expected at most {MAX_BYTES} bytes")


if __name__ == "__main__":
    main()
