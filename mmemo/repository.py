"""Model repositories: what is read of one, how it is fetched and checked, and the index of a whole pipeline.

Conventions: a repository is a folder or a Hub id. Of a Hub id only the files that a model needs are fetched, never code
and never a pickle (a chat template runs in jinja's sandbox); what was fetched is compared with the hashes that the Hub
names before anything reads it.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import httpx2
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import (
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from safetensors import SafetensorError, safe_open

from mmemo.labels import TASK_LABELS

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
WEIGHTS_INDEX = "model.safetensors.index.json"
INDEX_FILE = "mmemo_pipeline.json"
READ_PATTERNS = ("*.json", "*.txt", "*.model", "*.jinja", WEIGHTS_FILE, "model-*-of-*.safetensors")
"""Names of files that are fetched: settings, vocabularies, chat templates, weights."""
PICKLE_SUFFIXES = frozenset({".bin", ".ckpt", ".dill", ".joblib", ".pickle", ".pkl", ".pt", ".pth"})
INDEX_FORMAT = 1
_CLASS_NAME = "MmemoPipeline"
_PART_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_HUB_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


class ModelError(ValueError):
    """A model that cannot be used; the message says what was expected and what came."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A model of a pipeline: either a folder of the same repository, or another repository at one commit.

    Attributes:
        tasks: What it serves in this pipeline.
        folder: Its folder beside the index.
        repo_id: Hub id of another repository.
        revision: Commit of that repository, in full.
    """

    tasks: tuple[str, ...]
    folder: str | None = None
    repo_id: str | None = None
    revision: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON values, without what is not there."""
        values = {key: value for key, value in dataclasses.asdict(self).items() if value is not None}
        return values | {"tasks": list(self.tasks)}


@dataclass(frozen=True, kw_only=True)
class PipelineIndex:
    """What a pipeline is made of.

    Attributes:
        parts: Name to model, in the order in which they were put together.
        face_detector: A name that `load_face_detector` takes.
        text_reader: Settings of the `TextReader`.
    """

    parts: Mapping[str, Part]
    face_detector: str = "auto"
    text_reader: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> str:
        """Content of the index file."""
        values = {
            "_class_name": _CLASS_NAME,
            "format": INDEX_FORMAT,
            "parts": {name: part.to_dict() for name, part in self.parts.items()},
            "face_detector": self.face_detector,
            "text_reader": dict(self.text_reader),
        }
        return json.dumps(values, indent=2) + "\n"


# --- fetching and checking -------------------------------------------------------------------------------------------


def fetch(
    model_id: str,
    *,
    folders: tuple[str, ...] = (),
    revision: str | None = None,
    token: str | bool | None = None,
    local_files_only: bool = False,
) -> Path:
    """Folder with the files of a repository that a model needs, each compared with the Hub's hash of it.

    Args:
        model_id: Folder or Hub id.
        folders: Folders of the repository to fetch; none for the files that stand in no folder.
        revision: Commit, tag or branch of a Hub id.
        token: For private repositories; None for the one that the machine is signed in with.
        local_files_only: Take it from the cache, never ask the Hub.

    Raises:
        ModelError: It cannot be had, or differs from what the Hub lists.
    """
    if Path(model_id).is_dir():
        return Path(model_id)
    inside = [f"{folder}/{name}" for folder in folders for name in READ_PATTERNS]
    try:
        snapshot = snapshot_download(
            model_id,
            revision=revision,
            token=token,
            local_files_only=local_files_only,
            allow_patterns=inside or list(READ_PATTERNS),
            ignore_patterns=None if folders else ["*/*"],
        )
    except (OSError, ValueError, httpx2.HTTPError) as error:
        _refuse(model_id, _reason(error, revision), error)
    folder = Path(snapshot)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            _check_hash(model_id, path)
    return folder


def _refuse(model_id: str, reason: str, cause: BaseException | None = None) -> NoReturn:
    raise ModelError(
        f"cannot load {model_id!r}: expected a folder or a Hub id with {CONFIG_FILE} and {WEIGHTS_FILE}; {reason}"
    ) from cause


