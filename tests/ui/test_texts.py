"""Every language says everything, with the same gaps to fill."""

import string

import pytest

from mmemo.labels import TASK_LABELS, negative_label
from mmemo.ui.texts import ENGLISH, LANGUAGES, Texts

NAMES = [name for name in vars(Texts) if name.isupper()]
SAME_AS_ENGLISH = {"TITLE", "MEME_TAB", "LIVE_TAB", "EXAMPLE_DIALOGUE"}
"""Names that may be said as in English."""
OTHERS = [texts for texts in LANGUAGES.values() if texts is not ENGLISH]


def gaps(value: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(value) if name}


@pytest.mark.parametrize("texts", OTHERS, ids=lambda texts: texts.CODE)
def test_language_says_everything_that_english_says(texts):
    own = vars(type(texts))
    assert set(own) - {"__module__", "__doc__"} >= set(NAMES)
    for name in NAMES:
        english, other = getattr(ENGLISH, name), own[name]
        assert type(other) is type(english), name
        if isinstance(english, str) and name != "READING":
            assert gaps(other) == gaps(english), name
            assert other != english or name in SAME_AS_ENGLISH, f"{name} is still English"
        elif isinstance(english, tuple):
            assert len(other) == len(english), name
        elif isinstance(english, dict) and name != "LABELS":
            assert set(other) == set(english), name


@pytest.mark.parametrize("texts", OTHERS, ids=lambda texts: texts.CODE)
def test_language_has_a_name_for_every_label_and_verdict(texts):
    labels = {label for labels in TASK_LABELS.values() for label in labels}
    verdicts = {negative_label(label) for label in ("hateful", "offensive")} | {"uncertain"}
    assert set(texts.LABELS) >= labels | verdicts


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=lambda texts: texts.CODE)
@pytest.mark.parametrize(("share", "number"), [(0.0, "1 %"), (0.004, "1 %"), (0.256, "26 %"), (1.0, "99 %")])
def test_percent_never_claims_certainty(texts, share, number):
    assert number in texts.percent(share)
    assert (texts.percent(share) == number) == (0.01 <= share <= 0.99)
