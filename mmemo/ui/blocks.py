"""The whole page around a pipeline."""

from html import escape
from pathlib import Path

import gradio as gr

from mmemo.pipeline import MmemoPipeline
from mmemo.ui import texts
from mmemo.ui.live_tab import build_live_tab
from mmemo.ui.meme_tab import build_meme_tab

FAVICON = Path(__file__).with_name("favicon.svg")

QUEUE_SIZE = 32
"""Calls that wait at most; one more is answered 503."""

DELETE_EVERY_S = 60
DELETE_AFTER_S = 600
"""Uploads are deleted once they are this old."""


def header() -> str:
    """Name, purpose and promise of the app."""
    logo = FAVICON.read_text("utf-8").replace("<svg ", '<svg class="mm-logo" aria-hidden="true" focusable="false" ', 1)
    return f'<div class="mm-header">{logo}<div><h1>{escape(texts.TITLE)}</h1><p>{escape(texts.TAGLINE)}</p></div></div>'


def footer() -> str:
    """What the scores are, and what becomes of the pictures."""
    return f'<p class="mm-footer">{escape(texts.CAUTION)} {escape(texts.PRIVACY)}</p>'


def build_demo(pipeline: MmemoPipeline) -> gr.Blocks:
    """Make the app; `mmemo.ui.launch` serves it.

    Args:
        pipeline: Used by all visitors at once.
    """
    with gr.Blocks(
        title=texts.TITLE, analytics_enabled=False, delete_cache=(DELETE_EVERY_S, DELETE_AFTER_S), fill_width=True
    ) as demo:
        gr.HTML(header(), apply_default_css=False, elem_id="header", elem_classes="mm-own")
        with gr.Tabs():
            with gr.Tab(texts.MEME_TAB, id="meme"):
                build_meme_tab(pipeline)
            with gr.Tab(texts.LIVE_TAB, id="live"):
                build_live_tab(pipeline)
        gr.HTML(footer(), apply_default_css=False, elem_id="footer", elem_classes="mm-own")
    demo.queue(max_size=QUEUE_SIZE, default_concurrency_limit=2)
    return demo
