"""The Space: front matter that the Hub accepts, a folder that starts, and one commit that publishes it."""

import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml

from hub.export import export_pipeline
from hub.space import SpaceError, check_space, main, write_space
from mmemo.publishing import make_plan, publish
from mmemo.repository import INDEX_FILE
from tests.hub.server import LocalHub, card_errors

pytestmark = pytest.mark.timeout(300)  # fresh processes are slow on a busy machine


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_space(tmp_path_factory.mktemp("space") / "out")


def front_matter(folder: Path) -> dict:
    return yaml.safe_load((folder / "README.md").read_text().split("---")[1])


def test_space_has_what_the_hub_asks_for(space: Path) -> None:
    assert card_errors((space / "README.md").read_text(), "space") == []
    values = front_matter(space)
    assert values["sdk_version"] == version("gradio")
    assert re.fullmatch(r"3\.\d+", values["python_version"])
    assert "preload_from_hub" not in values
    assert {"app.py", "mmemo", "requirements.txt", "LICENSE", "README.md"} == {path.name for path in space.iterdir()}
    assert (space / "mmemo" / "checkpoints" / "meme" / "model.safetensors").is_file()
    assert not list(space.rglob("__pycache__"))


def test_space_starts_in_an_environment_without_mmemo(space: Path, python_without_mmemo: Path) -> None:
    assert check_space(space, python_without_mmemo, HF_HUB_OFFLINE="1") > 0


def test_space_that_ends_is_told(tmp_path: Path, python_without_mmemo: Path) -> None:
    (tmp_path / "app.py").write_text("raise SystemExit('no camera, no show')")
    with pytest.raises(SpaceError, match="no camera, no show"):
        check_space(tmp_path, python_without_mmemo)


def test_space_with_weights_from_the_hub_preloads_them_at_their_commits(hub: LocalHub, tmp_path: Path) -> None:
    meme = hub.put("user/mmemo-meme", {"config.json": b"{}", "model.safetensors": b"w", "code.py": b""})
    index = export_pipeline(tmp_path / "pipeline", {"meme": f"user/mmemo-meme@{meme}"})
    commit = publish(make_plan(index, "user/mmemo"), message="first").commit
    folder = write_space(tmp_path / "space", f"user/mmemo@{commit}")
    first, second = (line.split(" ") for line in front_matter(folder)["preload_from_hub"])
    assert (first[0], first[2]) == ("user/mmemo", commit)
    assert {INDEX_FILE, "emotion/config.json", "emotion/model.safetensors"} <= set(first[1].split(","))
    assert second == ["user/mmemo-meme", "config.json,model.safetensors", meme]
    assert {path.name for path in (folder / "mmemo" / "checkpoints").glob("*/*")} == {"README.md"}
    code = (folder / "app.py").read_text()
    compile(code, "app.py", "exec")
    assert (
        code.index("import os") < code.index(f'"MMEMO_MODEL", "user/mmemo@{commit}"') < code.index("from_environment()")
    )


@pytest.mark.parametrize("model", ["user/mmemo", "user/mmemo@main"])
def test_space_refuses_weights_without_a_commit(model: str, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["--output", str(tmp_path / "out"), "--model", model]) == 1
    assert "must be user/name@COMMIT with the full commit" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_space_refuses_a_folder_with_something_else(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(SpaceError, match="holds something else"):
        write_space(tmp_path)


def test_space_is_published_in_one_commit(
    hub: LocalHub, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.space.COPIED", ("app.py", "requirements.txt", "LICENSE"))  # without the weights
    arguments = ["--output", str(tmp_path / "out"), "--push", "user/app", "--private"]
    assert main([*arguments, "--dry-run"]) == 0
    assert hub.repositories == {}
    assert main(arguments) == main(arguments) == 0
    repository = hub.repositories["spaces", "user/app"]
    assert (len(repository.commits), repository.private) == (2, True)
    assert hub.created[0]["sdk"] == "gradio"
    assert "README.md" in hub.files("user/app", "spaces")
    assert "nothing has changed" in capsys.readouterr().out


def test_examples_of_the_space_are_those_of_the_app(space: Path) -> None:
    folder = space / "mmemo" / "ui" / "examples"
    assert all((folder / example["file"]).is_file() for example in json.loads((folder / "examples.json").read_text()))
