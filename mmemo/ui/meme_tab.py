"""The Meme tab: a picture, words or both, and what they express.

Public API: `/analyze` with `image` (a file or null), `text` (null: read from the picture; "": none) and `explain` gives
`Analysis.to_dict()`. The page's own events are private.
"""

from typing import Any

import gradio as gr
from PIL import Image

from mmemo.perception import load_image
from mmemo.pipeline import MmemoPipeline
from mmemo.results import Analysis
from mmemo.ui import report
from mmemo.ui.calls import count_characters, within
from mmemo.ui.gallery import ON_LOAD, gallery_html, load_examples
from mmemo.ui.pictures import FileDescription, decode, picture_bytes, plain_error
from mmemo.ui.settings import Settings
from mmemo.ui.texts import ENGLISH, Texts

Shown = tuple[str, str, dict[str, Any], str, str]
"""Answer and evidence as HTML, the result as JSON, the words box, and the words that the app put there."""

ON_ANSWER = """
element.setAttribute("aria-live", "polite");
watch("value", () => {
  if (element.getBoundingClientRect().top > window.innerHeight * 0.7) element.scrollIntoView({ block: "start" });
});
"""
"""Runs in the browser: a screen reader reads a new answer aloud, and on a phone it comes into view."""


def run_pipeline(
    pipeline: MmemoPipeline,
    image: Any,  # noqa: ANN401 - as the pipeline takes it
    text: str | None,
    texts: Texts,
    settings: Settings,
    **options: Any,  # noqa: ANN401 - the pipeline checks them
) -> Analysis:
    """Analyse; what the caller did wrong becomes a plain sentence.

    Raises:
        gr.Error: Nothing was given, or it cannot be analysed.
    """
    if text is not None and not isinstance(text, str):
        raise plain_error(texts, texts.REQUEST_REFUSED, texts.WRONG_TEXT)
    if image is None and not (text or "").strip():
        raise plain_error(texts, "{reason}.", texts.NOTHING_GIVEN)
    if len(text or "") > settings.max_text:
        reason = f"text must have at most {settings.max_text:,} characters, got {len(text or ''):,}"
        raise plain_error(texts, texts.REQUEST_REFUSED, reason)
    try:
        return within(settings.call_timeout_s, lambda: pipeline(image=image, text=text, **options), texts)
    except ValueError as error:
        raise plain_error(texts, texts.REQUEST_REFUSED, error) from error


def words_to_analyse(words: str | None, has_picture: bool) -> str | None:
    """What an input box means to the pipeline: an empty one asks to read the picture."""
    given = (words or "").strip()
    return given or (None if has_picture else "")


def words_for_new_picture(words: str | None, read: str) -> tuple[str, str]:
    """Words box and read words once the picture changes: words that were read from the old one go."""
    return ("" if words == read else words or ""), ""


class MemeTab:
    """Handlers of the tab around one pipeline."""

    def __init__(self, pipeline: MmemoPipeline, texts: Texts, settings: Settings) -> None:
        """Keep the pipeline, the words of the page and the limits; every handler only reads them."""
        self.pipeline, self.texts, self.settings = pipeline, texts, settings

    def analyze(
        self, image: FileDescription | None = None, text: str | None = None, explain: str | None = None
    ) -> dict[str, Any]:
        """Tell what a picture, its words, or both express: hate, emotions of words and faces, and why.

        Args:
            image: A JPEG, PNG, WebP, GIF or BMP file, or null.
            text: The words; null to read them from the picture, "" for none.
            explain: How to explain the result: fast (the default) or none.

        Returns:
            The analysis, with the same keys as in Python.
        """
        picture, options = self._picture(image), {} if explain is None else {"explain": explain}
        return run_pipeline(self.pipeline, picture, text, self.texts, self.settings, **options).to_dict()

    def _picture(self, image: FileDescription | None) -> Image.Image | None:
        limits = self.settings
        data = picture_bytes(image, self.texts, max_bytes=limits.max_upload_bytes)
        return decode(data, self.texts, max_pixels=limits.max_pixels, max_bytes=limits.max_upload_bytes)

    def show(self, image: FileDescription | None, words: str | None) -> Shown:
        """Analyse what stands in the page."""
        return self._shown(self._picture(image), words)

    def show_example(self, event: gr.EventData) -> tuple[Any, ...]:
        """Put an example into the page and analyse it."""
        examples = load_examples()
        index = int(event.index)  # set by the browser, see gallery.ON_LOAD
        if not 0 <= index < len(examples):
            raise plain_error(self.texts, self.texts.REQUEST_REFUSED, f"there is no example {index}")
        example = examples[index]
        return str(example.path), *self._shown(load_image(example.path), example.words)

    def _shown(self, picture: Image.Image | None, words: str | None) -> Shown:
        given = words_to_analyse(words, picture is not None)
        analysis = run_pipeline(self.pipeline, picture, given, self.texts, self.settings)
        read = analysis.text.value if analysis.text.source == "ocr" else ""
        return (
            report.answer(analysis, self.texts),
            report.evidence(analysis, picture, self.texts),
            analysis.to_dict(),
            read or words or "",
            read,
        )


def _inputs(texts: Texts, settings: Settings) -> tuple[gr.Image, gr.Textbox, gr.Button, gr.HTML]:
    picture = gr.Image(
        label=texts.PICTURE,
        alt_text=texts.PICTURE_ALT,
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
    button = gr.Button(texts.ANALYSE, variant="primary", size="lg", elem_id="analyse")
    examples = gr.HTML(
        gallery_html(texts), js_on_load=ON_LOAD, apply_default_css=False, elem_id="examples", elem_classes="mm-own"
    )
    return picture, words, button, examples


def _outputs(texts: Texts) -> tuple[gr.HTML, gr.HTML, gr.JSON]:
    answer = gr.HTML(
        report.waiting(texts), js_on_load=ON_ANSWER, apply_default_css=False, elem_id="answer", elem_classes="mm-own"
    )
    evidence = gr.HTML("", apply_default_css=False, elem_id="evidence", elem_classes="mm-own")
    with gr.Accordion(texts.JSON_CARD, open=False, elem_id="json-card"):
        result = gr.JSON(label=texts.JSON_LABEL, show_label=False, max_height=480, elem_id="json")
    return answer, evidence, result


def build_api(pipeline: MmemoPipeline, settings: Settings) -> None:
    """`/analyze`, on components that no page shows; it answers in English."""
    tab = MemeTab(pipeline, ENGLISH, settings)
    image = gr.Image(type="filepath", image_mode=None, visible=False)
    text, explain = gr.Textbox(visible=False), gr.Textbox(visible=False)
    result = gr.JSON(label=ENGLISH.JSON_LABEL, visible=False)
    gr.Button(visible=False).click(
        tab.analyze,
        [image, text, explain],
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
            picture, words, button, examples = _inputs(texts, settings)
        with gr.Column(scale=7, min_width=300):
            answer, evidence, result = _outputs(texts)
    read = gr.State("")
    shown = [answer, evidence, result, words, read]
    event: dict[str, Any] = {
        "api_visibility": "private",
        "concurrency_limit": settings.concurrency,
        "concurrency_id": "model",
        "show_progress": "minimal",
        "show_progress_on": answer,
    }
    gr.on([button.click, words.submit], tab.show, [picture, words], shown, preprocess=False, **event)
    examples.click(tab.show_example, None, [picture, *shown], **event)
    picture.input(words_for_new_picture, [words, read], [words, read], api_visibility="private", queue=False)
