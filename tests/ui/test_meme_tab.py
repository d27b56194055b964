"""Handlers of the Meme tab and the errors people see."""

import base64
import dataclasses
import io
import json

import gradio as gr
import pytest
from PIL import Image

from mmemo.results import RecognisedText
from mmemo.ui import pictures
from mmemo.ui.gallery import gallery_html, load_examples
from mmemo.ui.meme_tab import MemeTab, Page, words_to_analyse
from mmemo.ui.settings import Settings
from mmemo.ui.texts import ENGLISH, LANGUAGES


@pytest.mark.parametrize(
    ("words", "has_picture", "expected"),
    [
        ("", True, None),
        (None, True, None),
        ("  ", True, None),
        (" hi ", True, "hi"),
        ("", False, ""),
        ("hi", False, "hi"),
    ],
)
def test_words_to_analyse(words, has_picture, expected):
    assert words_to_analyse(words, has_picture) == expected


@pytest.mark.parametrize(
    ("words", "filled", "expected"),
    [
        ("AB", RecognisedText(value="AB", source="ocr"), ""),
        ("AB", "AB", ""),
        ("typed", "AB", "typed"),
        (None, "", ""),
        ("AB edited", "AB", "AB edited"),
    ],
    ids=["read", "example", "typed", "none", "edited"],
)
def test_new_picture_takes_the_old_answer_and_the_words_that_the_app_put_there(words, filled, expected):
    page = Page(filled=filled)
    shown = MemeTab(refuse, ENGLISH, Settings()).start_anew(words, page)
    assert "mm-waiting" in shown[0] and shown[1:] == ("", None, expected)
    assert page == Page(filled="", picture=1)


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


PICTURE = {"url": "data:image/png;base64," + base64.b64encode(png(Image.new("RGB", (200, 100)))).decode()}


def refuse(**_given):
    raise AssertionError("the pipeline is not asked")


@pytest.mark.parametrize(
    ("image", "text", "message"),
    [
        (None, None, "Give a picture, words, or both."),
        (None, "  ", "Give a picture, words, or both."),
        (None, 5, "This cannot be analysed: text must be a string or null."),
        ("picture.png", None, "This cannot be analysed: image must be an uploaded file or null."),
        ({"path": None, "url": None}, None, "This cannot be analysed: image must be an uploaded file or null."),
        ({"url": "data:image/png;base64,%%%"}, None, "This cannot be analysed: the upload is no longer there"),
    ],
)
def test_analyze_refuses_in_plain_words(image, text, message):
    with pytest.raises(gr.Error) as caught:
        MemeTab(refuse, ENGLISH, Settings()).analyze(image, text)
    assert caught.value.message.startswith(message)
    assert not caught.value.print_exception


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    folder = tmp_path / "uploads"
    folder.mkdir()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder


def test_errors_name_no_path(uploads):
    path = uploads / "secret-name.png"
    with pytest.raises(gr.Error) as caught:
        pictures.picture_bytes({"path": str(path)}, ENGLISH)
    assert "secret-name" not in caught.value.message
    path.write_bytes(b"not a picture")
    with pytest.raises(gr.Error) as caught:
        pictures.decode(pictures.picture_bytes({"path": str(path)}, ENGLISH), ENGLISH)
    assert caught.value.message.startswith("This picture cannot be used: expected JPEG, PNG")
    assert "secret-name" not in caught.value.message and str(uploads) not in caught.value.message


def test_picture_bytes_reads_uploads_only(uploads):
    outside = uploads.parent / "outside.png"
    outside.write_bytes(b"abc")
    (uploads / "link.png").symlink_to(outside)
    for path in (outside, uploads / "../outside.png", uploads / "link.png"):
        with pytest.raises(gr.Error, match="no longer there"):
            pictures.picture_bytes({"path": str(path)}, ENGLISH)


def test_picture_bytes_reads_frames_and_files(uploads):
    (uploads / "a").write_bytes(b"abc")
    url = "data:image/jpeg;base64," + base64.b64encode(b"abc").decode()
    assert pictures.picture_bytes({"url": url, "path": None}, ENGLISH) == b"abc"
    assert pictures.picture_bytes({"path": str(uploads / "a")}, ENGLISH) == b"abc"
    assert pictures.picture_bytes(None, ENGLISH) is None


