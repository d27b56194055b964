"""Results: what they derive, and the JSON they become."""

import json

import pytest

from mmemo.results import (
    Analysis,
    AnalysisFailure,
    Box,
    Decision,
    Explanation,
    FaceResult,
    RecognisedText,
    Scores,
    Sentence,
)


def decision(probability: float, band: tuple[float, float] | None = (0.4, 0.6)) -> Decision:
    return Decision(
        label="hateful", probability=probability, threshold=0.5, uncertain_band=band, modalities=("text", "image")
    )


@pytest.mark.parametrize(
    ("probability", "band", "verdict"),
    [
        (0.39, (0.4, 0.6), "not hateful"),
        (0.4, (0.4, 0.6), "uncertain"),
        (0.6, (0.4, 0.6), "uncertain"),
        (0.61, (0.4, 0.6), "hateful"),
        (0.5, None, "hateful"),
        (0.49, None, "not hateful"),
    ],
)
def test_decision_verdict_follows_threshold_and_band(
    probability: float, band: tuple[float, float] | None, verdict: str
) -> None:
    assert decision(probability, band).verdict == verdict


def test_scores_top_and_labels() -> None:
    scores = Scores(scores={"joy": 0.2, "love": 0.7, "fear": 0.4}, thresholds=None, modalities=("text",))
    assert scores.label == "love"
    assert scores.top(2) == (("love", 0.7), ("fear", 0.4))
    assert scores.labels == ("love",)
    with pytest.raises(ValueError, match="count must be 1 or more, got 0"):
        scores.top(0)


def test_scores_of_a_multi_label_task_name_those_over_their_threshold() -> None:
    thresholds = {"joy": 0.1, "love": 0.8, "fear": 0.4}
    scores = Scores(scores={"joy": 0.2, "love": 0.7, "fear": 0.4}, thresholds=thresholds, modalities=("text",))
    assert scores.labels == ("fear", "joy")


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (-1, 5)])
def test_box_without_area_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match=f"got {width} x {height}"):
        Box(x=0, y=0, width=width, height=height)


def test_to_dict_is_plain_json_with_derived_values_first() -> None:
    analysis = Analysis(
        text=RecognisedText(value="hi", source="given"),
        image_size=(4, 3),
        hate=decision(0.7),
        faces=(FaceResult(box=Box(x=1, y=2, width=3, height=4), confidence=0.9),),
        explanation=Explanation(sentences=(Sentence(text="So.", evidence=("hate",)),), evidence={"hate": {}}),
    )
    values = analysis.to_dict()
    assert json.loads(json.dumps(values)) == values
    assert list(values["hate"])[0] == "verdict"
    assert values["image_size"] == [4, 3]
    assert values["faces"] == [{"box": {"x": 1, "y": 2, "width": 3, "height": 4}, "confidence": 0.9, "emotion": None}]
    assert values["explanation"]["text"] == "So."
    assert values["sentiment"] is None
    assert analysis.ok


def test_failure_to_dict_says_what_went_wrong() -> None:
    failure = AnalysisFailure(index=3, kind="ImageError", message="no picture")
    assert failure.to_dict() == {"error": {"index": 3, "kind": "ImageError", "message": "no picture"}}
    assert not failure.ok
