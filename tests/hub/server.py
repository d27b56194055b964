"""A Hugging Face Hub on this machine: the routes that huggingface_hub's real client calls, on loopback, in memory.

`with LocalHub() as hub:` serves at `hub.url`; `hub.cut_uploads` and `hub.cut_downloads` count connections that it
breaks in the middle of a body of at least `CUT_BYTES`. A repository is a list of commits, each a mapping of path to
content.
"""

import base64
import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from huggingface_hub.repocard_data import model_index_to_eval_results

TOKEN = "hf_localhubtoken"
CUT_BYTES = 10_000
_LFS_SUFFIXES = (".safetensors", ".onnx", ".jpg", ".png")
_COLORS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
_PREFIX = r"(?:(?P<kind>spaces)/)?(?P<id>[^/]+/[^/]+?)"
_API = r"/api/(?P<kind>models|spaces)/(?P<id>[^/]+/[^/]+)"


@dataclasses.dataclass(frozen=True)
class Blob:
    """A file's content and whether it lies in large file storage."""

    content: bytes
    is_lfs: bool

    @property
    def git_oid(self) -> str:
        return hashlib.sha1(b"blob %d\0" % len(self.content) + self.content).hexdigest()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def etag(self) -> str:
        return self.sha256 if self.is_lfs else self.git_oid


@dataclasses.dataclass
class Repository:
    """Commits, the oldest first, and branches."""

    private: bool = False
    commits: dict[str, dict[str, Blob]] = dataclasses.field(default_factory=dict)
    refs: dict[str, str] = dataclasses.field(default_factory=dict)

    def commit(self, files: Mapping[str, Blob], ref: str = "main") -> str:
        sha = hashlib.sha1(
            repr((len(self.commits), sorted((k, v.etag) for k, v in files.items()))).encode()
        ).hexdigest()
        self.commits[sha] = dict(files)
        self.refs[ref] = sha
        return sha

    def resolve(self, revision: str) -> str | None:
        sha = self.refs.get(revision, revision)
        return sha if sha in self.commits else None


class HubError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str, code: str = "", **body: Any) -> None:
        super().__init__(message)
        self.status, self.code, self.body = status, code, {"error": message, **body}


class LocalHub:
    """The server and what it holds."""

    def __init__(self) -> None:
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.storage: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.created: list[dict[str, Any]] = []
        self.cut_uploads = self.cut_downloads = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"hub": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def head(self, repo_id: str, kind: str = "models") -> str:
        """Commit of `main`."""
        return self.repositories[kind, repo_id].refs["main"]

    def files(self, repo_id: str, kind: str = "models") -> dict[str, bytes]:
        """Content of `main`."""
        repository = self.repositories[kind, repo_id]
        return {path: blob.content for path, blob in repository.commits[repository.refs["main"]].items()}

    def put(self, repo_id: str, files: Mapping[str, bytes], *, private: bool = False) -> str:
        """Make a commit by other means than a push, the repository too where it is missing; gives its hash."""
        repository = self.repositories.setdefault(("models", repo_id), Repository(private=private))
        before = repository.commits.get(repository.refs.get("main", ""), {})
        return repository.commit(before | {k: Blob(v, k.endswith(_LFS_SUFFIXES)) for k, v in files.items()})


