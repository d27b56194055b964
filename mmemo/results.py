"""What an analysis returns: frozen dataclasses, and their one JSON form.

Conventions: probabilities are calibrated floats in [0, 1]; boxes are whole pixels of the picture after its EXIF
rotation, origin top left; a part that could not be computed (no face, no words, a task the model lacks) is None or
empty, never a made-up zero. `to_dict` gives the same keys in Python, on the command line and over HTTP.
"""

import base64
import dataclasses
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from mmemo.labels import negative_label

if TYPE_CHECKING:
    import numpy as np

Verdict = str
"""`hateful`, `not hateful` or `uncertain` (and likewise `offensive`, ...)."""

TextSource = Literal["given", "ocr", "none"]


NOT_ASKED = "not asked"
REPHRASING_KEPT = "kept"
"""`Explanation.rephrasing` where no language model was named, and where its wording is used."""

HEAT_MAP_SIDE = 96
"""Pixels of the longer side of a heat map's PNG."""


def heat_map_png(values: "np.ndarray", size: tuple[int, int]) -> str:
    """Values (H, W) in [0, 1] as a grey PNG in base64, `size` (width, height) brought to `HEAT_MAP_SIDE` or less."""
    from PIL import Image

    factor = min(1.0, HEAT_MAP_SIDE / max(size))
    shape = (max(1, round(size[0] * factor)), max(1, round(size[1] * factor)))
    picture = Image.fromarray((values * 255).round().astype("uint8")).resize(shape, Image.Resampling.BILINEAR)
    file = io.BytesIO()
    picture.save(file, format="PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode("ascii")


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Turn dataclasses, tuples and mappings into plain JSON values."""
    if isinstance(value, _Result):
        return value.to_dict()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


@dataclass(frozen=True, kw_only=True)
class _Result:
    """Base of all results: gives `to_dict`."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values under the field names, in the order they are declared."""
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self)}


@dataclass(frozen=True, kw_only=True)
class Box(_Result):
    """An upright rectangle in pixels: left edge `x`, top edge `y`, `width`, `height`."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        """Refuse boxes without area."""
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"a box needs a positive width and height, got {self.width} x {self.height}")

    @property
    def area(self) -> int:
        """Pixels inside the box."""
        return self.width * self.height

    @property
    def xywh(self) -> tuple[int, int, int, int]:
        """`(x, y, width, height)`, the form `face_boxes=` takes."""
        return (self.x, self.y, self.width, self.height)


@dataclass(frozen=True, kw_only=True)
class Decision(_Result):
    """A calibrated yes/no decision.

    Attributes:
        label: The "yes" label, such as `hateful`.
        probability: Calibrated probability of `label`.
        threshold: Probability from which the model says yes.
        uncertain_band: `(low, high)`: inside it, ends included, the verdict is `uncertain`; None for no such band.
        modalities: What the decision was made from, such as `("text", "image")`.
    """

    label: str
    probability: float
    threshold: float
    uncertain_band: tuple[float, float] | None
    modalities: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """`label`, `not label` or `uncertain`."""
        if self.uncertain_band is not None and self.uncertain_band[0] <= self.probability <= self.uncertain_band[1]:
            return "uncertain"
        return self.label if self.probability >= self.threshold else negative_label(self.label)

    def to_dict(self) -> dict[str, Any]:
        """The fields, with the verdict first."""
        return {"verdict": self.verdict, **super().to_dict()}


@dataclass(frozen=True, kw_only=True)
class Scores(_Result):
    """Calibrated probabilities of several labels.

    Attributes:
        scores: Label to probability, in the task's label order. They add up to 1 unless the task is multi-label.
        thresholds: For a multi-label task, the probability from which each label counts as present; else None.
        modalities: What the scores were made from, such as `("text",)`.
    """

    scores: dict[str, float]
    thresholds: dict[str, float] | None = None
    modalities: tuple[str, ...]

    @property
    def label(self) -> str:
        """The most probable label."""
        return max(self.scores, key=self.scores.__getitem__)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels that count as present, most probable first.

        Of a multi-label task those that reach their thresholds, perhaps none; else the leading one alone.
        """
        if self.thresholds is None:
            return (self.label,)
        return tuple(label for label, score in self.top(len(self.scores)) if score >= self.thresholds[label])

    def top(self, count: int = 3) -> tuple[tuple[str, float], ...]:
        """The `count` most probable labels with their probabilities, most probable first."""
        if count < 1:
            raise ValueError(f"count must be 1 or more, got {count}")
        return tuple(sorted(self.scores.items(), key=lambda item: -item[1])[:count])

    def to_dict(self) -> dict[str, Any]:
        """The fields, with the leading label and the present labels first."""
        return {"label": self.label, "labels": list(self.labels), **super().to_dict()}


