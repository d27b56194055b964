"""The whole page builds, and is served with the promised limits."""

import datetime
import os
import time
from pathlib import Path

import gradio as gr
import pytest
from gradio.state_holder import StateHolder
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from mmemo import MmemoPipeline
from mmemo.ui import Settings, blocks, build_demo, serving
from mmemo.ui.texts import ENGLISH, LANGUAGES
from tests.ui.reading import Reader


class NoFaces:
    name = "none"

    def detect(self, image):
        return ()


@pytest.fixture(scope="module")
def demo() -> gr.Blocks:
    return build_demo(MmemoPipeline({}, face_detector=NoFaces()))


def test_build_demo_opens_the_public_routes(demo):
    public = [fn.api_name for fn in demo.fns.values() if fn.api_visibility == "public"]
    assert sorted(public) == ["analyze", "analyze_batch", "conversation"]


def test_build_demo_keeps_nothing(demo):
    assert demo.analytics_enabled is False
    assert demo.delete_cache == (60, 540)
    options = serving.launch_options()
    assert {name: options[name] for name in ("run_history", "enable_monitoring", "share", "ssr_mode", "pwa")} == {
        "run_history": False,
        "enable_monitoring": False,
        "share": False,
        "ssr_mode": False,
        "pwa": False,
    }
    assert options["max_file_size"] == 20 * 2**20
    assert options["state_session_capacity"] == serving.MAX_SESSIONS


def test_events_have_limits(demo):
    for fn in demo.fns.values():
        if fn.queue:
            assert fn.concurrency_limit == (1 if fn.concurrency_id == "batch" else 2)
    assert demo._queue.max_size == 32


def test_settings_reach_the_app():
    settings = Settings(queue_size=3, concurrency=5, delete_after_s=20, max_upload_mb=1, login=("ann", "secret"))
    demo = build_demo(MmemoPipeline({}, face_detector=NoFaces()), settings)
    assert demo._queue.max_size == 3
    assert demo.delete_cache == (10, 10)
    limits = {fn.concurrency_id: fn.concurrency_limit for fn in demo.fns.values() if fn.queue}
    assert limits == {"model": 5, "batch": 1, "live": 2}
    options = serving.launch_options(settings)
    assert (options["max_file_size"], options["auth"], options["mcp_server"]) == (2**20, ("ann", "secret"), False)


def test_header_and_footer_are_whole():
    assert "mmemo" in Reader(blocks.header(ENGLISH)).text


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=lambda texts: texts.CODE)
@pytest.mark.parametrize(("settings", "words"), [(Settings(), " 10 min"), (Settings(delete_after_s=61), " 2 min")])
def test_footer_says_when_uploads_are_deleted(texts, settings, words):
    assert words in Reader(blocks.footer(texts, settings)).text


def test_theme_loads_no_font():
    theme = serving.build_theme()
    assert theme._stylesheets == []
    assert "http" not in serving.CSS_PATH.read_text("utf-8")


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":0", "SPACE_ID": "a/b"}, "linux", False),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1"}, "linux", False),
        ({}, "darwin", True),
        ({"CI": "true"}, "darwin", False),
        ({}, "win32", True),
    ],
)
def test_browser_is_likely(environment, platform, expected):
    assert serving.browser_is_likely(environment, platform) is expected


@pytest.mark.parametrize(
    ("path", "root_path", "expected"),
    [
        ("/gradio_api/call/analyze", "", 413),
        ("/gradio_api/call/v2/upload", "", 413),
        ("/upload", "", 413),
        ("/mmemo/gradio_api/upload", "", 413),
        ("/gradio_api/upload", "", 200),
        ("/mmemo/gradio_api/upload", "/mmemo", 200),
        ("/gradio_api/upload", "/mmemo", 200),
    ],
)
def test_body_limit_lets_the_upload_route_alone_take_more(path, root_path, expected):
    async def length(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    routes = [Route("/{path:path}", length, methods=["POST"])]
    app = Starlette(routes=routes, middleware=[Middleware(serving.BodyLimit, max_bytes=10, max_upload_bytes=11)])
    client = TestClient(app, root_path=root_path)
    assert client.post(path, content=bytes(10)).status_code == 200
    assert client.post(path, content=bytes(11)).status_code == expected
    assert client.post(path, content=bytes(12)).status_code == 413


def test_own_upload_folder_lies_where_it_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    serving.use_own_upload_folder()
    assert Path(os.environ["GRADIO_TEMP_DIR"]).parent == tmp_path / "uploads"


@pytest.mark.parametrize(
    ("folder", "expected"), [("mmemo-uploads-a", ["a/new"]), ("shared", ["a/new", "a/old", "old"])]
)
def test_delete_old_uploads_looks_into_no_shared_folder(monkeypatch, tmp_path, folder, expected):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / folder))
    (tmp_path / folder / "a").mkdir(parents=True)
    for name in ("old", "a/old", "a/new"):
        (tmp_path / folder / name).touch()
        if name != "a/new":
            os.utime(tmp_path / folder / name, (0, time.time() - 100))
    serving.delete_old_uploads(60)
    files = (path for path in (tmp_path / folder).rglob("*") if path.is_file())
    assert sorted(path.relative_to(tmp_path / folder).as_posix() for path in files) == expected


def test_idle_visitors_are_forgotten():
    visitors = StateHolder()
    with gr.Blocks() as demo:
        said = gr.State("")
    visitors.set_blocks(demo)
    for name, idle_s in (("gone", 100), ("here", 10)):
        visitors[name][said._id] = f"words of {name}"
        visitors.time_last_used[name] -= datetime.timedelta(seconds=idle_s)
    serving.forget_idle_visitors(visitors, 60)
    assert list(visitors.session_data) == list(visitors.time_last_used) == ["here"]
    assert visitors["gone"][said._id] == ""
