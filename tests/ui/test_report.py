"""Reports say what the result says, leave out what it lacks, and escape what visitors wrote."""

import dataclasses

import pytest
from PIL import Image

from mmemo.explain import explain
from mmemo.explain.disagreement import disagreement_between
from mmemo.labels import EMOTIONS
from mmemo.results import Analysis, AnalysisFailure, RecognisedText
from mmemo.ui import report
from mmemo.ui.texts import ENGLISH, LANGUAGES
from tests.ui.reading import HOSTILE, Reader

PICTURE = Image.new("RGB", (200, 100), "gray")


def test_answer_has_verdicts_and_every_sentence(analysis):
    text = Reader(report.answer(analysis, ENGLISH)).text.replace("\u00a0", " ")
    for part in ("Not hateful", "25 %", "Offensive", "75 %"):
        assert part in text
    for sentence in analysis.explanation.sentences:
        assert sentence.text in text


def test_answer_says_uncertain(analysis):
    hate = dataclasses.replace(analysis.hate, probability=0.5)
    assert "Uncertain: hateful?" in report.answer(dataclasses.replace(analysis, hate=hate), ENGLISH)


def test_evidence_shows_all_parts(analysis):
    text = Reader(report.evidence(analysis, PICTURE, ENGLISH)).text
    for part in ("From the words and the face together", "we won", "Read from the picture", "1 sad", "All 28"):
        assert part in text
    assert "They disagree: sad face, happy words" in text


@pytest.mark.parametrize(
    ("value", "face", "expected"),
    [(0.1, "sad", "They agree:"), (0.4, "sad", "They agree in part:"), (0.7, "happy", "They differ:")],
)
def test_evidence_reads_disagreement_as_the_explanation_does(analysis, value, face, expected):
    found = dataclasses.replace(analysis.disagreement, value=value, face=face)
    assert expected in Reader(report.evidence(dataclasses.replace(analysis, disagreement=found), None, ENGLISH)).text


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Hard to compare: sad face, words of no clear emotion"),
        ("de", "das Gesicht zeigt Trauer, die Worte kein klares Gefühl"),
        ("es", "la cara muestra tristeza; las palabras, ninguna emoción clara"),
    ],
)
def test_evidence_names_no_emotion_of_unclear_words(analysis, language, expected):
    words = dict.fromkeys(EMOTIONS, 0.1) | {"happy": 0.4}
    found = disagreement_between(dict.fromkeys(EMOTIONS, 0.0) | {"sad": 1.0}, words)
    changed = dataclasses.replace(analysis, disagreement=found)
    assert expected in Reader(report.evidence(changed, None, LANGUAGES[language])).text


def test_report_escapes_hostile_words(analysis):
    hostile = dataclasses.replace(analysis, text=RecognisedText(value=HOSTILE, source="given"))
    read = Reader(report.answer(hostile, ENGLISH) + report.evidence(hostile, PICTURE, ENGLISH))
    assert HOSTILE in read.text
    assert "script" not in [tag for tag, _ in read.elements]


@pytest.mark.parametrize("texts", LANGUAGES.values())
def test_report_says_that_words_are_not_english(analysis, texts):
    foreign = dataclasses.replace(analysis, text=RecognisedText(value="hola", source="given", foreign=True))
    assert texts.WORDS_FOREIGN in Reader(report.evidence(foreign, PICTURE, texts)).text
    assert texts.WORDS_FOREIGN not in Reader(report.evidence(analysis, PICTURE, texts)).text
    failure = AnalysisFailure(index=2, kind="ImageError", message="broken")
    assert report.foreign_among([foreign, analysis, failure], texts) == texts.FOREIGN_AMONG.format(count=1, total=3)
    assert report.foreign_among([analysis, failure], texts) == ""


def test_report_of_nothing_makes_nothing_up():
    empty = Analysis(text=RecognisedText(value="", source="none"), image_size=None)
    empty = dataclasses.replace(empty, explanation=explain(empty))
    assert "%" not in Reader(report.answer(empty, ENGLISH) + report.evidence(empty, None, ENGLISH)).text


def test_evidence_without_face_says_so(analysis):
    none = dataclasses.replace(analysis, faces=(), disagreement=None)
    html = report.evidence(none, PICTURE, ENGLISH)
    assert "No face was found." in html
    assert "<img" not in html
