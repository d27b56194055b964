"""Pieces of the pages as HTML: cards, bars, a scale, a picture with boxes, small faces.

Conventions: every function escapes the strings it is given, except those called `content`, which are HTML already.
Positions are percents of the box they stand in. What colour or length says, words say too.
"""

from collections.abc import Iterable, Sequence
from html import escape

import gradio as gr

from mmemo.results import Box, Decision
from mmemo.ui.texts import Texts

_FACES = {
    "angry": '<path d="M7 8l3.4 1.6M17 8l-3.4 1.6M8.4 16.6c2-2.4 5.2-2.4 7.2 0"/>',
    "disgust": '<path d="M7 8.6l3 .4M17 8l-3 1M8 16.4c1.6-1.6 2.6-1 4-.4s2.6.6 4-1.2"/>',
    "fear": '<path d="M7 8.4l2.6-1.2M17 8.4l-2.6-1.2M8 16.2l1.6-1 1.6 1 1.6-1 1.6 1 1.6-1"/>',
    "happy": '<path d="M7.6 14c1.8 4 7 4 8.8 0"/>',
    "neutral": '<path d="M8.4 15.6h7.2"/>',
    "sad": '<path d="M7 9l2.8-1.2M17 9l-2.8-1.2M8.6 16.8c1.8-2 5-2 6.8 0"/>',
    "surprise": '<path d="M7.4 7.4l2-.8M16.6 7.4l-2-.8"/><ellipse cx="12" cy="16" rx="1.8" ry="2.4"/>',
}
"""Strokes of a 24 x 24 face for each of the seven emotions."""

_SIGNS = {
    "yes": '<path d="M12 3.2L22 20.4H2z"/><path d="M12 9.6v5.2M12 17.6v.2"/>',
    "no": '<circle cx="12" cy="12" r="9.4"/><path d="M7.6 12.4l3 3 5.8-6.4"/>',
    "unsure": '<circle cx="12" cy="12" r="9.4"/><path d="M9.2 9.6c.2-3.8 6-3.4 5.6.2-.3 2-2.8 2.2-2.8 4M12 17.4v.2"/>',
}
"""Strokes of a 24 x 24 sign for each kind of verdict."""


def _drawing(strokes: str, name: str) -> str:
    return f'<svg class="mm-{name}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{strokes}</svg>'


def shown(text: str) -> str:
    """Text for a page: escaped, and no line breaks between a number and its percent sign."""
    return escape(text.replace(" %", "\u00a0%"))


def present_mark(texts: Texts) -> str:
    """What marks a label as present, for eyes and for screen readers."""
    return f'<span class="mm-mark" aria-hidden="true">✓</span><span class="mm-hidden">{escape(texts.PRESENT)}</span>'


def face_drawing(emotion: str) -> str:
    """A small drawn face; empty for a label that has none. Screen readers skip it."""
    if emotion not in _FACES:
        return ""
    eyes = '<circle cx="12" cy="12" r="10"/><path class="mm-eyes" d="M8.6 11v.4M15.4 11v.4"/>'
    return _drawing(eyes + _FACES[emotion], "face")


def verdict_kind(decision: Decision) -> str:
    """`yes`, `no` or `unsure`."""
    if decision.verdict == "uncertain":
        return "unsure"
    return "yes" if decision.verdict == decision.label else "no"


def sign(kind: str) -> str:
    """The sign of a kind of verdict. Screen readers skip it."""
    return _drawing(_SIGNS[kind], "sign")


def position(probability: float) -> str:
    """Place of a probability on a scale, such as `62.5%`; values outside of [0, 1] stay at the ends."""
    return f"{min(1.0, max(0.0, probability)) * 100:.4g}%"


def card(title: str, content: str, *, note: str = "", kind: str = "") -> str:
    """A titled section; `kind` is a further CSS class."""
    small = f'<p class="mm-note">{escape(note)}</p>' if note else ""
    return f'<section class="{f"mm-card {kind}".rstrip()}"><h2>{escape(title)}</h2>{small}{content}</section>'


def paragraph(text: str, kind: str = "mm-text") -> str:
    """A paragraph of plain text."""
    return f'<p class="{kind}">{shown(text)}</p>'


def items(lines: Iterable[str], kind: str) -> str:
    """A list of plain texts."""
    return f'<ul class="{kind}">' + "".join(f"<li>{shown(line)}</li>" for line in lines) + "</ul>"


def steps(title: str, lines: Sequence[str]) -> str:
    """What stands where a result will be."""
    numbered = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<section class="mm-card mm-waiting"><h2>{escape(title)}</h2><ol>{numbered}</ol></section>'


def failed(error: gr.Error, texts: Texts) -> str:
    """What stands where a result would be, when there is none."""
    title = escape(texts.ERROR_TITLE)
    return f'<section class="mm-card mm-refused" role="alert"><h2>{title}</h2><p>{escape(error.message)}</p></section>'


