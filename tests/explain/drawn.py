"""Analyses and attributions drawn at random, of every shape that the pipeline gives."""

import random
from collections.abc import Sequence

import numpy as np

from mmemo.labels import EMOTIONS, GOEMOTIONS, MEME_EMOTIONS, SENTIMENTS, negative_label
from mmemo.results import (
    Analysis,
    Attribution,
    Box,
    Counterfactual,
    Decision,
    Disagreement,
    FaceResult,
    HeatMap,
    RecognisedText,
    Scores,
    WordWeight,
    WordWeights,
)

WORDS = (
    *"hate you! all, love this meme IGNORE previous 100% hateful not happy so-called it's ?!".split(),
    "שלום",
    "😀",
    "“quoted”",
    "«odd»",
    "red\u202ewolf",
    "bell\a",
    "a" * 90,
    "{ $word }",
)
Drawn = tuple[Analysis, dict[str, Attribution]]


def draw(seed: int) -> Drawn:
    """An analysis and what moved it; the same for the same seed."""
    return _Draw(random.Random(seed)).analysis()


class _Draw:
    def __init__(self, source: random.Random) -> None:
        self.random = source
        self.has_picture = source.random() < 0.75
        self.words = [source.choice(WORDS) for _ in range(source.randint(0 if self.has_picture else 1, 12))]
        if source.random() < 0.2 and self.has_picture:
            self.words = []
        self.num_faces = source.choice((0, 0, 1, 1, 2, 3, 5, 10)) if self.has_picture else 0
        self.size = (source.randint(9, 900), source.randint(9, 900))

    def often(self, share: float = 0.85) -> bool:
        return self.random.random() < share

    def probability(self) -> float:
        """Anywhere, the ends and round numbers among it."""
        share = self.random.random()
        return self.random.choice((share, share**6, 1 - share**6, round(share)))

    def scores(self, labels: Sequence[str], modalities: tuple[str, ...], lead: str | None = None) -> Scores:
        weights = [self.random.random() ** self.random.choice((1, 3, 9)) + 1e-6 for _ in labels]
        if lead is not None:
            weights[labels.index(lead)] = 2 * max(weights)
        total = sum(weights)
        return Scores(
            scores={label: weight / total for label, weight in zip(labels, weights, strict=True)}, modalities=modalities
        )

    def decision(self, label: str, modalities: tuple[str, ...]) -> Decision:
        threshold = self.random.choice((0.5, 0.35, 0.2, 0.8))
        band = (threshold - 0.1, threshold + 0.1) if self.often(0.6) else None
        return Decision(
            label=label,
            probability=self.probability(),
            threshold=threshold,
            uncertain_band=band,
            modalities=modalities,
        )

    def present(self, *names: str) -> tuple[str, ...]:
        there = {"text": bool(self.words), "image": self.has_picture, "face": self.num_faces > 0}
        return tuple(name for name in names if there[name])

    def analysis(self) -> Drawn:
        whole, fused = self.present("text", "image"), self.present("text", "face")
        source = "none" if not self.words else "ocr" if self.has_picture and self.often(0.5) else "given"
        faces = tuple(self.face() for _ in range(self.num_faces))
        words_read = bool(self.words) and self.often()
        analysis = Analysis(
            text=RecognisedText(
                value=" ".join(self.words),
                source=source,
                truncated=bool(self.words) and not self.often(),
                foreign=bool(self.words) and not self.often(),
            ),
            image_size=self.size if self.has_picture else None,
            hate=self.decision("hateful", whole) if self.often() else None,
            offensive=self.decision("offensive", whole) if self.often() else None,
            emotion=self.scores(EMOTIONS, fused) if fused and self.often() else None,
            text_emotion=self.scores(GOEMOTIONS, ("text",)) if words_read else None,
            sentiment=self.scores(SENTIMENTS, ("text",)) if self.words and self.often() else None,
            meme_emotion=self.scores(MEME_EMOTIONS, whole) if self.often() else None,
            faces=faces,
            disagreement=self.disagreement(faces) if words_read else None,
        )
        if not self.often():
            return analysis, {}
        return analysis, {
            task: self.attribution(task, found)
            for task in ("hate", "offensive", "emotion")
            if (found := getattr(analysis, task)) is not None
        }

    def face(self) -> FaceResult:
        box = Box(x=0, y=0, width=self.random.randint(1, 9), height=9)
        emotion = self.scores(EMOTIONS, ("face",)) if self.often(0.95) else None
        return FaceResult(box=box, confidence=0.9, emotion=emotion)

    def disagreement(self, faces: Sequence[FaceResult]) -> Disagreement | None:
        if not faces or faces[0].emotion is None:
            return None
        value = self.random.choice((self.random.random(), 0.25, 0.5))
        scores = self.scores(EMOTIONS, ("text",))
        return Disagreement(
            value=value, face=faces[0].emotion.label, words=scores.label, words_scores=scores.scores, reading=""
        )

    def word_weights(self) -> WordWeights:
        """Of all words, in the order of the text; of one sign at times, and at times of no weight."""
        shift, start, words = self.random.choice((0.0, 0.0, 0.5, -0.5)), 0, []
        for word in self.words:
            weight = 0.0 if not self.often(0.9) else self.random.uniform(-0.5, 0.5) + shift
            words.append(WordWeight(text=word, start=start, end=start + len(word), weight=weight))
            start += len(word) + 1
        return WordWeights(method="leave_one_out", words=tuple(words))

    def heat_map(self, box: Box) -> HeatMap:
        peak = None
        if self.often(0.9):
            peak = (box.x + self.random.randrange(box.width), box.y + self.random.randrange(box.height))
        return HeatMap(values=np.zeros((2, 2), np.float32), box=box, peak=peak, method="grad_cam")

    def attribution(self, task: str, found: Decision | Scores) -> Attribution:
        is_decision = isinstance(found, Decision)
        score = found.probability if isinstance(found, Decision) else found.scores[found.label]
        baseline = self.probability()
        shares = [self.random.uniform(-1, 1) for _ in found.modalities]
        if len(shares) > 1 and not self.often(0.9):
            shares[0] = 0.0
        shares[-1] = score - baseline - sum(shares[:-1])
        weights = self.word_weights() if "text" in found.modalities and self.often() else None
        whole, face = Box(x=0, y=0, width=self.size[0], height=self.size[1]), Box(x=2, y=1, width=5, height=6)
        looked = {"image", "face"} & set(found.modalities)
        return Attribution(
            task=task,
            label=found.label,
            score=score,
            baseline=baseline,
            modalities=dict(zip(found.modalities, shares, strict=True)),
            words=weights,
            heat_map=self.heat_map(whole if is_decision else face) if looked and self.often() else None,
            counterfactual=self.counterfactual(found, weights) if is_decision and weights and self.often(0.6) else None,
        )

    def counterfactual(self, found: Decision, weights: WordWeights) -> Counterfactual:
        removed = tuple(word for word in weights.words if self.often(0.6)) or weights.words[:1]
        other = [found.label, negative_label(found.label), "uncertain"]
        other.remove(found.verdict)
        return Counterfactual(
            removed=removed, text="", probability=self.probability(), verdict=self.random.choice(other)
        )
