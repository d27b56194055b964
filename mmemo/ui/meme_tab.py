"""The Meme tab: a picture, words or both, and what they express.

Public API: `/analyze` with `image` (a file or null), `text` (null: read from the picture; "": none), `explain` and
`language` gives `Analysis.to_dict()`. The page's own events are private.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

import gradio as gr
from PIL import Image

from mmemo.engines import Explain
from mmemo.pipeline import MmemoPipeline
from mmemo.results import RecognisedText
from mmemo.ui import markup, report
from mmemo.ui.calls import LANGUAGE_LABEL, count_characters, explaining, run_pipeline
from mmemo.ui.gallery import ON_LOAD, gallery_html, load_examples
from mmemo.ui.pictures import FileDescription, decode, picture_bytes, plain_error
from mmemo.ui.settings import Settings
from mmemo.ui.texts import ENGLISH, Texts

DETAILS: tuple[Explain, ...] = tuple(detail for detail in get_args(Explain) if detail != "none")
"""How thoroughly reasons can be sought, the quickest first."""

Shown = tuple[Any, ...]
"""Answer and evidence as HTML, the result as JSON, and the words box."""

PRESS_ANALYSE = "() => { document.querySelector('#analyse').click(); }"

ON_ANSWER = """
element.setAttribute("aria-live", "polite");
watch("value", () => {
  if (element.querySelector(".mm-waiting")) return;
  const { top } = element.getBoundingClientRect();
  if (top < -60 || top > innerHeight * 0.7) element.scrollIntoView({ block: "start" });
});
"""
"""Runs in the browser: a screen reader reads a new answer aloud, and it comes into view."""


def words_to_analyse(words: str | None, has_picture: bool) -> str | None:
    """What an input box means to the pipeline: an empty one asks to read the picture."""
    given = (words or "").strip()
    return given or (None if has_picture else "")


@dataclass
class Page:
    """What the server remembers of a visitor's page; handlers change it in place, and so see each other's changes.

    Attributes:
        filled: Words that the app put into the box: read from the picture, or an example's; "" for none.
        picture: Number of the picture that the page shows; each new one has another.
    """

    filled: RecognisedText | str = ""
    picture: int = 0

    @property
    def filled_words(self) -> str:
        """The words that the app put into the box."""
        return self.filled.value if isinstance(self.filled, RecognisedText) else self.filled


class MemeTab:
    """Handlers of the tab around one pipeline."""

    def __init__(self, pipeline: MmemoPipeline, texts: Texts, settings: Settings) -> None:
        """Keep the pipeline, the words of the page and the limits; every handler only reads them."""
        self.pipeline, self.texts, self.settings = pipeline, texts, settings

    def analyze(
        self,
        image: FileDescription | None = None,
        text: str | None = None,
        explain: str | None = None,
        language: str | None = None,
    ) -> dict[str, Any]:
        """Tell what a picture, its words, or both express: hate, emotions of words and faces, and why.

        Args:
            image: A JPEG, PNG, WebP, GIF or BMP file, of an animation the first frame, or null.
            text: The words; null to read them from the picture, "" for none.
            explain: How thoroughly to explain: fast (the default), full, or none.
            language: Of the explanation: en (the default), de or es.

        Returns:
            The analysis, with the same keys as in Python.
        """
        picture, options = self._picture(image), explaining(explain or "fast", language)
        return run_pipeline(self.pipeline, self.texts, self.settings, picture, text, **options).to_dict()

    def _picture(self, image: FileDescription | None) -> Image.Image | None:
        limits = self.settings
        data = picture_bytes(image, self.texts, max_bytes=limits.max_upload_bytes)
        return decode(data, self.texts, max_pixels=limits.max_pixels, max_bytes=limits.max_upload_bytes)

    def show(self, image: FileDescription | None, words: str | None, detail: Explain, page: Page) -> Iterator[Shown]:
        """Analyse what stands in the page: first the answer, then the reasons for it; or what is wrong with it.

        What belongs to a picture that has gone in the meantime is not shown.
        """
        number = page.picture
        yield (gr.skip(),) * 4  # Gradio expects something of every run
        try:
            for shown in self._answer_and_reasons(image, words, detail, page):
                if page.picture != number:
                    return
                yield shown
        except gr.Error as error:
            if page.picture == number:
                yield markup.failed(error, self.texts), "", None, gr.skip()

    def _answer_and_reasons(
        self, image: FileDescription | None, words: str | None, detail: Explain, page: Page
    ) -> Iterator[Shown]:
        number, picture = page.picture, self._picture(image)
        if detail not in DETAILS:
            raise plain_error(self.texts, self.texts.REQUEST_REFUSED, f"expected one of {', '.join(DETAILS)}")
        is_as_read = isinstance(page.filled, RecognisedText) and words == page.filled.value
        text = page.filled if is_as_read else words_to_analyse(words, picture is not None)
        first = run_pipeline(self.pipeline, self.texts, self.settings, picture, text, explain="none")
        is_read = first.text.source == "ocr"
        if is_read and page.picture == number:
            page.filled = first.text
        box = first.text.value if is_read else gr.skip()
        yield report.answer(first, self.texts), report.pending(self.texts), first.to_dict(), box
        faces = None if picture is None else first.faces
        try:
            analysis = run_pipeline(
                self.pipeline,
                self.texts,
                self.settings,
                picture,
                first.text,
                face_boxes=faces,
                explain=detail,
                language=self.texts.CODE,
            )
        except gr.Error as error:
            yield gr.skip(), markup.failed(error, self.texts), first.to_dict(), gr.skip()
        else:
            evidence = report.evidence(analysis, picture, self.texts)
            yield report.answer(analysis, self.texts), evidence, analysis.to_dict(), gr.skip()

    def start_anew(self, words: str | None, page: Page) -> Shown:
        """What the page shows once the picture changes: no old answer, and no words that the app put there for it."""
        kept = "" if words == page.filled_words else words or ""
        return self._new_picture(page, kept, filled="")

    def put_example(self, page: Page, event: gr.EventData) -> Shown:
        """Put an example's picture and words into the page: the picture, and then as in `start_anew`."""
        examples, index = load_examples(), event.index  # set by the browser, see gallery.ON_LOAD
        if not isinstance(index, int) or not 0 <= index < len(examples):
            reason = f"expected the number of an example from 0 to {len(examples) - 1}"
            raise plain_error(self.texts, self.texts.REQUEST_REFUSED, reason)
        words = examples[index].words or ""
        return str(examples[index].path), *self._new_picture(page, words, filled=words)

    def _new_picture(self, page: Page, words: str, *, filled: str) -> Shown:
        page.picture, page.filled = page.picture + 1, filled
        return report.waiting(self.texts), "", None, words


