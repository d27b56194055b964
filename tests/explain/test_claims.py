"""Claims: a wording that says the same passes, one that changes a label, number or direction does not."""

import random
import re
from collections.abc import Iterator

import pytest

from mmemo.explain.claims import difference
from mmemo.explain.narrative import LANGUAGES, explain
from mmemo.explain.rephrase import without_words
from tests.explain.drawn import draw
from tests.explain.reading import LABELS

ENGLISH = (
    "Judged from the words and the picture, this is hateful: 71 %, over the threshold of 50 %. "
    "The score starts at 18 % with nothing given; the words raise it by 57 points and the picture lowers it by "
    "4 points. "
    "Among the words, [A] and [B] raise the score most; in the picture, the upper left raises it most. "
    "The words express mostly anger (40 %) and annoyance (35 %) and are negative in sentiment (90 %), which fits the "
    "verdict. "
    "The face looks happy (80 %) while the words are angry, which often means irony or a mixed message (divergence "
    "0.70 of 1). "
    "Without [A], the score would be 30 % and this would not be hateful."
)
GERMAN = (
    "Nach den Worten und dem Bild zu urteilen ist das nicht hasserfüllt: 7 %, deutlich unter der Schwelle von 50 %. "
    "Die Worte drücken vor allem Heiterkeit (62 %) aus. Im Bild wurde kein Gesicht gefunden."
)
SPANISH = (
    "A juzgar por las palabras y la imagen, esto no es un mensaje de odio: 7 %, muy por debajo del umbral del 50 %. "
    "Las palabras expresan sobre todo gozo (62 %). No se ha encontrado ninguna cara en la imagen."
)
UNCERTAIN = (
    "Judged from the words, it is uncertain whether this is hateful: 45 % lies in the band from 40 % to 60 % where no "
    "verdict is given. No face was found in the picture."
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_claim_what_they_claim(language: str) -> None:
    for seed in range(150):
        analysis, attributions = draw(seed)
        text, _ = without_words(explain(analysis, attributions, language).text)
        assert difference(text, text, language) is None, text


@pytest.mark.parametrize(
    ("original", "other", "language"),
    [
        (ENGLISH, "Going by the words and the picture, this is hateful at 71 %, over the threshold of 50 %.", "en"),
        (
            ENGLISH,
            "This is hateful (71 %). The words raise the score by 57 points, whereas the picture lowers it by 4 "
            "points, and [A] raises it most. While the face looks happy (80 %), the words are angry: irony, perhaps.",
            "en",
        ),
        (ENGLISH, ENGLISH.replace("Without [A], the", "Take [B] and [A]: they raise it. Without [A], the"), "en"),
        (UNCERTAIN, "At 45 %, it is uncertain whether this is hateful.", "en"),
        (GERMAN, "Das ist nicht hasserfüllt (7 %), denn es liegt deutlich unter der Schwelle von 50 %.", "de"),
        (SPANISH, "Esto no es un mensaje de odio (7 %): queda muy por debajo del umbral del 50 %.", "es"),
    ],
)
def test_another_wording_of_the_same_passes(original: str, other: str, language: str) -> None:
    assert difference(original, other, language) is None


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("71 %", "17 %", "other numbers"),
        ("this is hateful: 71 %", "this is hateful", "lacks the verdict's number: 71 %"),
        ("57 points", "57 %", "other numbers"),
        ("71 %, over the threshold of 50 %", "50 %, over the threshold of 71 %", "other numbers"),
        ("anger (40 %) and annoyance (35 %)", "anger (35 %) and annoyance (40 %)", "other numbers"),
        (
            "by 57 points and the picture lowers it by 4 points",
            "by 4 points and the picture lowers it by 57 points",
            "numb",
        ),
        ("the words raise it by 57", "the words lower it by 57", "other numbers"),
        ("57 points", "fifty-seven points", "a number in words: fifty-seven"),
        ("71 %", "over 71 %", "other numbers"),
        ("this is hateful", "this is not hateful", "lacks or turns a verdict"),
        ("this is hateful", "this isn't hateful", "lacks or turns a verdict"),
        ("this is hateful", "hateful this is not", "over (denied)"),
        ("this is hateful", "this is anything but hateful", "lacks or turns a verdict"),
        ("this is hateful", "it is unclear whether this is hateful", "lacks or turns a verdict"),
        ("this is hateful", "this would be hateful", "lacks or turns a verdict"),
        ("this is hateful", "this is it", "lacks or turns a verdict"),
        ("this is hateful", "this is hateful and offensive", "offensive (said)"),
        ("this is hateful", "this is hateful but harmless", "another claim: harmless"),
        ("would not be hateful", "would be hateful", "hateful (if said)"),
        ("looks happy", "looks sad", "sad (said)"),
        ("looks happy", "does not look happy", "happy (denied)"),
        ("looks happy", "looks cheerful", "another claim: cheerful"),
        (
            "looks happy (80 %) while the words are angry",
            "looks angry while the words are happy (80 %)",
            "other labels",
        ),
        ("negative in sentiment", "positive in sentiment", "positive (said)"),
        ("Among the words, [A]", "Among the words, [C]", "other words"),
        ("Without [A]", "Without [B]", "other words"),
        ("the upper left", "the lower right", "lower-right (said)"),
        ("over the threshold", "just over the threshold", "just (said)"),
        ("irony or a mixed message", "that they agree", "agree (said)"),
        ("which fits the verdict", "which does not fit the verdict", "fits (denied)"),
    ],
)
def test_a_wording_that_claims_something_else_is_refused(old: str, new: str, reason: str) -> None:
    assert old in ENGLISH
    found = difference(ENGLISH, ENGLISH.replace(old, new), "en")
    assert found is not None
    assert reason in found


