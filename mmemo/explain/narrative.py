"""The explanation in sentences, each made from entries of the evidence and naming them.

Conventions: numbers in a sentence are those of its evidence, as whole percents or points; nothing is said of what the
result does not have, except that it is not there. Texts stand in `templates`, one file for each language.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmemo.explain.disagreement import agreement
from mmemo.explain.wording import LANGUAGES, Wording, listing, percent, plain_word, wording
from mmemo.labels import GOEMOTIONS_TO_EMOTIONS, TASK_LABELS, negative_label
from mmemo.results import (
    Analysis,
    Attribution,
    Decision,
    Disagreement,
    Evidence,
    Explanation,
    FaceResult,
    HeatMap,
    Scores,
    Sentence,
    WordWeight,
    WordWeights,
)

LEAD_TASKS = ("hate", "offensive", "emotion")
"""The first of these that a result has is its verdict: what carried it is told."""
NUM_WORDS = 3
MAX_REMOVED = 5
NUM_FACES = 3
_NEARLY = 0.6
"""A leading emotion is named together with the next one from this share of it on."""
_STRONG = 0.25
"""Words are named down to this share of the strongest one's weight."""
_FAR, _CLOSE = 0.5, 0.2
"""How far from its threshold a probability is, in parts of the way to 0 or 1: `well` from the first on, `just` under
the second."""
_HOSTILE, _FRIENDLY = ("angry", "disgust"), ("happy",)

Said = Iterator[tuple[str, dict[str, Any]]]
"""Sentences, each with its evidence: id to result, or to None for a part of an attribution."""


def explain(
    analysis: Analysis, attributions: Mapping[str, Attribution] | None = None, language: str = "en"
) -> Explanation:
    """Sentences for a result that has none yet, and the evidence they stand on.

    Args:
        analysis: What the pipeline says.
        attributions: Task to what moved it; None when nobody looked.
        language: One of `LANGUAGES`.

    Raises:
        ValueError: The language is none of them.
    """
    found = dict(attributions or {})
    narrator = _Narrator(analysis, found, wording(language))
    entries: dict[str, Any] = {}
    sentences = []
    for text, evidence in narrator.sentences():
        entries |= {key: value for key, value in evidence.items() if value is not None}
        sentences.append(Sentence(text=text, evidence=tuple(evidence)))
    return Explanation(
        sentences=tuple(sentences), evidence=Evidence(attributions=found, entries=entries), language=language
    )


def lead_task(analysis: Analysis) -> str | None:
    """The task whose answer an explanation begins with."""
    return next((task for task in LEAD_TASKS if getattr(analysis, task) is not None), None)


def strongest_words(weights: WordWeights, *, raising: bool) -> tuple[WordWeight, ...]:
    """Up to three words that raise or lower a score most, the strongest first, each spelling once."""
    sign = 1 if raising else -1
    ordered = sorted((word for word in weights.words if word.weight * sign > 0), key=lambda word: -abs(word.weight))
    distinct: dict[str, WordWeight] = {}
    for word in ordered:
        distinct.setdefault(plain_word(word.text).casefold(), word)
    strongest = list(distinct.values())[:NUM_WORDS]
    return tuple(word for word in strongest if abs(word.weight) >= _STRONG * abs(strongest[0].weight))


