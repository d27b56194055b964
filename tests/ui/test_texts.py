"""Every language says everything, with the same gaps to fill."""

import string

import numpy as np
import pytest

from mmemo.labels import TASK_LABELS, negative_label
from mmemo.perception import ImageError, load_image
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
        elif isinstance(english, dict) and name not in ("LABELS", "PICTURE_REASONS"):
            assert set(other) == set(english), name


@pytest.mark.parametrize("texts", OTHERS, ids=lambda texts: texts.CODE)
def test_language_has_a_name_for_every_label_and_verdict(texts):
    labels = {label for labels in TASK_LABELS.values() for label in labels}
    verdicts = {negative_label(label) for label in ("hateful", "offensive")} | {"uncertain"}
    assert set(texts.LABELS) >= labels | verdicts


PNG = b"\x89PNG\r\n\x1a\n"
BAD_PICTURES = {
    "format": (b"plain words", {}),
    "empty": (b"", {}),
    "bytes": (bytes(1_001), {"max_bytes": 1_000}),
    "pixels": (np.zeros((40, 50), np.uint8), {"max_pixels": 1_000}),
    "damaged": (PNG + b"broken", {}),
}
"""Code of the error -> a picture, and options of `load_image`."""


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=lambda texts: texts.CODE)
@pytest.mark.parametrize(("code", "given"), BAD_PICTURES.items(), ids=BAD_PICTURES)
def test_reason_of_a_refused_picture_is_in_the_language(texts, code, given):
    source, options = given
    with pytest.raises(ImageError) as caught:
        load_image(source, **options)
    assert caught.value.code == code
    reason = texts.picture_reason(caught.value)
    assert (reason == str(caught.value)) == (texts is ENGLISH)
    assert (f"1{texts.THOUSANDS}000" in reason) == (caught.value.limit is not None)


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=lambda texts: texts.CODE)
def test_reason_that_has_no_translation_is_told_as_it_is(texts):
    assert texts.picture_reason(ImageError("no such picture file")) == "no such picture file"


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=lambda texts: texts.CODE)
@pytest.mark.parametrize(("share", "number"), [(0.0, "1 %"), (0.004, "1 %"), (0.256, "26 %"), (1.0, "99 %")])
def test_percent_never_claims_certainty(texts, share, number):
    assert number in texts.percent(share)
    assert (texts.percent(share) == number) == (0.01 <= share <= 0.99)
