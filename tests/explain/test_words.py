"""Words as written: their offsets, what their tokens add up to, and the text without some."""

import pytest

from mmemo.explain.words import read_words, text_without, weigh, whole_words
from mmemo.pipeline import CHECKPOINTS

TEXTS = [
    "you people disgust me, get out!",
    "unbelievably   antidisestablishmentarian\tnonsense",
    "שלום עולם יפה",
    "مرحبا بالعالم",
    "so 🙂🙂 happy 🎉",
    "café naïve Straße",
    "a\x00b \x01 c",
]


@pytest.fixture(scope="module")
def tokenizer():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(CHECKPOINTS / "meme")


@pytest.mark.parametrize("text", TEXTS)
def test_read_words_stand_where_they_say_and_share_out_all_tokens(tokenizer, text):
    offsets = tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    words = read_words(text, offsets)
    assert [text[word.start : word.end] for word in words] == [word.text for word in words]
    assert set(" ".join(word.text for word in words).split()) <= set(text.split())
    places = [place for word in words for place in word.tokens]
    assert places == [place for place, (start, end) in enumerate(offsets) if end > start]


def test_read_words_joins_subwords(tokenizer):
    text = "antidisestablishmentarianism hurts"
    first, second = read_words(text, tokenizer(text, return_offsets_mapping=True)["offset_mapping"])
    assert (first.text, first.start, first.end) == ("antidisestablishmentarianism", 0, 28)
    assert len(first.tokens) > 1
    assert second.tokens == (first.tokens[-1] + 1,)


@pytest.mark.parametrize(
    ("text", "offsets", "expected"),
    [
        ("", [(0, 0), (0, 0)], []),
        ("hi there", [(0, 0), (0, 2), (0, 0)], ["hi"]),  # the rest was cut
        ("hi there", [(0, 2), (2, 8)], ["hi", "there"]),  # a token that begins with the space
        ("  ", [(0, 1), (1, 2)], []),
    ],
)
def test_read_words_are_those_with_tokens(text, offsets, expected):
    assert [word.text for word in read_words(text, offsets)] == expected


def test_weigh_adds_up_tokens():
    words = read_words("good day", [(0, 0), (0, 2), (2, 4), (5, 8), (0, 0)])
    found = weigh(words, [9.0, 1.0, 2.0, -4.0, 9.0], "gradient_activation")
    assert [(word.text, word.weight) for word in found.words] == [("good", 3.0), ("day", -4.0)]
    assert [word.text for word in found.top()] == ["good"]


@pytest.mark.parametrize(("removed", "expected"), [((), "a bb c"), ({1}, "a c"), ({0, 2}, "bb"), ({0, 1, 2}, "")])
def test_text_without(removed, expected):
    assert text_without(whole_words(" a  bb\nc "), removed) == expected