def bars(scores: Sequence[tuple[str, float]], texts: Texts, *, present: Iterable[str] = (), drawn: bool = False) -> str:
    """A list of labels, each with a bar and its percents; the highest stands out.

    Args:
        scores: Label and probability, in the order shown.
        texts: Of the page.
        present: Labels to be marked as present.
        drawn: Whether to put a small face before each label.
    """
    marked = set(present)
    highest = max((score for _, score in scores), default=0.0)
    rows = []
    for label, score in scores:
        mark = present_mark(texts) if label in marked else ""
        face = face_drawing(label) if drawn else ""
        rows.append(
            f'<li class="{"mm-lead" if score == highest else "mm-rest"}">'
            f'<span class="mm-label">{face}{escape(texts.label(label))}{mark}</span>'
            f'<span class="mm-track" aria-hidden="true"><span style="width:{position(score)}"></span></span>'
            f'<span class="mm-value">{texts.percent(score)}</span></li>'
        )
    return f'<ul class="mm-bars">{"".join(rows)}</ul>'


def rule(decision: Decision, texts: Texts) -> str:
    """How a verdict comes from a probability, in words."""
    threshold, label = texts.percent(decision.threshold), texts.label(decision.label).capitalize()
    if decision.uncertain_band is None:
        return texts.RULE.format(label=label, threshold=threshold)
    low, high = (texts.percent(end) for end in decision.uncertain_band)
    return texts.RULE_BAND.format(label=label, threshold=threshold, low=low, high=high)


def scale(decision: Decision, texts: Texts) -> str:
    """Probability on a line from 0 to 100 % that shows the threshold and the uncertain band."""
    name = texts.SCALE.format(probability=texts.percent(decision.probability), rule=rule(decision, texts))
    band = ""
    if decision.uncertain_band is not None:
        low, high = decision.uncertain_band
        band = f'<span class="mm-band" style="left:{position(low)};width:{position(high - low)}"></span>'
    threshold = escape(texts.SCALE_THRESHOLD.format(threshold=texts.percent(decision.threshold)))
    return (
        f'<div class="mm-scale" role="img" aria-label="{escape(name)}"><div class="mm-line">'
        f'<span class="mm-fill" style="width:{position(decision.probability)}"></span>{band}'
        f'<span class="mm-threshold" style="left:{position(decision.threshold)}"></span>'
        f'<span class="mm-marker" style="left:{position(decision.probability)}"></span></div>'
        f'<div class="mm-ticks"><span>0</span>'
        f'<span class="mm-tick" style="left:{position(decision.threshold)}">{threshold}</span><span>100 %</span></div>'
        "</div>"
    )


def choices(named: Sequence[tuple[str, str]], name: str) -> str:
    """A row of buttons, of which one is pressed: the first. `ON_CHOICE` shows the part whose `data-chosen` it names.

    Args:
        named: Value and name of each button.
        name: What is chosen, for screen readers.
    """
    buttons = "".join(
        f'<button type="button" class="mm-choice" data-choose="{escape(value)}"'
        f' aria-pressed="{"false" if index else "true"}">{escape(label)}</button>'
        for index, (value, label) in enumerate(named)
    )
    return f'<div class="mm-choices" role="group" aria-label="{escape(name)}">{buttons}</div>'


ON_CHOICE = """
element.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-choose]");
  const scope = pressed && pressed.closest("[data-choices]");
  if (!scope) return;
  const choice = pressed.dataset.choose;
  for (const button of scope.querySelectorAll("[data-choose]"))
    button.setAttribute("aria-pressed", String(button.dataset.choose === choice));
  for (const part of scope.querySelectorAll("[data-chosen]")) part.hidden = part.dataset.chosen !== choice;
});
"""
"""Runs in the browser: inside an element with `data-choices`, pressing a button shows its part and hides the others."""


def meter(value: float, name: str) -> str:
    """A value in [0, 1] on a plain line."""
    return (
        f'<div class="mm-scale mm-meter" role="img" aria-label="{escape(name)}"><div class="mm-line">'
        f'<span class="mm-fill" style="width:{position(value)}"></span>'
        f'<span class="mm-marker" style="left:{position(value)}"></span></div></div>'
    )


def boxed_picture(
    source: str, size: tuple[int, int], marks: Sequence[tuple[Box, str]], alt: str, *, names: Sequence[str] = ()
) -> str:
    """A picture with labelled boxes drawn on it.

    Args:
        source: URL of the picture.
        size: `(width, height)` in the pixels that the boxes count in.
        marks: Boxes and what stands at them.
        alt: The same in words.
        names: For boxes that can be pressed, what each is called; box 1 is `data-choose="1"` and is pressed.
    """
    width, height = size
    drawn = []
    for index, (box, label) in enumerate(marks):
        place = (
            f"left:{position(box.x / width)};top:{position(box.y / height)};"
            f"width:{position(box.width / width)};height:{position(box.height / height)}"
        )
        side = "mm-inside" if box.y < 0.09 * height else "mm-above"
        lead = "mm-first" if index == 0 else "mm-other"
        kind = f'class="mm-box {side} {lead}" style="{place}"'
        if names:
            pressed = "false" if index else "true"
            number, _, rest = escape(label).partition(" ")
            drawn.append(
                f'<button type="button" {kind} data-choose="{index + 1}" aria-pressed="{pressed}"'
                f' aria-label="{escape(names[index])}"><b aria-hidden="true">{number}<span> {rest}</span></b></button>'
            )
        else:
            drawn.append(f"<span {kind}><b>{escape(label)}</b></span>")
    layer = "".join(drawn) if names else f'<span aria-hidden="true">{"".join(drawn)}</span>'
    return (
        f'<figure class="mm-figure" style="aspect-ratio:{width}/{height}">'
        f'<img src="{escape(source)}" alt="{escape(alt)}" width="{width}" height="{height}">'
        f"{layer}</figure>"
    )
