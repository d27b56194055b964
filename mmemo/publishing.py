"""Publishing a folder to the Hub: a plan first, then one commit that holds all of it or nothing.

Conventions: the Hub's head at the time of the plan is the commit's parent, so that a change in between is refused by
the Hub. What was last seen of a repository is kept in `SEEN_FILE` in the folder, a commit for each repository, never a
token; the token comes from where huggingface_hub looks for it. Files on the Hub that the folder lacks stay there unless
they are asked to go.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile

from mmemo.repository import PICKLE_SUFFIXES

SEEN_FILE = ".mmemo-push.json"
GIT_FILE = ".gitattributes"
RepoType = Literal["model", "space"]
ChangeKind = Literal["add", "change", "same", "delete", "keep"]
_IGNORED_FOLDERS = {"__pycache__"}


class PublishError(RuntimeError):
    """Nothing was published; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happens to one file.

    Attributes:
        path: In the repository.
        size: In bytes, of the folder's file, else of the Hub's.
        kind: `add`, `change`, `same`, `delete`, or `keep` for a file that only the Hub has.
    """

    path: str
    size: int
    kind: ChangeKind


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a push would do.

    Attributes:
        folder: What is published.
        repo_id: Where to.
        repo_type: `model` or `space`.
        head: The Hub's latest commit, None where the repository does not exist.
        changes: One for each file here or there, by path.
    """

    folder: Path
    repo_id: str
    repo_type: RepoType
    head: str | None
    changes: tuple[Change, ...]

    @property
    def pending(self) -> tuple[Change, ...]:
        """What the commit would hold."""
        return tuple(change for change in self.changes if change.kind in ("add", "change", "delete"))

    @property
    def upload_bytes(self) -> int:
        """Size of the files to upload."""
        return sum(change.size for change in self.pending if change.kind != "delete")

    @property
    def replaces(self) -> bool:
        """Whether files that are on the Hub now would change or go."""
        return any(change.kind in ("change", "delete") for change in self.changes)

    def __str__(self) -> str:
        """A table with sizes, and a line that sums it up."""
        lines = [f"{change.kind:<7} {_size(change.size):>9}  {change.path}" for change in self.changes]
        state = f"at {self.head[:12]}" if self.head else "does not exist yet"
        return "\n".join(
            [
                f"{self.repo_type} {self.repo_id} ({state})",
                *lines,
                f"{len(self.pending)} of {len(self.changes)} files change, {_size(self.upload_bytes)} to upload",
            ]
        )


@dataclass(frozen=True, kw_only=True)
class Published:
    """What came of a push.

    Attributes:
        commit: The Hub's commit after it, in full.
        url: Of the repository, or of the pull request.
        is_new: Whether a commit was made.
    """

    commit: str
    url: str
    is_new: bool


def _size(num_bytes: int) -> str:
    for unit, bound in (("MB", 10**6), ("kB", 10**3)):
        if num_bytes >= bound:
            return f"{num_bytes / bound:.1f} {unit}"
    return f"{num_bytes} B"


def make_plan(
    folder: Path, repo_id: str, *, repo_type: RepoType = "model", delete: bool = False, token: str | None = None
) -> Plan:
    """Compare a folder with a repository on the Hub; nothing is changed.

    Args:
        folder: What is to be published; names that start with a dot stay out, `.gitattributes` excepted.
        repo_id: `user/name`.
        repo_type: `model` or `space`.
        delete: Whether files that only the Hub has are to go.
        token: None for the one that the machine is signed in with.

    Raises:
        PublishError: The folder has nothing to publish or a pickle, or the Hub cannot be asked.
    """
    here = _files(folder)
    api = HfApi(token=token)
    try:
        head = api.repo_info(repo_id, repo_type=repo_type).sha
        entries = api.list_repo_tree(repo_id, recursive=True, revision=head, repo_type=repo_type)
        there = {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}
    except RepositoryNotFoundError:
        head, there = None, {}
    except RevisionNotFoundError:
        head, there = None, {}
    except (OSError, ValueError, httpx2.HTTPError) as error:
        raise PublishError(f"cannot look at {repo_id}: {_first_line(error)}") from error
    changes = [_change(name, path, there.get(name)) for name, path in here.items()]
    for name, entry in there.items():
        if name not in here and name != GIT_FILE:
            changes.append(Change(path=name, size=entry.size, kind="delete" if delete else "keep"))
    ordered = tuple(sorted(changes, key=lambda change: change.path))
    return Plan(folder=folder, repo_id=repo_id, repo_type=repo_type, head=head, changes=ordered)


def _files(folder: Path) -> dict[str, Path]:
    """Path in the repository to file."""
    found = {}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts) and parts != (GIT_FILE,)
        if path.is_file() and not hidden and not _IGNORED_FOLDERS.intersection(parts):
            found["/".join(parts)] = path
    if not found:
        raise PublishError(f"nothing to publish: expected a folder with files, got {folder}")
    if pickles := [name for name, path in found.items() if path.suffix.lower() in PICKLE_SUFFIXES]:
        raise PublishError(f"pickles are not published, they can run code when they are read: {', '.join(pickles)}")
    return found