def _inputs(texts: Texts, settings: Settings) -> tuple[gr.Image, gr.Textbox, gr.Radio, gr.Button, gr.HTML]:
    picture = gr.Image(
        label=texts.PICTURE,
        alt_text=texts.PICTURE_ALT,
        placeholder=texts.PICTURE_HINT,
        type="filepath",
        image_mode=None,
        sources=["upload", "clipboard", "webcam"],
        webcam_options=gr.WebcamOptions(mirror=False, constraints={"video": {"facingMode": {"ideal": "environment"}}}),
        buttons=["fullscreen"],
        height=320,
        elem_id="picture",
    )
    words = gr.Textbox(
        label=texts.WORDS,
        info=texts.WORDS_INFO,
        placeholder=texts.WORDS_HINT,
        lines=2,
        max_lines=6,
        max_length=settings.max_text,
        elem_id="words",
    )
    count_characters(words, settings.max_text, texts)
    detail = gr.Radio(
        [(texts.DETAILS[detail], detail) for detail in DETAILS],
        value=DETAILS[0],
        label=texts.DETAIL,
        visible=len(DETAILS) > 1,
        elem_id="detail",
    )
    button = gr.Button(texts.ANALYSE, variant="primary", size="lg", elem_id="analyse")
    examples = gr.HTML(
        gallery_html(texts), js_on_load=ON_LOAD, apply_default_css=False, elem_id="examples", elem_classes="mm-own"
    )
    return picture, words, detail, button, examples


def _outputs(texts: Texts) -> tuple[gr.HTML, gr.HTML, gr.JSON]:
    answer = gr.HTML(
        report.waiting(texts), js_on_load=ON_ANSWER, apply_default_css=False, elem_id="answer", elem_classes="mm-own"
    )
    evidence = gr.HTML(
        "", js_on_load=markup.ON_CHOICE, apply_default_css=False, elem_id="evidence", elem_classes="mm-own"
    )
    with gr.Accordion(texts.JSON_CARD, open=False, elem_id="json-card"):
        result = gr.JSON(label=texts.JSON_LABEL, show_label=False, max_height=480, elem_id="json")
    return answer, evidence, result


def build_api(pipeline: MmemoPipeline, settings: Settings) -> None:
    """`/analyze`, on components that no page shows; its errors are in English."""
    tab = MemeTab(pipeline, ENGLISH, settings)
    label = "image: a JPEG, PNG, WebP, GIF or BMP file, or null"
    image = gr.Image(label=label, type="filepath", image_mode=None, visible=False)
    text = gr.Textbox(label='text: the words; null reads them from the picture, "" is none', visible=False)
    explain = gr.Textbox(label="explain: fast (the default), full or none", visible=False)
    language = gr.Textbox(label=LANGUAGE_LABEL, visible=False)
    result = gr.JSON(label=ENGLISH.JSON_LABEL, visible=False)
    gr.Button(visible=False).click(
        tab.analyze,
        [image, text, explain, language],
        result,
        api_name="analyze",
        preprocess=False,
        concurrency_limit=settings.concurrency,
        concurrency_id="model",
    )


def build_meme_tab(pipeline: MmemoPipeline, texts: Texts, settings: Settings) -> None:
    """Lay out the tab inside the current Blocks."""
    tab = MemeTab(pipeline, texts, settings)
    with gr.Row(elem_classes="mm-columns"):
        with gr.Column(scale=5, min_width=300):
            picture, words, detail, button, examples = _inputs(texts, settings)
        with gr.Column(scale=7, min_width=300):
            answer, evidence, result = _outputs(texts)
    page, shown = gr.State(Page()), [answer, evidence, result, words]
    gr.on(
        [button.click, words.submit],
        tab.show,
        [picture, words, detail, page],
        shown,
        preprocess=False,
        trigger_mode="always_last",
        api_visibility="private",
        concurrency_limit=settings.concurrency,
        concurrency_id="model",
        show_progress="minimal",
        show_progress_on=answer,
    )
    new: dict[str, Any] = {
        "queue": False,
        "show_progress": "hidden",
        "trigger_mode": "always_last",
        "api_visibility": "private",
    }
    picture.input(tab.start_anew, [words, page], shown, **new)
    examples.click(tab.put_example, page, [picture, *shown], **new).success(None, js=PRESS_ANALYSE)
