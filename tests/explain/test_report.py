"""The report for people: all that the result has, within the width, and nothing that steers a terminal."""

import dataclasses

import pytest

from mmemo.explain.report import MAX_WIDTH, render
from mmemo.labels import EMOTIONS, SENTIMENTS
from mmemo.results import (
    Analysis,
    Attribution,
    Box,
    Decision,
    Disagreement,
    Evidence,
    Explanation,
    FaceResult,
    RecognisedText,
    Scores,
    Sentence,
    WordWeight,
    WordWeights,
)

WORDS = RecognisedText(value="what a day", source="given")
HATE = Decision(label="hateful", probability=0.07, threshold=0.5, uncertain_band=(0.4, 0.6), modalities=("text",))


def scores(labels: tuple[str, ...], **values: float) -> Scores:
    return Scores(scores=dict.fromkeys(labels, 0.01) | values, modalities=("text", "image"))


def face(left: int) -> FaceResult:
    return FaceResult(box=Box(x=left, y=0, width=9, height=8), confidence=0.9, emotion=scores(EMOTIONS, happy=0.8))


FULL = Analysis(
    text=WORDS,
    image_size=(10, 10),
    hate=HATE,
    sentiment=scores(SENTIMENTS, negative=0.9),
    faces=(face(3),),
    disagreement=Disagreement(
        value=0.7,
        face="happy",
        words="angry",
        words_scores=dict.fromkeys(EMOTIONS, 0.05) | {"angry": 0.7},
        reading="smiling face, angry words",
    ),
    explanation=Explanation(
        sentences=(Sentence(text="Because of the words. " * 9, evidence=("hate",)),),
        evidence=Evidence(attributions={}, entries={}),
    ),
)


@pytest.mark.parametrize(
    "line",
    [
        'Words         "what a day" (given)',
        "Hate          not hateful            7 %   threshold 50 %, uncertain from 40 % to 60 %",
        "Sentiment     negative              90 %   ██████████████████████    words and picture",
        "              neutral                1 %",
        "Faces         9 x 8 at 3, 0                happy 80 %, angry 1 %",
        "Disagreement  0.70 of 1: smiling face, angry words",
    ],
)
def test_render_shows_what_the_result_has(line: str) -> None:
    assert line in render(FULL).splitlines()


def test_render_leaves_out_what_the_result_lacks() -> None:
    assert render(Analysis(text=WORDS, image_size=None)) == 'Words         "what a day" (given)'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RecognisedText(value="", source="none"), "Words         none"),
        (RecognisedText(value="hi", source="ocr"), 'Words         "hi" (read from the picture)'),
        (
            RecognisedText(value="hi", source="given", truncated=True),
            'Words         "hi" (given, only the beginning was judged)',
        ),
        (
            RecognisedText(value="hola", source="ocr", foreign=True),
            'Words         "hola" (read from the picture, seemingly not English)',
        ),
        (RecognisedText(value="\033[31mred\a\u202e", source="ocr"), 'Words         "[31mred" (read from the picture)'),
    ],
)
def test_render_shows_words_and_their_origin(text: RecognisedText, expected: str) -> None:
    assert render(Analysis(text=text, image_size=None)) == expected


def test_render_shortens_long_words_and_many_faces() -> None:
    long = RecognisedText(value="word " * 2000, source="given")
    many = dataclasses.replace(FULL, text=long, faces=tuple(face(i) for i in range(9)))
    lines = render(many).splitlines()
    assert len(lines) < 40
    assert max(map(len, lines)) <= MAX_WIDTH
    assert "              and 4 more" in lines


@pytest.mark.parametrize("columns", ["20", "80", "400"])
def test_render_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert max(map(len, render(FULL).splitlines())) <= MAX_WIDTH


@pytest.mark.parametrize("columns", range(60, 70))
def test_render_keeps_a_number_and_its_sign_together(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    sentence = Sentence(text="It is 7 %, and then it is 83 % or 9 % again. " * 5, evidence=("hate",))
    explanation = Explanation(sentences=(sentence,), evidence=Evidence(attributions={}, entries={}))
    shown = render(dataclasses.replace(FULL, explanation=explanation))
    assert shown.count(" %") > 15
    assert "\u00a0" not in shown
    assert not [line for line in shown.splitlines() if line.strip().startswith("%")]


def test_render_is_bold_only_if_asked() -> None:
    assert "\033" not in render(FULL)
    bold = render(FULL, is_bold=True)
    assert "\033[1mHate          \033[0mnot hateful" in bold
    assert bold.replace("\033[1m", "").replace("\033[0m", "") == render(FULL)


def test_render_says_when_there_is_no_face() -> None:
    assert "Faces         none found" in render(dataclasses.replace(FULL, faces=()))


def explained(modalities: dict[str, float], words: dict[str, float] | None, **options: str) -> Analysis:
    weights = None
    if words is not None:
        found = tuple(WordWeight(text=text, start=0, end=1, weight=weight) for text, weight in words.items())
        weights = WordWeights(method="leave_one_out", words=found)
    moved = Attribution(task="hate", label="hateful", score=0.07, baseline=0.1, modalities=modalities, words=weights)
    explanation = Explanation(
        sentences=(Sentence(text="So.", evidence=("hate",)),),
        evidence=Evidence(attributions={"hate": moved}, entries={}),
        **options,
    )
    return dataclasses.replace(FULL, explanation=explanation)


@pytest.mark.parametrize(
    ("modalities", "words", "lines"),
    [
        (
            {"image": -0.04, "text": 0.31},
            {"you": 0.1, "hate": 0.3, "love": -0.2},
            ["Carried by: words +31 points, picture -4", 'Strongest words: "hate" and "you" up, "love" down'],
        ),
        ({"text": -0.002}, None, ["Carried by: words +0 points"]),
        ({"face": 0.5}, {"still": 0.0}, ["Carried by: face +50 points"]),
        ({"text": 0.5}, {"\033[31mred": -0.3}, ["Carried by: words +50 points", 'Strongest words: "31mred" down']),
    ],
)
def test_render_tells_what_carried_the_verdict(
    modalities: dict[str, float], words: dict[str, float] | None, lines: list[str]
) -> None:
    shown = render(explained(modalities, words)).splitlines()
    head, *rest = [*lines, "So."]
    start = shown.index(f"Why           {head}")
    assert shown[start + 1 :] == [f"              {line}" for line in rest]


@pytest.mark.parametrize(
    ("rephrasing", "is_told"), [("not asked", False), ("kept", False), ("it has another number, 99 %", True)]
)
def test_render_tells_why_a_rephrasing_was_not_kept(rephrasing: str, is_told: bool) -> None:
    shown = render(explained({"text": 0.5}, None, rephrasing=rephrasing))
    assert (f"(Not rephrased: {rephrasing}.)" in shown) == is_told