def _reason(error: Exception, revision: str | None) -> str:
    """One line for what went wrong between here and the Hub."""
    if isinstance(error, HFValidationError):
        return "it is neither a folder that exists nor an id of the form name or user/name"
    if isinstance(error, RepositoryNotFoundError):
        return (
            "the Hub has no such repository for you: check the name, and for a private or gated one sign in with "
            "`hf auth login` or set HF_TOKEN"
        )
    if isinstance(error, RevisionNotFoundError):
        return f"the repository has no revision {revision!r}"
    if isinstance(error, LocalEntryNotFoundError):
        return "it is not in the cache, or not whole, and the Hub is not asked or cannot be reached"
    if isinstance(error, HfHubHTTPError):
        return f"the Hub answered {error.response.status_code}"
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _check_hash(model_id: str, path: Path) -> None:
    """Compare a cached file with its hash: the cache names content by the SHA-256 (large files) or git hash it had.

    Where the file system has no links, the cache keeps plain copies, whose names tell nothing.
    """
    blob = path.resolve()
    if re.fullmatch(r"[0-9a-f]{64}", blob.name):
        with blob.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    elif _COMMIT.fullmatch(blob.name):
        content = blob.read_bytes()
        found = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    else:
        return
    if found != blob.name:
        raise ModelError(
            f"{path.name} of {model_id!r} is not what the Hub lists: expected the hash {blob.name[:12]}, got "
            f"{found[:12]}; delete {blob} and load it again"
        )


def check_model_folder(folder: Path, name: str | None = None) -> None:
    """Refuse a folder that no model can be loaded from safely: no configuration, pickles alone, broken weights.

    Args:
        folder: Of a model.
        name: What messages call it; None for the folder.

    Raises:
        ModelError: It lacks a file, or its weights are cut off or no safetensors.
    """
    shown = name or str(folder)
    if not (folder / CONFIG_FILE).is_file():
        _refuse(shown, f"it has no {CONFIG_FILE}")
    if not (folder / WEIGHTS_FILE).is_file() and not (folder / WEIGHTS_INDEX).is_file():
        pickles = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in PICKLE_SUFFIXES)
        _refuse(shown, refusal_of_pickles(pickles) if pickles else f"it has no {WEIGHTS_FILE}")
    for path in sorted(folder.glob("model*.safetensors")):
        try:
            with safe_open(path, "pt"):
                pass
        except (SafetensorError, OSError) as error:
            raise ModelError(
                f"{path.name} of {shown!r} is cut off, altered or no safetensors file ({error}): get it again"
            ) from error


def refusal_of_pickles(names: list[str]) -> str:
    """Why a repository with these files alone is refused."""
    return (
        f"it offers its weights as pickles alone ({', '.join(names)}), which can run code when they are read and are "
        f"never read here: expected {WEIGHTS_FILE}, perhaps at another revision (id@revision)"
    )


def fetch_model(model_id: str, **hub: Any) -> Path:  # noqa: ANN401 - options of fetch
    """Checked folder of one model.

    Raises:
        ModelError: As `fetch` and `check_model_folder`.
    """
    folder = fetch(model_id, **hub)
    is_remote = folder != Path(model_id)
    if is_remote and not any((folder / name).is_file() for name in (WEIGHTS_FILE, WEIGHTS_INDEX)):
        _refuse_listed_pickles(model_id, hub)
    check_model_folder(folder, model_id)
    return folder


def _refuse_listed_pickles(model_id: str, hub: Mapping[str, Any]) -> None:
    """Say so when a Hub repository without safetensors has pickles, which were not fetched."""
    try:
        names = HfApi(token=hub.get("token")).list_repo_files(model_id, revision=hub.get("revision"))
    except (OSError, httpx2.HTTPError):  # offline: the general message has to do
        return
    if pickles := [name for name in names if Path(name).suffix.lower() in PICKLE_SUFFIXES]:
        _refuse(model_id, refusal_of_pickles(pickles))


