"""What a text claims: its labels, directions and numbers, and whether another wording claims the same.

Language models write freely, so this errs on the safe side: a wording whose claims cannot be found, or which says more
than the original, is refused. The words that carry claims stand in `templates/LANGUAGE.terms.toml`; labels are those of
the language's template.
"""

import functools
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mmemo.explain.wording import TEMPLATES, wording
from mmemo.labels import EMOTIONS, GOEMOTIONS, MEME_EMOTIONS, SENTIMENTS

_LABELS = {
    "decision": ("label", ("hateful", "offensive")),
    "emotion": ("emotion", EMOTIONS),
    "face-looks": ("emotion", EMOTIONS),
    "words-tone": ("emotion", EMOTIONS),
    "meme-emotion": ("emotion", MEME_EMOTIONS),
    "text-emotion": ("emotion", GOEMOTIONS),
    "sentiment": ("sentiment", SENTIMENTS),
}
"""Messages that name labels, with their variable and the labels."""
_SUBJECTS = ("words", "face", "largest", "next", "third")
"""Things that show an emotion."""
_OWNERS = ("decision", "label", "name")
_IF = "if "
_REACH = 5
"""Words between a negation and what it denies."""
_LETTER = re.compile(r"\[\w\]")
_MAX_GROWTH = 2.0
"""How many times longer than the original another wording may be."""
_UNITS = {
    "%": r"%|percent\b|per cent\b|prozent\b|por ciento\b",
    "points": r"(?:percentage )?points?\b|(?:prozent)?punkten?\b|puntos?\b|punkt\b",
}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A label, a thing or a direction that a text names.

    Attributes:
        term: The word, as the vocabulary has it.
        kind: `decision`, `label`, `name`, `direction`, `place` or `manner`.
        mood: `said`, `denied` or `unsure`, with `if ` before it for a decision of what would be.
        start: Where it begins in its sentence; it ends before `end`.
    """

    term: str
    kind: str
    mood: str
    start: int
    end: int


class Vocabulary:
    """The words of one language that carry claims."""

    def __init__(self, language: str) -> None:
        """Read the terms of a language; see `vocabulary`, which keeps it."""
        terms = tomllib.loads((TEMPLATES / f"{language}.terms.toml").read_text("utf-8"))
        self.negation = _any_of(terms["negations"])
        self.uncertain, self.conditional = _any_of(terms["uncertain"]), _any_of(terms["conditional"])
        self.spelled_number, self.stranger = _any_of(terms["spelled_numbers"]), _any_of(terms["strangers"])
        self.decisions = tuple(_last_word(wording(language).say("decision", label=label)) for label in _decisions())
        labels = {_last_word(text) for text in _label_texts(language)}
        names = {**dict.fromkeys(labels, "label"), **dict.fromkeys(self.decisions, "decision")}
        patterns = [(label, kind, _inflected(label)) for label, kind in names.items()]
        for kind in ("name", "direction", "place", "manner"):
            patterns += [(name, kind, "|".join(forms)) for name, forms in terms[f"{kind}s"].items()]
        self.terms = [(term, kind, re.compile(rf"\b(?:{form})\b")) for term, kind, form in patterns]
        bounds = "|".join(f"(?P<{name}>{'|'.join(forms)})" for name, forms in terms["bounds"].items())
        units = "|".join(f"(?P<u{index}>{forms})" for index, forms in enumerate(_UNITS.values()))
        self.number = re.compile(rf"(?:\b(?:{bounds})\s+)?(?P<digits>\d+(?:[.,]\d+)*)(?:\s*(?:{units}))?")


def _decisions() -> Sequence[str]:
    return _LABELS["decision"][1]


def _any_of(forms: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(forms)})\b")


def _label_texts(language: str) -> Iterator[str]:
    for message, (variable, labels) in _LABELS.items():
        for label in labels:
            yield wording(language).say(message, **{variable: label})


def _last_word(text: str) -> str:
    """The word that carries a label: `happy` of `looks happy`."""
    return text.split()[-1].lower()


def _inflected(label: str) -> str:
    """A label and its endings: `alegre`, `alegres`; `enfadada`, `enfadado`."""
    stem = re.sub(r"[aeo]s?$", "", label) if len(label) > 5 else label
    return rf"{re.escape(stem)}\w{{0,3}}"


@functools.cache
def vocabulary(language: str) -> Vocabulary:
    """The vocabulary of a language of `wording.LANGUAGES`."""
    return Vocabulary(language)


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.!?])\s+|\n+", text.lower().strip()) if sentence]


def claims_in(sentence: str, words: Vocabulary) -> list[Claim] | None:
    """Claims of a sentence in lower case, in order; None for a negation that denies none of them."""
    spans = [
        (match.start(), match.end(), term, kind)
        for term, kind, pattern in words.terms
        for match in pattern.finditer(sentence)
    ]
    spans.sort(key=lambda span: (span[0], -span[1], sentence[span[0] : span[1]] != span[2]))
    kept: list[tuple[int, int, str, str]] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:  # the longest, and of these the one written out
            kept.append(span)
    denied = _denied(sentence, kept, words)
    if denied is None:
        return None
    unsure, conditional = words.uncertain.search(sentence), words.conditional.search(sentence)
    found = []
    for start, end, term, kind in kept:
        mood = "denied" if start in denied else "said"
        if kind == "decision":
            mood = (_IF if conditional else "") + ("unsure" if unsure else mood)
        found.append(Claim(term=term, kind=kind, mood=mood, start=start, end=end))
    return found


def _denied(sentence: str, spans: Sequence[tuple[int, int, str, str]], words: Vocabulary) -> set[int] | None:
    """Starts of the claims that a negation stands before; None where one stands before nothing."""
    denied = set()
    for match in words.negation.finditer(sentence):
        if any(start <= match.start() < end for start, end, *_ in spans):
            continue  # part of a term, such as `nothing given`
        after = [start for start, *_ in spans if start >= match.end()]
        if not after or len(sentence[match.end() : after[0]].split()) > _REACH:
            return None
        denied.add(after[0])
    return denied


@dataclass
class _Reading:
    """All claims of a text.

    Attributes:
        moods: (term, mood) of each label, thing and direction.
        verdicts: (term, mood) of each decision, those of what would be left out.
        numbers: (number with its unit, what it belongs to, its direction).
        loosely: The same with the last thing that its sentence names before the number.
        letters: (letter that stands for a word, its direction).
        labels: (label, the thing that shows it).
    """

    moods: set[tuple[str, str]] = field(default_factory=set)
    verdicts: set[tuple[str, str]] = field(default_factory=set)
    numbers: set[tuple[str, str | None, str | None]] = field(default_factory=set)
    loosely: set[tuple[str, str | None, str | None]] = field(default_factory=set)
    letters: set[tuple[str, str | None]] = field(default_factory=set)
    labels: set[tuple[str, str | None]] = field(default_factory=set)

    def add(self, sentence: str, claims: Sequence[Claim], words: Vocabulary, last: str | None) -> None:
        """Claims of one more sentence; `last` is what a number belongs to where its own sentence names nothing."""
        said = {(claim.term, claim.mood) for claim in claims}
        self.moods |= said
        self.verdicts |= {(term, mood) for term, mood in said if term in words.decisions and not mood.startswith(_IF)}
        self.labels |= {(claim.term, _subject(claim, claims)) for claim in claims if claim.kind == "label"}
        directions = [claim for claim in claims if claim.kind == "direction"]
        self.letters |= {(match[0], _nearest(match, directions)) for match in _LETTER.finditer(sentence)}
        for match in words.number.finditer(sentence):
            owner, direction = _owner(sentence, match, claims)
            self.numbers.add((_canonical(match), owner or last, direction))
            before = [c for c in claims if c.kind in _OWNERS and c.end <= match.start()]
            self.loosely |= {(_canonical(match), before[-1].term, direction)} if before else set()


def _read(text: str, words: Vocabulary) -> _Reading | None:
    """All claims of a text; None where it denies what is none of them."""
    reading, last = _Reading(), None
    for sentence in _sentences(text):
        claims = claims_in(sentence, words)
        if claims is None:
            return None
        reading.add(sentence, claims, words, last)
        last = next((claim.term for claim in reversed(claims) if claim.kind in _OWNERS), last)
    return reading


def _subject(label: Claim, claims: Sequence[Claim]) -> str | None:
    """The last thing before a label that can show an emotion."""
    return next((c.term for c in reversed(claims) if c.term in _SUBJECTS and c.start < label.start), None)


def _nearest(place: re.Match[str], claims: Iterable[Claim]) -> str | None:
    def distance(claim: Claim) -> int:
        return max(claim.start - place.end(), place.start() - claim.end, 0)

    found = min(claims, key=distance, default=None)
    return None if found is None else found.term


def _canonical(match: re.Match[str]) -> str:
    """A number with its bound and unit, such as `<1%`."""
    bound = "<" if match["under"] else ">" if match["over"] else ""
    unit = next((unit for index, unit in enumerate(_UNITS) if match[f"u{index}"]), "")
    return f"{bound}{match['digits'].replace(',', '.')} {unit}".strip()


def _owner(sentence: str, number: re.Match[str], claims: Sequence[Claim]) -> tuple[str | None, str | None]:
    """What a number belongs to, by nearness in its clause, else in its sentence; and the direction in its clause."""
    ends = [match.span() for match in re.finditer(r"[,;:](?=\s)|\s(?:and|while|und|während|y|e|mientras)\s", sentence)]
    start = max((end for _, end in ends if end <= number.start()), default=0)
    stop = min((begin for begin, _ in ends if begin >= number.end()), default=len(sentence))
    inside = [claim for claim in claims if start <= claim.start < stop]
    owner = None
    for candidates in (inside, claims):
        owner = owner or _nearest(number, (claim for claim in candidates if claim.kind in _OWNERS))
    return owner, _nearest(number, (claim for claim in inside if claim.kind == "direction"))


def difference(original: str, other: str, language: str) -> str | None:
    """Why another wording does not claim the same as the original; None where it does.

    It may leave out what is not the verdict; it may not add, change or deny anything.

    Args:
        original: What holds. A letter in brackets, such as `[A]`, stands for a word of the meme.
        other: The other wording, with the same letters.
        language: Of both.
    """
    words = vocabulary(language)
    if not other.strip():
        return "it is empty"
    if len(other) > _MAX_GROWTH * len(original) + 100:
        return "it is much longer than the sentences"
    added = _added(original, other, words)
    if added is not None:
        return added
    source, found = _read(original, words), _read(other, words)
    assert source is not None, "a template's negation stands before nothing that the vocabulary knows"
    if found is None:
        return "it denies something that cannot be told"
    if source.verdicts - found.verdicts:
        return f"it lacks or turns a verdict: {_names(source.verdicts - found.verdicts)}"
    if found.moods - source.moods:
        return f"it says what the sentences do not: {_names(found.moods - source.moods)}"
    for what, extra in (
        ("numbers", found.numbers - source.numbers - source.loosely),
        ("words", found.letters - source.letters),
        ("labels", found.labels - source.labels),
    ):
        if extra:
            return f"it has other {what}, or gives them to something else: {', '.join(sorted({e[0] for e in extra}))}"
    first = _first_number(original, words)
    if first is not None and first not in {number for number, *_ in found.numbers}:
        return f"it lacks the verdict's number: {first}"
    return None


def _added(original: str, other: str, words: Vocabulary) -> str | None:
    """Words of the other wording that name a number, a verdict or an emotion outside of the vocabulary."""
    for pattern, what in ((words.spelled_number, "a number in words"), (words.stranger, "another claim")):
        known = set(pattern.findall(original.lower()))
        for word in pattern.findall(other.lower()):
            if word not in known:
                return f"it has {what}: {word}"
    return None


def _names(moods: Iterable[tuple[str, str]]) -> str:
    return ", ".join(sorted(f"{term} ({mood})" for term, mood in moods))


def _first_number(text: str, words: Vocabulary) -> str | None:
    match = words.number.search(text.lower())
    return None if match is None else _canonical(match)
