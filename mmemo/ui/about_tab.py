"""The About tab: what the scores mean, measured figures, data and terms, and how to call the models from programs.

Conventions: figures, data and terms are read from the cards of the checkpoints that ship, so that they cannot differ
from them; what a section says in English there stays in English. The snippets are run by a test as they stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import gradio as gr

from mmemo.pipeline import CHECKPOINTS, PARTS, MmemoPipeline
from mmemo.ui import markup
from mmemo.ui.settings import Settings
from mmemo.ui.texts import Texts

LOCAL_URL = "http://127.0.0.1:7860"
"""Stands in the snippets until the browser puts the app's own address in its place."""

PYTHON_SNIPPET = """\
from mmemo import MmemoPipeline

pipe = MmemoPipeline.from_pretrained()
analysis = pipe(text="so happy for you")  # image="meme.jpg" for a picture
print(analysis.hate.verdict, analysis.emotion.label)
print(analysis.explanation.text)
"""

CLIENT_SNIPPET = f"""\
from gradio_client import Client

client = Client("{LOCAL_URL}")
# image=handle_file("meme.jpg") for a picture, text=None to read its words
analysis = client.predict(image=None, text="so happy for you", api_name="/analyze")
print(analysis["hate"]["verdict"], analysis["emotion"]["label"])
"""

HTTP_SNIPPET = f"""\
EVENT=$(curl -s {LOCAL_URL}/gradio_api/call/v2/analyze \\
  -H 'Content-Type: application/json' \\
  -d '{{"image": null, "text": "so happy for you"}}' | cut -d '"' -f 4)
curl -s {LOCAL_URL}/gradio_api/call/analyze/$EVENT
"""

ON_SNIPPETS = """
for (const code of element.querySelectorAll("pre code"))
  code.textContent = code.textContent.replaceAll("LOCAL_URL", new URL(".", document.baseURI).href.replace(/\\/$/, ""));
element.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
  button.textContent = button.dataset.copied;
  setTimeout(() => { button.textContent = button.dataset.copy; }, 2000);
});
""".replace("LOCAL_URL", LOCAL_URL)
"""Runs in the browser: puts the app's address into the snippets, and copies one when its button is pressed."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of a card: paragraphs of plain text, and the rows of its tables, headings first."""

    paragraphs: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    points: tuple[str, ...]


def read_section(card: str, title: str) -> Section:
    """A section of a card in Markdown; an empty one when it has no such title.

    Args:
        card: Text of a README.md.
        title: Of a second-level heading.
    """
    _, found, rest = card.partition(f"\n## {title}\n")
    blocks = rest.partition("\n## ")[0].strip().split("\n\n") if found else []
    paragraphs: list[str] = []
    rows: list[tuple[str, ...]] = []
    points: list[str] = []
    for block in blocks:
        if block.startswith("|"):
            rows += [_cells(line) for line in block.splitlines() if set(line) - set("|- ")]
        elif block.startswith("- "):
            points += [_plain(line) for line in block[2:].replace("\n  ", " ").split("\n- ")]
        elif not block.startswith("```"):
            paragraphs.append(_plain(block))
    return Section(paragraphs=tuple(paragraphs), rows=tuple(rows), points=tuple(points))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(_plain(cell) for cell in line.strip().strip("|").split("|"))


def _plain(markdown: str) -> str:
    return " ".join(markdown.replace("`", "").replace("**", "").split())


def load_cards() -> tuple[str, ...]:
    """Cards of the checkpoints that ship."""
    return tuple((CHECKPOINTS / part / "README.md").read_text("utf-8") for part in PARTS)


def table(rows: Sequence[Sequence[str]], name: str) -> str:
    """Rows as a table that scrolls sideways by itself where it is too wide; the first row has the headings."""
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return (
        f'<div class="mm-table" tabindex="0" role="region" aria-label="{escape(name)}" lang="en">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def snippet(title: str, code: str, texts: Texts) -> str:
    """Code with a button that copies it."""
    copy, copied = escape(texts.COPY), escape(texts.COPIED)
    return (
        f'<h3 class="mm-sub">{escape(title)}</h3><div class="mm-snippet">'
        f'<button type="button" class="mm-choice" data-copy="{copy}" data-copied="{copied}">{copy}</button>'
        f'<pre tabindex="0" lang="en"><code>{escape(code)}</code></pre></div>'
    )


def _joined(sections: Sequence[Section], name: str) -> str:
    """The tables of several cards as one."""
    heading = next((section.rows[:1] for section in sections if section.rows), ())
    return table([*heading, *(row for section in sections for row in section.rows[1:])], name)


def about_html(texts: Texts) -> str:
    """The whole tab."""
    cards = load_cards()
    figures, verdicts, data, limits = (
        [read_section(card, title) for card in cards]
        for title in ("Figures", "Verdicts", "Training data and terms", "Intended use and limits")
    )
    paragraphs = [text for section in limits for text in section.paragraphs]
    # What ends with a colon stands over a table, and the tables of the cards are shown as one.
    english = "".join(markup.paragraph(text, "mm-note") for text in paragraphs if not text.endswith(":"))
    points = markup.items((point for section in limits for point in section.points), "mm-why")
    parts = (
        markup.card(texts.ABOUT_MEANS_CARD, markup.items(texts.ABOUT_MEANS, "mm-why")),
        markup.card(texts.ABOUT_NOT_CARD, markup.items(texts.ABOUT_NOT, "mm-why")),
        markup.card(
            texts.ABOUT_FIGURES, _joined(figures, texts.ABOUT_FIGURES), note=texts.ABOUT_FIGURES_NOTE, kind="mm-wide"
        ),
        markup.card(
            texts.ABOUT_VERDICTS,
            _joined(verdicts, texts.ABOUT_VERDICTS),
            note=texts.ABOUT_VERDICTS_NOTE,
            kind="mm-wide",
        ),
        markup.card(
            texts.ABOUT_CODE,
            snippet("Python", PYTHON_SNIPPET, texts)
            + snippet("gradio_client", CLIENT_SNIPPET, texts)
            + snippet("HTTP", HTTP_SNIPPET, texts),
            note=texts.ABOUT_CODE_NOTE,
            kind="mm-wide",
        ),
        markup.card(texts.ABOUT_DATA, _joined(data, texts.ABOUT_DATA), note=texts.ABOUT_DATA_NOTE, kind="mm-wide"),
        markup.card(
            texts.ABOUT_LIMITS,
            f'<div lang="en">{english}{points}</div><h3 class="mm-sub">{escape(texts.ABOUT_SLICES)}</h3>'
            + _joined(limits, texts.ABOUT_SLICES),
            note=texts.ABOUT_LIMITS_NOTE,
            kind="mm-wide",
        ),
        markup.card(texts.ABOUT_LICENCE, markup.items(texts.ABOUT_LICENCES, "mm-why"), kind="mm-wide"),
    )
    return f'<div class="mm-report mm-about">{"".join(parts)}</div>'


def build_about_tab(pipeline: MmemoPipeline, texts: Texts, settings: Settings) -> None:
    """Lay out the tab inside the current Blocks."""
    gr.HTML(about_html(texts), js_on_load=ON_SNIPPETS, apply_default_css=False, elem_id="about", elem_classes="mm-own")
