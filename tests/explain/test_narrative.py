"""Narrative: sentences say what the numbers say, name their evidence, and claim nothing that is not there."""

import dataclasses

import pytest

from mmemo.explain import explain
from mmemo.explain.narrative import listing, percent
from mmemo.labels import EMOTIONS, GOEMOTIONS, SENTIMENTS
from mmemo.results import Analysis, Box, Decision, Disagreement, FaceResult, RecognisedText, Scores

NO_WORDS = RecognisedText(value="", source="none")
WORDS = RecognisedText(value="hello", source="given")


def scores(labels: tuple[str, ...], **values: float) -> Scores:
    return Scores(scores=dict.fromkeys(labels, 0.01) | values, thresholds=None, modalities=("text",))


def decision(probability: float, label: str = "hateful") -> Decision:
    return Decision(
        label=label, probability=probability, threshold=0.5, uncertain_band=(0.4, 0.6), modalities=("text", "image")
    )


def face(**values: float) -> FaceResult:
    return FaceResult(box=Box(x=0, y=0, width=9, height=9), confidence=0.9, emotion=scores(EMOTIONS, **values))


FULL = Analysis(
    text=WORDS,
    image_size=(10, 10),
    hate=decision(0.07),
    offensive=decision(0.7, "offensive"),
    text_emotion=scores(GOEMOTIONS, anger=0.62),
    sentiment=scores(SENTIMENTS, negative=0.9),
    faces=(face(happy=0.8),),
    disagreement=Disagreement(value=0.7, face="happy", words="angry", reading="smiling face, angry words"),
)


@pytest.mark.parametrize(
    ("probability", "text"), [(0.001, "under 1 %"), (0.0149, "1 %"), (0.5, "50 %"), (0.999, "over 99 %")]
)
def test_percent_never_claims_certainty(probability: float, text: str) -> None:
    assert percent(probability) == text


@pytest.mark.parametrize(("items", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_listing_joins(items: list[str], text: str) -> None:
    assert listing(items) == text


def test_explain_says_all_that_the_result_has() -> None:
    text = explain(FULL).text
    assert "Judged from the words and the picture, this is not hateful: 7 %, under the threshold of 50 %." in text
    assert "It counts as offensive (70 %)." in text
    assert "The words express mostly anger (62 %) and are negative in sentiment (90 %)." in text
    assert "The face looks happy (80 %)." in text
    assert "Words and face disagree (smiling face, angry words; divergence 0.70 of 1)" in text


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.9, "this is hateful: 90 %, over the threshold of 50 %."),
        (0.45, "it is uncertain whether this is hateful: 45 % lies in the band from 40 % to 60 %"),
        (0.1, "this is not hateful: 10 %, under the threshold of 50 %."),
    ],
)
def test_explain_verdict_follows_the_numbers(probability: float, text: str) -> None:
    assert text in explain(dataclasses.replace(FULL, hate=decision(probability))).text


@pytest.mark.parametrize(
    ("value", "text"), [(0.1, "Words and face agree ("), (0.4, "agree in part ("), (0.8, "Words and face disagree (")]
)
def test_explain_agreement_follows_the_divergence(value: float, text: str) -> None:
    found = Disagreement(value=value, face="happy", words="angry", reading="smiling face, angry words")
    assert text in explain(dataclasses.replace(FULL, disagreement=found)).text


def test_explain_names_close_emotions_together() -> None:
    changed = dataclasses.replace(FULL, text_emotion=scores(GOEMOTIONS, anger=0.4, disgust=0.35))
    assert "mostly anger (40 %) and disgust (35 %)" in explain(changed).text


@pytest.mark.parametrize("count", [2, 3, 5])
def test_explain_counts_faces(count: int) -> None:
    text = explain(dataclasses.replace(FULL, faces=(face(sad=0.5),) * count)).text
    assert f"Of {count} faces the largest looks sad (50 %)" in text
    assert (f"{count - 3} more were found" in text) == (count > 3)


def test_explain_claims_no_face_or_words_that_are_not_there() -> None:
    picture_only = Analysis(text=NO_WORDS, image_size=(5, 5), hate=decision(0.1))
    text = explain(picture_only).text
    assert "No face was found" in text
    assert "No words were given or found" in text
    assert "face looks" not in text
    words_only = Analysis(text=WORDS, image_size=None, text_emotion=scores(GOEMOTIONS, joy=0.9))
    assert "face" not in explain(words_only).text
    assert explain(Analysis(text=NO_WORDS, image_size=None)).text.startswith("There is nothing to judge")


def test_explain_sentences_name_evidence_that_exists() -> None:
    explanation = explain(FULL)
    for sentence in explanation.sentences:
        assert sentence.evidence
        assert set(sentence.evidence) <= set(explanation.evidence.entries)
