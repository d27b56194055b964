"""The app as visitors use it, from input to result, on the checkpoints that ship."""

import io
import json
import re
import urllib.error
import urllib.request

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from playwright.sync_api import expect

from mmemo import MmemoPipeline
from tests.perception.drawing import draw_face, draw_meme

pytestmark = pytest.mark.timeout(300)

HOSTILE = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1> ${window.hacked=1} {{value}}"


def png(image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def call(app_url: str, body: dict, version: str = "call") -> str:
    """Events that come back from `/analyze`, or the refusal."""
    url = f"{app_url}gradio_api/{version}/analyze"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            event = json.load(response)["event_id"]
        with urllib.request.urlopen(f"{app_url}gradio_api/call/analyze/{event}", timeout=60) as response:
            return response.read().decode()
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read().decode()}"


def give_picture(page, name: str, data: bytes) -> None:
    upload = page.locator("#picture input[type=file]")
    upload.set_input_files({"name": name, "mimeType": "image/png", "buffer": data})
    expect(page.locator("#picture img")).to_be_visible()


@pytest.fixture(scope="module")
def pipeline() -> MmemoPipeline:
    return MmemoPipeline.from_pretrained()


@pytest.fixture(scope="module")
def client(app_url) -> Client:
    return Client(app_url, verbose=False, analytics_enabled=False)


def test_health_route(app_url):
    with urllib.request.urlopen(app_url + "healthz", timeout=30) as response:
        assert response.status == 200
        assert json.load(response) == {"status": "ok"}


def test_words_give_verdict_and_explanation(visit):
    page = visit.page
    page.locator("#words textarea").fill("I love this, best day ever!")
    page.get_by_role("button", name="Analyse").click()
    assert "I love this, best day ever!" in visit.evidence()
    answer = visit.answer()
    assert re.search(r"(Not hateful|Hateful|Uncertain: hateful\?)", answer)
    assert re.search(r"\d %\s+probability of hate", answer.replace("\u00a0", " "))
    assert "Judged from the words" in answer
    page.get_by_text("The whole result as JSON").click()
    expect(page.locator("#json")).to_contain_text("uncertain_band")


def test_hostile_words_are_shown_and_not_run(visit):
    page = visit.page
    page.locator("#words textarea").fill(HOSTILE)
    page.get_by_role("button", name="Analyse").click()
    visit.answer()
    expect(page.locator("#evidence blockquote")).to_have_text(HOSTILE)
    assert page.evaluate("window.hacked") is None


def test_example_gives_an_answer(visit):
    page = visit.page
    page.get_by_role("button", name="Example: A smile over angry words").click()
    visit.evidence()
    expect(page.locator("#words textarea")).to_have_value("i am furious i hate this day")
    expect(page.locator("#picture img")).to_be_visible()
    expect(page.locator("#evidence .mm-box")).to_have_count(1)


def test_example_can_be_analysed_again_with_other_words(visit):
    page = visit.page
    page.get_by_role("button", name="Example: A smile over angry words").click()
    visit.evidence()
    page.locator("#words textarea").fill("it is raining")
    page.get_by_role("button", name="Analyse").click()
    expect(page.locator("#evidence blockquote")).to_have_text("it is raining")
    expect(page.locator("#evidence .mm-box")).to_have_count(1)
    page.get_by_role("button", name="Analyse").click()
    expect(page.locator("#evidence")).to_contain_text("matter-of-fact words")
    expect(page.locator(".toast-body")).to_have_count(0)


def test_upload_finds_faces(visit):
    page = visit.page
    give_picture(page, "face.png", png(draw_face(300)))
    page.get_by_role("button", name="Analyse").click()
    visit.answer()
    expect(page.locator("#evidence .mm-box")).to_have_count(1)
    figure = page.get_by_alt_text("The analysed picture. One face was found.")
    assert figure.evaluate("image => image.naturalWidth") == 300


def test_upload_reads_words_and_forgets_them_with_the_picture(visit):
    page = visit.page
    give_picture(page, "meme.png", png(draw_meme("HELLO WORLD", "GOOD MORNING")))
    words = page.locator("#words textarea")
    for detail in ("Quick", "Thorough"):
        page.get_by_label(detail).check()
        page.get_by_role("button", name="Analyse").click()
        expect(page.locator("#evidence")).to_contain_text("Read from the picture")
        expect(words).to_have_value(re.compile("^HELLO ?WORLD GOOD ?MORNING$"))
    page.get_by_role("button", name="Remove Image").click()
    expect(words).to_have_value("")
    expect(page.locator("#answer .mm-waiting")).to_be_visible()
    expect(page.locator("#evidence .mm-evidence")).to_have_count(0)


def test_words_of_an_example_go_with_its_picture(visit):
    page = visit.page
    page.get_by_role("button", name="Example: Anger over friendly words").click()
    visit.evidence()
    expect(page.locator("#words textarea")).to_have_value("so happy for you really")
    page.get_by_role("button", name="Remove Image").click()
    expect(page.locator("#words textarea")).to_have_value("")


