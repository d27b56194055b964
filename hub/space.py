"""The Gradio Space: `python -m hub.space --output DIR` writes it, `--push USER/NAME` publishes it too.

Conventions: versions in the front matter are those that are installed here, with which the app was run. Without
`--model` the compact pair travels along and the Space needs nothing else; with `--model USER/NAME@COMMIT` the weights
stay in their own repository and are preloaded when the Space is built. `--check` installs the result into a new virtual
environment and asks its `/healthz`, which takes minutes and some gigabytes.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import venv
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from hub.cards import METADATA, PROSE
from mmemo.publishing import PublishError, make_plan, publish
from mmemo.repository import INDEX_FILE, ModelError, fetch, read_index

ROOT = Path(__file__).parent.parent
COPIED = ("app.py", "requirements.txt", "LICENSE", "mmemo")
NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc")
MODEL_VARIABLE = "MMEMO_MODEL"
START_SECONDS = 180.0


class SpaceError(ValueError):
    """A Space that cannot be written or does not start."""


def front_matter(model: str | None) -> dict[str, Any]:
    """Metadata of the Space's README.

    Args:
        model: `USER/NAME@COMMIT` of the weights; None when they travel along.
    """
    bases = sorted({base for metadata in METADATA.values() for base in metadata["base_model"]})
    values: dict[str, Any] = {
        "title": "mmemo",
        "emoji": "🎭",
        "colorFrom": "indigo",
        "colorTo": "pink",
        "sdk": "gradio",
        "sdk_version": version("gradio"),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "app_file": "app.py",
        "short_description": "What memes, faces and words express, and why",
        "license": "apache-2.0",
        "tags": ["memes", "emotion-recognition", "hate-speech-detection", "multimodal"],
        "models": [model.partition("@")[0]] if model else bases,
    }
    if model:
        values["preload_from_hub"] = _preloads(model)
    return values


def _preloads(model: str) -> list[str]:
    """`repository files commit` of each repository that the model needs: itself, and the pinned parts of a pipeline."""
    repo_id, at, commit = model.partition("@")
    if not at or len(commit) != 40:
        raise SpaceError(f"--model must be user/name@COMMIT with the full commit, got {model!r}")
    base = fetch(repo_id, revision=commit)
    if not (base / INDEX_FILE).is_file():
        return [_preload(repo_id, commit, base)]
    parts = read_index(base).parts.values()
    if folders := tuple(part.folder for part in parts if part.folder is not None):
        base = fetch(repo_id, folders=folders, revision=commit)
    pinned = [(part.repo_id, part.revision) for part in parts if part.repo_id and part.revision]
    return [
        _preload(repo_id, commit, base),
        *(_preload(part_id, revision, fetch(part_id, revision=revision)) for part_id, revision in pinned),
    ]


def _preload(repo_id: str, commit: str, folder: Path) -> str:
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return f"{repo_id} {','.join(files)} {commit}"


def write_space(output: Path, model: str | None = None) -> Path:
    """Write the Space.

    Args:
        output: Folder that is empty, missing, or an earlier Space, whose files are replaced.
        model: `USER/NAME@COMMIT` of the weights on the Hub; None to take the compact pair along.

    Returns:
        The output.

    Raises:
        SpaceError: The output holds something else, or the model is not pinned.
        ModelError: The model cannot be had.
    """
    values = front_matter(model)
    if output.exists() and (not output.is_dir() or (any(output.iterdir()) and not (output / COPIED[0]).is_file())):
        raise SpaceError(f"{output} holds something else: expected an empty folder, a new one, or an earlier Space")
    output.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source, target = ROOT / name, output / name
        if source.is_file():
            shutil.copyfile(source, target)
            continue
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore=NOT_COPIED)
    if model:
        for path in (output / "mmemo" / "checkpoints").glob("*/*"):
            if path.name != "README.md":  # the cards stay: the app shows them
                path.unlink()
        _name_model(output / "app.py", model)
    head = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
    prose = (PROSE / "space.md").read_text(encoding="utf-8")
    (output / "README.md").write_text(f"---\n{head}---\n\n{prose}", encoding="utf-8")
    return output


def _name_model(app: Path, model: str) -> None:
    """Let the app take its weights from the Hub unless the Space's settings name others."""
    text = app.read_text(encoding="utf-8")
    imports, first = "\nimport sys\n", "\ntry:\n    settings = "
    assert text.count(imports) == text.count(first) == 1, f"{app} reads its settings in another way"
    text = text.replace(imports, f"\nimport os{imports}")
    line = f'\nos.environ.setdefault("{MODEL_VARIABLE}", "{model}")'
    app.write_text(text.replace(first, line + first), encoding="utf-8")


def check_space(folder: Path, python: Path, **environment: str) -> float:
    """Start a Space with an interpreter and wait until `/healthz` answers; the process is ended again.

    Args:
        folder: Of the Space, in which it runs.
        python: Interpreter with what `requirements.txt` names.
        environment: Further variables for it.

    Returns:
        Seconds until it answered.

    Raises:
        SpaceError: It ended, or did not answer in `START_SECONDS`; with the end of what it printed.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    where = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port), "CI": "1"}
    with TemporaryDirectory(prefix="mmemo-space-") as scratch:
        log = Path(scratch) / "log.txt"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [python, "app.py"], cwd=folder, env=kept | where | environment, stdout=output, stderr=output
            )
        try:
            return _wait_until_healthy(process, f"http://127.0.0.1:{port}/healthz", log)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_healthy(process: "subprocess.Popen[bytes]", url: str, log: Path) -> float:
    start = time.monotonic()
    while time.monotonic() - start < START_SECONDS and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                if json.load(response) == {"status": "ok"}:
                    return time.monotonic() - start
        except OSError:
            time.sleep(0.2)
    raise SpaceError(f"the Space did not answer {url}:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


def check_in_new_environment(folder: Path) -> float:
    """Install what the Space asks for into a new virtual environment, and start it there; seconds to its answer."""
    with TemporaryDirectory(prefix="mmemo-space-") as scratch:
        venv.create(scratch, with_pip=True)
        python = Path(scratch) / ("Scripts" if os.name == "nt" else "bin") / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", folder / "requirements.txt"], check=True)
        return check_space(folder, python)


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hub.space", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder of the Space")
    parser.add_argument("--model", metavar="USER/NAME@COMMIT", help="weights on the Hub (default: the compact pair)")
    parser.add_argument("--check", action="store_true", help="install and start it in a new environment (minutes)")
    parser.add_argument("--push", metavar="USER/NAME", help="publish it")
    parser.add_argument("--private", action="store_true", help="make a new Space private")
    parser.add_argument("--dry-run", action="store_true", help="with --push: print the plan and stop")
    parser.add_argument("--parent", metavar="SHA", help="commit that may be replaced although it is new here")
    args = parser.parse_args(argv)
    try:
        folder = write_space(args.output, args.model)
        print(f"wrote {folder}", flush=True)
        if args.check:
            print(f"answered after {check_in_new_environment(folder):.1f} s", flush=True)
        if args.push:
            plan = make_plan(folder, args.push, repo_type="space", delete=True)
            print(plan, flush=True)
            if not args.dry_run:
                result = publish(plan, message="Update from mmemo", private=args.private, parent=args.parent)
                print(f"{result.url} at {result.commit}" if result.is_new else "nothing has changed")
    except (ModelError, PublishError, SpaceError, subprocess.CalledProcessError) as error:
        print(f"hub.space: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
