"""The examples that ship with the app: pictures drawn by the project, shown as a row of named buttons."""

import json
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from mmemo.perception import load_image
from mmemo.ui.pictures import data_url
from mmemo.ui.texts import Texts

FOLDER = Path(__file__).parent / "examples"
THUMBNAIL_SIDE = 176
"""Longest side of a thumbnail in pixels: twice what it takes on the page, for fine screens."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One example; `words` is None when the app is to read them from the picture."""

    path: Path
    words: str | None

    @property
    def name(self) -> str:
        """What a link calls it, and what `Texts.EXAMPLE_TITLES` knows it by."""
        return self.path.stem


@cache
def load_examples() -> tuple[Example, ...]:
    """Examples in the order of `examples.json`."""
    listed = json.loads((FOLDER / "examples.json").read_text("utf-8"))
    return tuple(Example(path=FOLDER / item["file"], words=item["words"]) for item in listed)


@cache
def gallery_html(texts: Texts) -> str:
    """A button for each example; `data-index` is its place in `load_examples`."""
    buttons = []
    for index, example in enumerate(load_examples()):
        source = data_url(load_image(example.path), THUMBNAIL_SIDE)
        title = texts.EXAMPLE_TITLES[example.name]
        name = escape(texts.EXAMPLE_NAME.format(title=title))
        buttons.append(
            f'<button type="button" class="mm-example" data-index="{index}" data-name="{example.name}"'
            f' aria-label="{name}">'
            f'<img src="{source}" alt="" width="88" height="88"><span>{escape(title)}</span></button>'
        )
    return f'<div class="mm-examples"><h2>{escape(texts.EXAMPLES)}</h2><div>{"".join(buttons)}</div></div>'


ON_LOAD = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-index]");
  if (button) trigger("click", { index: Number(button.dataset.index) });
});
"""
"""Runs in the browser: tells the server which example was clicked."""
