"""What moved each score, as HTML: shares of words, picture and face, highlighted words, a heat map on the picture.

Conventions: one panel for each task, of which one is shown; `markup.ON_CHOICE` in the browser changes it. What colour
says, lines, signs and sentences say too: words that raise a score have a solid line, words that lower it a broken one.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from PIL import Image

from mmemo.results import Analysis, Attribution, HeatMap, WordWeights
from mmemo.ui import markup
from mmemo.ui.pictures import data_url
from mmemo.ui.texts import Texts

FIGURE_SIDE = 560
"""Longest side in pixels of the picture under the heat map."""

MAP_SIDE = 192
COLD, HOT = (255, 209, 102), (214, 40, 40)
"""Colours of a heat map's weakest and strongest places."""
MAX_OPACITY = 0.78

FAINT = 0.12
"""Words with less than this share of the strongest weight are left plain."""
NUM_NAMED_WORDS = 3
ORDER = ("hate", "offensive", "meme_emotion", "emotion", "text_emotion", "sentiment", "face_emotion")


def card(analysis: Analysis, picture: Image.Image | None, texts: Texts) -> str:
    """The card; empty when nothing was attributed."""
    found = attributions_of(analysis)
    if not found:
        return ""
    tasks = sorted(found, key=lambda task: (ORDER.index(task) if task in ORDER else len(ORDER), task))
    choices = markup.choices([(task, texts.TASKS.get(task, task)) for task in tasks], texts.MOVED_CHOICE)
    figure = _figure(found, tasks, picture, texts)
    panels = "".join(
        f'<div data-chosen="{escape(task)}"{" hidden" if task != tasks[0] else ""}>'
        f"{panel(found[task], analysis.text.value, texts)}</div>"
        for task in tasks
    )
    content = f'{choices}<div class="mm-moved">{figure}<div class="mm-panels">{panels}</div></div>'
    return markup.card(texts.MOVED_CARD, f"<div data-choices>{content}</div>", note=texts.MOVED_NOTE, kind="mm-wide")


def attributions_of(analysis: Analysis) -> Mapping[str, Attribution]:
    """Task to what moved it; empty without an explanation."""
    return {} if analysis.explanation is None else analysis.explanation.evidence.attributions


def panel(found: Attribution, text: str, texts: Texts) -> str:
    """What moved one score."""
    summary = texts.MOVED_SCORE.format(
        label=texts.label(found.label), score=texts.percent(found.score), baseline=texts.percent(found.baseline)
    )
    parts = [markup.paragraph(summary)]
    if found.modalities:
        parts.append(shares(found.modalities, texts))
    if found.words is not None and found.words.words:
        parts.append(f'<h3 class="mm-sub">{escape(texts.MOVED_WORDS)}</h3>{highlighted(text, found.words, texts)}')
    if found.counterfactual is not None:
        other = found.counterfactual
        parts.append(
            markup.paragraph(
                texts.WITHOUT_WORDS.format(
                    words=texts.quoted([word.text for word in other.removed]),
                    verdict=texts.label(other.verdict),
                    probability=texts.percent(other.probability),
                ),
                "mm-note",
            )
        )
    return "".join(parts)


def shares(modalities: Mapping[str, float], texts: Texts) -> str:
    """How far each part moved the score, to either side of a middle line."""
    widest = max((abs(value) for value in modalities.values()), default=0.0) or 1.0
    rows = []
    for part, value in sorted(modalities.items(), key=lambda item: -abs(item[1])):
        side = "mm-raises" if value >= 0 else "mm-lowers"
        length = markup.position(abs(value) / widest / 2)
        edge = "left" if value >= 0 else "right"
        rows.append(
            f'<li class="{side}"><span class="mm-label">{escape(texts.SHARE_OF.get(part, part))}</span>'
            f'<span class="mm-balance" aria-hidden="true"><span style="{edge}:50%;width:{length}"></span></span>'
            f'<span class="mm-value">{markup.shown(points(value, texts))}</span></li>'
        )
    return f'<ul class="mm-bars mm-shares">{"".join(rows)}</ul>'


def points(value: float, texts: Texts) -> str:
    """A difference of probabilities in percentage points with its sign."""
    amount = round(abs(value) * 100)
    sign = "\u2212" if value < 0 else "+"
    return texts.POINTS.format(value=f"{sign}{amount}" if amount else "\u00b10")