@dataclass(frozen=True, kw_only=True)
class DetectedFace(_Result):
    """A face found in a picture.

    Attributes:
        box: Where it is, inside the picture.
        confidence: The detector's own score in [0, 1]; 1 for a box the caller gave.
    """

    box: Box
    confidence: float


@dataclass(frozen=True, kw_only=True)
class FaceResult(DetectedFace):
    """A face and what it expresses; `emotion` is None when the pipeline has no `face_emotion` task."""

    emotion: Scores | None = None


@dataclass(frozen=True, kw_only=True)
class TextLine(_Result):
    """A line of words read from a picture, with the reader's confidence in [0, 1]."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, kw_only=True)
class RecognisedText(_Result):
    """Words and where they came from.

    Attributes:
        value: The words that were analysed; empty when there were none.
        source: `given` by the caller, `ocr` from the picture, or `none`.
        lines: For OCR, the lines read, from top to bottom.
        truncated: Whether a model read only the beginning, because the words are longer than it takes.
        foreign: Whether the words are clearly in another language than English, so that models that learnt from
            English may be wrong about them.
    """

    value: str
    source: TextSource
    lines: tuple[TextLine, ...] = ()
    truncated: bool = False
    foreign: bool = False


@dataclass(frozen=True, kw_only=True)
class Disagreement(_Result):
    """How far the words and the leading face express different emotions.

    Attributes:
        value: Jensen-Shannon divergence (base 2) of the two emotion distributions, 0 (same) to 1 (disjoint).
        face: Leading emotion of the face.
        words: Leading emotion of the words.
        words_scores: The words' probabilities of the seven emotions, which add up to 1; the face's stand in
            `faces[0].emotion.scores`.
        reading: The same in plain words, such as `smiling face, angry words`.
    """

    value: float
    face: str
    words: str
    words_scores: dict[str, float]
    reading: str


@dataclass(frozen=True, kw_only=True)
class WordWeight(_Result):
    """A word of the analysed text and how much it moved a score.

    Attributes:
        text: The word as written.
        start: Where it begins in `analysis.text.value`; it ends before `end`.
        weight: Its share of the score, positive where it raises it; in the unit its `WordWeights.method` names.
    """

    text: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, kw_only=True)
class WordWeights(_Result):
    """Which words moved a score, in the order of the text; the words a model did not read are not there.

    Attributes:
        method: `gradient_activation`, `integrated_gradients` or `leave_one_out` (probability lost without the word).
    """

    method: str
    words: tuple[WordWeight, ...]

    def top(self, count: int = 3) -> tuple[WordWeight, ...]:
        """The `count` words that raise the score most, strongest first; those that lower it are left out."""
        raising = [word for word in self.words if word.weight > 0]
        return tuple(sorted(raising, key=lambda word: -word.weight)[:count])


@dataclass(frozen=True, kw_only=True)
class HeatMap(_Result):
    """Which part of a picture raised a score.

    Attributes:
        values: (rows, columns) float32 in [0, 1] over `box`, as fine as the model sees it, 1 at the strongest place;
            all 0 where nothing raised the score. `pixels` has it at the picture's size.
        box: The part of the picture it covers: all of it, or a face.
        peak: The strongest place, as `(x, y)` in pixels of the picture; None where nothing raised the score.
        method: `grad_cam` or `patch_relevance`, in full explanations `rise`.
    """

    values: "np.ndarray"
    box: Box
    peak: tuple[int, int] | None
    method: str

    @property
    def pixels(self) -> "np.ndarray":
        """(box.height, box.width) float32 in [0, 1]: the values at the picture's size, smooth in between."""
        import numpy as np
        from PIL import Image

        size = (self.box.width, self.box.height)
        return np.asarray(Image.fromarray(self.values).resize(size, Image.Resampling.BILINEAR))

    def to_dict(self) -> dict[str, Any]:
        """The fields, `values` as a small grey PNG in base64."""
        fields = {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self) if f.name != "values"}
        return {**fields, "png": heat_map_png(self.values, (self.box.width, self.box.height))}


