"""How the app is served: limits, privacy, a health route.

Conventions: `GRADIO_SERVER_NAME` and `GRADIO_SERVER_PORT` say where, as for every Gradio app; `Settings` says the rest.
Nothing is recorded:
analytics, run history and monitoring are off, and no font or script comes from elsewhere.
"""

import asyncio
import atexit
import datetime
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.route_utils import FnIndexInferError
from gradio.state_holder import StateHolder
from gradio.utils import get_upload_folder
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mmemo.pipeline import MmemoPipeline
from mmemo.ui.blocks import FAVICON
from mmemo.ui.conversation_tab import MAX_PICTURES
from mmemo.ui.gallery import FOLDER as EXAMPLES
from mmemo.ui.gallery import load_examples
from mmemo.ui.settings import Settings
from mmemo.ui.theme import CSS_PATH, build_theme

MAX_SESSIONS = 200
"""Visitors and calls whose state is kept; Gradio would keep 10,000, and memory grows with each."""
MAX_MARKS = 50_000
"""Brackets, braces and commas of a call; a picture in base64 has none, the longest text far fewer."""
_NO_BROWSER = ("SPACE_ID", "CI", "SSH_CONNECTION", "SSH_TTY", "KUBERNETES_SERVICE_HOST")
"""Set where nobody sits in front of the machine."""
_KNOWN_ROUTES = re.compile(
    r"/gradio_api/(?:user|login_check|token|app_id|info|openapi\.json|theme\.css|startup-events|heartbeat|run|api|call"
    r"|queue|cancel|reset|stream|upload|upload_progress|mcp|file=(?!https?://)[^/]*)(?:/|$)"
)
"""Gradio's routes that pages and programs call; its others take uploads, write files or fetch from elsewhere."""
_OWN_FOLDER = "mmemo-uploads-"
"""How the name of an upload folder begins that belongs to one app alone."""

CALL_REFUSED = "expected a route and fields that gradio_api/openapi.json lists, got others"


async def healthz(request: Request) -> JSONResponse:
    """`GET /healthz`: the app answers."""
    return JSONResponse({"status": "ok"})


def _route(scope: Scope) -> str:
    """The path of a request below where the app is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


class KnownRoutes:
    """Middleware that answers 404 to what Gradio offers beside what the app needs.

    Such as the route that turns an uploaded recording into a film, whose files nobody deletes.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or not."""
        path = _route(scope) if scope["type"] == "http" else ""
        if path.startswith("/gradio_api/") and not _KNOWN_ROUTES.match(path):
            await JSONResponse({"detail": "Not Found"}, 404)(scope, receive, send)
            return
        await self.app(scope, receive, send)


class BodyLimit:
    """Middleware that answers 413 to an upload or call whose body is too long, or would take long to read.

    Gradio caps uploaded files, one by one; a program may also send a picture inside a call. Millions of empty lists
    fit in where a picture does, and while Gradio walks through them nobody else is answered.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, max_upload_bytes: int) -> None:
        """Wrap an app; bodies may have `max_bytes`, those of uploads `max_upload_bytes`."""
        self.app, self.max_bytes, self.max_upload_bytes = app, max_bytes, max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting what comes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_upload = _route(scope) == "/gradio_api/upload"
        max_bytes = self.max_upload_bytes if is_upload else self.max_bytes
        num_bytes = num_marks = 0

        async def counted() -> Message:
            nonlocal num_bytes, num_marks
            message = await receive()
            body = message.get("body", b"")
            num_bytes += len(body)
            num_marks += 0 if is_upload else sum(body.count(mark) for mark in b"[{,")
            if num_bytes > max_bytes:
                raise HTTPException(413, f"expected at most {max_bytes:,} bytes")
            if num_marks > MAX_MARKS:
                raise HTTPException(413, f"expected at most {MAX_MARKS:,} brackets, braces and commas")
            return message

        await self.app(scope, counted, send)


