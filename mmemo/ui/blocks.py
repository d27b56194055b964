"""The whole app around a pipeline: one page for each language, with the same tabs.

Conventions: English is at `/`, another language at `/` and its code, such as `/de`. A tab is a line in `TABS` and a
function that lays it out inside the current Blocks and learns the language from the `texts` it is given. Routes for
programs are on the English page alone, so that each is there once.
"""

import json
from collections.abc import Callable, Sequence
from html import escape
from inspect import signature
from math import ceil
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

from mmemo.pipeline import MmemoPipeline
from mmemo.ui.about_tab import build_about_tab
from mmemo.ui.batch_tab import build_batch_api, build_batch_tab
from mmemo.ui.conversation_tab import build_conversation_api, build_conversation_tab
from mmemo.ui.links import ON_HEADER
from mmemo.ui.live_tab import build_live_api, build_live_tab
from mmemo.ui.meme_tab import build_api, build_meme_tab
from mmemo.ui.pictures import plain_error
from mmemo.ui.settings import Settings
from mmemo.ui.texts import ENGLISH, LANGUAGES, Texts

FAVICON = Path(__file__).with_name("favicon.svg")

BuildTab = Callable[[MmemoPipeline, Texts, Settings], None]

TABS: tuple[tuple[str, str, BuildTab], ...] = (
    ("meme", "MEME_TAB", build_meme_tab),
    ("live", "LIVE_TAB", build_live_tab),
    ("conversation", "CONVERSATION_TAB", build_conversation_tab),
    ("batch", "BATCH_TAB", build_batch_tab),
    ("about", "ABOUT_TAB", build_about_tab),
)
"""Id of each tab, as `?tab=` names it, the name of its title in `Texts`, and what lays it out."""

APIS: tuple[Callable[[MmemoPipeline, Settings], None], ...] = (
    build_api,
    build_batch_api,
    build_conversation_api,
    build_live_api,
)
"""What opens routes for programs."""


def page_path(texts: Texts) -> str:
    """Path of a language's page, relative to the app's root: empty for English."""
    return "" if texts is ENGLISH else texts.CODE


def header(texts: Texts) -> str:
    """Name, purpose and promise of the app, and the way to the other languages."""
    logo = FAVICON.read_text("utf-8").replace("<svg ", '<svg class="mm-logo" aria-hidden="true" focusable="false" ', 1)
    links = "".join(_language_link(other, is_current=other is texts) for other in LANGUAGES.values())
    tabs = escape(json.dumps({tab_id: getattr(texts, title) for tab_id, title, _ in TABS}))
    return (
        f'<div class="mm-header" data-language="{texts.CODE}" data-tabs="{tabs}">{logo}'
        f'<div class="mm-name"><h1>{escape(texts.TITLE)}</h1>'
        f"<p>{escape(texts.TAGLINE)}</p></div>"
        f'<nav class="mm-languages" aria-label="{escape(texts.LANGUAGE)}">{links}</nav></div>'
    )


def _language_link(texts: Texts, *, is_current: bool) -> str:
    current = ' aria-current="page"' if is_current else ""
    name = escape(texts.NAME)
    return f'<a href="./{page_path(texts)}" lang="{texts.CODE}" hreflang="{texts.CODE}"{current}>{name}</a>'


def footer(texts: Texts, settings: Settings) -> str:
    """What the scores are, and what becomes of the pictures."""
    privacy = texts.PRIVACY.format(minutes=ceil(settings.delete_after_s / 60))
    return f'<p class="mm-footer">{escape(texts.CAUTION)} {escape(privacy)}</p>'


def build_page(pipeline: MmemoPipeline, texts: Texts, settings: Settings) -> None:
    """Lay out the page of a language inside the current Blocks."""
    gr.HTML(header(texts), js_on_load=ON_HEADER, apply_default_css=False, elem_id="header", elem_classes="mm-own")
    with gr.Tabs(elem_id="tabs"):
        for tab_id, title, build_tab in TABS:
            with gr.Tab(getattr(texts, title), id=tab_id, elem_id=f"{tab_id}-tab"):
                build_tab(pipeline, texts, settings)
    gr.HTML(footer(texts, settings), apply_default_css=False, elem_id="footer", elem_classes="mm-own")


class AppBlocks(gr.Blocks):
    """Blocks whose routes may be called with fewer values than they take."""

    def validate_inputs(self, block_fn: BlockFunction, inputs: list[Any]) -> None:
        """Count missing values at the end as null; Gradio's own check would write those that came to the log."""
        inputs.extend([None] * (len(block_fn.inputs) - len(inputs)))

    async def preprocess_data(
        self, block_fn: BlockFunction, inputs: list[Any], state: SessionState | None, explicit_call: bool = False
    ) -> list[Any]:
        """Refuse in one sentence what cannot be an input's value; Gradio's own errors write it to the log.

        Raises:
            gr.Error: Such a value came.
        """
        try:
            return await super().preprocess_data(block_fn, inputs, state, explicit_call)
        except gr.Error:
            raise
        except Exception as error:  # of many kinds: from pydantic, of paths and of downloads
            reason = ENGLISH.WRONG_FILE.format(name=_given_files(block_fn, inputs))
            raise plain_error(ENGLISH, ENGLISH.REQUEST_REFUSED, reason) from error


def _given_files(block_fn: BlockFunction, inputs: Sequence[Any]) -> str:
    """Names of a handler's files that came."""
    names = () if block_fn.fn is None else signature(block_fn.fn).parameters
    files = [
        f"each of {name}" if getattr(block, "file_count", None) == "multiple" else name
        for name, block, value in zip(names, block_fn.inputs, inputs, strict=False)
        if isinstance(block, gr.File | gr.Image) and value is not None
    ]
    return " and ".join(files) or "each input"


def build_demo(pipeline: MmemoPipeline, settings: Settings | None = None) -> gr.Blocks:
    """Make the app; `mmemo.ui.launch` serves it.

    Args:
        pipeline: Used by all visitors at once.
        settings: Limits; None for the default ones.
    """
    settings = settings or Settings()
    deleting = settings.delete_cache
    with AppBlocks(title=ENGLISH.TITLE, analytics_enabled=False, delete_cache=deleting, fill_width=True) as demo:
        build_page(pipeline, ENGLISH, settings)
        for build in APIS:
            build(pipeline, settings)
    for texts in LANGUAGES.values():
        if texts is not ENGLISH:
            with demo.route(texts.NAME, page_path(texts), show_in_navbar=False):
                build_page(pipeline, texts, settings)
    demo.queue(max_size=settings.queue_size, default_concurrency_limit=settings.concurrency)
    return demo
