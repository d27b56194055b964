"""Sentences read back: what each says, by patterns (`sentences.toml`) and names written apart from the templates.

Conventions: a reading is the kind of a sentence and its named parts as written; `LABELS` gives each language's names of
all labels, in the labels' own order.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from mmemo.labels import EMOTIONS, GOEMOTIONS, MEME_EMOTIONS, SENTIMENTS

PLACES = ("upper-left", "upper", "upper-right", "left", "middle", "right", "lower-left", "lower", "lower-right")
_FORMS = {
    "en": {
        "part": "the words|the picture|the face",
        "decision": "hateful|offensive",
        "emotion": "anger|disgust|fear|happiness|a neutral mood|sadness|surprise",
        "look": "looks angry|looks disgusted|looks frightened|looks happy|looks neutral|looks sad|looks surprised",
        "tone": "angry|disgusted|fearful|happy|matter-of-fact|sad|surprised",
        "sentiment": "negative|neutral|positive",
        "meme": "happiness|love|anger|sorrow|fear|hate|surprise",
        "text": "admiration|amusement|anger|annoyance|approval|caring|confusion|curiosity|desire|disappointment|"
        "disapproval|disgust|embarrassment|excitement|fear|gratitude|grief|joy|love|nervousness|optimism|pride|"
        "realization|relief|remorse|sadness|surprise|a neutral tone",
        "place": "the upper left|the top|the upper right|the left side|the middle|the right side|the lower left|"
        "the bottom|the lower right",
        "margin": "well|just",
        "and": " and ",
    },
    "de": {
        "part": "den Worten|dem Bild|dem Gesicht",
        "decision": "hasserfüllt|beleidigend",
        "emotion": "Wut|Ekel|Angst|Freude|eine neutrale Stimmung|Trauer|Überraschung",
        "look": "wirkt wütend|wirkt angewidert|wirkt verängstigt|wirkt fröhlich|wirkt neutral|wirkt traurig|"
        "wirkt überrascht",
        "tone": "wütend|angewidert|ängstlich|fröhlich|sachlich|traurig|überrascht",
        "sentiment": "negativ|neutral|positiv",
        "meme": "Freude|Liebe|Wut|Kummer|Angst|Hass|Überraschung",
        "text": "Bewunderung|Belustigung|Wut|Ärger|Zustimmung|Fürsorge|Verwirrung|Neugier|Verlangen|Enttäuschung|"
        "Missbilligung|Ekel|Scham|Begeisterung|Angst|Dankbarkeit|Leid|Heiterkeit|Liebe|Nervosität|Zuversicht|"
        "Stolz|Erkenntnis|Erleichterung|Reue|Traurigkeit|Überraschung|einen neutralen Ton",
        "place": "oben links|oben|oben rechts|links|in der Mitte|rechts|unten links|unten|unten rechts",
        "margin": "deutlich|knapp",
        "and": " und ",
    },
    "es": {
        "part": "las palabras|la imagen|la cara",
        "decision": "un mensaje de odio|ofensivo",
        "emotion": "el enfado|el asco|el miedo|la alegría|un ánimo neutro|la tristeza|la sorpresa",
        "look": "parece enfadada|parece asqueada|parece asustada|parece alegre|parece neutra|parece triste|"
        "parece sorprendida",
        "tone": "enfadadas|asqueadas|temerosas|alegres|neutras|tristes|sorprendidas",
        "sentiment": "negativo|neutro|positivo",
        "meme": "felicidad|amor|ira|pena|miedo|odio|sorpresa",
        "text": "admiración|diversión|ira|fastidio|aprobación|cariño|confusión|curiosidad|deseo|decepción|"
        "desaprobación|asco|vergüenza|entusiasmo|miedo|gratitud|duelo|gozo|amor|nerviosismo|optimismo|orgullo|"
        "revelación|alivio|remordimiento|tristeza|sorpresa|un tono neutro",
        "place": "la parte superior izquierda|la parte superior|la parte superior derecha|la parte izquierda|el centro|"
        "la parte derecha|la parte inferior izquierda|la parte inferior|la parte inferior derecha",
        "margin": "muy|justo",
        "and": " (?:y|e) ",
    },
}
_ORDER = {
    "part": ("text", "image", "face"),
    "decision": ("hateful", "offensive"),
    "emotion": EMOTIONS,
    "look": EMOTIONS,
    "tone": EMOTIONS,
    "sentiment": SENTIMENTS,
    "meme": MEME_EMOTIONS,
    "text": GOEMOTIONS,
    "place": PLACES,
    "margin": ("well", "just"),
}
LABELS = {
    language: {name: dict(zip(forms[name].split("|"), labels, strict=True)) for name, labels in _ORDER.items()}
    for language, forms in _FORMS.items()
}
"""Language -> kind of name -> what a sentence writes -> the project's label."""

_PERCENT = {
    "en": r"(?:under 1|over 99|\d\d?) %",
    "de": r"(?:unter 1|über 99|\d\d?) %",
    "es": r"(?:menos del 1|más del 99|\d\d?) %",
}
_POINTS = {
    "en": r"less than 1 point|1 point|\d+ points",
    "de": r"weniger als 1 Punkt|1 Punkt|\d+ Punkte",
    "es": r"menos de 1 punto|1 punto|\d+ puntos",
}
_MOVES = {
    "en": r"(?P<who>the words|the picture|the face) (?P<up>raises?)?(?P<down>lowers?)? it by (?P<points>{points})",
    "de": r"(?P<who>die Worte|das Bild|das Gesicht) (?P<up>heben|hebt)?(?P<down>senken|senkt)? ihn um "
    r"(?P<points>{points})",
    "es": r"(?P<who>las palabras|la imagen|la cara) la (?P<up>suben?)?(?P<down>bajan?)? (?P<points>{points})",
}
_WHO = {
    "the words": "text", "die Worte": "text", "las palabras": "text",
    "the picture": "image", "das Bild": "image", "la imagen": "image",
    "the face": "face", "das Gesicht": "face", "la cara": "face",
}  # fmt: skip
_SENTENCES: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text("utf-8"))
_QUOTES = {"en": "“”", "de": "„“", "es": "«»"}


