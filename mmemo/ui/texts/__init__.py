"""All words of the interface: one file for each language.

`en.py` names and documents every text; another language is a file with a class that says them again, and its line in
`LANGUAGES`. Whoever shows something takes a `texts: Texts` and reads its attributes; nothing else knows the language.

Exports `Texts`, `ENGLISH`, `LANGUAGES`.
"""

from collections.abc import Mapping

from mmemo.ui.texts.de import German
from mmemo.ui.texts.en import Texts
from mmemo.ui.texts.es import Spanish

ENGLISH = Texts()

LANGUAGES: Mapping[str, Texts] = {texts.CODE: texts for texts in (ENGLISH, German(), Spanish())}
"""Language code to its texts, English first."""

__all__ = ["ENGLISH", "LANGUAGES", "Texts"]