def test_analyze_gives_the_pipelines_json(analysis):
    tab = MemeTab(lambda image, text, **options: analysis, ENGLISH, Settings())
    assert tab.analyze(None, "we won") == json.loads(json.dumps(analysis.to_dict()))


def test_show_gives_the_answer_first_and_does_not_read_or_look_again(analysis):
    asked = []

    def pipeline(**given):
        asked.append(given)
        return analysis if given["explain"] != "none" else dataclasses.replace(analysis, explanation=None)

    tab = MemeTab(pipeline, LANGUAGES["de"], Settings())
    page = Page()
    _, first, second = tab.show(PICTURE, "", "fast", page)
    assert "mm-verdict" in first[0] and "mm-why" not in first[0] and 'aria-busy="true"' in first[1]
    assert (first[3], page.filled) == ("we won", analysis.text)
    assert "mm-why" in second[0] and "mm-box" in second[1] and second[2] == analysis.to_dict()
    assert asked[0]["text"] is None and asked[0]["explain"] == "none"
    assert (asked[1]["text"], asked[1]["face_boxes"]) == (analysis.text, analysis.faces)
    assert (asked[1]["explain"], asked[1]["language"]) == ("fast", "de")
    list(tab.show(PICTURE, "we won", "fast", page))
    assert asked[2]["text"] is analysis.text, "words that stand as they were read are still the picture's"
    list(tab.show(PICTURE, "we lost", "fast", page))
    assert asked[4]["text"] == "we lost"


@pytest.mark.parametrize(
    ("words", "detail", "message"),
    [("", "fast", "Give a picture, words, or both."), ("hello", "none", "expected one of fast, full")],
)
def test_show_says_what_is_wrong_where_the_answer_would_be(words, detail, message):
    _, (html, evidence, result, _) = MemeTab(refuse, ENGLISH, Settings()).show(None, words, detail, Page())
    assert 'role="alert"' in html and message in html
    assert (evidence, result) == ("", None)


@pytest.mark.parametrize("fails", [False, True])
def test_answer_to_a_picture_that_has_gone_is_not_shown(analysis, fails):
    page = Page()

    def pipeline(**given):
        tab.start_anew("", page)
        if fails:
            raise ValueError("no")
        return analysis

    tab = MemeTab(pipeline, ENGLISH, Settings())
    assert list(tab.show(PICTURE, "", "fast", page)) == [(gr.skip(),) * 4]
    assert page == Page(filled="", picture=1)


def test_answer_stays_where_the_reasons_fail(analysis):
    def pipeline(explain, **_given):
        if explain != "none":
            raise ValueError("<b>no</b>")
        return dataclasses.replace(analysis, explanation=None)

    _, first, second = MemeTab(pipeline, ENGLISH, Settings()).show(PICTURE, "", "full", Page())
    assert "mm-verdict" in first[0] and first[2]["text"]["value"] == "we won"
    assert second[0]["__type__"] == "update" and second[2] == first[2]
    assert 'role="alert"' in second[1] and "&lt;b&gt;no" in second[1] and "aria-busy" not in second[1]


@pytest.mark.parametrize("index", [-1, 99, "SECRET", None, 1.5])
def test_unknown_example_is_refused_without_telling_it(index):
    with pytest.raises(gr.Error, match="expected the number of an example from 0 to") as caught:
        MemeTab(refuse, ENGLISH, Settings()).put_example(Page(), gr.EventData(None, {"index": index}))
    assert "SECRET" not in caught.value.message and not caught.value.print_exception


def test_gallery_names_every_example():
    html = gallery_html(ENGLISH)
    for index, example in enumerate(load_examples()):
        assert example.path.is_file()
        title = ENGLISH.EXAMPLE_TITLES[example.name]
        assert f'data-index="{index}" data-name="{example.name}" aria-label="Example: {title}"' in html
    assert {example.name for example in load_examples()} == set(ENGLISH.EXAMPLE_TITLES)
    assert len(load_examples()) >= 10
