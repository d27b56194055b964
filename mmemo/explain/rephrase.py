"""Another wording of an explanation by a language model, kept only if it claims the same.

The model sees the sentences with the meme's own words taken out: a letter in brackets, such as `[A]`, stands for each,
so that nothing a meme says can instruct it. What it writes is held against the sentences (`claims.difference`), and
the words are put back where their letters stand.
"""

import dataclasses
import re
import threading
from collections.abc import Callable
from string import ascii_uppercase
from typing import Any

from jinja2 import TemplateError

from mmemo.explain.claims import difference
from mmemo.results import REPHRASING_KEPT, Explanation

Generator = Callable[..., Any]
"""A `transformers.TextGenerationPipeline`, or what is called like one."""

MAX_NEW_TOKENS = 512
LANGUAGE_NAMES = {"en": "English", "de": "German", "es": "Spanish"}
INSTRUCTIONS = (
    "Rewrite the text below in {language} so that it reads well, as one paragraph. Keep every number, label and "
    "negation as it is. A letter in brackets, such as [A], stands for a word: keep it as it is. Add nothing. Answer "
    "with the paragraph alone."
)

_QUOTED = re.compile(r"“[^“”]*”|„[^„“]*“|«[^«»]*»")
_LETTER = re.compile(r"\[[^\]]*\]")
_THOUGHTS = re.compile(r"<think>.*?</think>", re.DOTALL)


class Rephraser:
    """Asks a language model for another wording of explanations.

    Example:
        >>> rephrase = Rephraser(transformers.pipeline("text-generation", "a-model"))
        >>> rephrase(analysis.explanation).text
    """

    def __init__(self, generator: Generator) -> None:
        """Take a text generation pipeline of transformers; one whose tokenizer has a chat template is asked in chat."""
        self.generator, self._lock = generator, threading.Lock()
        self._is_chat = bool(getattr(getattr(generator, "tokenizer", None), "chat_template", None))

    def __call__(self, explanation: Explanation) -> Explanation:
        """The explanation with the model's wording in `rephrased`, or with the reason against it in `rephrasing`."""
        original, letters = without_words(" ".join(sentence.text for sentence in explanation.sentences))
        try:
            written = self._ask(original, explanation.language)
        except (RuntimeError, ValueError, IndexError, TemplateError) as error:  # such as of a text that is too long
            first_line = (str(error).strip().splitlines() or [type(error).__name__])[0]
            return dataclasses.replace(explanation, rephrasing=f"the language model failed: {first_line}")
        reason = difference(original, written, explanation.language)
        unknown = [letter for letter in _LETTER.findall(written) if letter not in letters]
        if reason is None and unknown:
            reason = f"it has brackets of its own: {unknown[0]}"
        if reason is None and _QUOTED.search(written):
            reason = "it quotes words of its own"
        if reason is not None:
            return dataclasses.replace(explanation, rephrased=None, rephrasing=reason)
        text = _LETTER.sub(lambda match: letters[match[0]], written)
        return dataclasses.replace(explanation, rephrased=text, rephrasing=REPHRASING_KEPT)

    def _ask(self, text: str, language: str) -> str:
        """What the model writes, as one line."""
        task = INSTRUCTIONS.format(language=LANGUAGE_NAMES[language])
        prompt: Any = f"{task}\n\nText: {text}\n\nParagraph:"
        if self._is_chat:
            prompt = [{"role": "user", "content": prompt}]  # not every template has a place for a system's turn
        options = {"max_new_tokens": MAX_NEW_TOKENS, "do_sample": False, "return_full_text": False}
        with self._lock:
            (answer,) = self.generator(prompt, **options)
        return " ".join(_THOUGHTS.sub(" ", answer["generated_text"]).split())


def without_words(text: str) -> tuple[str, dict[str, str]]:
    """The text with a letter in brackets for each quoted word, and what each letter stands for."""
    letters: dict[str, str] = {}

    def letter(match: re.Match[str]) -> str:
        known = {word: name for name, word in letters.items()}
        name = known.get(match[0], f"[{ascii_uppercase[len(letters)]}]")
        letters[name] = match[0]
        return name

    return _QUOTED.sub(letter, text), letters
