"""Whether words are Unicode, and whether in another language than English, from which the compact models learnt."""

import functools
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_WORD = re.compile(r"[^\W\d_]+")
_LINK = re.compile(r"https?://\S+|[@#]\w+")
FEW_WORDS = 3
MAX_ENGLISH, MAX_ENGLISH_OF_FEW = 0.01, 0.001
"""Foreign words have at most this probability of being English; the second is for few words, which tell little."""


def is_unicode(text: str) -> bool:
    """Whether it can be written as UTF-8; bytes that were not come in as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def is_foreign(text: str) -> bool:
    """Whether words are clearly in another language than English.

    Errs towards English: other languages in few words may pass for it. Repeated words, names of users, tags and links
    are no evidence.
    """
    plain = unicodedata.normalize("NFKC", text).lower()  # full-width English is English
    words = list(dict.fromkeys(_WORD.findall(_LINK.sub(" ", plain))))
    if not words:
        return False
    english = dict(_identifier().rank(" ".join(words)))["en"]
    return english < (MAX_ENGLISH_OF_FEW if len(words) <= FEW_WORDS else MAX_ENGLISH)


@functools.cache
def _identifier() -> "LanguageIdentifier":
    """Language identifier of py3langid, whose model is part of the package."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
