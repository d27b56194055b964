"""An `Analysis` as HTML: first the answer (verdicts and why), then the evidence.

Conventions: parts that the result does not have are left out; numbers are the result's own, as whole percents.
"""

from collections.abc import Sequence
from html import escape

from PIL import Image

from mmemo.explain.disagreement import agreement
from mmemo.results import Analysis, AnalysisFailure, Decision, Disagreement, FaceResult, Scores
from mmemo.ui import markup, moved
from mmemo.ui.pictures import data_url
from mmemo.ui.texts import Texts

FIGURE_SIDE = 720
"""Longest side in pixels of the picture in the report."""

TOP_EMOTIONS = 5
"""Emotions of the words that are shown at once; the others unfold."""


def waiting(texts: Texts) -> str:
    """What stands in the answer's place before there is one."""
    return markup.steps(texts.WAITING_TITLE, texts.WAITING_STEPS)


def answer(analysis: Analysis, texts: Texts) -> str:
    """Verdicts, the leading emotions at a glance, and the explanation once it is there."""
    decisions = [decision for decision in (analysis.hate, analysis.offensive) if decision is not None]
    parts = []
    if decisions:
        cards = "".join(verdict(decision, texts) for decision in decisions)
        parts.append(f'<div class="mm-verdicts" role="group" aria-label="{escape(texts.VERDICT_REGION)}">{cards}</div>')
    parts.append(glance(analysis, texts))
    if analysis.explanation is not None:
        lines = markup.items((sentence.text for sentence in analysis.explanation.sentences), "mm-why")
        parts.append(markup.card(texts.EXPLANATION, lines))
    return f'<div class="mm-report">{"".join(parts)}</div>'


def glance(analysis: Analysis, texts: Texts) -> str:
    """The leading label of each emotion, one beside the other."""
    found = (
        (texts.EMOTION, analysis.emotion, True),
        (texts.SENTIMENT, analysis.sentiment, False),
        (texts.MEME_EMOTION, analysis.meme_emotion, False),
    )
    tiles = "".join(_tile(title, scores, texts, drawn) for title, scores, drawn in found if scores is not None)
    return f'<dl class="mm-glance">{tiles}</dl>' if tiles else ""


def _tile(title: str, scores: Scores, texts: Texts, drawn: bool) -> str:
    label = scores.label
    face = markup.face_drawing(label) if drawn else ""
    share = markup.shown(texts.percent(scores.scores[label]))
    return (
        f'<div class="mm-tile"><dt>{escape(title)}</dt>'
        f"<dd>{face}<strong>{escape(texts.label(label))}</strong> <span>{share}</span></dd></div>"
    )


def pending(texts: Texts) -> str:
    """What stands in the evidence's place while it is gathered."""
    lines = "<span></span><span></span><span></span>"
    return (
        f'<section class="mm-card mm-pending" aria-busy="true"><p class="mm-note" role="status">'
        f'{escape(texts.PENDING)}</p><div aria-hidden="true">{lines}</div></section>'
    )


def verdict(decision: Decision, texts: Texts) -> str:
    """A decision as a card: sign, words, probability, scale."""
    kind = markup.verdict_kind(decision)
    heading = (
        texts.UNCERTAIN.format(label=texts.label(decision.label))
        if kind == "unsure"
        else texts.label(decision.verdict).capitalize()
    )
    noun = texts.PROBABILITY_OF.format(label=texts.NOUNS.get(decision.label, decision.label))
    return (
        f'<section class="mm-card mm-verdict mm-{kind}"><div class="mm-head">{markup.sign(kind)}'
        f"<h2>{escape(heading)}</h2></div>"
        f'<p class="mm-probability"><strong>{texts.percent(decision.probability)}</strong> {escape(noun)}</p>'
        f"{markup.scale(decision, texts)}{markup.paragraph(markup.rule(decision, texts), 'mm-note')}</section>"
    )


def evidence(analysis: Analysis, picture: Image.Image | None, texts: Texts) -> str:
    """What the answer stands on: emotions, words, faces, and how far they agree."""
    parts = [
        _emotion(analysis.emotion, texts),
        _faces(analysis, picture, texts),
        _disagreement(analysis.disagreement, texts),
        _words(analysis, texts),
        _whole_meme(analysis.meme_emotion, texts),
    ]
    why = moved.card(analysis, picture, texts)
    return f'<div class="mm-report">{why}<div class="mm-evidence">{"".join(parts)}</div></div>'


def made_from(scores: Scores, texts: Texts) -> str:
    """Which parts scores come from, in words."""
    names = texts.AND.join(texts.PARTS.get(part, part) for part in scores.modalities)
    template = texts.EMOTION_MADE_FROM if len(scores.modalities) > 1 else texts.EMOTION_MADE_FROM_ONE
    return template.format(parts=names)


def faces_in_words(count: int, texts: Texts) -> str:
    """How many faces there are, as a sentence."""
    if count == 0:
        return texts.NO_FACE
    return texts.ONE_FACE if count == 1 else texts.MANY_FACES.format(count=count)


def face_label(number: int, face: FaceResult, texts: Texts) -> str:
    """What stands at a face's box: its number and leading emotion."""
    return str(number) if face.emotion is None else f"{number} {texts.label(face.emotion.label)}"


