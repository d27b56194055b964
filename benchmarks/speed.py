"""Time the compact pair and write `speed.md`: `python -m benchmarks.speed`.

Run it on an idle machine. Times are wall time; "fresh" is a new process with the libraries in the disk cache.
"""

import platform
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import torch
from PIL import Image

from mmemo import MmemoPipeline
from mmemo.devices import best_dtype
from mmemo.perception import load_image

HERE = Path(__file__).parent
PICTURE = HERE.parent / "mmemo" / "ui" / "examples" / "smile.jpg"
WORDS = "i am furious i hate this day"
REPEATS = 20


def fresh_s(arguments: list[str]) -> float:
    """Median seconds of `mmemo analyze` in a fresh process, of three after one that fills the disk cache."""
    times = []
    for _ in range(4):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "mmemo", "analyze", *arguments], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def call_ms(pipeline: MmemoPipeline, *, image: Image.Image | None, text: str | None) -> float:
    """Median milliseconds of a call, after one that is not counted."""
    times = []
    for _ in range(REPEATS + 1):
        start = time.perf_counter()
        pipeline(image=image, text=text)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[1:])


def batch_ms(pipeline: MmemoPipeline) -> float:
    """Milliseconds for each of 64 items that go through `batch` with 16 at a time."""
    items = [{"image": str(PICTURE), "text": WORDS}] * 64
    start = time.perf_counter()
    pipeline.batch(items, batch_size=16)
    return 1000 * (time.perf_counter() - start) / len(items)


def main() -> None:
    """Measure, print and write."""
    pipeline = MmemoPipeline.from_pretrained()
    picture, large = str(PICTURE), load_image(PICTURE)
    small = large.resize((400, 400))
    rows = [
        ("`mmemo analyze smile.jpg --text ...`, fresh process", f"{fresh_s([picture, '--text', WORDS]):.1f} s"),
        ("`mmemo analyze smile.jpg`, words read, fresh process", f"{fresh_s([picture]):.1f} s"),
        (
            "400-pixel picture with a face, and words, second call on",
            f"{call_ms(pipeline, image=small, text=WORDS):.0f} ms",
        ),
        (
            "600-pixel picture with a face, and words, second call on",
            f"{call_ms(pipeline, image=large, text=WORDS):.0f} ms",
        ),
        ("the same, words read from the picture", f"{call_ms(pipeline, image=large, text=None):.0f} ms"),
        ("words alone", f"{call_ms(pipeline, image=None, text=WORDS):.0f} ms"),
        ("batch of 64, 16 at a time, each item", f"{batch_ms(pipeline):.0f} ms"),
    ]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
    dtype = str(best_dtype(torch.device("cpu"))).removeprefix("torch.")
    lines = [
        "# Speed of the compact pair",
        "",
        "| what | median |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in rows),
        "",
        f"`python -m benchmarks.speed` at commit {commit.stdout.strip()}, {datetime.now(UTC).date().isoformat()}, "
        f"{platform.machine()} with {torch.get_num_threads()} threads, {dtype}; medians of 20 calls, of 3 processes.",
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    (HERE / "speed.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
