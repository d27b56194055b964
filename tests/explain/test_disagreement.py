"""Disagreement: the divergence's bounds and symmetry, its reading, and GoEmotions as seven emotions."""

import dataclasses

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from mmemo.explain.disagreement import CONFLICT_FROM, agreement, disagreement_between, jensen_shannon, to_emotions
from mmemo.labels import EMOTIONS, GOEMOTIONS


def certain(label: str) -> dict[str, float]:
    return {name: float(name == label) for name in EMOTIONS}


def test_jensen_shannon_is_0_for_equal_and_1_for_disjoint() -> None:
    assert jensen_shannon(certain("happy"), certain("happy")) == 0.0
    assert jensen_shannon(certain("happy"), certain("angry")) == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_jensen_shannon_equals_scipys(seed: int) -> None:
    generator = np.random.default_rng(seed)
    first, second = generator.dirichlet(np.ones(7), size=2)
    ours = jensen_shannon(dict(zip(EMOTIONS, first, strict=True)), dict(zip(EMOTIONS, second, strict=True)))
    assert ours == pytest.approx(jensenshannon(first, second, base=2) ** 2)


def test_jensen_shannon_refuses_what_is_no_distribution() -> None:
    with pytest.raises(ValueError, match="expected the same labels"):
        jensen_shannon(certain("happy"), {"happy": 1.0})
    with pytest.raises(ValueError, match="add up to 1, got 0.5"):
        jensen_shannon(certain("happy"), dict.fromkeys(EMOTIONS, 0.5 / 7))


def test_to_emotions_adds_up_to_one_and_groups() -> None:
    result = to_emotions({name: float(name in ("joy", "anger", "annoyance")) for name in GOEMOTIONS})
    assert sum(result.values()) == pytest.approx(1.0)
    assert result["angry"] == pytest.approx(2 / 3)
    assert result["happy"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("face", EMOTIONS)
@pytest.mark.parametrize("words", EMOTIONS)
def test_disagreement_has_a_reading_for_every_pair(face: str, words: str) -> None:
    found = disagreement_between(certain(face), certain(words))
    assert (found.face, found.words) == (face, words)
    assert found.reading.count(",") == 1
    assert (found.value == 0.0) == (face == words)


def test_disagreement_reads_a_smile_over_angry_words() -> None:
    found = disagreement_between(certain("happy"), certain("angry"))
    assert found.reading == "smiling face, angry words"
    assert found.words_scores == certain("angry")


@pytest.mark.parametrize(
    ("angry", "reading", "meaning"),
    [(0.5, "angry words", "conflict"), (0.49, "words of no clear emotion", "unclear")],
)
def test_words_conflict_with_a_face_only_where_their_emotion_is_clear(angry: float, reading: str, meaning: str) -> None:
    words = dict.fromkeys(EMOTIONS, (1 - angry) / 6) | {"angry": angry}
    found = disagreement_between(certain("happy"), words)
    assert found.value >= CONFLICT_FROM
    assert found.words == "angry"
    assert found.reading == f"smiling face, {reading}"
    assert agreement(found) == meaning


@pytest.mark.parametrize(("face", "words"), [("neutral", "angry"), ("happy", "neutral")])
def test_a_neutral_face_or_words_contradict_nothing(face: str, words: str) -> None:
    assert agreement(disagreement_between(certain(face), certain(words))) == "differ"


@pytest.mark.parametrize(("value", "meaning"), [(0.25, "agree"), (0.26, "agree-in-part"), (0.5, "conflict")])
def test_agreement_follows_the_divergence(value: float, meaning: str) -> None:
    found = dataclasses.replace(disagreement_between(certain("happy"), certain("angry")), value=value)
    assert agreement(found) == meaning