def highlighted(text: str, found: WordWeights, texts: Texts) -> str:
    """The text with its words marked by weight, and the strongest in a sentence."""
    strongest = max(abs(word.weight) for word in found.words) or 1.0
    parts, at = [], 0
    for word in found.words:
        if word.start < at or word.end > len(text):
            continue
        parts.append(escape(text[at : word.start]))
        parts.append(_marked(text[word.start : word.end], word.weight / strongest))
        at = word.end
    parts.append(escape(text[at:]))
    return f'<p class="mm-words" dir="auto">{"".join(parts)}</p>{markup.paragraph(in_words(found, texts), "mm-note")}'


def _marked(word: str, share: float) -> str:
    if abs(share) < FAINT:
        return escape(word)
    side = "mm-raises" if share > 0 else "mm-lowers"
    return f'<mark class="{side}" style="--mm-share:{abs(share):.2f}">{escape(word)}</mark>'


def in_words(found: WordWeights, texts: Texts) -> str:
    """Which words raise and which lower a score, as sentences."""
    raising = found.top(NUM_NAMED_WORDS)
    lowering = sorted((word for word in found.words if word.weight < 0), key=lambda word: word.weight)
    sentences = []
    if raising:
        sentences.append(texts.WORDS_RAISE.format(words=texts.quoted([word.text for word in raising])))
    if lowering:
        sentences.append(
            texts.WORDS_LOWER.format(words=texts.quoted([word.text for word in lowering[:NUM_NAMED_WORDS]]))
        )
    return " ".join(sentences) or texts.WORDS_NEUTRAL


def _figure(found: Mapping[str, Attribution], tasks: Sequence[str], picture: Image.Image | None, texts: Texts) -> str:
    """The picture with the heat map of the chosen task; empty when no task has one."""
    maps = {task: heat_map for task in tasks if (heat_map := found[task].heat_map) is not None}
    if picture is None or not maps:
        return ""
    layers = "".join(
        f'<div data-chosen="{escape(task)}" aria-hidden="true"{" hidden" if task != tasks[0] else ""}>'
        f"{_layer(heat_map, picture.size)}</div>"
        for task, heat_map in maps.items()
    )
    captions = "".join(
        f'<p class="mm-note" data-chosen="{escape(task)}"{" hidden" if task != tasks[0] else ""}>'
        f"{markup.shown(place_in_words(maps.get(task), picture.size, texts))}</p>"
        for task in tasks
    )
    width, height = picture.size
    return (
        f'<div class="mm-mapped"><figure class="mm-figure" style="aspect-ratio:{width}/{height}">'
        f'<img src="{data_url(picture, FIGURE_SIDE)}" alt="{escape(texts.MAP_ALT)}" width="{width}" height="{height}">'
        f'<div class="mm-layers">{layers}</div></figure>'
        f'<label class="mm-check"><input type="checkbox" checked class="mm-map-on">{escape(texts.MAP_SHOW)}</label>'
        f"{captions}</div>"
    )


def _layer(found: HeatMap, size: tuple[int, int]) -> str:
    """The coloured map in its place, and a ring at its peak."""
    width, height = size
    box = found.box
    place = (
        f"left:{markup.position(box.x / width)};top:{markup.position(box.y / height)};"
        f"width:{markup.position(box.width / width)};height:{markup.position(box.height / height)}"
    )
    ring = ""
    if found.peak is not None:
        x, y = found.peak
        ring = (
            f'<span class="mm-peak" style="left:{markup.position(x / width)};top:{markup.position(y / height)}"></span>'
        )
    return f'<img class="mm-map" src="{map_url(found.values)}" alt="" style="{place}">{ring}'


def map_url(values: np.ndarray) -> str:
    """Values (H, W) in [0, 1] as a PNG for `src=`: the higher, the redder and the less transparent."""
    grey = Image.fromarray((np.clip(values, 0.0, 1.0) * 255).round().astype("uint8"))
    grey.thumbnail((MAP_SIDE, MAP_SIDE), Image.Resampling.BILINEAR)
    share = np.asarray(grey, dtype=np.float32)[..., None] / 255
    colours = np.asarray(COLD) * (1 - share) + np.asarray(HOT) * share
    pixels = np.concatenate([colours, 255 * MAX_OPACITY * share], axis=-1).round().astype("uint8")
    file = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def place_in_words(found: HeatMap | None, size: tuple[int, int], texts: Texts) -> str:
    """Where the picture raised the score most, such as `upper left`."""
    if found is None:
        return texts.MAP_NONE
    if found.peak is None:
        return texts.MAP_FLAT
    (x, y), (width, height) = found.peak, size
    column, row = min(2, 3 * x // width), min(2, 3 * y // height)
    return texts.MAP_PEAK.format(place=texts.PLACES[3 * row + column])
