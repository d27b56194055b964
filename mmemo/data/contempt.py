"""Ways to tell contempt, and what only looks like it: sentences made from the templates in `contempt.toml`.

Hate-speech data hold little of what classifiers fail at (Röttger et al. 2021, HateCheck): contempt told by a threat, a
question or a pronoun, without a hard word or in odd spelling; and contempt that is denied, quoted to be opposed or
reported, beside abuse of things and of persons who stand for no group. A template with a place for a group is filled
with every group. No split shares a template with another. `mmemo data make-sentences DATA` writes the sentences to
`DATA/contempt/{train,dev,test}.tsv`.
"""

from __future__ import annotations

import tomllib
import zlib
from importlib import resources

from mmemo.data.records import DatasetReader, task_classes
from mmemo.data.templates import read_sentences, with_groups

MISSPELT_ONE_IN = 5
"""Of the sentences that fill a template, one in so many has a copy in odd spelling; of those written out, all."""

_DIGITS = str.maketrans("aeios", "43105")


def misspelt(text: str) -> str:
    """The sentence in an odd spelling, one of four that the sentence itself decides on.

    Digits for letters in the longest word, two words run together, letters swapped in long words, or one word
    s p a c e d  o u t.
    """
    words, number = text.split(), zlib.crc32(text.encode())
    longest = max(range(len(words)), key=lambda i: len(words[i]))
    if number % 4 == 0:
        words[longest] = words[longest].translate(_DIGITS)
    elif number % 4 == 1 and len(words) > 1:
        start = number // 4 % (len(words) - 1)
        words[start : start + 2] = ["".join(words[start : start + 2])]
    elif number % 4 == 2:
        words = [w[0] + w[2] + w[1] + w[3:] if len(w) > 4 and w.isalpha() else w for w in words]
    else:
        words[longest] = " ".join(words[longest])
    return " ".join(words)


def _table() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(resources.files(__package__).joinpath("contempt.toml").read_text("utf-8"))


def templates(split: str) -> dict[str, list[str]]:
    """Label to its templates."""
    return _table()[split]


def sentences(split: str) -> list[tuple[str, str]]:
    """(label, text) of every template of a split, filled, and of the copies in odd spelling; none is there twice."""
    slots = _table()["slots"]
    found: dict[str, str] = {}
    for label, written in templates(split).items():
        for template in written:
            for text in _filled(template, slots):
                found[text] = label
                if "{" not in template or zlib.crc32(text.encode()) % MISSPELT_ONE_IN == 0:
                    found.setdefault(misspelt(text), label)
    return [(label, text) for text, label in found.items()]


def _filled(template: str, slots: dict[str, list[str]]) -> list[str]:
    """A template with every word for its slot, with every group, or as it is."""
    slot = next((name for name in slots if f"{{{name}}}" in template), None)
    if slot is not None:
        return [template.format(**{slot: word}) for word in slots[slot]]
    return with_groups(template) if "{" in template else [template]


CONTEMPT = DatasetReader(
    name="contempt",
    summary="sentences of contempt in many ways of telling it, and of what only looks like it, made from templates",
    terms="Apache-2.0, made by this project",
    tasks={"hate": task_classes("hate")},
    folders=("contempt",),
    marks=("train.tsv", "dev.tsv", "test.tsv"),
    read=read_sentences,
    is_made=True,
)