@dataclass(frozen=True)
class Reading:
    """A sentence's kind and its parts as written; a part that the sentence lacks is None."""

    kind: str
    language: str
    parts: dict[str, str | None]

    def __getitem__(self, name: str) -> str | None:
        return self.parts.get(name)

    def label(self, name: str) -> str | None:
        """The project's label for a part that is named after its kind of name."""
        written = self.parts.get(name)
        return None if written is None else LABELS[self.language][name][written]


def _compiled(language: str) -> dict[str, re.Pattern[str]]:
    """Each sentence's pattern, its braces filled with what may stand there."""
    names = {name: "|".join(map(re.escape, labels)) for name, labels in LABELS[language].items()}
    percent, opening, closing = _PERCENT[language], *_QUOTES[language]
    word = f"{opening}[^{opening}{closing}]*{closing}"
    look = rf"(?:(?:{names['look']})(?: \({percent}\))?|{_SENTENCES[language]['unread']})"
    fields = {name: f"(?P<{name}>{forms})" for name, forms in names.items()}
    fields |= {name: f"(?P<{name}>{percent})" for name in ("percent", "threshold", "low", "high")}
    fields |= {name: f"(?P<{name}>{look})" for name in ("reading", "second", "third")}
    shared = rf"(?:{names['text']}) \({percent}\)"
    fields["emotions"] = f"(?P<emotions>{shared}(?:{_FORMS[language]['and']}{shared})?)"
    fields["parts"] = f"(?P<parts>(?:{names['part']})(?:(?:, |{_FORMS[language]['and']})(?:{names['part']}))*)"
    fields["quoted"] = f"(?P<quoted>{word}(?:(?:, |{_FORMS[language]['and']}){word})*)"
    patterns = {}
    for kind, text in _SENTENCES[language].items():
        for name, field in fields.items():
            text = text.replace(f"{{{name}}}", field)
        patterns[kind] = re.compile(text)
    return patterns


_PATTERNS = {language: _compiled(language) for language in _SENTENCES}


def read(sentence: str, language: str) -> Reading:
    """What a sentence says; an AssertionError for one that no pattern, or more than one, takes whole."""
    found = [
        Reading(kind, language, match.groupdict())
        for kind, pattern in _PATTERNS[language].items()
        if (match := pattern.fullmatch(sentence))
    ]
    assert len(found) == 1, f"{sentence!r} is read as {[reading.kind for reading in found]}"
    return found[0]


def parts_in(text: str, language: str) -> tuple[str, ...]:
    """Modalities of a list, in order."""
    names = LABELS[language]["part"]
    return tuple(names[item] for item in re.split(f", |{_FORMS[language]['and']}", text))


def moves_in(text: str, language: str) -> list[tuple[str, int, str]]:
    """Modality, direction (1 or -1) and points as written, in order; all of the text must be read."""
    pattern = re.compile(_MOVES[language].format(points=_POINTS[language]))
    rest = pattern.sub("", text)
    assert re.fullmatch(f"(?:, )*(?:{_FORMS[language]['and']})?", rest), rest
    moves = []
    for match in pattern.finditer(text):
        assert bool(match["up"]) != bool(match["down"]), text
        moves.append((_WHO[match["who"]], 1 if match["up"] else -1, match["points"]))
    return moves


def quoted_in(text: str, language: str) -> tuple[list[str], int]:
    """Quoted words in order, without the marks, and how many more are counted after them."""
    opening, closing = _QUOTES[language]
    words = re.findall(f"{opening}([^{opening}{closing}]*){closing}", text)
    rest = re.sub(f"{opening}[^{opening}{closing}]*{closing}|, ", "", text)
    rest = re.sub(_FORMS[language]["and"], "", rest)
    if not rest:
        return words, 0
    more = _PATTERNS[language]["more"].fullmatch(rest)
    assert more, text
    return words, int(more["count"] or 1)


def shares_in(text: str, name: str, language: str) -> list[tuple[str, str]]:
    """Labels with their percents as written, in order."""
    names = LABELS[language][name]
    forms = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return [(names[m[1]], m[2]) for m in re.finditer(rf"({forms}) \(({_PERCENT[language]})\)", text)]


def look_in(text: str, language: str) -> tuple[str | None, str | None]:
    """Emotion that a face is said to show, and its percents where they stand; None for an unread face."""
    if re.fullmatch(_SENTENCES[language]["unread"], text):
        return None, None
    look, _, share = text.partition(" (")
    return LABELS[language]["look"][look], share.rstrip(")") or None


def says_percent(written: str, value: float) -> bool:
    """Whether a written percent is what a probability rounds to."""
    digits = int(re.sub(r"\D", "", written))
    if not written[0].isdigit():
        return value < 0.01 if digits == 1 else value > 0.99
    return 0.01 <= value <= 0.99 and abs(value * 100 - digits) <= 0.5 + 1e-9


def says_points(written: str, value: float) -> bool:
    """Whether written points are what the amount of a difference rounds to."""
    digits = int(re.sub(r"\D", "", written))
    if not written[0].isdigit():
        return 0 < abs(value) * 100 <= 0.5 + 1e-9
    return abs(abs(value) * 100 - digits) <= 0.5 + 1e-9