@pytest.mark.parametrize(
    ("original", "old", "new", "language"),
    [
        (UNCERTAIN, "it is uncertain whether this is", "this is", "en"),
        (UNCERTAIN, "No face", "A face", "en"),
        (GERMAN, "nicht hasserfüllt", "hasserfüllt", "de"),
        (GERMAN, "7 %", "70 %", "de"),
        (GERMAN, "Heiterkeit", "Wut", "de"),
        (GERMAN, "unter der", "über der", "de"),
        (GERMAN, "kein Gesicht", "ein Gesicht", "de"),
        (GERMAN, "62 %", "zweiundsechzig Prozent (zwei)", "de"),
        (SPANISH, "no es un mensaje", "es un mensaje", "es"),
        (SPANISH, "7 %", "77 %", "es"),
        (SPANISH, "gozo", "tristeza", "es"),
        (SPANISH, "debajo", "encima", "es"),
        (SPANISH, "No se ha encontrado ninguna cara", "Se ha encontrado una cara", "es"),
    ],
)
def test_other_languages_and_verdicts_are_held_to_their_claims(
    original: str, old: str, new: str, language: str
) -> None:
    assert old in original
    assert difference(original, original.replace(old, new), language) is not None


def changes_of(text: str, language: str, source: random.Random) -> Iterator[str]:
    """The text with one number, or one label, that it does not have."""
    for match in re.finditer(r"\d+", text):
        number = next(n for n in source.sample(range(2, 99), 97) if str(n) not in text)
        yield f"{text[: match.start()]}{number}{text[match.end() :]}"
    for kind in ("text", "look", "tone", "sentiment", "meme", "emotion", "decision"):
        names = list(LABELS[language][kind])
        absent = [name for name in names if name.split()[-1] not in text]
        for match in re.finditer(rf"\b(?:{'|'.join(map(re.escape, names))})\b", text) if absent else ():
            yield f"{text[: match.start()]}{source.choice(absent)}{text[match.end() :]}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_number_and_no_label_can_be_exchanged(language: str) -> None:
    source, count = random.Random(0), 0
    for seed in range(20):
        text, _ = without_words(explain(*draw(seed), language).text)
        for changed in changes_of(text, language, source):
            assert difference(text, changed, language) is not None, changed
            count += 1
    assert count > 200


@pytest.mark.parametrize(("other", "reason"), [("", "empty"), (" \n", "empty"), (ENGLISH * 3, "longer")])
def test_a_wording_of_another_size_is_refused(other: str, reason: str) -> None:
    assert reason in str(difference(ENGLISH, other, "en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_explanations_of_other_inputs_do_not_pass_for_each_other(language: str) -> None:
    texts = [without_words(explain(*draw(seed), language).text)[0] for seed in range(60)]
    for one, other in zip(texts, texts[1:], strict=False):
        assert difference(one, other, language) is not None, (one, other)