def _change(name: str, path: Path, entry: RepoFile | None) -> Change:
    size = path.stat().st_size
    if entry is None:
        return Change(path=name, size=size, kind="add")
    is_same = size == (entry.lfs.size if entry.lfs else entry.size) and _hash(path, entry) == (
        entry.lfs.sha256 if entry.lfs else entry.blob_id
    )
    return Change(path=name, size=size, kind="same" if is_same else "change")


def _hash(path: Path, entry: RepoFile) -> str:
    """The hash that the Hub keeps of such a file: SHA-256 of a large one, git's own of another."""
    if entry.lfs:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def publish(
    plan: Plan,
    *,
    message: str,
    private: bool = False,
    create_pr: bool = False,
    parent: str | None = None,
    token: str | None = None,
) -> Published:
    """Carry a plan out in one commit; no commit is made where nothing changes.

    Args:
        plan: From `make_plan`.
        message: Of the commit.
        private: Whether a repository that is made now is private.
        create_pr: Open a pull request rather than changing the main branch.
        parent: A commit whose files may be replaced although this folder did not see it before.
        token: None for the one that the machine is signed in with.

    Raises:
        PublishError: The repository has changed since this folder last saw it, the Hub refused, or the connection
            broke; nothing is changed on the Hub then.
    """
    if plan.head is not None and not plan.pending:
        _remember(plan.folder, plan.repo_id, plan.head)
        return Published(commit=plan.head, url=_url(plan), is_new=False)
    if plan.replaces and not create_pr and plan.head not in (parent, last_seen(plan.folder, plan.repo_id)):
        raise PublishError(_unseen(plan))
    api = HfApi(token=token)
    try:
        head = plan.head or _create(api, plan, private)
        commit = api.create_commit(
            plan.repo_id,
            [_operation(plan.folder, change) for change in plan.pending],
            commit_message=message,
            repo_type=plan.repo_type,
            parent_commit=head,
            create_pr=create_pr,
        )
    except (OSError, ValueError, RuntimeError, httpx2.HTTPError) as error:
        raise PublishError(f"nothing was changed in {plan.repo_id}: {_explain(error)}") from error
    if create_pr:
        return Published(commit=commit.oid, url=str(commit.pr_url), is_new=True)
    _remember(plan.folder, plan.repo_id, commit.oid)
    return Published(commit=commit.oid, url=_url(plan), is_new=True)


def _url(plan: Plan) -> str:
    return f"{HfApi().endpoint}/{'spaces/' if plan.repo_type == 'space' else ''}{plan.repo_id}"


def _create(api: HfApi, plan: Plan, private: bool) -> str | None:
    """Make the repository; gives its first commit."""
    sdk = "gradio" if plan.repo_type == "space" else None
    api.create_repo(plan.repo_id, repo_type=plan.repo_type, private=private, exist_ok=True, space_sdk=sdk)
    return api.repo_info(plan.repo_id, repo_type=plan.repo_type).sha


def _operation(folder: Path, change: Change) -> CommitOperationAdd | CommitOperationDelete:
    if change.kind == "delete":
        return CommitOperationDelete(path_in_repo=change.path)
    return CommitOperationAdd(path_in_repo=change.path, path_or_fileobj=str(folder / change.path))


def _unseen(plan: Plan) -> str:
    seen = last_seen(plan.folder, plan.repo_id)
    before = f"has moved from {seen[:12]} to" if seen else "holds files that this folder was not pushed to before, at"
    names = [change.path for change in plan.changes if change.kind in ("change", "delete")]
    return (
        f"{plan.repo_id} {before} {(plan.head or '')[:12]}; nothing was changed. This push would replace "
        f"{', '.join(names)}. Look at them, then push with --parent {plan.head}, or with --create-pr"
    )


def _explain(error: Exception) -> str:
    """One line for what broke a push."""
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        if status in (401, 403):
            return "the Hub does not let you write there: sign in with `hf auth login` or set HF_TOKEN (a write token)"
        if status in (409, 412):
            return "the repository has changed while this push was made: look at it and push again"
    if isinstance(error, ValueError):  # of a card's metadata: one line for each mistake
        return " ".join(str(error).split())
    cause = error.__cause__ if isinstance(error.__cause__, Exception) else None
    return _first_line(error) + (f" ({_first_line(cause)})" if cause else "")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def last_seen(folder: Path, repo_id: str) -> str | None:
    """Commit of a repository that this folder was last equal to, None where it never was."""
    path = folder / SEEN_FILE
    return json.loads(path.read_text(encoding="utf-8")).get(repo_id) if path.is_file() else None


def _remember(folder: Path, repo_id: str, commit: str) -> None:
    path = folder / SEEN_FILE
    seen = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps(seen | {repo_id: commit}, indent=1) + "\n", encoding="utf-8")
