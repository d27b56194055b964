"""Spaces that were lost when the words of a picture were read: `SOIBECAMEAFROG` is `SO I BECAME A FROG`.

Source: word segmentation by unigram frequencies, with symspellpy and its dictionary of 82,765 English words.

Conventions: what may be one word stays one, because a wrong space is worse than a lost one. A run of letters is cut
only where the dictionary does not know it, every part is common English, and one of them is a function word: names,
slang and abuse (`lockdown`, `asshole`) have none. What it gains stands in `benchmarks/reading.md`.
"""

import functools
import re
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING

from mmemo.perception.language import is_foreign

if TYPE_CHECKING:
    from symspellpy import SymSpell

_RUN = re.compile(r"(?<![\w@#&'’./\\-])(?:[A-Za-z]{4,60}|[Ii][Aa][Mm])(?![\w@'’/\\-]|\.\w)")
"""Letters between spaces and marks; not in links, tags, names of users and after apostrophes. Three may be anything."""

_FUNCTION_WORDS = frozenset(
    """am an as at be by do go he if in is it me my no of on or so to up us we the and you are was not for with that
    this have has had but can will when what who how why where all your his her our their they she them from into
    than then there here been were does did just get got out off about over after before until because would could
    should which these those some any only very too also now never always its him myself yourself let make like
    want know think say says said""".split()
)
_LETTERS = frozenset("ai")
"""Words of one letter."""

MIN_COUNT, MIN_COUNT_OF_THREE_LETTERS = 3e6, 1e8
"""Occurrences in the dictionary's texts of any other part; the dictionary has most runs of three letters."""

_SLANG_ENDS = ("in", "as")
"""Of one word in slang rather than a word after another: gettin, crackas."""

LONG_NAME = 12
"""Letters of a run below which one that is written as names are (Weinstein) is cut into function words alone."""

SHORT_RUN = 6
"""Letters of a run below which what is written as a name (Amit) stays whole, and both of two parts must be function
words, or one of them `a` or `I`."""


def respaced(lines: list[str]) -> list[str]:
    """Lines of one text with lost spaces put back.

    Args:
        lines: As they were read.

    Returns:
        As many lines with the same letters; unchanged where the text is clearly not English.
    """
    spaced = [_RUN.sub(lambda match: " ".join(_parts(match[0])), line) for line in lines]
    return lines if spaced == lines or is_foreign(" ".join(spaced)) else spaced


def _parts(run: str) -> list[str]:
    """Words of a run of letters; the run alone where it may be one word."""
    counts = _speller().words
    if run.lower() in counts:
        return [run]
    parts = _speller().word_segmentation(run, max_edit_distance=0).segmented_string.split()
    return parts if _are_words(run, [part.lower() for part in parts], counts) else [run]


def _are_words(run: str, words: list[str], counts: dict[str, int]) -> bool:
    if any(len(first) == len(second) == 1 for first, second in pairwise(words)):
        return False
    for word in words:
        least = MIN_COUNT_OF_THREE_LETTERS if len(word) == 3 else MIN_COUNT
        known = word in _FUNCTION_WORDS or word in _LETTERS or (len(word) > 2 and counts.get(word, 0) >= least)
        if not known:
            return False
    number = sum(word in _FUNCTION_WORDS for word in words)
    if run.istitle() and len(run) < LONG_NAME:
        return number == len(words) and len(run) >= SHORT_RUN
    if len(words) > 2 or not number:
        return number > 0
    letters = sum(word in _LETTERS for word in words)
    return words[1] not in _SLANG_ENDS and (len(run) >= SHORT_RUN or number + letters == 2)


@functools.cache
def _speller() -> "SymSpell":
    """Symspellpy with the dictionary of its package, for segmentation alone."""
    from symspellpy import SymSpell

    speller = SymSpell(max_dictionary_edit_distance=0)
    with resources.as_file(resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt") as path:
        if not speller.load_dictionary(path, term_index=0, count_index=1):
            raise RuntimeError(f"expected a dictionary of words in the installed symspellpy, got none at {path.name}")
    return speller


__all__ = ["respaced"]
