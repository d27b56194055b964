"""What docs/hub.md says is run: its Python in fresh processes, its commands in this one, its index read."""

import json
import re
import shlex
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest

from hub.export import export_model
from mmemo import MmemoPipeline
from mmemo.publishing import make_plan, publish
from mmemo.repository import INDEX_FILE, read_index
from tests.hub.server import LocalHub

pytestmark = pytest.mark.timeout(300)  # fresh processes are slow on a busy machine
BLOCK = re.compile(r"(<!-- without mmemo -->\n+)?```(\w+)\n(.*?)```", re.DOTALL)
SLOW = ("--check", "hub.onnx")
"""Commands that a test of their own covers, or that need the network."""


@pytest.fixture(scope="module")
def blocks(repository: Path) -> list[tuple[bool, str, str]]:
    """Whether it is for readers without mmemo, language and text of each block."""
    text = (repository / "docs" / "hub.md").read_text(encoding="utf-8").replace("USER", "user")
    return [(bool(without), language, code) for without, language, code in BLOCK.findall(text)]


@pytest.fixture
def commits(hub: LocalHub, tiny_checkpoint: Path, tmp_path: Path) -> dict[str, str]:
    """The repositories that the snippets name, with a small model, and their commits."""
    metrics = tmp_path / "metrics.json"
    values = {"task": "sentiment", "dataset": "meld", "split": "test", "modalities": ["text"], "num_items": 9}
    metrics.write_text(json.dumps(values | {"accuracy": 0.5, "ece": 0.1, "intervals": {"accuracy": [0.4, 0.6]}}))
    model = export_model(tiny_checkpoint, tmp_path / "exported", metrics=[metrics])
    pipeline = MmemoPipeline.from_pretrained(model, dtype="float32").save_pretrained(tmp_path / "pipeline")
    return {
        repo: publish(make_plan(folder, repo), message="first").commit
        for repo, folder in (("user/mmemo-emotion", model), ("user/mmemo", pipeline))
    }


def test_python_snippets_run(
    blocks: list[tuple[bool, str, str]],
    commits: dict[str, str],
    hub: LocalHub,
    python_without_mmemo: Path,
    run_python: Callable[..., str],
    repository: Path,
) -> None:
    def code(without_mmemo: bool) -> str:
        chosen = [text for without, language, text in blocks if language == "python" and without == without_mmemo]
        pinned = [re.sub(r'("user/[\w-]+".*?)"COMMIT"', lambda m: pin(m[1]), text) for text in chosen]
        return "\n".join(f"exec({text!r}, {{}})" for text in pinned)

    def pin(before: str) -> str:
        return f'{before}"{commits[re.search(r"user/[a-z-]+", before)[0]]}"'

    assert "COMMIT" not in code(False) + code(True)
    with ThreadPoolExecutor(2) as pool:
        ours = pool.submit(run_python, sys.executable, code(False), PYTHONPATH=str(repository))
        theirs = pool.submit(run_python, python_without_mmemo, code(True))
        assert ours.result().count("positive") == 2
        assert "tensor" in theirs.result()
    assert hub.repositories["models", "user/my-pipeline"].private
    assert INDEX_FILE in hub.files("user/my-pipeline")


def test_commands_run(
    blocks: list[tuple[bool, str, str]], hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line for _, language, code in blocks if language == "bash" for line in code.splitlines()]
    commands = [shlex.split(line)[2:] for line in lines if line.startswith("python -m hub.")]
    monkeypatch.chdir(tmp_path)
    ran = []
    for module, *arguments in commands:
        if not {module, *arguments}.intersection(SLOW):
            assert import_module(module).main(arguments) == 0
            ran.append(module)
    assert ran.count("hub.push") == 3
    assert hub.repositories["models", "user/emotion"].private
    assert "meme/model.safetensors" in hub.files("user/mmemo-pipeline")
    assert "mmemo/checkpoints/meme/model.safetensors" in hub.files("user/app", "spaces")


def test_index_of_the_docs_is_valid(blocks: list[tuple[bool, str, str]], tmp_path: Path) -> None:
    (index,) = (code for _, language, code in blocks if language == "json")
    (tmp_path / INDEX_FILE).write_text(index)
    assert set(read_index(tmp_path).parts) == {"meme", "sentiment"}