def leading_emotion(label: str, share: float, texts: Texts) -> str:
    """An emotion as a drawn face with its name and percents."""
    return (
        f'<p class="mm-leading">{markup.face_drawing(label)}<strong>{escape(texts.label(label))}</strong> '
        f"<span>{texts.percent(share)}</span></p>"
    )


def _ordered(scores: Scores) -> tuple[tuple[str, float], ...]:
    return scores.top(len(scores.scores))


def _emotion(scores: Scores | None, texts: Texts) -> str:
    if scores is None:
        return ""
    lead = leading_emotion(scores.label, scores.scores[scores.label], texts)
    rows = markup.bars(_ordered(scores), texts, drawn=True)
    return markup.card(texts.EMOTION, lead + rows, note=made_from(scores, texts))


def _whole_meme(scores: Scores | None, texts: Texts) -> str:
    if scores is None:
        return ""
    return markup.card(texts.MEME_EMOTION, markup.bars(_ordered(scores), texts), note=made_from(scores, texts))


def _faces(analysis: Analysis, picture: Image.Image | None, texts: Texts) -> str:
    """The picture with a button on every face, and the emotions of the face that is pressed."""
    if picture is None or analysis.image_size is None:
        return ""
    count = faces_in_words(len(analysis.faces), texts)
    if not analysis.faces:
        return markup.card(texts.FACES_CARD, "", note=count)
    numbered = list(enumerate(analysis.faces, start=1))
    figure = markup.boxed_picture(
        data_url(picture, FIGURE_SIDE),
        analysis.image_size,
        [(face.box, face_label(number, face, texts)) for number, face in numbered],
        texts.FIGURE_ALT.format(faces=count),
        names=[_face_name(number, face, texts) for number, face in numbered],
    )
    panels = "".join(_face_panel(number, face, texts) for number, face in numbered)
    hint = markup.paragraph(texts.FACES_HINT, "mm-note") if len(numbered) > 1 else ""
    return markup.card(texts.FACES_CARD, f"<div data-choices>{figure}{hint}{panels}</div>", note=count)


def _face_name(number: int, face: FaceResult, texts: Texts) -> str:
    name = texts.FACE_NUMBER.format(number=number)
    return name if face.emotion is None else f"{name}: {texts.label(face.emotion.label)}"


def _face_panel(number: int, face: FaceResult, texts: Texts) -> str:
    name = texts.FACE_NUMBER.format(number=number)
    bars = "" if face.emotion is None else markup.bars(_ordered(face.emotion), texts, drawn=True)
    hidden = " hidden" if number > 1 else ""
    return f'<div data-chosen="{number}"{hidden}><h3 class="mm-sub">{escape(name)}</h3>{bars}</div>'


def _disagreement(found: Disagreement | None, texts: Texts) -> str:
    if found is None:
        return ""
    heading = {
        "agree": texts.AGREE,
        "agree-in-part": texts.PARTLY_AGREE,
        "unclear": texts.HARD_TO_COMPARE,
        "differ": texts.DIFFER,
        "conflict": texts.DISAGREE,
    }[agreement(found)]
    reading = (
        f'<p class="mm-against">{markup.face_drawing(found.face)}<span><strong>{escape(heading)}:</strong> '
        f"{escape(texts.reading(found))}</span></p>"
    )
    name = texts.DIVERGENCE.format(value=texts.decimal(found.value))
    content = reading + markup.meter(found.value, name) + markup.paragraph(f"{name}.", "mm-note")
    return markup.card(texts.DISAGREEMENT, content)


def foreign_among(results: Sequence[Analysis | AnalysisFailure], texts: Texts) -> str:
    """How many of several results are of words that are clearly not English; empty for none."""
    count = sum(isinstance(result, Analysis) and result.text.foreign for result in results)
    return texts.FOREIGN_AMONG.format(count=count, total=len(results)) if count else ""


def _words(analysis: Analysis, texts: Texts) -> str:
    if not analysis.text.value:
        return ""
    origin = texts.WORDS_READ if analysis.text.source == "ocr" else texts.WORDS_GIVEN
    parts = [f'<blockquote class="mm-quote" dir="auto">{escape(analysis.text.value)}</blockquote>']
    if analysis.text.truncated:
        parts.append(markup.paragraph(texts.WORDS_CUT, "mm-note"))
    if analysis.text.foreign:
        parts.append(markup.paragraph(texts.WORDS_FOREIGN, "mm-note"))
    if analysis.sentiment is not None:
        parts.append(
            f'<h3 class="mm-sub">{escape(texts.SENTIMENT)}</h3>{markup.bars(_ordered(analysis.sentiment), texts)}'
        )
    if analysis.text_emotion is not None:
        parts.append(_text_emotions(analysis.text_emotion, texts))
    return markup.card(texts.WORDS_CARD, "".join(parts), note=origin)


def _text_emotions(scores: Scores, texts: Texts) -> str:
    ordered = _ordered(scores)
    present = scores.labels if scores.thresholds is not None else ()
    shown = markup.bars(ordered[:TOP_EMOTIONS], texts, present=present)
    rest = ""
    if len(ordered) > TOP_EMOTIONS:
        title = escape(texts.ALL_LABELS.format(count=len(ordered)))
        rest = f"<details><summary>{title}</summary>{markup.bars(ordered, texts, present=present)}</details>"
    heading = texts.TEXT_EMOTIONS_PRESENT if present else texts.TEXT_EMOTIONS
    return f'<h3 class="mm-sub">{escape(heading)}</h3>{shown}{rest}'