class PlainRefusals:
    """Middleware that answers 400 to a call that Gradio cannot take.

    Gradio answers an unknown field or route with 500, and a traceback in the log that quotes the call.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        is_call = scope["type"] == "http" and scope["method"] == "POST" and "/call/" in scope["path"]
        try:
            await self.app(scope, receive, send)
        except (TypeError, ValueError, LookupError, FnIndexInferError):
            if not is_call:
                raise
            await JSONResponse({"detail": CALL_REFUSED}, 400)(scope, receive, send)


def browser_is_likely(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> bool:
    """Whether somebody sits in front of a screen where a browser can open.

    Args:
        environment: None for this process's.
        platform: As `sys.platform`.
    """
    environment = os.environ if environment is None else environment
    if any(environment.get(name) for name in _NO_BROWSER):
        return False
    if platform in ("darwin", "win32"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def use_own_upload_folder() -> None:
    """Give uploads a folder that goes when this process does; call it before `build_demo`.

    Gradio's own folder is shared between apps and outlives them. Where `GRADIO_TEMP_DIR` is set, the folder lies there.
    """
    place = os.environ.get("GRADIO_TEMP_DIR") or None
    if place is not None:
        Path(place).mkdir(parents=True, exist_ok=True)
    folder = tempfile.mkdtemp(prefix=_OWN_FOLDER, dir=place)
    os.environ["GRADIO_TEMP_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


def delete_old_uploads(age_s: float) -> None:
    """Delete what has lain in the upload folder for longer, if it is one of `use_own_upload_folder`.

    Gradio does so with uploads that came whole, and forgets those that broke off.
    """
    folder = Path(get_upload_folder())
    if not folder.name.startswith(_OWN_FOLDER):
        return
    for path in folder.rglob("*"):
        with suppress(OSError):  # Gradio was faster
            if path.is_file() and time.time() - path.stat().st_mtime > age_s:
                path.unlink()


def forget_idle_visitors(visitors: StateHolder, age_s: float) -> None:
    """Let go of what pages showed that have asked for nothing for longer; Gradio would keep the words of the last 200.

    A page that is still open goes on as a new visitor's.
    """
    for name, used in list(visitors.time_last_used.items()):
        if (datetime.datetime.now() - used).total_seconds() > age_s:
            with visitors.lock:
                visitors.session_data.pop(name, None)
                visitors.time_last_used.pop(name, None)


def _deleting_old_uploads(settings: Settings) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """A lifespan during which they are deleted, and what was in memory of them too."""

    async def delete_regularly(visitors: StateHolder) -> None:
        every_s, age_s = settings.delete_cache
        while True:
            await asyncio.sleep(every_s)
            await asyncio.to_thread(delete_old_uploads, age_s)
            forget_idle_visitors(visitors, age_s)

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:  # noqa: ANN401 - Gradio's
        task = asyncio.create_task(delete_regularly(app.state_holder))
        yield
        task.cancel()

    return lifespan


def exit_cleanly_when_terminated() -> None:
    """Let SIGTERM, by which containers are stopped, end the process the way that tidies up."""
    signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))


def warm_up(pipeline: MmemoPipeline) -> None:
    """Analyse an example in the background, so that the first visitor does not wait for models to load.

    The process waits for it before it ends: cut off inside native code, it would abort.
    """
    path = load_examples()[0].path
    threading.Thread(target=pipeline, kwargs={"image": path}, name="warm-up").start()


def launch_options(settings: Settings | None = None) -> dict[str, Any]:
    """What `Blocks.launch` is called with: look, limits, privacy."""
    settings = settings or Settings()
    return {
        "theme": build_theme(),
        "css_paths": [CSS_PATH],
        "favicon_path": str(FAVICON),
        "footer_links": ["api", "settings"],
        "app_kwargs": {
            "lifespan": _deleting_old_uploads(settings),
            "routes": [Route("/healthz", healthz, methods=["GET"])],
            "middleware": [
                Middleware(PlainRefusals),
                Middleware(KnownRoutes),
                Middleware(
                    BodyLimit,
                    max_bytes=2 * settings.max_upload_bytes,  # base64 adds a third
                    max_upload_bytes=(MAX_PICTURES + 1) * settings.max_upload_bytes,  # one for all that surrounds them
                ),
            ],
        },
        "allowed_paths": [str(EXAMPLES)],
        "max_file_size": settings.max_upload_bytes,
        "state_session_capacity": MAX_SESSIONS,
        "auth": settings.login,
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "share": False,
        "mcp_server": settings.mcp,
        "_frontend": False,  # else the app stops when its page, which it asks for once, takes over three seconds
    }


def launch(demo: gr.Blocks, settings: Settings | None = None, **options: Any) -> str:  # noqa: ANN401 - options of Blocks.launch
    """Serve the app.

    Args:
        demo: From `build_demo`.
        settings: Those that it was built with; None for the default ones.
        options: Of `Blocks.launch`; they win over the project's own.

    Returns:
        Its URL. Without `prevent_thread_lock=True` only once it has stopped.
    """
    _, url, _ = demo.launch(**{**launch_options(settings), **options})
    return url
