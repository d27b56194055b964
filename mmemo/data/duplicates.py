"""Copies between splits: which training items are also in dev or test, and training without them.

Two items are copies when their decoded pictures are equal pixel by pixel, whatever their words; or, when neither has a
picture, when their words are equal but for case, punctuation and spacing. Short utterances ("What?", "Oh my God!") come
up again and again in talk without being copies, so words count from `MIN_WORDS` on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mmemo.data.pictures import read_picture
from mmemo.data.records import Example

MIN_WORDS = 5


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A training item and the first dev or test item it repeats."""

    train_id: str
    other_id: str
    by: str
    same_labels: bool


@dataclass(frozen=True, kw_only=True)
class DuplicateReport:
    """What `drop_test_copies` found; `str(report)` is the text to print."""

    num_train: int
    num_others: int
    copies: tuple[Copy, ...]
    num_repeated: int
    num_conflicting: int

    @property
    def num_kept(self) -> int:
        """Training items that are left."""
        return self.num_train - len(self.copies)

    def __str__(self) -> str:
        """A few lines of counts."""
        by = {kind: sum(copy.by == kind for copy in self.copies) for kind in ("picture", "words")}
        differ = sum(not copy.same_labels for copy in self.copies)
        return (
            f"{len(self.copies)} of {self.num_train} training items left out as copies of {self.num_others} dev and "
            f"test items ({by['picture']} by picture, {by['words']} by words; {differ} with other labels than the "
            f"copy), {self.num_kept} kept\n"
            f"{self.num_repeated} further training items repeat another training item (kept); "
            f"{self.num_conflicting} groups of equal items in all splits have conflicting labels"
        )


def normal_words(text: str) -> str:
    """Lower case, letters and digits only, single spaces."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _picture_key(example: Example) -> str | None:
    path = example.image or example.face
    if path is None:
        return None
    pixels = read_picture(path, example.id)
    return f"{pixels.size} {hashlib.blake2b(pixels.tobytes(), digest_size=16).hexdigest()}"


def copy_key(example: Example) -> tuple[str, str] | None:
    """`("picture", digest)` or `("words", normalised text)`, equal for copies; `None` for what cannot be compared."""
    picture = _picture_key(example)
    if picture is not None:
        return "picture", picture
    words = normal_words(example.text or "")
    return ("words", words) if len(words.split()) >= MIN_WORDS else None


def _num_conflicts(examples: Sequence[Example], keys: Sequence[tuple[str, str] | None]) -> int:
    labels: dict[tuple[str, str], set[str]] = {}
    for example, key in zip(examples, keys, strict=True):
        if key is not None:
            labels.setdefault(key, set()).add(repr(sorted(example.labels.items())))
    return sum(len(different) > 1 for different in labels.values())


def drop_test_copies(train: Sequence[Example], *others: Sequence[Example]) -> tuple[list[Example], DuplicateReport]:
    """Training items that are copies of no item of the other splits, in their order, and a report.

    Args:
        train: The training split.
        others: The splits that are measured on, such as dev and test.

    Raises:
        DataError: A picture cannot be read.
    """
    rest = [example for other in others for example in other]
    train_keys, rest_keys = [copy_key(e) for e in train], [copy_key(e) for e in rest]
    first: dict[tuple[str, str], Example] = {}
    for example, key in zip(rest, rest_keys, strict=True):
        if key is not None:
            first.setdefault(key, example)
    kept: list[Example] = []
    kept_keys: list[tuple[str, str]] = []
    copies: list[Copy] = []
    for example, key in zip(train, train_keys, strict=True):
        if key is not None and key in first:
            same = example.labels == first[key].labels
            copies.append(Copy(train_id=example.id, other_id=first[key].id, by=key[0], same_labels=same))
            continue
        kept.append(example)
        if key is not None:
            kept_keys.append(key)
    report = DuplicateReport(
        num_train=len(train),
        num_others=len(rest),
        copies=tuple(copies),
        num_repeated=len(kept_keys) - len(set(kept_keys)),
        num_conflicting=_num_conflicts([*train, *rest], [*train_keys, *rest_keys]),
    )
    return kept, report
