"""What the routes and the pages share: calls with a time limit, their options, and words with a visible count."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import gradio as gr

from mmemo.perception import is_unicode
from mmemo.pipeline import MmemoPipeline
from mmemo.results import Analysis, RecognisedText
from mmemo.ui.pictures import plain_error
from mmemo.ui.settings import Settings
from mmemo.ui.texts import Texts

Result = TypeVar("Result")

MAX_CALLS = 64
"""Calls that may run at once, those included whose caller was already sent away."""

_EXECUTOR = ThreadPoolExecutor(MAX_CALLS, thread_name_prefix="mmemo-call")

EXPLAIN_LABEL = "explain: none (the default), fast or full"
LANGUAGE_LABEL = "language of the explanations: en (the default), de or es"
"""What the API page says of these fields; programs read English."""

NOT_UNICODE = "expected Unicode as {name}, got a lone surrogate"

COUNT = "(words) => `<p class='mm-count'>${[...(words ?? '')].length.toLocaleString('%s')} / %s</p>`"
"""Runs in the browser: the number of characters, and how many there may be."""


def within(seconds: float, call: Callable[[], Result], texts: Texts) -> Result:
    """What `call` returns, if it does so in time.

    A model that is computing cannot be interrupted: the caller is told in time, and what is left runs out unheard.

    Raises:
        gr.Error: It took longer.
    """
    future = _EXECUTOR.submit(call)
    try:
        return future.result(timeout=seconds)
    except TimeoutError as error:
        if future.done():
            raise  # the call's own
        future.cancel()
        raise plain_error(texts, "{reason}.", texts.TOO_SLOW.format(seconds=f"{seconds:g}")) from error


def run_pipeline(
    pipeline: MmemoPipeline,
    texts: Texts,
    settings: Settings,
    image: Any,  # noqa: ANN401 - as the pipeline takes it
    text: str | RecognisedText | None,
    **options: Any,  # noqa: ANN401 - options of the pipeline
) -> Analysis:
    """Analyse; what the caller did wrong becomes a plain sentence.

    Raises:
        gr.Error: Nothing was given, or it cannot be analysed.
    """
    if text is not None and not isinstance(text, (str, RecognisedText)):
        raise plain_error(texts, texts.REQUEST_REFUSED, texts.WRONG_TEXT)
    if image is None and (text is None or isinstance(text, str) and not text.strip()):
        raise plain_error(texts, "{reason}.", texts.NOTHING_GIVEN)
    if isinstance(text, str) and not is_unicode(text):
        raise plain_error(texts, texts.REQUEST_REFUSED, NOT_UNICODE.format(name="text"))
    length = len(text) if isinstance(text, str) else 0
    if length > settings.max_text:
        reason = f"text must have at most {settings.max_text:,} characters, got {length:,}"
        raise plain_error(texts, texts.REQUEST_REFUSED, reason)
    try:
        return within(settings.call_timeout_s, lambda: pipeline(image=image, text=text, **options), texts)
    except gr.Error:  # which is a ValueError too
        raise
    except ValueError as error:
        raise plain_error(texts, texts.REQUEST_REFUSED, error) from error


def explaining(explain: Any, language: Any) -> dict[str, Any]:  # noqa: ANN401 - the pipeline checks them
    """Options of the pipeline from what a program asked for; a language that is null is English."""
    return {"explain": explain, "language": "en" if language is None else language}


def count_characters(words: gr.Textbox, limit: int, texts: Texts) -> None:
    """Put a line under a box of words that counts them while they are typed; the count stays in the browser."""
    shown = f"{limit:,}".replace(",", texts.THOUSANDS)
    count = gr.HTML(f"<p class='mm-count'>0 / {shown}</p>", apply_default_css=False, elem_classes="mm-own")
    words.change(
        None,
        words,
        count,
        js=COUNT % (texts.CODE, shown),
        api_visibility="private",
        queue=False,
        show_progress="hidden",
    )
