"""The routes of a running app: the same numbers as Python, and a plain answer to whatever is wrong."""

import http.client
import io
import json
import os
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain, repeat
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError, AuthenticationError
from PIL import Image

from mmemo import MmemoPipeline
from mmemo.ui import Settings, build_demo, launch
from mmemo.ui.serving import use_own_upload_folder
from tests.batch import zips
from tests.perception.drawing import draw_face

SETTINGS = Settings(max_upload_mb=1, max_items=12, max_pixels=1_000_000, max_text=500)
TALK = "Ann: I got the job, this is wonderful!\nBen: I am so sad that you leave.\nAnn: [face.png]"


@contextmanager
def serving(pipeline: MmemoPipeline, settings: Settings) -> Iterator[str]:
    demo = build_demo(pipeline, settings)
    try:
        yield launch(demo, settings, prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    finally:
        demo.close(verbose=False)


def json_of(value: object) -> object:
    return json.loads(json.dumps(value))


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def pipeline() -> MmemoPipeline:
    return MmemoPipeline.from_pretrained()


@pytest.fixture(scope="module")
def app_url(pipeline) -> Iterator[str]:
    with serving(pipeline, SETTINGS) as url:
        yield url


@pytest.fixture(scope="module")
def client(app_url) -> Client:
    return Client(app_url, verbose=False, analytics_enabled=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """A face, an archive of ten pictures of which two are broken, and tables."""
    folder = tmp_path_factory.mktemp("files")
    face = png(draw_face(200))
    (folder / "face.png").write_bytes(face)
    pictures = {f"{i}.png": b"broken" if i in (3, 8) else png(draw_face(120 + 8 * i)) for i in range(10)}
    (folder / "ten.zip").write_bytes(zips.zipped(pictures))
    (folder / "trap.zip").write_bytes(zips.named("../a.png"))
    rows = [json.dumps({"image": f"{i}.png", "text": f"words {i}"}) for i in range(9, -1, -1)]
    (folder / "ten.jsonl").write_text("\n".join(rows))
    (folder / "talk.csv").write_text(
        "Utterance,Speaker,Dialogue_ID,Utterance_ID\nNo!,Ross,7,1\nWhy?,Joey,7,0\nGreat!,Ann,8,0\n"
    )
    return folder


def post(url: str, body: bytes | None, kind: str = "application/json") -> tuple[int, str]:
    """Status and answer."""
    request = urllib.request.Request(url, body, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_api_lists_its_routes(client):
    routes = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert sorted(routes) == ["/analyze", "/analyze_batch", "/conversation"]


@pytest.mark.parametrize("route", ["/analyze", "/analyze_batch", "/conversation"])
def test_api_says_what_to_give(client, route):
    for field in client.view_api(return_format="dict", print_info=False)["named_endpoints"][route]["parameters"]:
        assert field["label"].startswith(field["parameter_name"])
        assert len(field["label"]) > len(field["parameter_name"]) + 5


@pytest.mark.parametrize(("explain", "language"), [(None, None), ("none", "en"), ("fast", "de"), (None, "es")])
def test_analyze_gives_the_same_as_python(client, pipeline, explain, language):
    found = client.predict(None, "so happy for you", explain, language, api_name="/analyze")
    expected = pipeline(text="so happy for you", explain=explain or "fast", language=language or "en")
    assert found == json_of(expected.to_dict())


def test_live_frame_answers_what_a_frame_needs(client, files):
    found = client.predict(handle_file(files / "face.png"), None, api_name="/live_frame")
    assert len(found["faces"]) == 1 and found["emotion"]["modalities"] == ["face"]
    assert found["hate"] is None and found["explanation"] is None


def test_batch_gives_the_same_as_python_in_order(client, pipeline, files):
    found = client.predict(
        handle_file(files / "ten.zip"), handle_file(files / "ten.jsonl"), "none", api_name="/analyze_batch"
    )
    assert [row["text"] for row in found] == [f"words {i}" for i in range(9, -1, -1)]
    assert [row["image"] for row in found if "error" in row] == ["8.png", "3.png"]
    expected = pipeline.batch(
        [{"image": png(draw_face(120 + 8 * i)), "text": f"words {i}"} for i in (9, 7, 6)], batch_size=3, explain="none"
    )
    for row, analysis in zip((row for row in found if "analysis" in row), expected, strict=False):
        assert row["analysis"]["hate"]["probability"] == pytest.approx(analysis.hate.probability, abs=1e-4)
        assert row["analysis"]["emotion"]["scores"] == pytest.approx(analysis.emotion.scores, abs=1e-4)
        assert row["analysis"]["faces"][0]["box"] == analysis.faces[0].box.to_dict()


def test_conversation_gives_the_same_as_python(client, pipeline, files):
    found = client.predict(TALK, None, None, [handle_file(files / "face.png")], None, api_name="/conversation")
    expected = pipeline.conversation(TALK, pictures={"face.png": files / "face.png"}).to_dict()
    assert found == json_of(expected)
    assert [turn["speaker"] for turn in found["turns"]] == ["Ann", "Ben", "Ann"]
    assert found["turns"][0]["valence"] > found["turns"][1]["valence"]


@pytest.mark.parametrize(("name", "words"), [(None, ["Why?", "No!"]), ("8", ["Great!"])])
def test_conversation_reads_a_table(client, files, name, words):
    found = client.predict(None, handle_file(files / "talk.csv"), name, None, None, api_name="/conversation")
    assert [turn["text"] for turn in found["turns"]] == words


@pytest.mark.parametrize(
    ("route", "given", "words"),
    [
        ("/analyze", [None, "x" * 501], "text must have at most 500 characters, got 501"),
        ("/analyze", [None, "hi", "loud"], "unknown explain 'loud'"),
        ("/analyze", [None, "hi", "fast", "fr"], "unknown language 'fr'"),
        ("/analyze", [None, 5], "text must be a string or null"),
        ("/analyze", ["{files}/wide.png", None], "at most 1,000,000 pixels"),
        ("/analyze_batch", [], "Give a ZIP file of pictures, a table, or both"),
        ("/analyze_batch", ["{files}/trap.zip"], "the path '../a.png' leads out of its folder"),
        ("/analyze_batch", ["{files}/face.png"], "expected a ZIP archive, got another kind of file"),
        ("/analyze_batch", [None, "{files}/long.csv"], "expected at most 12 rows, got more"),
        ("/analyze_batch", [None, "{files}/face.png"], "expected a .csv or a .jsonl file"),
        ("/analyze_batch", [None, "{files}/latin.csv"], "the table: expected UTF-8, got the byte 0xf6"),
        ("/conversation", [], "Give a dialogue or a table"),
        ("/conversation", ["a\n" * 13], "expected at most 12 turns, got 13"),
        ("/conversation", ["a" * 501], "expected at most 500 characters, got 501"),
        ("/conversation", ["Ann: a" * 500], "expected at most 2,900 characters with names, got 3,000"),
        ("/conversation", [None, "{files}/rows.csv"], "the table: expected at most 20,000 rows, got more"),
        ("/conversation", [None, "{files}/talk.csv", "9"], "unknown dialogue '9': expected one of 7, 8"),
        ("/conversation", ["hi", "{files}/talk.csv"], "expected a dialogue or a table, got both"),
        ("/conversation", ["hi", None, None, ["{files}/talk.csv"]], "This picture cannot be used"),
    ],
)
def test_routes_refuse_in_plain_words(client, files, route, given, words):
    (files / "wide.png").write_bytes(png(Image.new("L", (2000, 600))))
    (files / "latin.csv").write_bytes("größe".encode("latin-1"))
    (files / "long.csv").write_text("text\n" + "hi\n" * 13)
    (files / "rows.csv").write_text("text\n" + "hi\n" * 20_001)

    def sent(value):
        if isinstance(value, list):
            return [sent(item) for item in value]
        is_file = isinstance(value, str) and value.startswith("{files}")
        return handle_file(value.replace("{files}", str(files))) if is_file else value

    with pytest.raises(AppError) as caught:
        client.predict(*map(sent, given), api_name=route)
    assert words in str(caught.value)
    assert str(files) not in str(caught.value) and "gradio" not in str(caught.value).lower()


@pytest.mark.parametrize("route", ["analyze", "analyze_batch", "conversation"])
@pytest.mark.parametrize(
    ("version", "body"),
    [("call/v2", b"{}"), ("call", b'{"data": []}'), ("call", b"{}"), ("call", b"no json"), ("call/v2", b"[]")],
    ids=["v2-empty", "empty", "no-data", "no-json", "v2-list"],
)
def test_missing_fields_are_told_without_a_trace(app_url, route, version, body):
    status, answer = post(f"{app_url}gradio_api/{version}/{route}", body)
    assert "Traceback" not in answer
    if status == 200:
        event = json.loads(answer)["event_id"]
        with urllib.request.urlopen(f"{app_url}gradio_api/call/{route}/{event}", timeout=60) as response:
            answer = response.read().decode()
        assert '"error": "Give a ' in answer and "Traceback" not in answer
    else:
        assert 400 <= status < 500, answer


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("v2/analyze", {"image": "SECRET"}, "image must be an uploaded file or null"),
        ("v2/analyze", {"image": 5, "text": "SECRET"}, "image must be an uploaded file or null"),
        ("v2/analyze", {"image": {"path": "SECRET", "url": 5}}, "image must be an uploaded file or null"),
        (
            "v2/analyze",
            {"image": {"path": "/SECRET", "meta": {"_type": "gradio.FileData"}}},
            "image must be an uploaded file or null",
        ),
        ("v2/analyze", {"text": "\ud800 SECRET"}, "expected Unicode as text, got a lone surrogate"),
        ("v2/analyze_batch", {"archive": 5, "explain": "SECRET"}, "archive must be an uploaded file or null"),
        ("v2/analyze_batch", {"table": "SECRET"}, "table must be an uploaded file or null"),
        ("v2/conversation", {"dialogue": "Ann: hi", "pictures": "SECRET"}, "each of pictures must be an uploaded file"),
        ("v2/conversation", {"dialogue": "Ann: SECRET\ud800"}, "expected Unicode as dialogue, got a lone surrogate"),
        ("v2/analyze", {"text": "x", "SECRET": 1}, "expected a route and fields that gradio_api/openapi.json lists"),
        ("v2/SECRET", {"text": "x"}, "expected a route and fields"),
        ("SECRET", {"data": ["x"]}, "expected a route and fields"),
        ("analyze", {"data": "\ud800 SECRET"}, "expected a route and fields"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence_and_not_logged(app_url, capfd, path, fields, words):
    status, answer = post(f"{app_url}gradio_api/call/{path}", json.dumps(fields).encode())
    if status == 200:
        event, route = json.loads(answer)["event_id"], path.removeprefix("v2/")
        with urllib.request.urlopen(f"{app_url}gradio_api/call/{route}/{event}", timeout=60) as response:
            answer = response.read().decode()
    else:
        assert status == 400
    assert words in answer and "SECRET" not in answer
    logged = "".join(capfd.readouterr())
    assert "SECRET" not in logged and "Traceback" not in logged


@pytest.mark.parametrize(
    "path",
    [
        "process_recording",
        "vibe-edit",
        "undo-vibe-edit",
        "component_server",
        "deep_link?session_hash=a",
        "proxy=https://a.hf.space/b",
        "file=http://127.0.0.1/a",
        "custom_component/a/client/b/c",
    ],
)
def test_what_gradio_offers_beside_is_404(app_url, path):
    body = b'--b\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\nSECRET\r\n--b--\r\n'
    is_read = any(mark in path for mark in "=/")
    assert post(f"{app_url}gradio_api/{path}", None if is_read else body, "multipart/form-data; boundary=b") == (
        404,
        '{"detail":"Not Found"}',
    )


def test_oversize_upload_is_413(app_url):
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.zip"\r\n\r\n'
    body = head + bytes(2**20 + 1) + b"\r\n--b--\r\n"
    status, _ = post(f"{app_url}gradio_api/upload", body, "multipart/form-data; boundary=b")
    assert status == 413


def test_oversize_call_is_413(app_url):
    body = json.dumps({"data": [{"url": "data:image/png;base64," + "A" * (3 * 2**20)}, "hi"]}).encode()
    assert post(f"{app_url}gradio_api/call/analyze", body)[0] == 413


@pytest.mark.parametrize("path", ["run/upload", "call/upload"])
def test_oversize_call_of_a_route_named_upload_is_413(app_url, path):
    assert post(f"{app_url}gradio_api/{path}", b'{"data": ["' + b"a" * (3 * 2**20) + b'"]}')[0] == 413


@pytest.mark.parametrize("is_length_told", [True, False])
def test_upload_of_too_much_together_is_413(app_url, is_length_told):
    head, mib = b'--b\r\nContent-Disposition: form-data; name="more"\r\n\r\n', bytes(2**20)
    length = {"Content-Length": str(len(head) + 22 * len(mib))} if is_length_told else {}
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(app_url).port, timeout=60)
    with closing(connection):
        with suppress(ConnectionError):  # the app answers before all has come
            connection.request(
                "POST",
                "/gradio_api/upload",
                chain([head], repeat(mib, 22)),
                {"Content-Type": "multipart/form-data; boundary=b", **length},
                encode_chunked=not is_length_told,
            )
        response = connection.getresponse()
        assert (response.status, response.read()) == (413, b'{"detail":"expected at most 22,020,096 bytes"}')


@pytest.mark.parametrize("item", ["[]", "{}", "1"])
def test_call_of_many_parts_is_413(app_url, item):
    body = f'{{"data": [null, [{",".join([item] * 50_001)}]]}}'
    assert post(f"{app_url}gradio_api/call/analyze", body.encode()) == (
        413,
        '{"detail":"expected at most 50,000 brackets, braces and commas"}',
    )


class NoFaces:
    name = "none"

    def detect(self, image):
        return ()


class SlowPipeline(MmemoPipeline):
    """A pipeline that answers when it is let."""

    def __init__(self) -> None:
        super().__init__({}, face_detector=NoFaces())
        self.gate = threading.Event()

    def __call__(self, *args, **options):
        self.gate.wait(60)
        return super().__call__(*args, **options)


def test_full_queue_is_503_and_slow_calls_are_stopped():
    slow = SlowPipeline()
    settings = Settings(queue_size=1, concurrency=1, call_timeout_s=3)
    with serving(slow, settings) as url:
        answers = []
        while len(answers) < 10 and (not answers or answers[-1][0] == 200):
            answers.append(post(f"{url}gradio_api/call/analyze", b'{"data": [null, "hi"]}'))
        assert len(answers) > 1
        assert answers[-1][0] == 503
        assert "Queue is full" in answers[-1][1]
        event = json.loads(answers[0][1])["event_id"]
        with urllib.request.urlopen(f"{url}gradio_api/call/analyze/{event}", timeout=60) as response:
            assert '"error": "This took longer than 3 seconds' in response.read().decode()
        slow.gate.set()


def test_login_and_deleted_uploads(files):
    settings = Settings(login=("ann", "secret"), delete_after_s=2)
    with serving(MmemoPipeline({}, face_detector=NoFaces()), settings) as url:
        with pytest.raises(AuthenticationError):
            Client(url, verbose=False, analytics_enabled=False)
        with urllib.request.urlopen(f"{url}healthz", timeout=30) as response:
            assert response.status == 200
        client = Client(url, auth=("ann", "secret"), verbose=False, analytics_enabled=False)
        (files / "kept.png").write_bytes(png(draw_face(77)))
        found = client.predict(handle_file(files / "kept.png"), "hi", "none", api_name="/analyze")
        assert found["image_size"] == [77, 77]
        uploads = Path(os.environ["GRADIO_TEMP_DIR"])
        deadline = time.monotonic() + 20
        while list(uploads.rglob("kept.png")) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert list(uploads.rglob("kept.png")) == []


def test_upload_that_breaks_off_is_deleted(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    use_own_upload_folder()
    with serving(MmemoPipeline({}, face_detector=NoFaces()), Settings(delete_after_s=2)) as url:
        part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n' + bytes(2**16)
        head = "POST /gradio_api/upload HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        with socket.create_connection(("127.0.0.1", urlsplit(url).port)) as connection:
            connection.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + part)
            assert wait_for(lambda: uploads(tmp_path))
        assert wait_for(lambda: not uploads(tmp_path))


def uploads(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def wait_for(is_so: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 20
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(is_so())
