"""The explanation in sentences, each made from entries of the evidence and naming them.

Conventions: numbers in a sentence are those of its evidence, as whole percents; nothing is said of what the result does
not have, except that it is not there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mmemo.explain.disagreement import AGREEMENT_TO, CONFLICT_FROM
from mmemo.results import Analysis, Attribution, Decision, Evidence, Explanation, FaceResult, Scores, Sentence

LANGUAGES = ("en", "de", "es")
_MODALITIES = {"text": "the words", "image": "the picture", "face": "the face"}
_FACE_ADJECTIVES = {"disgust": "disgusted", "fear": "frightened", "surprise": "surprised"}
_NEARLY = 0.6
"""A leading emotion under this share of the next one's lead is named together with the next."""


def percent(probability: float) -> str:
    """A probability for people: whole percents, never claiming 0 % or 100 %."""
    if probability < 0.01:
        return "under 1 %"
    return "over 99 %" if probability > 0.99 else f"{probability * 100:.0f} %"


def listing(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def explain(
    analysis: Analysis, attributions: Mapping[str, Attribution] | None = None, language: str = "en"
) -> Explanation:
    """Sentences for a result that has none yet, and the evidence they stand on.

    Args:
        analysis: Without an explanation.
        attributions: Task to what moved its score.
        language: One of `LANGUAGES`.
    """
    evidence: dict[str, Any] = {}
    sentences: list[Sentence] = []

    def say(text: str, /, **entries: Any) -> None:  # noqa: ANN401 - evidence is any JSON value
        evidence.update(entries)
        sentences.append(Sentence(text=text, evidence=tuple(entries)))

    if analysis.hate is not None:
        say(_verdict(analysis.hate), hate=analysis.hate.to_dict())
    if analysis.offensive is not None and analysis.offensive.verdict != "not offensive":
        say(_second_verdict(analysis.offensive), offensive=analysis.offensive.to_dict())
    if analysis.text_emotion is not None or analysis.sentiment is not None:
        entries = {"text_emotion": analysis.text_emotion, "sentiment": analysis.sentiment}
        say(_words(analysis), **{key: value.to_dict() for key, value in entries.items() if value is not None})
    elif not analysis.text.value and analysis.image_size is not None:
        say("No words were given or found in the picture.", text=analysis.text.to_dict())
    if analysis.image_size is not None:
        say(_faces(analysis.faces), faces=[face.to_dict() for face in analysis.faces])
    if analysis.disagreement is not None:
        say(_agreement(analysis), disagreement=analysis.disagreement.to_dict())
    if not sentences:
        say("There is nothing to judge: no picture and no words.", text=analysis.text.to_dict())
    return Explanation(
        sentences=tuple(sentences),
        evidence=Evidence(attributions=dict(attributions or {}), entries=evidence),
        language=language,
    )


def _basis(decision: Decision) -> str:
    return listing([_MODALITIES[modality] for modality in decision.modalities])


def _verdict(decision: Decision) -> str:
    share, start = percent(decision.probability), f"Judged from {_basis(decision)}, this is"
    if decision.verdict == "uncertain" and decision.uncertain_band is not None:
        low, high = decision.uncertain_band
        return (
            f"Judged from {_basis(decision)}, it is uncertain whether this is {decision.label}: {share} lies in the "
            f"band from {percent(low)} to {percent(high)} where no verdict is given."
        )
    side = "over" if decision.verdict == decision.label else "under"
    return f"{start} {decision.verdict}: {share}, {side} the threshold of {percent(decision.threshold)}."


def _second_verdict(decision: Decision) -> str:
    if decision.verdict == "uncertain":
        return f"Whether it is {decision.label} is uncertain ({percent(decision.probability)})."
    return f"It counts as {decision.label} ({percent(decision.probability)})."


def _leading(scores: Scores) -> str:
    """The leading label with its share, and the next one when it is close."""
    (first, share), (second, next_share) = scores.top(2)
    if next_share >= _NEARLY * share:
        return f"{first} ({percent(share)}) and {second} ({percent(next_share)})"
    return f"{first} ({percent(share)})"


def _words(analysis: Analysis) -> str:
    origin = "The words read from the picture" if analysis.text.source == "ocr" else "The words"
    parts = []
    if analysis.text_emotion is not None:
        parts.append(f"express mostly {_leading(analysis.text_emotion)}")
    if analysis.sentiment is not None:
        label = analysis.sentiment.label
        parts.append(f"are {label} in sentiment ({percent(analysis.sentiment.scores[label])})")
    return f"{origin} {listing(parts)}."


def _face_reading(face: FaceResult) -> str:
    if face.emotion is None:
        return "was not read"
    label = face.emotion.label
    return f"looks {_FACE_ADJECTIVES.get(label, label)} ({percent(face.emotion.scores[label])})"


def _faces(faces: Sequence[FaceResult]) -> str:
    if not faces:
        return "No face was found in the picture."
    if len(faces) == 1:
        return f"The face {_face_reading(faces[0])}."
    others = [_face_reading(face) for face in faces[1:3]]
    rest = f", and {len(faces) - 3} more were found" if len(faces) > 3 else ""
    return f"Of {len(faces)} faces the largest {_face_reading(faces[0])}; the next {listing(others)}{rest}."


def _agreement(analysis: Analysis) -> str:
    found = analysis.disagreement
    assert found is not None, "called only with a disagreement"
    amount = f"divergence {found.value:.2f} of 1"
    if found.value <= AGREEMENT_TO:
        return f"Words and face agree ({found.reading}; {amount})."
    if found.value < CONFLICT_FROM or found.face == found.words:
        return f"Words and face agree in part ({found.reading}; {amount})."
    return f"Words and face disagree ({found.reading}; {amount}), which often means irony or a mixed message."
