"""Narrative: sentences say what the numbers say, name their evidence, and claim nothing that is not there."""

import dataclasses

import numpy as np
import pytest

from mmemo.explain import explain
from mmemo.explain.narrative import region_of, strongest_words
from mmemo.labels import EMOTIONS, GOEMOTIONS, SENTIMENTS
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

NO_WORDS = RecognisedText(value="", source="none")
WORDS = RecognisedText(value="hello", source="given")
COMPARED = "the words, judged on the same emotions,"


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
    disagreement=Disagreement(
        value=0.7,
        face="happy",
        words="angry",
        words_scores=dict.fromkeys(EMOTIONS, 0.05) | {"angry": 0.7},
        reading="smiling face, angry words",
    ),
)


def test_explain_says_all_that_the_result_has() -> None:
    text = explain(FULL).text
    assert "Judged from the words and the picture, this is not hateful: 7 %, well under the threshold of 50 %." in text
    assert "It counts as offensive (70 %)." in text
    assert "The words express mostly anger (62 %) and are negative in sentiment (90 %), which by itself would" in text
    assert (
        "The face looks happy (80 %) while the words, judged on the same emotions, are angry (70 %), which often means"
        in text
    )


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0.9, "this is hateful: 90 %, well over the threshold of 50 %."),
        (0.65, "this is hateful: 65 %, over the threshold of 50 %."),
        (0.45, "it is uncertain whether this is hateful: 45 % lies in the band from 40 % to 60 %"),
        (0.1, "this is not hateful: 10 %, well under the threshold of 50 %."),
    ],
)
def test_explain_verdict_follows_the_numbers(probability: float, text: str) -> None:
    assert text in explain(dataclasses.replace(FULL, hate=decision(probability))).text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, f"and {COMPARED} are angry (70 %): they agree (divergence 0.10 of 1)."),
        (0.4, f"and {COMPARED} are angry (70 %): they agree in part (divergence 0.40 of 1)."),
        (0.8, f"while {COMPARED} are angry (70 %), which often means irony or a mixed message"),
    ],
)
def test_explain_agreement_follows_the_divergence(value: float, text: str) -> None:
    found = dataclasses.replace(FULL.disagreement, value=value)
    assert f"The face looks happy (80 %) {text}" in explain(dataclasses.replace(FULL, disagreement=found)).text


def test_explain_sees_no_irony_in_words_of_no_clear_emotion() -> None:
    words_scores = dict.fromkeys(EMOTIONS, 0.1) | {"angry": 0.4}
    found = dataclasses.replace(FULL.disagreement, value=0.6, words_scores=words_scores)
    text = explain(dataclasses.replace(FULL, disagreement=found)).text
    assert f"while {COMPARED} are unclear, most likely angry (40 %) (divergence 0.60 of 1)." in text
    assert "irony" not in text


def test_explain_names_close_emotions_together() -> None:
    changed = dataclasses.replace(FULL, text_emotion=scores(GOEMOTIONS, anger=0.4, disgust=0.35))
    assert "mostly anger (40 %) and disgust (35 %)" in explain(changed).text


@pytest.mark.parametrize("count", [2, 3, 5])
def test_explain_counts_faces(count: int) -> None:
    text = explain(dataclasses.replace(FULL, faces=(face(sad=0.5),) * count)).text
    assert f"{count} faces were found: the largest looks sad (50 %)" in text
    assert text.count("looks sad (50 %)") == min(count, 3)
    assert f"The largest face looks happy while {COMPARED} are angry" in text


def test_explain_claims_no_face_or_words_that_are_not_there() -> None:
    picture_only = Analysis(text=NO_WORDS, image_size=(5, 5), hate=decision(0.1))
    text = explain(picture_only).text
    assert "No face was found" in text
    assert "No words were given, and none were read" in text
    assert "face looks" not in text
    words_only = Analysis(text=WORDS, image_size=None, text_emotion=scores(GOEMOTIONS, joy=0.9))
    assert "face" not in explain(words_only).text
    assert explain(Analysis(text=NO_WORDS, image_size=None)).text.startswith("There is nothing to judge")


def test_explain_sentences_name_evidence_that_exists() -> None:
    explanation = explain(FULL)
    for sentence in explanation.sentences:
        assert sentence.evidence
        assert set(sentence.evidence) <= set(explanation.evidence.entries)


def weights(**values: float) -> WordWeights:
    words, start = [], 0
    for text, weight in values.items():
        words.append(WordWeight(text=text, start=start, end=start + len(text), weight=weight))
        start += len(text) + 1
    return WordWeights(method="leave_one_out", words=tuple(words))