def region_of(heat_map: HeatMap) -> str | None:
    """Where the strongest place lies in its box, such as `upper-left` or `middle`; None where there is none."""
    if heat_map.peak is None:
        return None
    (x, y), box = heat_map.peak, heat_map.box
    column = ("left", "", "right")[min(2, max(0, 3 * (x - box.x) // box.width))]
    row = ("upper", "", "lower")[min(2, max(0, 3 * (y - box.y) // box.height))]
    return "-".join(part for part in (row, column) if part) or "middle"


def margin_of(decision: Decision) -> str:
    """How far a probability is from its threshold: `well`, `plain` or `just`."""
    room = 1 - decision.threshold if decision.probability >= decision.threshold else decision.threshold
    share = abs(decision.probability - decision.threshold) / room if room > 0 else 1.0
    return "well" if share >= _FAR else "just" if share < _CLOSE else "plain"


def _leading(scores: Scores) -> list[tuple[str, float]]:
    """The leading emotion and its share, and the next one's when it is close."""
    first, second = scores.top(2)
    return [first, second] if second[1] >= _NEARLY * first[1] else [first]


def _sides(emotions: Scores, sentiment: Scores | None) -> list[str]:
    """What a sentence on the words tells of, brought to the seven emotions."""
    sides = [GOEMOTIONS_TO_EMOTIONS[label] for label, _ in _leading(emotions)]
    return sides if sentiment is None else [*sides, {"negative": "angry", "positive": "happy"}.get(sentiment.label, "")]


class _Narrator:
    """Tells one analysis in one language."""

    def __init__(self, analysis: Analysis, attributions: dict[str, Attribution], words: Wording) -> None:
        self.analysis, self.attributions, self.wording = analysis, attributions, words
        self.say, self.percent, self.listing = words.say, words.percent, words.listing
        self.lead = lead_task(analysis)

    def sentences(self) -> Said:
        """All sentences, in order."""
        if self.analysis.image_size is None and not self.analysis.text.value:
            yield self.say("nothing"), {"text": self.analysis.text.to_dict()}
            return
        yield from self._verdict()
        if self.analysis.text.foreign:
            yield self.say("foreign"), {"text": self.analysis.text.to_dict()}
        yield from self._carried()
        yield from self._second_verdict()
        yield from self._words()
        yield from self._faces()
        yield from self._whole()
        yield from self._without()

    # --- the verdict and what carried it ---

    def _parts(self, modalities: Sequence[str]) -> str:
        return self.listing([self.say("part", modality=modality) for modality in modalities])

    def _verdict(self) -> Said:
        lead = None if self.lead is None else getattr(self.analysis, self.lead)
        if isinstance(lead, Decision):
            yield self._decision(lead), {str(self.lead): lead.to_dict()}
        elif lead is not None:
            yield self._lead_emotion(lead), {str(self.lead): lead.to_dict()}

    def _second_verdict(self) -> Said:
        second = self.analysis.offensive
        if self.lead != "hate" or second is None or second.verdict == negative_label(second.label):
            return
        kind = "second-uncertain" if second.verdict == "uncertain" else "second-yes"
        text = self.say(kind, label=second.label, probability=self.percent(second.probability))
        yield text, {"offensive": second.to_dict()}

    def _lead_emotion(self, scores: Scores) -> str:
        share = self.percent(scores.scores[scores.label])
        return self.say("lead-emotion", parts=self._parts(scores.modalities), emotion=scores.label, share=share)

    def _decision(self, decision: Decision) -> str:
        values: dict[str, str] = {
            "parts": self._parts(decision.modalities),
            "label": decision.label,
            "probability": self.percent(decision.probability),
        }
        if decision.verdict == "uncertain" and decision.uncertain_band is not None:
            low, high = (self.percent(end) for end in decision.uncertain_band)
            return self.say("verdict-uncertain", low=low, high=high, **values)
        kind = "verdict-yes" if decision.verdict == decision.label else "verdict-no"
        return self.say(kind, margin=margin_of(decision), threshold=self.percent(decision.threshold), **values)

    def _carried(self) -> Said:
        """Which modality, which words and which region moved the score of the lead task."""
        found = self.attributions.get(self.lead or "")
        if found is None:
            return
        moved = sorted((item for item in found.modalities.items() if item[1]), key=lambda item: -abs(item[1]))
        if len(found.modalities) > 1 and moved:
            effects = [
                self.say("raises" if value > 0 else "lowers", modality=name, points=self.wording.points(value))
                for name, value in moved
            ]
            text = self.say("carried", baseline=self.percent(found.baseline), effects=self.listing(effects))
            yield text, {f"{self.lead}.modalities": None}
        raising, words = self._strongest(found)
        region = None if found.heat_map is None else region_of(found.heat_map)
        ids = {"words": words, "heat_map": region}
        evidence = {f"{self.lead}.{name}": None for name, value in ids.items() if value}
        within = "picture" if "image" in found.modalities else "face"
        values = {"within": within if region else "none", "place": region or "middle"}
        if words:
            kind = "strongest-raising" if raising else "strongest-lowering"
            yield self.say(kind, count=len(words), words=self.listing(words), **values), evidence
        elif region is not None:
            yield self.say("region", **values), evidence

    def _strongest(self, found: Attribution) -> tuple[bool, list[str]]:
        """Quoted words that moved the score the way that all words did, or the other way; and whether up."""
        towards = found.modalities.get("text", 0.0) >= 0
        for raising in (towards, not towards):
            words = [] if found.words is None else strongest_words(found.words, raising=raising)
            if words:
                return raising, [self.wording.quote(word.text) for word in words]
        return towards, []

    def _without(self) -> Said:
        """What would change the verdict."""
        lead = None if self.lead is None else getattr(self.analysis, self.lead)
        found = self.attributions.get(self.lead or "")
        if not isinstance(lead, Decision) or found is None or found.counterfactual is None:
            return
        change = found.counterfactual
        words = [self.wording.quote(word.text) for word in change.removed[:MAX_REMOVED]]
        if len(change.removed) > MAX_REMOVED:
            words.append(self.say("more-words", count=len(change.removed) - MAX_REMOVED))
        kind = {lead.label: "without-yes", "uncertain": "without-uncertain"}.get(change.verdict, "without-no")
        values = {"words": self.listing(words), "probability": self.percent(change.probability), "label": lead.label}
        yield self.say(kind, **values), {f"{self.lead}.counterfactual": None}

    # --- emotions ---

    def _words(self) -> Said:
        analysis = self.analysis
        if analysis.text.truncated:
            yield self.say("truncated"), {"text": analysis.text.to_dict()}
        emotions, sentiment = analysis.text_emotion, analysis.sentiment
        if emotions is None and sentiment is None:
            if not analysis.text.value and analysis.image_size is not None:
                yield self.say("no-words"), {"text": analysis.text.to_dict()}
            elif analysis.text.value and not any("text" in found.modalities for found in self._results()):
                yield self.say("unread-words"), {"text": analysis.text.to_dict()}
            return
        bearing = "none" if emotions is None else self._bearing(*_sides(emotions, sentiment))
        values: dict[str, str] = {"source": analysis.text.source}
        evidence: dict[str, Any] = {}
        if emotions is not None:
            values |= {"emotions": self._leading(emotions), "bearing": bearing}
            evidence["text_emotion"] = emotions.to_dict()
        if sentiment is not None:
            share = self.percent(sentiment.scores[sentiment.label])
            values |= {"sentiment": sentiment.label, "share": share}
            evidence["sentiment"] = sentiment.to_dict()
        kind = "words-express" if sentiment is None else "words-sentiment" if emotions is None else "words-both"
        yield self.say(kind, **values), evidence | self._bearing_evidence(bearing)

    def _results(self) -> list[Decision | Scores]:
        """What was said of the whole."""
        found = (getattr(self.analysis, task) for task in TASK_LABELS if task != "face_emotion")
        return [result for result in found if result is not None]

    def _bearing(self, emotion: str, *others: str) -> str:
        """Whether an emotion `fits` the verdict, points `against` it, or has nothing to say of it (`none`).

        Others that are told beside it must not speak for the other side.
        """
        lead = None if self.lead is None else getattr(self.analysis, self.lead)
        if not isinstance(lead, Decision) or lead.verdict == "uncertain" or emotion not in (*_HOSTILE, *_FRIENDLY):
            return "none"
        is_hostile = emotion in _HOSTILE
        if any(other in (_FRIENDLY if is_hostile else _HOSTILE) for other in others):
            return "none"
        return "fits" if is_hostile == (lead.verdict == lead.label) else "against"

    def _bearing_evidence(self, bearing: str) -> dict[str, Any]:
        return {} if bearing == "none" else {str(self.lead): getattr(self.analysis, str(self.lead)).to_dict()}

    def _leading(self, scores: Scores) -> str:
        """The leading emotion of the words with its share, and the next one when it is close."""
        return self.listing(
            [
                self.say("with-share", what=self.say("text-emotion", emotion=label), share=self.percent(value))
                for label, value in _leading(scores)
            ]
        )

    def _reading(self, face: FaceResult) -> str:
        if face.emotion is None:
            return self.say("face-unread")
        label = face.emotion.label
        share = self.percent(face.emotion.scores[label])
        return self.say("with-share", what=self.say("face-looks", emotion=label), share=share)

    def _faces(self) -> Said:
        analysis = self.analysis
        if analysis.image_size is None:
            return
        faces = [face.to_dict() for face in analysis.faces]
        if not faces:
            yield self.say("no-face"), {"faces": faces}
            return
        if len(faces) > 1:
            names = ("largest-face", "second-face", "third-face")
            named = [
                self.say(name, reading=self._reading(face))
                for name, face in zip(names, analysis.faces[:NUM_FACES], strict=False)
            ]
            yield self.say("many-faces", count=len(faces), readings=self.listing(named)), {"faces": faces}
        if analysis.disagreement is not None:
            evidence = {"faces": faces, "disagreement": analysis.disagreement.to_dict()}
            yield self._agreement(analysis.faces, analysis.disagreement), evidence
        elif len(faces) == 1:
            emotion = analysis.faces[0].emotion
            bearing = "none" if emotion is None else self._bearing(emotion.label)
            text = self.say("one-face", reading=self._reading(analysis.faces[0]), bearing=bearing)
            yield text, {"faces": faces} | self._bearing_evidence(bearing)

    def _agreement(self, faces: Sequence[FaceResult], found: Disagreement) -> str:
        reading = self.say("face-looks", emotion=found.face)
        if len(faces) == 1 and faces[0].emotion is not None:
            share = self.percent(faces[0].emotion.scores[found.face])
            reading = self.say("with-share", what=reading, share=share)
        return self.say(
            agreement(found),
            count=len(faces),
            reading=reading,
            emotion=found.words,
            share=self.percent(found.words_scores[found.words]),
            divergence=self.wording.decimal(found.value),
        )

    def _whole(self) -> Said:
        """Emotion of the whole where neither that of words nor that of a face is told."""
        analysis = self.analysis
        if analysis.text_emotion is not None or any(face.emotion is not None for face in analysis.faces):
            return
        if analysis.emotion is not None and self.lead != "emotion":
            yield self._lead_emotion(analysis.emotion), {"emotion": analysis.emotion.to_dict()}
        elif analysis.emotion is None and analysis.meme_emotion is not None:
            whole = analysis.meme_emotion
            share = self.percent(whole.scores[whole.label])
            yield self.say("whole-meme", emotion=whole.label, share=share), {"meme_emotion": whole.to_dict()}


__all__ = ["LANGUAGES", "explain", "lead_task", "listing", "percent", "region_of", "strongest_words"]
