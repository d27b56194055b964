"""Labels: sets agree with each other, other sources' names are mapped, unknown ones refused by name."""

import pytest

from mmemo.labels import (
    ALIASES,
    BINARY_TASKS,
    EMOTIONS,
    GOEMOTIONS,
    GOEMOTIONS_TO_EMOTIONS,
    TASK_LABELS,
    UnknownLabelError,
    canonical_label,
    negative_label,
)


def test_goemotions_grouping_covers_every_label_and_every_emotion() -> None:
    assert set(GOEMOTIONS_TO_EMOTIONS) == set(GOEMOTIONS)
    assert set(GOEMOTIONS_TO_EMOTIONS.values()) == set(EMOTIONS)


@pytest.mark.parametrize("task", TASK_LABELS)
def test_canonical_label_accepts_every_label_and_alias(task: str) -> None:
    accepted = set(TASK_LABELS[task]) | ({negative_label(TASK_LABELS[task][0])} if task in BINARY_TASKS else set())
    for label in accepted:
        assert canonical_label(label, task) == label
    for alias, label in ALIASES[task].items():
        assert canonical_label(alias, task) == label
        assert label in accepted


@pytest.mark.parametrize(
    ("name", "task", "expected"),
    [
        ("Happy", "face_emotion", "happy"),
        ("joy", "emotion", "happy"),
        ("NOT-HATE", "hate", "not hateful"),
        ("nothate", "hate", "not hateful"),
        ("non_offensive", "offensive", "not offensive"),
        ("POS", "sentiment", "positive"),
        ("sadness", "meme_emotion", "sorrow"),
    ],
)
def test_canonical_label_maps_other_spellings(name: str, task: str, expected: str) -> None:
    assert canonical_label(name, task) == expected


@pytest.mark.parametrize(
    ("name", "task", "message"),
    [
        ("LABEL_0", "sentiment", "unknown label 'LABEL_0' for task 'sentiment': expected one of negative"),
        ("contempt", "face_emotion", "unknown label 'contempt'"),
        ("happy", "mood", "unknown task 'mood': expected one of"),
    ],
)
def test_canonical_label_refuses_unknown_names(name: str, task: str, message: str) -> None:
    with pytest.raises(UnknownLabelError, match=message):
        canonical_label(name, task)
