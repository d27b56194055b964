"""Finished checkpoints: a folder that appears whole, or does not load."""

import json
import shutil
from pathlib import Path
from typing import Any

CONFIG_FILE = "config.json"
REPORT_FILE = "training.json"


def part_folder(output: Path) -> Path:
    """An empty folder inside `output` to write a checkpoint to."""
    part = output / "part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    return part


def put_in_place(part: Path) -> None:
    """Move what `part_folder` was filled with to the folder above it, in the place of an earlier checkpoint.

    `config.json`, without which nothing loads, leaves first and comes back last: whatever stops the moving, no mixture
    of an earlier checkpoint and this one can be loaded.
    """
    output = part.parent
    (output / CONFIG_FILE).unlink(missing_ok=True)
    for item in sorted(part.iterdir(), key=lambda path: path.name == CONFIG_FILE):
        if item.is_dir():
            shutil.rmtree(output / item.name, ignore_errors=True)
        item.replace(output / item.name)
    part.rmdir()


def write_json(path: Path, values: Any, *, sort_keys: bool = False) -> None:  # noqa: ANN401 - any JSON value
    """Indented JSON with a line feed at its end."""
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False, sort_keys=sort_keys) + "\n", encoding="utf-8")