@dataclass(frozen=True, kw_only=True)
class Counterfactual(_Result):
    """The fewest words found whose removal changes a verdict, checked by running the model without them.

    Attributes:
        removed: These words, in the order of the text.
        text: The words that remain.
        probability: Of the same label, of what remains.
        verdict: On what remains.
    """

    removed: tuple[WordWeight, ...]
    text: str
    probability: float
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Attribution(_Result):
    """What moved the score of one label of one task.

    Attributes:
        task: Such as `hate`.
        label: The label that is explained: the "yes" label of a decision, else the leading one.
        score: Its calibrated probability.
        baseline: The same of the model when nothing is given.
        modalities: Modality (`text`, `image`, `face`) to its exact Shapley value; they add up to `score - baseline`.
        words: Which words moved it; None without words or when not asked for.
        heat_map: Which part of the picture or of the leading face moved it; None likewise.
        counterfactual: What would change the verdict; None when not asked for, or nothing was found.
    """

    task: str
    label: str
    score: float
    baseline: float
    modalities: dict[str, float]
    words: WordWeights | None = None
    heat_map: HeatMap | None = None
    counterfactual: Counterfactual | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence(_Result):
    """What the explanation stands on, beside the analysis' own results.

    Attributes:
        attributions: Task to what moved it, for the tasks whose model can be asked.
        entries: Evidence id to the result a sentence was made from: `hate`, `text_emotion`, `faces`,
            `disagreement`, and so on; `hate.modalities`, `hate.words`, `hate.heat_map`, `hate.counterfactual`
            name parts of an attribution and are not repeated here.
    """

    attributions: dict[str, Attribution]
    entries: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sentence(_Result):
    """A sentence of an explanation and the ids of the evidence it was made from."""

    text: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Explanation(_Result):
    """Why the analysis says what it says.

    Attributes:
        sentences: Each made from entries of `evidence`, and naming them.
        evidence: The numbers behind the sentences.
        language: Of the sentences: `en`, `de` or `es`.
        rephrased: Another wording by a language model, kept only when its labels and numbers are those of the
            sentences; None otherwise.
        rephrasing: `not asked`, `kept`, or why the language model's text was not kept.
    """

    sentences: tuple[Sentence, ...]
    evidence: Evidence
    language: str = "en"
    rephrased: str | None = None
    rephrasing: str = NOT_ASKED

    @property
    def text(self) -> str:
        """The explanation as one paragraph: the language model's wording where there is one."""
        return self.rephrased or " ".join(sentence.text for sentence in self.sentences)

    def to_dict(self) -> dict[str, Any]:
        """The fields, with the whole text first."""
        return {"text": self.text, **super().to_dict()}


@dataclass(frozen=True, kw_only=True)
class Analysis(_Result):
    """Everything the pipeline says of one picture, its words, or both.

    Attributes:
        text: The words that were analysed and where they came from.
        image_size: `(width, height)` in pixels after EXIF rotation; None without a picture.
        hate: Whether it is hateful.
        offensive: Whether it is offensive.
        emotion: Seven emotions from the leading face and the words together.
        text_emotion: The 28 GoEmotions of the words.
        sentiment: Negative, neutral, positive.
        meme_emotion: Emotion of the meme as a whole.
        faces: All faces, the largest first; empty without one.
        disagreement: Words against face; None unless both are there.
        explanation: Sentences and the evidence they stand on; None when not asked for.
    """

    text: RecognisedText
    image_size: tuple[int, int] | None
    hate: Decision | None = None
    offensive: Decision | None = None
    emotion: Scores | None = None
    text_emotion: Scores | None = None
    sentiment: Scores | None = None
    meme_emotion: Scores | None = None
    faces: tuple[FaceResult, ...] = ()
    disagreement: Disagreement | None = None
    explanation: Explanation | None = None

    @property
    def ok(self) -> bool:
        """True: this item was analysed. `AnalysisFailure.ok` is False."""
        return True


@dataclass(frozen=True, kw_only=True)
class AnalysisFailure(_Result):
    """What stands in a batch's results for an item that could not be analysed.

    Attributes:
        index: Place of the item in the batch, from 0.
        kind: Name of the error, such as `ImageError`.
        message: What was expected and what came.
    """

    index: int
    kind: str
    message: str

    @property
    def ok(self) -> bool:
        """False: this item has no analysis."""
        return False

    def to_dict(self) -> dict[str, Any]:
        """`{"error": {"index", "kind", "message"}}`."""
        return {"error": super().to_dict()}


__all__ = [
    "Analysis",
    "AnalysisFailure",
    "Attribution",
    "Box",
    "Counterfactual",
    "Decision",
    "DetectedFace",
    "Disagreement",
    "Evidence",
    "Explanation",
    "FaceResult",
    "HeatMap",
    "RecognisedText",
    "Scores",
    "Sentence",
    "TextLine",
    "WordWeight",
    "WordWeights",
]