# --- the index of a pipeline -----------------------------------------------------------------------------------------


def read_index(folder: Path) -> PipelineIndex:
    """Index of a pipeline's repository; nothing outside of its folder is accepted.

    Raises:
        ModelError: It is missing or malformed, names an unknown task, a path that leads elsewhere, or no full commit.
    """
    path = folder / INDEX_FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot read {path}: expected JSON; {error}") from error
    values = _expect_mapping("the index", values)
    if values.get("_class_name") != _CLASS_NAME or values.get("format") != INDEX_FORMAT:
        raise ModelError(
            f"{INDEX_FILE}: expected _class_name {_CLASS_NAME!r} and format {INDEX_FORMAT}, got "
            f"{values.get('_class_name')!r} and {values.get('format')!r}"
        )
    parts = {name: _read_part(name, part) for name, part in _expect_mapping("parts", values.get("parts")).items()}
    served = [task for part in parts.values() for task in part.tasks]
    if not served or len(set(served)) != len(served):
        raise ModelError(f"{INDEX_FILE}: expected parts with tasks that differ from each other, got {served}")
    detector = values.get("face_detector", "auto")
    if not isinstance(detector, str):
        raise ModelError(f"{INDEX_FILE}: face_detector must be a name, got {detector!r}")
    reader = _expect_mapping("text_reader", values.get("text_reader", {}))
    return PipelineIndex(parts=parts, face_detector=detector, text_reader=reader)


def _expect_mapping(what: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ModelError(f"{INDEX_FILE}: {what} must be a mapping, got {type(value).__name__}")
    return value


def _read_part(name: str, value: object) -> Part:
    """A checked part; its folder is one plain name, so that it cannot lead out of the repository."""
    values = _expect_mapping(f"part {name!r}", value)
    if unknown := set(values) - {field.name for field in dataclasses.fields(Part)}:
        raise ModelError(f"{INDEX_FILE}: part {name!r} has unknown keys {', '.join(sorted(unknown))}")
    tasks = values.get("tasks")
    if not isinstance(tasks, list) or not tasks:
        raise ModelError(f"{INDEX_FILE}: part {name!r} needs a list of tasks, got {tasks!r}")
    for task in tasks:
        if task not in TASK_LABELS:
            raise ModelError(f"{INDEX_FILE}: unknown task {task!r}: expected one of {', '.join(TASK_LABELS)}")
    folder, repo_id, revision = (values.get(key) for key in ("folder", "repo_id", "revision"))
    if (folder is None) == (repo_id is None):
        raise ModelError(f"{INDEX_FILE}: part {name!r} needs either folder or repo_id with revision")
    if folder is not None:
        if not isinstance(folder, str) or not _PART_NAME.fullmatch(folder):
            raise ModelError(f"{INDEX_FILE}: part {name!r} has the folder {folder!r}: expected a plain name beside it")
        return Part(tasks=tuple(tasks), folder=folder)
    if not isinstance(revision, str) or not _COMMIT.fullmatch(revision):
        raise ModelError(
            f"{INDEX_FILE}: part {name!r} must be pinned by its full commit (40 hexadecimal digits), got {revision!r}"
        )
    if not isinstance(repo_id, str) or not _HUB_ID.fullmatch(repo_id):
        raise ModelError(f"{INDEX_FILE}: part {name!r} needs a Hub id of the form user/name, got {repo_id!r}")
    return Part(tasks=tuple(tasks), repo_id=repo_id, revision=revision)


def part_folder(base: Path, part: Part) -> Path:
    """Folder of a part that lies beside the index.

    Raises:
        ModelError: It is missing, or a link that leads out of the repository.
    """
    assert part.folder is not None, "a part with a repository of its own has no folder"
    folder = base / part.folder
    if not folder.is_dir() or not folder.resolve().is_relative_to(base.resolve()):
        raise ModelError(f"{INDEX_FILE}: expected the folder {part.folder!r} in {base}")
    return folder
