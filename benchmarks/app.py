"""Time the app as it is served, and write `app.md`: `python -m benchmarks.app`.

Run it on an idle Linux machine with Chromium at hand; it takes about five minutes. The app runs in a process of its own
(`python app.py`, the compact pair); callers send a picture with a face and its words to `/analyze` over loopback, one
call after another each. Memory is the process's resident set.
"""

import argparse
import base64
import io
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import torch
from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.accuracy import processor_name
from mmemo.devices import best_dtype

HERE = Path(__file__).parent
ROOT = HERE.parent
PICTURE = ROOT / "mmemo" / "ui" / "examples" / "smile.jpg"
WORDS = "i am furious i hate this day"
CALLERS = (1, 4, 16)
CALLS_EACH = {1: 60, 4: 30, 16: 12}
"""Calls of each caller, after one that is not counted."""
FEW, MANY = 100, 1000
"""Analyses after which memory is read."""
MAX_GROWTH = 0.05
LIVE_S = 20.0
START_LIMIT_S = 180


@dataclass(frozen=True, kw_only=True)
class App:
    """A running app: its URL, its process, and when it was started (`time.perf_counter`)."""

    url: str
    pid: int
    started_s: float


@contextmanager
def running_app() -> Iterator[App]:
    """`python app.py` on a free port until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as uploads:
        environment = {
            **os.environ,
            "GRADIO_SERVER_NAME": "127.0.0.1",
            "GRADIO_SERVER_PORT": str(port),
            "GRADIO_TEMP_DIR": uploads,
            "CI": "true",
        }
        started_s = time.perf_counter()
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            app = App(url=f"http://127.0.0.1:{port}/", pid=process.pid, started_s=started_s)
            wait_until_healthy(app, process)
            yield app
        finally:
            process.terminate()
            process.wait(60)


def wait_until_healthy(app: App, process: subprocess.Popen[bytes]) -> None:
    """Ask until the app answers."""
    while time.perf_counter() - app.started_s < START_LIMIT_S and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{app.url}healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"the app did not answer within {START_LIMIT_S} seconds")


def call_body() -> bytes:
    """The body of a call to `/analyze`, the picture inside it."""
    url = "data:image/jpeg;base64," + base64.b64encode(PICTURE.read_bytes()).decode()
    return json.dumps({"data": [{"url": url, "path": None}, WORDS]}).encode()


def call(app: App, body: bytes) -> float:
    """Seconds from sending a call to having its answer."""
    start = time.perf_counter()
    route = f"{app.url}gradio_api/call/analyze"
    request = urllib.request.Request(route, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as response:
        event = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{route}/{event}", timeout=300) as response:
        answer = response.read()
    if b"event: complete" not in answer or b'"verdict"' not in answer:
        raise RuntimeError(f"expected an analysis, got {answer[:200]!r}")
    return time.perf_counter() - start


@dataclass(frozen=True, kw_only=True)
class Load:
    """What callers met: times in seconds, and answers a second of all together."""

    callers: int
    p50_s: float
    p95_s: float
    rate: float


def load(app: App, body: bytes, callers: int, calls_each: int) -> Load:
    """Let callers call, each as soon as its last answer is there."""
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(lambda _: call(app, body), range(callers)))
        start = time.perf_counter()
        runs = pool.map(lambda _: [call(app, body) for _ in range(calls_each)], range(callers))
        times = sorted(seconds for run in runs for seconds in run)
        rate = len(times) / (time.perf_counter() - start)
    p95_s = statistics.quantiles(times, n=20, method="inclusive")[-1]
    return Load(callers=callers, p50_s=statistics.median(times), p95_s=p95_s, rate=rate)


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("expected a line VmRSS in the process's status")


def memory_mb(app: App, body: bytes, few: int, many: int) -> tuple[float, float]:
    """Resident memory after few and after many analyses."""
    found = []
    for count in (few, many - few):
        for _ in range(count):
            call(app, body)
        found.append(resident_mb(app.pid))
    return found[0], found[1]


def film() -> bytes:
    """A film for Chromium's fake camera, JPEGs one after another: the picture, 640 x 480, moving a little."""
    film = io.BytesIO()
    face = Image.open(PICTURE).convert("RGB").resize((440, 440))
    for shift in (0, 6, 12, 6):
        frame = Image.new("RGB", (640, 480), (120, 130, 140))
        frame.paste(face, (80 + shift, 20))
        frame.save(film, "JPEG", quality=92)
    return film.getvalue()


