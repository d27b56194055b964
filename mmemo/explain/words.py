"""Words as they are written: where they stand in a text, what its tokens add up to, and the text without some.

Conventions: a word is what stands between white space, its punctuation included; offsets count characters of the text.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from mmemo.results import WordWeight, WordWeights


@dataclass(frozen=True, kw_only=True)
class WordTokens:
    """A word and the places of its tokens in the tokenized text."""

    text: str
    start: int
    end: int
    tokens: tuple[int, ...]


def read_words(text: str, offsets: Sequence[tuple[int, int]]) -> tuple[WordTokens, ...]:
    """Words that a model read any token of, in order.

    Args:
        text: What was tokenized.
        offsets: Start and end of each token in the text; equal for tokens that stand for none of it.
    """
    words = whole_words(text)
    starts = [word.start for word in words]
    tokens: list[list[int]] = [[] for _ in words]
    for place, (start, end) in enumerate(offsets):
        word = bisect_right(starts, end - 1) - 1  # by its last character: some tokens begin with white space
        if end > start and word >= 0:
            tokens[word].append(place)
    return tuple(replace(word, tokens=tuple(places)) for word, places in zip(words, tokens, strict=True) if places)


def whole_words(text: str) -> tuple[WordTokens, ...]:
    """All words of a text, without tokens."""
    return tuple(
        WordTokens(text=match.group(), start=match.start(), end=match.end(), tokens=())
        for match in re.finditer(r"\S+", text)
    )


def weigh(words: Sequence[WordTokens], relevance: Sequence[float], method: str) -> WordWeights:
    """Weight of each word from the relevance of each token."""
    return with_weights(words, [sum(relevance[place] for place in word.tokens) for word in words], method)


def with_weights(words: Sequence[WordTokens], weights: Sequence[float], method: str) -> WordWeights:
    """Words with their weights."""
    pairs = zip(words, weights, strict=True)
    return WordWeights(
        method=method,
        words=tuple(WordWeight(text=w.text, start=w.start, end=w.end, weight=weight) for w, weight in pairs),
    )


def text_without(words: Sequence[WordTokens | WordWeight], removed: Collection[int]) -> str:
    """The words that were read, without those at these places of `words`.

    What stands after the last word that was read is left out, so that nothing unread moves in.
    """
    return " ".join(word.text for place, word in enumerate(words) if place not in removed)


__all__ = ["WordTokens", "read_words", "text_without", "weigh", "whole_words", "with_weights"]
