"""Every sentence of 300 analyses, drawn ones and real ones, is read back and held against its evidence."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmemo import MmemoPipeline
from mmemo.explain.narrative import LANGUAGES, explain
from mmemo.explain.wording import plain_word
from mmemo.labels import GOEMOTIONS_TO_EMOTIONS, TASK_LABELS, negative_label
from mmemo.results import Analysis, Attribution, Decision, Explanation, HeatMap, RecognisedText
from tests.explain.drawn import Drawn, draw
from tests.explain.reading import (
    PLACES,
    Reading,
    look_in,
    moves_in,
    parts_in,
    quoted_in,
    read,
    says_percent,
    says_points,
    shares_in,
)

NUM_DRAWN = 280
EXAMPLES = Path("mmemo/ui/examples")
WORDS = ("I hate you all, go away", "best day ever", "שלום לכולם", "🎉🎉", "so", "love " * 300)
EMPTY = Analysis(text=RecognisedText(value="", source="none"), image_size=None)
PARTS_OF_ATTRIBUTION = ("modalities", "words", "heat_map", "counterfactual")


def lead_of(analysis: Analysis) -> str | None:
    return next((task for task in ("hate", "offensive", "emotion") if getattr(analysis, task) is not None), None)


class Check:
    """Holds the sentences of one explanation against what it was made from."""

    def __init__(self, analysis: Analysis, attributions: dict[str, Attribution], explanation: Explanation) -> None:
        self.analysis, self.explanation, self.language = analysis, explanation, explanation.language
        self.lead = lead_of(analysis)
        self.decision = getattr(analysis, self.lead) if self.lead in ("hate", "offensive") else None
        self.attribution = attributions.get(self.lead or "")
        self.readings = [read(sentence.text, self.language) for sentence in explanation.sentences]

    def all(self) -> list[str]:
        for reading in self.readings:
            getattr(self, f"check_{reading.kind}")(reading)
        kinds = [reading.kind for reading in self.readings]
        self.check_kinds(kinds)
        return kinds

    def check_kinds(self, kinds: list[str]) -> None:
        """What must be said is said, once."""
        assert max(Counter(kinds).values()) == 1
        analysis, has = self.analysis, set(kinds)
        assert bool(has & {"verdict", "unsure"}) == (self.decision is not None)
        assert ("no_face" in has) == (analysis.image_size is not None and not analysis.faces)
        assert ("faces" in has) == (len(analysis.faces) > 1)
        assert bool(has & {"agree", "unclear", "differ", "conflict"}) == (analysis.disagreement is not None)
        assert ("face" in has) == (len(analysis.faces) == 1 and analysis.disagreement is None)
        assert ("words" in has) == (analysis.text_emotion is not None or analysis.sentiment is not None)
        assert ("cut" in has) == analysis.text.truncated
        assert ("foreign" in has) == analysis.text.foreign
        assert not has & {"no_words", "nothing"} or not analysis.text.value
        results = (getattr(analysis, task) for task in TASK_LABELS if task != "face_emotion")
        is_read = any(result is not None and "text" in result.modalities for result in results)
        assert ("unread_words" in has) == (bool(analysis.text.value) and not is_read)
        assert bool(has & {"without", "without_unsure"}) == bool(self.attribution and self.attribution.counterfactual)
        several = self.attribution is not None and sum(value != 0 for value in self.attribution.modalities.values())
        assert ("carried" in has) == (bool(several) and len(self.attribution.modalities) > 1)
        weights = self.attribution and self.attribution.words
        assert ("strongest" in has) == bool(weights and any(word.weight for word in weights.words))

    # --- verdicts ---

    def says_decision(self, reading: Reading, decision: Decision, *, verdict: str) -> None:
        assert reading.label("decision") == decision.label
        assert verdict == decision.verdict
        assert says_percent(str(reading["percent"]), decision.probability)

    def check_verdict(self, reading: Reading) -> None:
        decision = self.decision
        verdict = negative_label(decision.label) if reading["no"] else decision.label
        self.says_decision(reading, decision, verdict=verdict)
        assert parts_in(str(reading["parts"]), self.language) == decision.modalities
        assert says_percent(str(reading["threshold"]), decision.threshold)
        is_over = decision.probability >= decision.threshold
        assert (bool(reading["over"]), bool(reading["under"])) == (is_over, not is_over)
        way = (1 - decision.threshold) if is_over else decision.threshold
        share = abs(decision.probability - decision.threshold) / way
        assert reading.label("margin") == ("well" if share >= 0.5 else "just" if share < 0.2 else None)

    def check_unsure(self, reading: Reading) -> None:
        self.says_decision(reading, self.decision, verdict="uncertain")
        assert parts_in(str(reading["parts"]), self.language) == self.decision.modalities
        low, high = self.decision.uncertain_band
        assert says_percent(str(reading["low"]), low)
        assert says_percent(str(reading["high"]), high)

    def check_second(self, reading: Reading) -> None:
        assert self.lead == "hate"
        self.says_decision(reading, self.analysis.offensive, verdict="offensive")

    def check_second_unsure(self, reading: Reading) -> None:
        assert self.lead == "hate"
        self.says_decision(reading, self.analysis.offensive, verdict="uncertain")

    # --- what carried it, and what would change it ---

    def check_carried(self, reading: Reading) -> None:
        shares = self.attribution.modalities
        assert says_percent(str(reading["percent"]), self.attribution.baseline)
        moves = moves_in(str(reading["moves"]), self.language)
        assert {name for name, _, _ in moves} == {name for name, value in shares.items() if value != 0}
        amounts = [abs(shares[name]) for name, _, _ in moves]
        assert amounts == sorted(amounts, reverse=True)
        for name, direction, points in moves:
            assert shares[name] * direction > 0
            assert says_points(points, shares[name])

    def check_strongest(self, reading: Reading) -> None:
        direction = 1 if reading["up"] else -1
        assert bool(reading["up"]) != bool(reading["down"])
        wanted = -1 if self.attribution.modalities.get("text", 0.0) < 0 else 1
        weights, written = {}, {}
        for word in self.attribution.words.words:
            key = plain_word(word.text).casefold()  # "song?" and "song" are told once
            weights[key] = max(weights.get(key, 0.0), word.weight * direction)
            written.setdefault(key, word.text.casefold())
        towards = [word for word in self.attribution.words.words if word.weight * wanted > 0]
        assert direction == wanted or not towards
        ranking = sorted((key for key in weights if weights[key] > 0), key=lambda key: -weights[key])
        said, more = quoted_in(str(reading["quoted"]), self.language)
        assert more == 0
        assert 1 <= len(said) <= 3
        for word, key in zip(said, ranking, strict=False):
            assert self.is_quote(word, written[key])
        assert len(said) == min(3, sum(weights[key] >= 0.25 * weights[ranking[0]] for key in ranking))
        if reading["within"] is not None:
            self.check_region(reading)

    def check_region(self, reading: Reading) -> None:
        heat_map: HeatMap = self.attribution.heat_map
        (x, y), box = heat_map.peak, heat_map.box
        column, row = int(3 * (x - box.x) / box.width), int(3 * (y - box.y) / box.height)
        assert reading.label("place") == PLACES[3 * row + column]
        whole = box.xywh == (0, 0, *(self.analysis.image_size or (0, 0)))
        assert (reading["within"] in ("picture", "Bild", "imagen")) == whole

    def check_without(self, reading: Reading) -> None:
        label = self.decision.label
        self.says_change(reading, negative_label(label) if reading["no"] else label)

    def check_without_unsure(self, reading: Reading) -> None:
        self.says_change(reading, "uncertain")

    def says_change(self, reading: Reading, verdict: str) -> None:
        change = self.attribution.counterfactual
        assert change.verdict == verdict
        assert reading.label("decision") == self.decision.label
        assert says_percent(str(reading["percent"]), change.probability)
        said, more = quoted_in(str(reading["removed"]), self.language)
        assert len(said) + more == len(change.removed)
        assert all(self.is_quote(word, gone.text) for word, gone in zip(said, change.removed, strict=False))

    def is_quote(self, said: str, word: str) -> bool:
        """Whether a quoted word is that of the meme, but for what cannot be printed and where it is cut."""
        shown = "".join(c for c in word if c.isprintable())
        shown = "".join("'" if c in "“”„«»" else c for c in shown)
        shown = re.sub(r"^[^\w{#@]+(?=.*\w)|(?<=[\w])[^\w}%]+$", "", shown)
        said = said.strip("\u2068\u2069")
        start = said[:-1] if said.endswith("…") else said
        return shown.casefold().startswith(start.casefold()) and (start != said or len(start) == len(shown))

    # --- emotions ---

    def says_bearing(self, reading: Reading, emotion: str | None, *others: str) -> None:
        side, *beside = ({"angry": 1, "disgust": 1, "happy": -1}.get(name or "", 0) for name in (emotion, *others))
        side = 0 if -side in beside else side
        verdict = 0
        if self.decision is not None and self.decision.verdict != "uncertain":
            verdict = 1 if self.decision.verdict == self.decision.label else -1
        assert bool(reading["fits"]) == (side * verdict > 0)
        assert bool(reading["against"]) == (side * verdict < 0)

    def check_words(self, reading: Reading) -> None:
        analysis, emotions = self.analysis, self.analysis.text_emotion
        assert analysis.text.value
        assert bool(reading["ocr"]) == (analysis.text.source == "ocr")
        told = [] if emotions is None else shares_in(str(reading["emotions"]), "text", self.language)
        beside = [GOEMOTIONS_TO_EMOTIONS[label] for label, _ in told[1:]]
        if analysis.sentiment is not None:
            beside.append({"negative": "angry", "positive": "happy"}.get(analysis.sentiment.label, "neutral"))
        self.says_bearing(reading, None if emotions is None else GOEMOTIONS_TO_EMOTIONS[emotions.label], *beside)
        assert (reading["sentiment"] is None) == (analysis.sentiment is None)
        if analysis.sentiment is not None:
            assert reading.label("sentiment") == analysis.sentiment.label
            assert says_percent(str(reading["percent"]), analysis.sentiment.scores[analysis.sentiment.label])
        assert (reading["emotions"] is None) == (emotions is None)
        if emotions is not None:
            said = shares_in(str(reading["emotions"]), "text", self.language)
            assert [label for label, _ in said] == [label for label, _ in emotions.top(2)][: len(said)]
            assert all(says_percent(share, emotions.scores[label]) for label, share in said)
            (_, first), (_, second) = emotions.top(2)
            assert len(said) == (2 if second >= 0.6 * first else 1)

    def check_lead_emotion(self, reading: Reading) -> None:
        found = self.analysis.emotion
        assert reading.label("emotion") == found.label
        assert parts_in(str(reading["parts"]), self.language) == found.modalities
        assert says_percent(str(reading["percent"]), found.scores[found.label])

    def check_whole(self, reading: Reading) -> None:
        found = self.analysis.meme_emotion
        assert reading.label("meme") == found.label
        assert says_percent(str(reading["percent"]), found.scores[found.label])

    # --- faces ---

    def says_face(self, text: str | None, index: int) -> None:
        found = self.analysis.faces[index].emotion
        emotion, share = look_in(str(text), self.language)
        assert emotion == (None if found is None else found.label)
        assert (share is None) == (found is None)
        assert found is None or says_percent(str(share), found.scores[found.label])

    def check_face(self, reading: Reading) -> None:
        self.says_face(reading["reading"], 0)
        found = self.analysis.faces[0].emotion
        self.says_bearing(reading, None if found is None else found.label)

    def check_faces(self, reading: Reading) -> None:
        assert int(str(reading["count"])) == len(self.analysis.faces)
        self.says_face(reading["reading"], 0)
        self.says_face(reading["second"], 1)
        assert (reading["third"] is not None) == (len(self.analysis.faces) > 2)
        if reading["third"] is not None:
            self.says_face(reading["third"], 2)

    def says_relation(self, reading: Reading) -> None:
        found, faces = self.analysis.disagreement, self.analysis.faces
        assert bool(reading["several"]) == (len(faces) > 1)
        emotion, share = look_in(str(reading["reading"]), self.language)
        assert emotion == found.face
        assert (share is None) == (len(faces) > 1)
        assert share is None or says_percent(share, faces[0].emotion.scores[emotion])
        assert reading.label("tone") == found.words
        assert says_percent(str(reading["percent"]), found.words_scores[found.words])
        assert abs(float(str(reading["value"]).replace(",", ".")) - found.value) <= 0.005 + 1e-9

    def check_agree(self, reading: Reading) -> None:
        self.says_relation(reading)
        found = self.analysis.disagreement
        assert bool(reading["part"]) == (found.value > 0.25)
        assert found.value < 0.5
        assert found.value <= 0.25 or found.words_scores[found.words] >= 0.5

    def check_unclear(self, reading: Reading) -> None:
        self.says_relation(reading)
        assert self.analysis.disagreement.value > 0.25
        assert self.analysis.disagreement.words_scores[self.analysis.disagreement.words] < 0.5

    def check_differ(self, reading: Reading) -> None:
        self.says_relation(reading)
        found = self.analysis.disagreement
        assert found.value >= 0.5
        assert found.face == found.words or "neutral" in (found.face, found.words)
        assert found.words_scores[found.words] >= 0.5

    def check_conflict(self, reading: Reading) -> None:
        self.says_relation(reading)
        assert self.analysis.disagreement.value >= 0.5
        assert self.analysis.disagreement.face != self.analysis.disagreement.words
        assert "neutral" not in (self.analysis.disagreement.face, self.analysis.disagreement.words)
        assert self.analysis.disagreement.words_scores[self.analysis.disagreement.words] >= 0.5

    # --- what is not there ---

    def check_no_face(self, _: Reading) -> None:
        assert self.analysis.faces == ()

    def check_unread_words(self, _: Reading) -> None:
        assert self.analysis.text_emotion is None

    def check_no_words(self, _: Reading) -> None:
        assert (self.analysis.text.value, self.analysis.text.source) == ("", "none")

    def check_cut(self, _: Reading) -> None:
        assert self.analysis.text.truncated

    def check_foreign(self, _: Reading) -> None:
        assert self.analysis.text.foreign

    def check_nothing(self, _: Reading) -> None:
        assert self.analysis.image_size is None
        assert not self.analysis.text.value


def assert_named(explanation: Explanation, analysis: Analysis, attributions: dict[str, Attribution]) -> None:
    """Every sentence names evidence that is there, and every number of an entry is that of the analysis."""
    assert explanation.evidence.attributions == attributions
    for sentence in explanation.sentences:
        assert sentence.evidence
        for name in sentence.evidence:
            task, _, part = name.partition(".")
            if part:
                assert part in PARTS_OF_ATTRIBUTION
                assert getattr(attributions[task], part) is not None
            else:
                found = getattr(analysis, name)
                plain = [face.to_dict() for face in found] if name == "faces" else found.to_dict()
                assert explanation.evidence.entries[name] == plain


@pytest.fixture(scope="module")
def real() -> list[Drawn]:
    """Twenty runs of the compact pair on the example pictures and on words."""
    pipe = MmemoPipeline.from_pretrained(dtype="float32")
    examples = json.loads((EXAMPLES / "examples.json").read_text("utf-8"))
    items = [{"image": EXAMPLES / item["file"], "text": item["words"]} for item in examples]
    items += [{"image": EXAMPLES / item["file"], "text": ""} for item in examples[:5]]
    items += [{"text": words} for words in WORDS]
    found = []
    for result in pipe.batch(items):
        assert isinstance(result, Analysis)
        assert result.explanation is not None
        found.append((result, result.explanation.evidence.attributions))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_says_what_its_evidence_says(language: str, real: list[Drawn]) -> None:
    seen: Counter[str] = Counter()
    drawn: Iterator[Drawn] = (draw(seed) for seed in range(NUM_DRAWN))
    count = 0
    for analysis, attributions in [*drawn, *real, (EMPTY, {})]:
        explanation = explain(analysis, attributions, language)
        assert_named(explanation, analysis, attributions)
        seen.update(Check(analysis, attributions, explanation).all())
        count += 1
    assert count >= 300
    kinds = {name.removeprefix("check_") for name in vars(Check) if name.startswith("check_")}
    assert set(seen) == kinds - {"kinds"}, "a kind of sentence was never made"