def heat_map(peak: tuple[int, int] | None) -> HeatMap:
    box = Box(x=0, y=0, width=10, height=10)
    return HeatMap(values=np.zeros((2, 2), np.float32), box=box, peak=peak, method="grad_cam")


def attribution(**parts: object) -> dict[str, Attribution]:
    given = {"modalities": {"text": -0.2, "image": 0.09}} | parts
    return {"hate": Attribution(task="hate", label="hateful", score=0.07, baseline=0.18, **given)}


def sentence_of(evidence: str, attributions: dict[str, Attribution], probability: float = 0.07) -> str:
    explanation = explain(dataclasses.replace(FULL, hate=decision(probability)), attributions)
    (text,) = [sentence.text for sentence in explanation.sentences if evidence in sentence.evidence]
    return text


@pytest.mark.parametrize(
    ("modalities", "text"),
    [
        ({"text": -0.2, "image": 0.09}, "the words lower it by 20 points and the picture raises it by 9 points."),
        (
            {"text": 0.001, "image": -0.5},
            "the picture lowers it by 50 points and the words raise it by less than 1 point.",
        ),
        ({"text": 0.0, "image": 0.01}, "nothing given; the picture raises it by 1 point."),
        (
            {"text": 0.1, "image": 0.2, "face": -0.3},
            "the face lowers it by 30 points, the picture raises it by 20 points and the words raise it by 10 points.",
        ),
    ],
)
def test_explain_orders_modalities_by_what_they_moved(modalities: dict[str, float], text: str) -> None:
    found = sentence_of("hate.modalities", attribution(modalities=modalities))
    assert found.startswith("The score starts at 18 % with nothing given; ")
    assert found.endswith(text)


@pytest.mark.parametrize(
    ("values", "share", "text"),
    [
        ({"you": 0.1, "fools": 0.3}, 0.4, "Among the words, “fools” and “you” raise the score most."),
        ({"you": -0.1, "fools": 0.3}, 0.4, "Among the words, “fools” raises the score most."),
        ({"you": -0.1, "fools": 0.3}, -0.4, "Among the words, “you” lowers the score most."),
        ({"you": -0.1, "dear": -0.3}, 0.4, "Among the words, “dear” and “you” lower the score most."),
        ({"you": 0.1, "dear": 0.3}, -0.4, "Among the words, “dear” and “you” raise the score most."),
        ({"a": 1.0, "b": 0.24}, 0.4, "Among the words, “a” raises the score most."),
    ],
)
@pytest.mark.parametrize("probability", [0.1, 0.5, 0.9])
def test_explain_names_the_words_that_moved_the_score_the_way_all_words_did(
    values: dict[str, float], share: float, text: str, probability: float
) -> None:
    found = attribution(words=weights(**values), modalities={"text": share, "image": 0.1})
    assert sentence_of("hate.words", found, probability) == text


def test_strongest_words_count_a_spelling_once() -> None:
    found = strongest_words(
        WordWeights(
            method="leave_one_out",
            words=tuple(
                WordWeight(text=text, start=0, end=1, weight=weight)
                for text, weight in [("No", 0.3), ("no,", 0.5), ("why", 0.2), ("not", 0.4), ("so", 0.39)]
            ),
        ),
        raising=True,
    )
    assert [(word.text, word.weight) for word in found] == [("no,", 0.5), ("not", 0.4), ("so", 0.39)]


@pytest.mark.parametrize(
    ("peak", "region"),
    [
        ((0, 0), "upper-left"),
        ((5, 0), "upper"),
        ((9, 2), "upper-right"),
        ((0, 5), "left"),
        ((5, 5), "middle"),
        ((9, 5), "right"),
        ((1, 9), "lower-left"),
        ((4, 9), "lower"),
        ((9, 9), "lower-right"),
        (None, None),
    ],
)
def test_region_names_the_place_of_the_peak(peak: tuple[int, int] | None, region: str | None) -> None:
    assert region_of(heat_map(peak)) == region


def test_explain_tells_the_region_with_the_words_or_alone() -> None:
    both = attribution(words=weights(fools=0.3), heat_map=heat_map((0, 0)))
    text = "Among the words, “fools” raises the score most; in the picture, the upper left raises it most."
    assert sentence_of("hate.heat_map", both, 0.9) == text
    alone = sentence_of("hate.heat_map", attribution(heat_map=heat_map((0, 0))))
    assert alone == "In the picture, the upper left raises the score most."
    assert "raises the score most" not in explain(FULL, attribution(heat_map=heat_map(None))).text