def live_rate(app: App, seconds: float) -> float:
    """Frames a second that the Live tab analyses in Chromium."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "camera.mjpeg"
        path.write_bytes(film())
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-video-capture={path}",
            ],
        )
        page = browser.new_context(permissions=["camera"]).new_page()
        page.set_default_timeout(60_000)
        page.goto(app.url)
        page.get_by_role("tab", name="Live").click()
        page.locator('#camera [title="grant webcam access"] button').click()
        page.wait_for_function("document.querySelector('#camera video')?.currentTime > 0.5")
        page.locator("#camera button.capture-button").click()
        view = page.locator("#live-view .mm-live[data-faces='1']")
        view.wait_for()
        page.wait_for_timeout(3000)
        first, start = int(view.get_attribute("data-frames") or 0), time.perf_counter()
        page.wait_for_timeout(1000 * seconds)
        last, stop = int(view.get_attribute("data-frames") or 0), time.perf_counter()
        browser.close()
    return (last - first) / (stop - start)


def report(start_s: float, loads: list[Load], memory: tuple[float, float], rate: float, few: int, many: int) -> str:
    """The figures as Markdown."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    dtype = str(best_dtype(torch.device("cpu"))).removeprefix("torch.")
    growth = memory[1] / memory[0] - 1
    lines = [
        "# The app under load",
        "",
        "| what | value |",
        "|---|---|",
        f"| from `python app.py` to the first answer | {start_s:.1f} s |",
        *(
            f"| {load.callers} caller{'s' * (load.callers > 1)}: p50 / p95, answers a second | "
            f"{1000 * load.p50_s:.0f} / {1000 * load.p95_s:.0f} ms, {load.rate:.1f} |"
            for load in loads
        ),
        f"| memory after {few} and after {many:,} analyses | {memory[0]:.0f} and {memory[1]:.0f} MB, {growth:+.1%} |",
        f"| Live tab, one face at 640 x 480 | {rate:.1f} frames a second |",
        "",
        f"`python -m benchmarks.app` at commit {commit.stdout.strip()}, {datetime.now(UTC).date().isoformat()}, "
        f"{processor_name()}, {dtype}; a 600-pixel picture with a face and its words, "
        "default settings (two analyses beside each other, the other callers wait in the queue).",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and write; stop with 1 when memory grew too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the calls, and nothing written")
    quick = parser.parse_args().quick
    few, many = (FEW // 10, MANY // 10) if quick else (FEW, MANY)
    body = call_body()
    with running_app() as app:
        call(app, body)
        start_s = time.perf_counter() - app.started_s
        loads = [load(app, body, n, max(1, CALLS_EACH[n] // 10) if quick else CALLS_EACH[n]) for n in CALLERS]
    with running_app() as app:  # a fresh process: memory from the first analysis on
        memory = memory_mb(app, body, few, many)
        rate = live_rate(app, LIVE_S / 4 if quick else LIVE_S)
    text = report(start_s, loads, memory, rate, few, many)
    print(text)
    if quick:
        return
    (HERE / "app.md").write_text(text, encoding="utf-8")
    if memory[1] > memory[0] * (1 + MAX_GROWTH):
        raise SystemExit(f"expected memory to grow by less than {MAX_GROWTH:.0%}")


if __name__ == "__main__":
    main()
