"""Messages, numbers and lists of an explanation in each language.

The texts stand in `templates/LANGUAGE.ftl` and nowhere else. Project Fluent fills them and picks plurals, Babel writes
numbers and lists. Conventions: probabilities are whole percents, never 0 % or 100 %; both libraries are imported when
the first sentence is made.
"""

import functools
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES: tuple[str, ...] = ("en", "de", "es")
_LOCALES = {"en": "en-GB"}
"""Where the locale is not the language's own: British lists have no comma before the last item."""
_SPANISH_I = re.compile(r"«?h?i(?![aeou])", re.IGNORECASE)
"""Before this sound `y` becomes `e`."""
MAX_WORD_LENGTH = 40
_QUOTATION_MARKS = dict.fromkeys(map(ord, "“”„«»"), "'")
_MARKS = " .,;:!?¡¿…'\"()[]"
"""What is left out at the ends of a word, unless it is all that there is."""


class Wording:
    """What stands in one language's template."""

    def __init__(self, language: str) -> None:
        """Read a template; see `wording`, which keeps it."""
        from babel import Locale
        from fluent.runtime import FluentBundle, FluentResource

        locale = _LOCALES.get(language, language)
        self.language = language
        self._locale = Locale.parse(locale, sep="-")
        self._bundle = FluentBundle([locale], use_isolating=False)
        self._bundle.add_resource(FluentResource((TEMPLATES / f"{language}.ftl").read_text("utf-8")))

    def say(self, message: str, /, **values: str | int) -> str:
        """A message with its variables filled in.

        Raises:
            LookupError: There is no such message, or a variable is missing.
        """
        pattern = self._bundle.get_message(message).value
        if pattern is None:
            raise LookupError(f"message {message!r} has no text in {self.language!r}")
        text, errors = self._bundle.format_pattern(pattern, values)
        if errors:
            raise LookupError(f"message {message!r} in {self.language!r}: {errors[0]}")
        return str(text)

    def percent(self, probability: float) -> str:
        """A probability for people: whole percents, never claiming 0 % or 100 %."""
        from babel.numbers import format_percent

        if probability < 0.01:
            return self.say("under-one-percent")
        if probability > 0.99:
            return self.say("over-ninety-nine-percent")
        return format_percent(probability, format="0 %", locale=self._locale)

    def points(self, difference: float) -> str:
        """A difference of probabilities in percent points, without its sign."""
        return self.say("points", count=round(abs(difference) * 100))

    def decimal(self, value: float) -> str:
        """A number with two decimals."""
        from babel.numbers import format_decimal

        return format_decimal(value, format="0.00", locale=self._locale)

    def listing(self, items: Sequence[str]) -> str:
        """`a`, `a and b`, `a, b and c`."""
        from babel.lists import format_list

        text = format_list(items, locale=self._locale)
        if self.language == "es" and len(items) > 1 and _SPANISH_I.match(items[-1]):  # which Babel does not know
            return f"{text[: -len(items[-1])].removesuffix(' y ')} e {items[-1]}"
        return text

    def quote(self, word: str) -> str:
        """A word of the meme in quotation marks, which no other part of a sentence has.

        It is shown as `plain_word` gives it; one that runs from right to left is set apart, so that it does not turn
        the sentence around it.
        """
        plain = plain_word(word)
        if any(unicodedata.bidirectional(character) in ("R", "AL") for character in plain):
            plain = f"\N{FIRST STRONG ISOLATE}{plain}\N{POP DIRECTIONAL ISOLATE}"
        return self.say("quoted", word=plain)


def plain_word(word: str) -> str:
    """A word of the meme as it may be shown: without control and format characters and the marks around it, and cut."""
    plain = "".join(character for character in word if character.isprintable()).translate(_QUOTATION_MARKS)
    plain = plain.strip(_MARKS) or plain
    return plain if len(plain) <= MAX_WORD_LENGTH else f"{plain[: MAX_WORD_LENGTH - 1]}…"


@functools.cache
def _wording(language: str) -> Wording:
    return Wording(language)


def wording(language: str) -> Wording:
    """The wording of a language.

    Raises:
        ValueError: It is none of `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise ValueError(f"unknown language {language!r}: expected one of {', '.join(LANGUAGES)}")
    return _wording(language)


def percent(probability: float, language: str = "en") -> str:
    """A probability for people: whole percents, never claiming 0 % or 100 %."""
    return wording(language).percent(probability)


def listing(items: Sequence[str], language: str = "en") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return wording(language).listing(items)
