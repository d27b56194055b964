"""Results made by hand, for the pages to show."""

import dataclasses

import pytest

from mmemo.explain import explain
from mmemo.labels import EMOTIONS, GOEMOTIONS, SENTIMENTS
from mmemo.results import Analysis, Box, Decision, Disagreement, FaceResult, RecognisedText, Scores


def scores(labels, lead: str, share: float, *, modalities=("text",), **options) -> Scores:
    rest = (1.0 - share) / (len(labels) - 1)
    return Scores(
        scores={label: share if label == lead else rest for label in labels}, modalities=modalities, **options
    )


@pytest.fixture
def analysis() -> Analysis:
    """A picture with one face and words."""
    found = Analysis(
        text=RecognisedText(value="we won", source="ocr"),
        image_size=(200, 100),
        hate=Decision(
            label="hateful", probability=0.25, threshold=0.5, uncertain_band=(0.4, 0.6), modalities=("text", "image")
        ),
        offensive=Decision(
            label="offensive", probability=0.75, threshold=0.5, uncertain_band=None, modalities=("text",)
        ),
        emotion=scores(EMOTIONS, "happy", 0.7, modalities=("text", "face")),
        text_emotion=scores(GOEMOTIONS, "joy", 0.8, thresholds=dict.fromkeys(GOEMOTIONS, 0.5)),
        sentiment=scores(SENTIMENTS, "positive", 0.9),
        faces=(
            FaceResult(
                box=Box(x=50, y=20, width=40, height=50),
                confidence=0.9,
                emotion=scores(EMOTIONS, "sad", 0.6, modalities=("face",)),
            ),
        ),
        disagreement=Disagreement(
            value=0.7,
            face="sad",
            words="happy",
            words_scores=dict.fromkeys(EMOTIONS, 0.05) | {"happy": 0.7},
            reading="sad face, happy words",
        ),
    )
    return dataclasses.replace(found, explanation=explain(found))
