"""How far words and face express different emotions.

Conventions: distributions over the seven emotions add up to 1; the divergence is Jensen-Shannon's with base-2
logarithms, 0 for equal and 1 for disjoint distributions (Lin 1991).
"""

import math
from typing import Literal

from mmemo.labels import EMOTIONS, GOEMOTIONS_TO_EMOTIONS
from mmemo.results import Disagreement

CONFLICT_FROM = 0.5
AGREEMENT_TO = 0.25
CLEAR_FROM = 0.5
"""Probability from which the leading emotion of words is told as what they express."""

_FACE_WORDS = {
    "angry": "angry face",
    "disgust": "disgusted face",
    "fear": "frightened face",
    "happy": "smiling face",
    "neutral": "calm face",
    "sad": "sad face",
    "surprise": "surprised face",
}
_TEXT_WORDS = {
    "angry": "angry words",
    "disgust": "disgusted words",
    "fear": "fearful words",
    "happy": "happy words",
    "neutral": "matter-of-fact words",
    "sad": "sad words",
    "surprise": "surprised words",
}


def jensen_shannon(first: dict[str, float], second: dict[str, float]) -> float:
    """Divergence in [0, 1] of two distributions over the same labels.

    Raises:
        ValueError: The labels differ, or one does not add up to 1.
    """
    if first.keys() != second.keys():
        raise ValueError(f"expected the same labels, got {sorted(first)} and {sorted(second)}")
    for values in (first, second):
        if not math.isclose(sum(values.values()), 1.0, abs_tol=1e-3):
            raise ValueError(f"expected probabilities that add up to 1, got {sum(values.values()):.4f}")
    total = 0.0
    for label in first:
        middle = (first[label] + second[label]) / 2
        total += sum(p[label] / 2 * math.log2(p[label] / middle) for p in (first, second) if p[label] > 0)
    return min(1.0, max(0.0, total))


def to_emotions(scores: dict[str, float]) -> dict[str, float]:
    """GoEmotions probabilities as a distribution over the seven emotions, by GoEmotions' own grouping."""
    totals = dict.fromkeys(EMOTIONS, 0.0)
    for label, score in scores.items():
        totals[GOEMOTIONS_TO_EMOTIONS[label]] += score
    mass = sum(totals.values())
    return {label: value / mass for label, value in totals.items()}


def are_clear(words: dict[str, float]) -> bool:
    """Whether one emotion leads the words clearly enough to be told as what they express."""
    return max(words.values()) >= CLEAR_FROM


def disagreement_between(face: dict[str, float], words: dict[str, float]) -> Disagreement:
    """Divergence of a face's and the words' emotions, with a reading such as `smiling face, angry words`.

    Words whose leading emotion has less than `CLEAR_FROM` are read as `words of no clear emotion`.
    """
    face_leads, words_lead = max(face, key=face.__getitem__), max(words, key=words.__getitem__)
    tone = _TEXT_WORDS[words_lead] if are_clear(words) else "words of no clear emotion"
    return Disagreement(
        value=jensen_shannon(face, words),
        face=face_leads,
        words=words_lead,
        words_scores=dict(words),
        reading=f"{_FACE_WORDS[face_leads]}, {tone}",
    )


def agreement(found: Disagreement) -> Literal["agree", "unclear", "agree-in-part", "differ", "conflict"]:
    """What a divergence amounts to; only words of a clear emotion against a face of another are in conflict.

    A neutral face or neutral words contradict nothing: they differ.
    """
    if found.value <= AGREEMENT_TO:
        return "agree"
    if not are_clear(found.words_scores):
        return "unclear"
    if found.value < CONFLICT_FROM:
        return "agree-in-part"
    return "differ" if found.face == found.words or "neutral" in (found.face, found.words) else "conflict"
