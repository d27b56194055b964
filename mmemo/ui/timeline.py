"""Emotions over the last minute as a drawing: bands whose heights are the emotions' shares.

Conventions: times are seconds of a clock that only runs forward; shares of a moment add up to 1. Moments further apart
than `GAP_S` are not joined: nothing was seen between them. The legend says in numbers what the colours show.
"""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

from mmemo.ui import markup
from mmemo.ui.texts import Texts

SPAN_S = 60.0
SAMPLE_EVERY_S = 0.5
GAP_S = 3.0
WIDTH, HEIGHT = 600, 120

Moment = tuple[float, Mapping[str, float]]
"""When, and the share of each emotion."""


def remember(history: Sequence[Moment], now_s: float, scores: Mapping[str, float]) -> tuple[Moment, ...]:
    """The history with this moment; what is older than `SPAN_S` goes, one within `SAMPLE_EVERY_S` is passed over."""
    kept = tuple(moment for moment in history if now_s - moment[0] <= SPAN_S)
    if not scores or (kept and now_s - kept[-1][0] < SAMPLE_EVERY_S):
        return kept
    return (*kept, (now_s, dict(scores)))


def mean_shares(history: Sequence[Moment]) -> list[tuple[str, float]]:
    """Mean share of each emotion over the moments, highest first."""
    labels = history[-1][1].keys() if history else ()
    means = {label: sum(scores.get(label, 0.0) for _, scores in history) / len(history) for label in labels}
    return sorted(means.items(), key=lambda item: -item[1])


def timeline(history: Sequence[Moment], now_s: float, texts: Texts) -> str:
    """The drawing with its legend; moments are from `remember`."""
    if not history:
        return markup.card(texts.TIMELINE, markup.paragraph(texts.TIMELINE_EMPTY, "mm-note"))
    shares = mean_shares(history)
    named = ", ".join(f"{texts.label(label)} {texts.percent(share)}" for label, share in shares[:3])
    name = escape(texts.TIMELINE_ALT.format(shares=named))
    bands = "".join(
        f'<path style="fill:var(--mm-{label})" d="{_band(history, now_s, label)}"/>' for label in history[-1][1]
    )
    legend = "".join(
        f'<li><span class="mm-swatch" style="background:var(--mm-{escape(label)})" aria-hidden="true"></span>'
        f"{escape(texts.label(label))} <span>{markup.shown(texts.percent(share))}</span></li>"
        for label, share in shares
    )
    ticks = "".join(f"<span>{escape(tick)}</span>" for tick in texts.TIMELINE_TICKS)
    drawing = (
        f'<svg class="mm-timeline" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{name}">{bands}</svg><div class="mm-times" aria-hidden="true">{ticks}</div>'
        f'<ul class="mm-legend">{legend}</ul>'
    )
    return markup.card(texts.TIMELINE, drawing, note=texts.TIMELINE_NOTE)


def _band(history: Sequence[Moment], now_s: float, label: str) -> str:
    """Outline of an emotion's band, one closed piece for each stretch without gaps."""
    stretches: list[list[Moment]] = [[history[0]]]
    for before, moment in pairwise(history):
        if moment[0] - before[0] > GAP_S:
            stretches.append([])
        stretches[-1].append(moment)
    return "".join(_piece(stretch, now_s, label) for stretch in stretches)


def _piece(stretch: Sequence[Moment], now_s: float, label: str) -> str:
    upper, lower = [], []
    for at_s, scores in stretch:
        x = (1.0 - (now_s - at_s) / SPAN_S) * WIDTH
        below = 0.0
        for other, share in scores.items():
            if other == label:
                break
            below += share
        lower.append(f"{x:.1f} {(1.0 - below) * HEIGHT:.1f}")
        upper.append(f"{x:.1f} {(1.0 - below - scores.get(label, 0.0)) * HEIGHT:.1f}")
    if len(stretch) == 1:
        x = (1.0 - (now_s - stretch[0][0]) / SPAN_S) * WIDTH + 2.0
        lower.append(f"{x:.1f} {lower[0].split()[1]}")
        upper.append(f"{x:.1f} {upper[0].split()[1]}")
    return f"M{'L'.join(upper)}L{'L'.join(reversed(lower))}Z"
