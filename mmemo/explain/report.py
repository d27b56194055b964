"""An analysis as plain text for people: what the command line prints.

Conventions: at most 96 columns; nothing but printable characters, so that words from a picture cannot steer a terminal;
numbers are the result's own, as whole percents.
"""

import shutil
import textwrap
import unicodedata
from collections.abc import Sequence

from mmemo.explain.narrative import lead_task, listing, percent, strongest_words
from mmemo.explain.wording import plain_word
from mmemo.results import (
    NOT_ASKED,
    REPHRASING_KEPT,
    Analysis,
    Attribution,
    Decision,
    Disagreement,
    FaceResult,
    RecognisedText,
    Scores,
)

MAX_WIDTH = 96
HEAD_WIDTH = 14
NUM_TOP = 3
NUM_FACES = 5
BAR_WIDTH = 24
MAX_WORD_LINES = 4
_PARTS = {"text": "words", "image": "picture"}

Block = list[tuple[str, str]]
"""Lines as (heading or "", rest)."""


def render(analysis: Analysis, *, is_bold: bool = False) -> str:
    """An analysis as text of at most 96 columns, headings in bold with a terminal's codes if asked."""
    width = min(MAX_WIDTH, shutil.get_terminal_size().columns)
    blocks = [
        _words_block(analysis.text, width),
        _decision_block("Hate", analysis.hate) + _decision_block("Offensive", analysis.offensive),
        _scores_block("Emotion", analysis.emotion),
        _scores_block("In the words", analysis.text_emotion),
        _scores_block("Sentiment", analysis.sentiment),
        _scores_block("As a meme", analysis.meme_emotion),
        _faces_block(analysis.faces) if analysis.image_size is not None else [],
        _disagreement_block(analysis.disagreement),
        _why_block(analysis, width),
    ]
    lines: list[str] = []
    for block in blocks:
        lines += [_line(head, body, is_bold) for head, body in block] + ([""] if block else [])
    return "\n".join(lines).rstrip("\n")


def _line(head: str, body: str, is_bold: bool) -> str:
    padded = f"{head:<{HEAD_WIDTH}}"
    return (f"\033[1m{padded}\033[0m{body}" if is_bold and head else padded + body).rstrip()


def _paragraph(head: str, text: str, width: int) -> Block:
    kept = text.replace(" %", "\u00a0%")  # no break between a number and its sign
    lines = [line.replace("\u00a0", " ") for line in textwrap.wrap(kept, max(20, width - HEAD_WIDTH))] or [""]
    return [(head, lines[0]), *(("", line) for line in lines[1:])]


def _plain(text: str) -> str:
    """Words without control and format characters, which a terminal would obey."""
    kept = (" " if unicodedata.category(c) != "Cf" and not c.isprintable() else c for c in text)
    return "".join(c for c in kept if c.isprintable())


def _words_block(text: RecognisedText, width: int) -> Block:
    if not text.value:
        return [("Words", "none")]
    origin = "read from the picture" if text.source == "ocr" else text.source
    cut = ", only the beginning was judged" if text.truncated else ""
    foreign = ", seemingly not English" if text.foreign else ""
    shown = textwrap.shorten(_plain(text.value), MAX_WORD_LINES * (width - HEAD_WIDTH), placeholder=" ...")
    return _paragraph("Words", f'"{shown}" ({origin}{cut}{foreign})', width)


def _decision_block(name: str, decision: Decision | None) -> Block:
    if decision is None:
        return []
    rule = f"threshold {percent(decision.threshold)}"
    if decision.uncertain_band is not None:
        low, high = decision.uncertain_band
        rule += f", uncertain from {percent(low)} to {percent(high)}"
    return [(name, f"{decision.verdict:<16}{percent(decision.probability):>10}   {rule}")]


def _scores_block(name: str, scores: Scores | None) -> Block:
    if scores is None:
        return []
    lines = []
    for label, value in scores.top(NUM_TOP):
        bar = "█" * round(value * BAR_WIDTH)
        lines.append(("", f"{label:<16}{percent(value):>10}   {bar}".rstrip()))
    origin = listing([_PARTS.get(item, item) for item in scores.modalities])
    (_, first), *rest = lines
    return [(name, f"{first:<{30 + BAR_WIDTH}} {origin}"), *rest]


def _faces_block(faces: Sequence[FaceResult]) -> Block:
    if not faces:
        return [("Faces", "none found")]
    lines = []
    for face in faces[:NUM_FACES]:
        box, reading = face.box, "not read"
        if face.emotion is not None:
            reading = ", ".join(f"{label} {percent(value)}" for label, value in face.emotion.top(2))
        lines.append(("", f"{f'{box.width} x {box.height} at {box.x}, {box.y}':<27}  {reading}"))
    if len(faces) > NUM_FACES:
        lines.append(("", f"and {len(faces) - NUM_FACES} more"))
    (_, first), *rest = lines
    return [("Faces", first), *rest]


def _why_block(analysis: Analysis, width: int) -> Block:
    """What moved the score of the verdict, then the explanation."""
    explanation = analysis.explanation
    if explanation is None:
        return []
    found = explanation.evidence.attributions.get(lead_task(analysis) or "")
    lines = [] if found is None else [_modalities_line(found), *_words_lines(found)]
    block = [line for text in lines for line in _paragraph("", text, width)]
    block += _paragraph("", _plain(explanation.text), width)
    if explanation.rephrasing not in (NOT_ASKED, REPHRASING_KEPT):
        block += _paragraph("", f"(Not rephrased: {_plain(explanation.rephrasing)}.)", width)
    return [("Why", block[0][1]), *block[1:]]


def _modalities_line(found: Attribution) -> str:
    """Such as `Carried by: words +31 points, picture -4`."""
    ordered = sorted(found.modalities.items(), key=lambda item: -abs(item[1]))
    (name, value), *rest = [(_PARTS.get(name, name), f"{round(value * 100):+d}") for name, value in ordered]
    return "Carried by: " + ", ".join([f"{name} {value} points", *(f"{name} {value}" for name, value in rest)])


def _words_lines(found: Attribution) -> list[str]:
    """Such as `Strongest words: "hate" and "you" up, "love" down`; nothing without words."""
    if found.words is None:
        return []
    parts = []
    for direction, raising in (("up", True), ("down", False)):
        words = [f'"{plain_word(word.text)}"' for word in strongest_words(found.words, raising=raising)]
        if words:
            parts.append(f"{listing(words)} {direction}")
    return [f"Strongest words: {', '.join(parts)}"] if parts else []


def _disagreement_block(found: Disagreement | None) -> Block:
    return [] if found is None else [("Disagreement", f"{found.value:.2f} of 1: {found.reading}")]


__all__ = ["render"]