class _Handler(BaseHTTPRequestHandler):
    hub: LocalHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None: ...

    def _serve(self) -> None:
        url = urlsplit(self.path)
        self.hub.requests.append(f"{self.command} {unquote(url.path)}")
        self.query = parse_qs(url.query)
        self.body: bytes | None = None
        try:
            for method, pattern, handler in _ROUTES:
                if self.command in method and (match := re.fullmatch(pattern, url.path)):
                    return handler(self, **{k: unquote(v or "") for k, v in match.groupdict().items()})
            raise HubError(404, f"no route {self.command} {url.path}")
        except HubError as error:
            headers = {"X-Error-Code": error.code, "X-Error-Message": str(error)} if error.code else {}
            if self.body is None:
                self._read()
            self._send(json.dumps(error.body).encode(), error.status, headers)

    do_GET = do_HEAD = do_POST = do_PUT = _serve

    def _read(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        if self.headers.get("Transfer-Encoding") == "chunked":
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            self.body = b"".join(chunks)
        else:
            self.body = self.rfile.read(length)
        return self.body

    def _json(self) -> Any:
        return json.loads(self._read())

    def _send(self, content: bytes, status: int = 200, headers: Mapping[str, str] = {}) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.hub.cut_downloads and len(content) >= CUT_BYTES:
            self.hub.cut_downloads -= 1
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
            return
        self.wfile.write(content)

    def _repository(self, kind: str, id: str, write: bool = False) -> Repository:
        repository = self.hub.repositories.get((kind or "models", id))
        signed_in = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if repository is None or (not signed_in and (repository.private or write)):
            raise HubError(404 if signed_in else 401, "Repository not found", "RepoNotFound")
        return repository

    def _commit(self, repository: Repository, revision: str) -> str:
        if (sha := repository.resolve(revision)) is None:
            raise HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return sha

    def whoami(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise HubError(401, "Invalid username or password.")
        self._send(json.dumps({"type": "user", "name": "user", "orgs": []}).encode())

    def create(self) -> None:
        wanted = self._json()
        kind = f"{wanted.get('type') or 'model'}s"
        repo_id = f"{wanted.get('organization') or 'user'}/{wanted['name']}"
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise HubError(401, "Invalid username or password.")
        self.hub.created.append(wanted)
        answer = {"url": f"{self.hub.url}/{'spaces/' * (kind == 'spaces')}{repo_id}", "name": repo_id}
        if (kind, repo_id) in self.hub.repositories:
            raise HubError(409, "You already created this repo", **answer)
        repository = Repository(private=wanted.get("visibility") == "private" or bool(wanted.get("private")))
        self.hub.repositories[kind, repo_id] = repository
        repository.commit({".gitattributes": Blob(b"*.safetensors filter=lfs\n", False)})
        self._send(json.dumps(answer).encode())

    def validate(self) -> None:
        given = self._json()
        if errors := card_errors(given["content"], given.get("repoType") or "model"):
            raise HubError(400, "invalid metadata", errors=[{"message": error} for error in errors], warnings=[])
        self._send(b'{"errors": [], "warnings": []}')

    def preupload(self, kind: str, id: str, revision: str) -> None:
        repository, given = self._repository(kind, id, write=True), self._json()
        files = repository.commits[self._commit(repository, revision)]
        answer = []
        for item in given["files"]:
            mode = "lfs" if item["path"].endswith(_LFS_SUFFIXES) else "regular"
            oid = files[item["path"]].etag if item["path"] in files else None
            answer.append({"path": item["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        self._send(json.dumps({"files": answer}).encode())

    def batch(self, kind: str, id: str) -> None:
        self._repository(kind, id, write=True)
        objects: list[dict[str, Any]] = []
        for item in self._json()["objects"]:
            known = item["oid"] in self.hub.storage
            upload = {} if known else {"actions": {"upload": {"href": f"{self.hub.url}/lfs/{item['oid']}"}}}
            objects.append({"oid": item["oid"], "size": item["size"], **upload})
        self._send(json.dumps({"transfer": "basic", "objects": objects}).encode())

    def store(self, oid: str) -> None:
        if self.hub.cut_uploads:
            self.hub.cut_uploads -= 1
            self.rfile.read(CUT_BYTES // 2)
            self.connection.shutdown(2)
            self.close_connection = True
            return
        content = self._read()
        if hashlib.sha256(content).hexdigest() != oid:
            raise HubError(400, "content differs from its hash")
        self.hub.storage[oid] = content
        self._send(b"{}")

    def commit(self, kind: str, id: str, revision: str) -> None:
        repository = self._repository(kind, id, write=True)
        lines = [json.loads(line) for line in self._read().splitlines()]
        head = self._commit(repository, revision)
        if lines[0]["value"].get("parentCommit", head) != head:
            raise HubError(412, "A commit has happened since. Please refresh and try again.")
        files = dict(repository.commits[head])
        for line in lines[1:]:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = Blob(base64.b64decode(value["content"]), False)
            elif line["key"] == "lfsFile":
                if value["oid"] not in self.hub.storage:
                    raise HubError(400, f"{value['path']} was not uploaded")
                files[value["path"]] = Blob(self.hub.storage[value["oid"]], True)
            else:
                del files[value["path"]]
        is_pull = "create_pr" in self.query
        number = sum(ref.startswith("refs/pr/") for ref in repository.refs) + 1
        sha = repository.commit(files, f"refs/pr/{number}" if is_pull else revision)
        pull = {"pullRequestUrl": f"{self.hub.url}/{id}/discussions/{number}"} if is_pull else {}
        self._send(json.dumps({"commitOid": sha, "commitUrl": f"{self.hub.url}/{id}/commit/{sha}", **pull}).encode())

    def info(self, kind: str, id: str, revision: str = "main") -> None:
        repository = self._repository(kind, id)
        sha = self._commit(repository, revision or "main")
        names = [{"rfilename": path} for path in repository.commits[sha]]
        answer = {"id": id, "modelId": id, "sha": sha, "private": repository.private, "siblings": names, "tags": []}
        self._send(json.dumps(answer).encode())

    def tree(self, kind: str, id: str, revision: str, folder: str = "") -> None:
        repository = self._repository(kind, id)
        entries = []
        for path, blob in repository.commits[self._commit(repository, revision)].items():
            if not folder or path.startswith(folder + "/"):
                size = len(blob.content)
                lfs = {"lfs": {"oid": blob.sha256, "size": size, "pointerSize": 130}} if blob.is_lfs else {}
                entries.append({"type": "file", "path": path, "oid": blob.git_oid, "size": size, **lfs})
        self._send(json.dumps(entries).encode())

    def resolve(self, kind: str, id: str, revision: str, path: str) -> None:
        repository = self._repository(kind, id)
        sha = self._commit(repository, revision)
        if path not in repository.commits[sha]:
            raise HubError(404, f"Entry not found: {path}", "EntryNotFound")
        blob = repository.commits[sha][path]
        headers = {"ETag": f'"{blob.etag}"', "X-Repo-Commit": sha, "Accept-Ranges": "bytes"}
        headers["Content-Type"] = "application/octet-stream"
        content, status = blob.content, 200
        if given := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or ""):
            start = int(given[1])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            content, status = content[start:], 206
        self._send(content, status, headers)

    def discussions(self, kind: str, id: str) -> None:
        self._repository(kind, id)
        self._send(b'{"discussions": [], "count": 0, "start": 0}')


_ROUTES = (
    ("GET", r"/api/whoami-v2", _Handler.whoami),
    ("POST", r"/api/repos/create", _Handler.create),
    ("POST", r"/api/validate-yaml", _Handler.validate),
    ("POST", rf"{_API}/preupload/(?P<revision>.+)", _Handler.preupload),
    ("POST", rf"/{_PREFIX}\.git/info/lfs/objects/batch", _Handler.batch),
    ("PUT", r"/lfs/(?P<oid>[0-9a-f]{64})", _Handler.store),
    ("POST", rf"{_API}/commit/(?P<revision>.+)", _Handler.commit),
    ("GET", rf"{_API}", _Handler.info),
    ("GET", rf"{_API}/revision/(?P<revision>.+)", _Handler.info),
    ("GET", rf"{_API}/tree/(?P<revision>[^/]+)(?:/(?P<folder>.+))?", _Handler.tree),
    ("GET", rf"{_API}/discussions", _Handler.discussions),
    ("GET HEAD", rf"/{_PREFIX}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", _Handler.resolve),
)


def card_errors(content: str, kind: str) -> list[str]:
    """What is wrong with a README's metadata: the checks of the Hub that matter here."""
    match = re.match(r"\s*---\r?\n(.*?)\n---", content, re.DOTALL)
    try:
        data = yaml.safe_load(match[1]) if match else {}
    except yaml.YAMLError as error:
        return [f"the metadata is no YAML: {error}"]
    if not isinstance(data, dict):
        return ["the metadata must be a mapping"]
    errors = [
        f'"{key}" must be a string' for key in ("license", "library_name") if not isinstance(data.get(key, ""), str)
    ]
    errors += ['"tags" must be a list of strings'] * (not all(isinstance(tag, str) for tag in data.get("tags", [])))
    if "model-index" in data:
        try:
            model_index_to_eval_results(data["model-index"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            errors.append(f'"model-index" is malformed: {error!r}')
    if kind == "space":
        errors += [
            f'"{k}" must be one of {sorted(_COLORS)}' for k in ("colorFrom", "colorTo") if data.get(k) not in _COLORS
        ]
        errors += ['"sdk" is required'] * (data.get("sdk") not in ("gradio", "docker", "static"))
        errors += ['"short_description" is too long'] * (len(data.get("short_description", "")) > 60)
        errors += ['"emoji" is required'] * (not data.get("emoji"))
    return errors