def test_answer_to_a_picture_that_is_gone_is_not_shown(visit):
    page = visit.page
    give_picture(page, "meme.png", png(draw_meme("HELLO WORLD", "GOOD MORNING")))
    page.get_by_role("button", name="Analyse").click()
    page.get_by_role("button", name="Remove Image").click()
    give_picture(page, "other.png", png(draw_meme("LOVELY DAY", "MY FRIENDS")))
    expect(page.locator("#words textarea")).to_have_value("")
    expect(page.locator("#answer .mm-verdict")).to_have_count(0)
    page.get_by_role("button", name="Analyse").click()
    visit.evidence()
    expect(page.locator("#words textarea")).to_have_value(re.compile("^LOVELY ?DAY MY ?FRIENDS$"))


def test_last_of_two_examples_is_the_one_analysed(visit):
    page = visit.page
    page.get_by_role("button", name="Example: A smile over angry words").click()
    page.wait_for_timeout(250)
    page.get_by_role("button", name="Example: Anger over friendly words").click()
    expect(page.locator("#evidence blockquote")).to_have_text("so happy for you really")
    expect(page.locator("#words textarea")).to_have_value("so happy for you really")
    page.wait_for_timeout(1500)
    expect(page.locator("#evidence blockquote")).to_have_text("so happy for you really")


def test_bad_picture_gives_a_plain_error(visit):
    page = visit.page
    page.locator("#words textarea").fill("I love this, best day ever!")
    page.get_by_role("button", name="Analyse").click()
    visit.evidence()
    data = png(draw_face(200))
    upload = page.locator("#picture input[type=file]")
    upload.set_input_files({"name": "broken.png", "mimeType": "image/png", "buffer": data[: len(data) // 2]})
    page.wait_for_function("document.querySelector('#picture img') !== null")
    expect(page.locator("#answer .mm-verdict")).to_have_count(0)
    page.get_by_role("button", name="Analyse").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This picture cannot be used")
    expect(alert).to_contain_text("damaged or cut short")
    assert "/" not in alert.inner_text()


def test_nothing_given_gives_a_plain_error(visit):
    visit.page.get_by_role("button", name="Analyse").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("Give a picture, words, or both.")
    visit.page.locator("#words textarea").fill("I love this")
    visit.page.get_by_role("button", name="Analyse").click()
    visit.answer()
    expect(visit.page.get_by_role("alert")).to_have_count(0)


def test_webcam_snapshot(visit):
    page = visit.page
    page.locator("#picture").get_by_label("Capture from camera").click()
    page.locator('#picture [title="grant webcam access"] button').click()
    page.locator("#picture video").wait_for()
    page.wait_for_function("document.querySelector('#picture video').currentTime > 0.5")
    page.locator("#picture button.capture-button").click()
    expect(page.locator("#picture img")).to_be_visible()
    page.get_by_role("button", name="Analyse").click()
    visit.answer()
    expect(page.locator("#evidence .mm-box")).to_have_count(1)
    left = page.locator("#evidence .mm-box").evaluate("box => parseFloat(box.style.left)")
    assert left < 30, "the picture arrived mirrored"


@pytest.mark.parametrize(
    ("with_picture", "text"),
    [(True, None), (True, ""), (True, "so happy"), (False, "so happy")],
    ids=["read", "none", "both", "words"],
)
def test_api_gives_the_same_as_python(client, pipeline, tmp_path, with_picture, text):
    path = tmp_path / "face.png"
    picture = draw_meme("HELLO WORLD", size=(480, 480))
    picture.paste(draw_face(280), (100, 120))
    picture.save(path)
    found = client.predict(handle_file(path) if with_picture else None, text, api_name="/analyze")
    expected = pipeline(image=path if with_picture else None, text=text).to_dict()
    assert found == json.loads(json.dumps(expected))


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "cannot be used"), (b"<svg></svg>", "cannot be used"), (b"plain words", "expected JPEG, PNG")],
    ids=["empty", "svg", "text"],
)
def test_api_refuses_bad_pictures_without_a_path(client, tmp_path, data, message):
    path = tmp_path / "bad.png"
    path.write_bytes(data)
    with pytest.raises(AppError, match=message) as caught:
        client.predict(handle_file(path), None, api_name="/analyze")
    assert "uploads" not in str(caught.value) and "bad.png" not in str(caught.value)


@pytest.mark.parametrize(
    "image",
    [
        {"path": "{file}", "meta": {"_type": "gradio.FileData"}},
        {"path": "{file}"},
        {"path": "{file}", "url": None, "orig_name": "a.png", "meta": {"_type": "other"}},
        {"path": "{file}", "meta": {"_type": "gradio.FileData"}, "is_stream": True},
        "{file}",
    ],
    ids=["plain", "no-meta", "other-meta", "stream", "string"],
)
def test_api_reads_no_file_that_was_not_uploaded(app_url, repository, image):
    path = str(repository / "mmemo/ui/examples/sun.jpg")
    body = json.loads(json.dumps({"data": [image, "hello"]}).replace("{file}", path))
    assert "Judged from" not in call(app_url, body)


def test_api_fills_in_missing_fields(app_url):
    assert "Judged from the words" in call(app_url, {"text": "hello there"}, version="call/v2")


def test_app_prints_nothing_of_what_it_is_given(client, app_log):
    client.predict(None, "a very private sentence", api_name="/analyze")
    assert "private sentence" not in app_log.read_text()
