"""A Hub on this machine for the tests of publishing and loading, and an interpreter that has no mmemo."""

import os
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants

from mmemo.models import MmemoProcessor
from tests.hub.server import TOKEN, LocalHub
from tests.models.tiny import make_config, make_image_processor, make_model, make_tokenizer, picture_config, text_config

EMOTIONS = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]


@pytest.fixture(scope="session")
def hub_server() -> Iterator[LocalHub]:
    with LocalHub() as server:
        yield server


@pytest.fixture
def hub(hub_server: LocalHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalHub:
    """An empty Hub that this process reaches, with a token and an empty cache of its own."""
    hub_server.__dict__.update(repositories={}, storage={}, requests=[], created=[], cut_uploads=0, cut_downloads=0)
    for name, value in {
        "ENDPOINT": hub_server.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": hub_server.url + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HUB_OFFLINE": False,
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_CACHE": str(tmp_path / "cache"),
    }.items():
        monkeypatch.setattr(constants, name, value)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return hub_server


@pytest.fixture
def hub_environment(hub: LocalHub, tmp_path: Path) -> dict[str, str]:
    """Environment of a child process that uses the Hub, without this one's `PYTHONPATH`."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return kept | {
        "HF_ENDPOINT": hub.url,
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HOME": str(tmp_path / "home"),
        "HF_TOKEN": TOKEN,
    }


@pytest.fixture(scope="session")
def python_without_mmemo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that sees every installed package but mmemo."""
    folder = tmp_path_factory.mktemp("reader") / "venv"
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    # A path in a .pth file is added as it stands: the .pth files in it, those of editable installs, are not read.
    (packages / "packages.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    python = folder / "bin" / "python"
    lacks = [python, "-c", "import importlib.util as u, sys; sys.exit(u.find_spec('mmemo') is not None)"]
    subprocess.run(lacks, cwd=folder, check=True, env={**os.environ, "PYTHONPATH": ""})
    return python


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished checkpoint of a small model of the project's own tasks, saved in bfloat16 as the shipped ones are."""
    folder = tmp_path_factory.mktemp("tiny") / "emotion"
    tasks = {
        "emotion": {"labels": EMOTIONS, "modalities": ["text", "face"], "temperature": 1.5},
        "face_emotion": {"labels": EMOTIONS, "modalities": ["face"]},
        "sentiment": {"labels": ["negative", "neutral", "positive"], "modalities": ["text"]},
    }
    config = make_config(text_config=text_config("bert"), face_config=picture_config("test_resnet"), tasks=tasks)
    make_model(config).to(torch.bfloat16).save_pretrained(folder)
    MmemoProcessor(
        tokenizer=make_tokenizer(), face_image_processor=make_image_processor(), face_grayscale=True
    ).save_pretrained(folder)
    return folder


@pytest.fixture
def run_python(hub_environment: dict[str, str], tmp_path: Path) -> Callable[..., str]:
    """Run a script in a child process, somewhere else, and give what it prints."""

    def run(python: Path | str, code: str, *arguments: str, **environment: str) -> str:
        command = [str(python), "-c", code, *arguments]
        found = subprocess.run(command, cwd=tmp_path, env=hub_environment | environment, capture_output=True, text=True)
        assert found.returncode == 0, found.stderr[-3000:]
        return found.stdout

    return run