@pytest.mark.parametrize(
    ("count", "verdict", "text"),
    [
        (1, "hateful", "Without “w0”, the score would be 62 % and this would be hateful."),
        (2, "not hateful", "Without “w0” and “w1”, the score would be 62 % and this would not be hateful."),
        (
            7,
            "uncertain",
            "Without “w0”, “w1”, “w2”, “w3”, “w4” and 2 more words, the score would be 62 % and it would be uncertain "
            "whether this is hateful.",
        ),
    ],
)
def test_explain_tells_what_would_change_the_verdict(count: int, verdict: str, text: str) -> None:
    removed = tuple(WordWeight(text=f"w{i}", start=i, end=i + 1, weight=0.1) for i in range(count))
    change = Counterfactual(removed=removed, text="", probability=0.62, verdict=verdict)
    assert sentence_of("hate.counterfactual", attribution(counterfactual=change)) == text


@pytest.mark.parametrize(
    ("emotion", "probability", "ending"),
    [
        ("anger", 0.9, "anger (62 %), which fits the verdict."),
        ("joy", 0.9, "joy (62 %), which by itself would point the other way."),
        ("joy", 0.1, "joy (62 %), which fits the verdict."),
        ("anger", 0.1, "anger (62 %), which by itself would point the other way."),
        ("anger", 0.5, "anger (62 %)."),
        ("curiosity", 0.9, "curiosity (62 %)."),
    ],
)
def test_explain_tells_how_emotions_bear_on_the_verdict(emotion: str, probability: float, ending: str) -> None:
    changed = dataclasses.replace(
        FULL, sentiment=None, hate=decision(probability), text_emotion=scores(GOEMOTIONS, **{emotion: 0.62})
    )
    (sentence,) = [item for item in explain(changed).sentences if "text_emotion" in item.evidence]
    assert sentence.text == f"The words express mostly {ending}"
    assert ("hate" in sentence.evidence) == ("," in ending)


@pytest.mark.parametrize(
    ("emotions", "sentiment"), [({"joy": 0.5, "anger": 0.4}, "positive"), ({"joy": 0.5}, "negative")]
)
def test_explain_says_nothing_of_the_bearing_of_what_points_both_ways(
    emotions: dict[str, float], sentiment: str
) -> None:
    mixed = dataclasses.replace(
        FULL, text_emotion=scores(GOEMOTIONS, **emotions), sentiment=scores(SENTIMENTS, **{sentiment: 0.9})
    )
    (sentence,) = [item for item in explain(mixed).sentences if "text_emotion" in item.evidence]
    assert sentence.text.endswith(f" and are {sentiment} in sentiment (90 %).")
    assert "hate" not in sentence.evidence


def test_explain_says_that_no_model_read_the_words() -> None:
    unread = Analysis(text=WORDS, image_size=None)
    (sentence,) = explain(unread).sentences
    assert sentence.text == "Nothing was judged from the words: they are none that a model here can read."


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "de",
            [
                "Nach den Worten und dem Bild zu urteilen ist das nicht hasserfüllt: 7 %, deutlich unter der",
                "Das Gesicht wirkt fröhlich (80 %), während die Worte, an denselben Emotionen gemessen, wütend (70 %)",
            ],
        ),
        (
            "es",
            [
                "A juzgar por las palabras y la imagen, esto no es un mensaje de odio: 7 %, muy por debajo",
                "La cara parece alegre (80 %), mientras que las palabras, medidas con las mismas emociones,",
                "suenan enfadadas (70 %), lo que a menudo indica ironía",
            ],
        ),
    ],
)
def test_explain_speaks_other_languages(language: str, texts: list[str]) -> None:
    explanation = explain(FULL, language=language)
    assert explanation.language == language
    assert all(text in explanation.text for text in texts)


def test_explain_refuses_an_unknown_language() -> None:
    with pytest.raises(ValueError, match="unknown language 'fr': expected one of en, de, es"):
        explain(FULL, language="fr")


def test_explain_keeps_attributions_and_entries_apart() -> None:
    found = attribution(words=weights(fools=0.3))
    explanation = explain(FULL, found)
    assert explanation.evidence.attributions == found
    assert set(explanation.evidence.entries) == {
        "hate", "offensive", "text_emotion", "sentiment", "faces", "disagreement"
    }  # fmt: skip
    assert explanation.sentences[1].evidence == ("hate.modalities",)


def test_explain_is_short_for_words_alone() -> None:
    words = Analysis(text=WORDS, image_size=None, hate=decision(0.9), text_emotion=scores(GOEMOTIONS, anger=0.6))
    assert len(explain(words, attribution(modalities={"text": 0.7}, words=weights(hello=0.3))).sentences) == 3
