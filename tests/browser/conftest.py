"""The app in a process of its own, as a visitor meets it, and Chromium with a camera that films a drawn face."""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.perception.drawing import draw_face

START_S = 120
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the app stopped with {process.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(url + "healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"the app did not answer within {START_S} s:\n{log.read_text()}")


@pytest.fixture(scope="session")
def app_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the app prints."""
    return tmp_path_factory.mktemp("app") / "log.txt"


@pytest.fixture(scope="session")
def app_url(app_log: Path, repository: Path) -> Iterator[str]:
    """`app.py` on a free port, with the checkpoints that ship."""
    port, uploads = free_port(), app_log.parent / "uploads"
    uploads.mkdir()
    environment = {
        **os.environ,
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "TMPDIR": str(uploads),
        "PYTHONPATH": str(repository),
        "CI": "true",
    }
    for name in ("GRADIO_TEMP_DIR", "MMEMO_MODEL"):
        environment.pop(name, None)
    with app_log.open("w") as log:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=repository, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}/"
    try:
        wait_until_healthy(url, process, app_log)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()
    assert process.returncode == 0
    assert list(uploads.glob("mmemo-uploads-*")) == [], "uploads outlived the app"


def camera_frames() -> bytes:
    """A .mjpeg, JPEGs one after another: a face on the left half, the right half red."""
    film = io.BytesIO()
    for shift in (0, 4):
        frame = Image.new("RGB", (640, 480), (120, 130, 140))
        frame.paste((220, 30, 30), (400, 0, 640, 480))
        frame.paste(draw_face(280), (20 + shift, 100))
        frame.save(film, "JPEG", quality=92)
    return film.getvalue()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Debian's Chromium with a fake camera."""
    film = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    film.write_bytes(camera_frames())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-video-capture={film}",
            ],
        )
        yield browser
        browser.close()


AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
SERIOUS = """
const found = await axe.run(document, { resultTypes: ["violations"] });
return found.violations
  .filter((violation) => ["serious", "critical"].includes(violation.impact))
  .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" | ")}`);
"""
OVERLAPS = """
const parts = [...document.querySelectorAll(".mm-card, .mm-tile, .block, #analyse, .mm-example, [role=tab]")]
  .filter((part) => part.checkVisibility({ visibilityProperty: true }) && !part.closest(".visually-hidden"))
  .map((part) => [part, part.getBoundingClientRect()]);
const name = (part) => `${part.id || part.className} ${part.innerText.slice(0, 30)}`;
const found = [];
for (const [i, [first, a]] of parts.entries())
  for (const [second, b] of parts.slice(i + 1)) {
    if (first.contains(second) || second.contains(first)) continue;
    const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (width > 2 && height > 2) found.push(`${name(first)} over ${name(second)}`);
  }
return found;
"""


class Visit:
    """A page, everything it asked for, and everything it complained about."""

    def __init__(self, context: BrowserContext, url: str, path: str = "") -> None:
        context.set_default_timeout(60_000)
        self.context = context
        self.url, self.requests, self.complaints = url, [], []
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.open(path)

    def open(self, path: str) -> None:
        """Go to a path of the app, such as `de?tab=live`."""
        self.page.goto(self.url + path)
        self.page.locator("#header h1").wait_for()

    @property
    def strangers(self) -> list[str]:
        """Requests that left the machine."""
        own = (self.url, self.url.replace("http", "ws", 1), "data:", f"blob:{self.url}")
        return [request for request in self.requests if not request.startswith(own)]

    def answer(self) -> str:
        """The answer's words once it is there."""
        self.page.locator("#answer .mm-verdict").first.wait_for()
        return self.page.locator("#answer").inner_text()

    def evidence(self) -> str:
        """The evidence's words once all of it is there."""
        self.page.locator("#evidence .mm-evidence").wait_for()
        return self.page.locator("#evidence").inner_text()

    def serious_violations(self) -> list[str]:
        """What axe-core finds on the page as it stands that hinders people."""
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.read_text("utf-8"))
        return self.page.evaluate(f"(async () => {{{SERIOUS}}})()")

    def overlaps(self) -> list[str]:
        """Parts of the page that lie over one another."""
        return self.page.evaluate(f"(() => {{{OVERLAPS}}})()")


@pytest.fixture
def visit(request: pytest.FixtureRequest, browser: Browser, app_url: str) -> Iterator[Visit]:
    """A new visitor; the test fails if a request left the machine or the console shows an error.

    Its parameters are options of a browser context, and `path` for where the visit begins.
    """
    options = dict(getattr(request, "param", {}))
    path = options.pop("path", "")
    context = browser.new_context(
        **{"viewport": {"width": 1440, "height": 900}, "permissions": ["camera"], "locale": "en-GB", **options}
    )
    visit = Visit(context, app_url, path)
    yield visit
    context.close()
    assert visit.strangers == []
    assert visit.complaints == []
