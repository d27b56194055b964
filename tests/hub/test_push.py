"""Publishing to a Hub on this machine: one commit or none, and nothing that somebody else did is overwritten."""

import shutil
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import HfHubHTTPError

from hub.push import main
from mmemo.publishing import SEEN_FILE, Plan, PublishError, last_seen, make_plan, publish
from mmemo.repository import ModelError, fetch
from tests.hub.server import TOKEN, LocalHub

REPO = "user/model"
WEIGHTS = b"w" * 50_000
CARD = "---\nlicense: apache-2.0\n---\n\n# A model\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    (made / "examples").mkdir(parents=True)
    (made / "model.safetensors").write_bytes(WEIGHTS)
    (made / "config.json").write_text("{}")
    (made / "README.md").write_text(CARD)
    (made / "examples" / "a.txt").write_text("a")
    return made


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries of huggingface_hub follow each other at once."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def push(folder: Path, *options: str) -> int:
    return main([str(folder), "--repo-id", REPO, *options])


def kinds(plan: Plan) -> dict[str, str]:
    return {change.path: change.kind for change in plan.changes}


def test_push_makes_one_commit_of_everything(hub: LocalHub, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert push(folder) == 0
    assert len(hub.repositories["models", REPO].commits) == 2  # the empty one of the Hub, and ours
    assert hub.files(REPO).keys() == {
        ".gitattributes",
        "README.md",
        "config.json",
        "examples/a.txt",
        "model.safetensors",
    }
    assert hub.files(REPO)["model.safetensors"] == WEIGHTS
    printed = capsys.readouterr().out
    assert "add       50.0 kB  model.safetensors" in printed
    assert "4 of 4 files change, 50.0 kB to upload" in printed
    assert printed.rstrip().endswith(hub.head(REPO))
    listed = {entry.path for entry in HfApi().list_repo_tree(REPO, recursive=True)}
    assert listed == set(hub.files(REPO))


def test_push_again_makes_no_commit(hub: LocalHub, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert push(folder) == push(folder) == 0
    assert len(hub.repositories["models", REPO].commits) == 2
    assert "nothing has changed" in capsys.readouterr().out
    shutil.copytree(folder, folder.parent / "copy", ignore=shutil.ignore_patterns(SEEN_FILE))
    assert push(folder.parent / "copy") == 0
    assert len(hub.repositories["models", REPO].commits) == 2


def test_push_uploads_only_what_changed(hub: LocalHub, folder: Path) -> None:
    push(folder)
    (folder / "config.json").write_text('{"a": 1}')
    hub.requests.clear()
    assert kinds(make_plan(folder, REPO))["config.json"] == "change"
    assert push(folder) == 0
    assert hub.files(REPO)["config.json"] == b'{"a": 1}'
    assert not any("/lfs/" in request for request in hub.requests)


def test_dry_run_changes_nothing(hub: LocalHub, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert push(folder, "--dry-run") == 0
    assert "does not exist yet" in capsys.readouterr().out
    assert hub.repositories == {}
    assert not (folder / SEEN_FILE).exists()


def test_push_reports_what_somebody_else_changed(
    hub: LocalHub, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    push(folder)
    seen = hub.head(REPO)
    moved = hub.put(REPO, {"config.json": b'{"theirs": true}'})
    assert push(folder) == 1
    error = capsys.readouterr().err
    assert f"has moved from {seen[:12]} to {moved[:12]}; nothing was changed" in error
    assert "replace config.json" in error
    assert hub.files(REPO)["config.json"] == b'{"theirs": true}'
    assert push(folder, "--parent", moved) == 0
    assert hub.files(REPO)["config.json"] == b"{}"


def test_push_to_a_repository_of_others_is_reported(hub: LocalHub, folder: Path) -> None:
    hub.put(REPO, {"config.json": b"theirs", "notes.txt": b"theirs"})
    plan = make_plan(folder, REPO)
    assert kinds(plan)["notes.txt"] == "keep"
    with pytest.raises(PublishError, match="holds files that this folder was not pushed to before"):
        publish(plan, message="ours")
    assert hub.files(REPO)["config.json"] == b"theirs"
    made = publish(plan, message="ours", create_pr=True)
    assert made.url.endswith("/discussions/1")
    assert hub.files(REPO)["config.json"] == b"theirs"
    assert last_seen(folder, REPO) is None


def test_change_between_plan_and_commit_is_refused_by_the_hub(hub: LocalHub, folder: Path) -> None:
    push(folder)
    (folder / "config.json").write_text('{"ours": 1}')
    plan = make_plan(folder, REPO)
    hub.put(REPO, {"other.txt": b"theirs"})
    with pytest.raises(PublishError, match="nothing was changed in user/model: the repository has changed while"):
        publish(plan, message="ours")
    assert hub.files(REPO)["config.json"] == b"{}"


def test_files_that_only_the_hub_has_go_when_asked(hub: LocalHub, folder: Path) -> None:
    push(folder)
    (folder / "examples" / "a.txt").unlink()
    assert push(folder) == 0
    assert "examples/a.txt" in hub.files(REPO)
    assert push(folder, "--delete") == 0
    assert "examples/a.txt" not in hub.files(REPO)
    assert ".gitattributes" in hub.files(REPO)


def test_private_repository_is_made_private_and_needs_the_token(
    hub: LocalHub, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert push(folder, "--private") == 0
    assert hub.repositories["models", REPO].private
    assert fetch(REPO).joinpath("config.json").read_text() == "{}"
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "other"))
    with pytest.raises(ModelError, match="private or gated one sign in with `hf auth login` or set HF_TOKEN"):
        fetch(REPO)


def test_push_without_a_token_says_how_to_sign_in(
    hub: LocalHub, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    assert push(folder) == 1
    assert "sign in with `hf auth login` or set HF_TOKEN" in capsys.readouterr().err
    assert hub.repositories == {}


def test_token_is_neither_printed_nor_stored(hub: LocalHub, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    push(folder)
    hub.put(REPO, {"config.json": b"theirs"})
    push(folder)
    captured = capsys.readouterr()
    assert TOKEN not in captured.out + captured.err
    assert not any(TOKEN.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_pickles_are_not_published(hub: LocalHub, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "optimizer.pt").write_bytes(b"")
    assert push(folder) == 1
    assert "pickles are not published, they can run code when they are read: optimizer.pt" in capsys.readouterr().err


def test_invalid_card_is_refused_before_any_upload(hub: LocalHub, folder: Path) -> None:
    (folder / "README.md").write_text("---\nlicense: [1]\n---\n")
    with pytest.raises(PublishError, match=r'Invalid metadata in README\.md.*"license" must be a string'):
        publish(make_plan(folder, REPO), message="ours")
    assert hub.storage == {}


def test_upload_cut_once_is_tried_again(hub: LocalHub, folder: Path, no_waiting: None) -> None:
    hub.cut_uploads = 1
    assert push(folder) == 0
    assert hub.files(REPO)["model.safetensors"] == WEIGHTS


def test_upload_cut_for_good_changes_nothing(
    hub: LocalHub, folder: Path, no_waiting: None, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.cut_uploads = 1_000
    assert push(folder) == 1
    assert "nothing was changed in user/model: Error while uploading 'model.safetensors'" in capsys.readouterr().err
    assert set(hub.files(REPO)) == {".gitattributes"}
    assert not (folder / SEEN_FILE).exists()
    hub.cut_uploads = 0
    assert push(folder) == 0
    assert hub.files(REPO)["model.safetensors"] == WEIGHTS


def test_download_cut_once_goes_on(hub: LocalHub, folder: Path, no_waiting: None) -> None:
    push(folder)
    hub.cut_downloads = 1
    assert fetch(REPO).joinpath("model.safetensors").read_bytes() == WEIGHTS
    assert hub.cut_downloads == 0


def test_download_cut_for_good_leaves_no_half_model(hub: LocalHub, folder: Path, no_waiting: None) -> None:
    push(folder)
    hub.cut_downloads = 1_000
    with pytest.raises(ModelError, match="cannot load 'user/model'"):
        fetch(REPO)
    with pytest.raises(ModelError, match="not whole"):
        fetch(REPO, local_files_only=True)
    hub.cut_downloads = 0
    assert fetch(REPO).joinpath("model.safetensors").read_bytes() == WEIGHTS


def test_server_refuses_what_the_hub_refuses(hub: LocalHub) -> None:
    """The stand-in is strict where the tests above rely on it."""
    hub.put("user/private", {"config.json": b"{}"}, private=True)
    with pytest.raises(HfHubHTTPError, match="401"):
        HfApi(token=False).model_info("user/private")
    put = httpx2.put(f"{hub.url}/lfs/{'0' * 64}", content=b"other content")
    assert (put.status_code, hub.storage) == (400, {})
