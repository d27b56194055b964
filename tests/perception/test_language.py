"""Which words count as clearly not English; example captions and slang do not."""

import json

import pytest

from mmemo.perception import is_foreign

FOREIGN = (
    "Ich liebe dich so sehr",
    "WENN DER CODE BEIM ERSTEN MAL LÄUFT",
    "Cuando el código funciona a la primera",
    "quand le code marche du premier coup",
    "quando il codice funziona al primo colpo",
    "Ik hou zoveel van jou",
    "Kocham cię bardzo",
    "Я тебя очень люблю",
    "我非常爱你",
    "أحبك كثيرا",
    "मैं तुमसे बहुत प्यार करता हूँ",
)
ENGLISH = (
    "when u see ur crush 😍",
    "I CAN HAS WEEKEND",
    "much wow very doge",
    "ha ha ha ha ha",
    "lol",
    "hello",
    "Angela Merkel met Emmanuel Macron in Paris",
)
SILENT = ("", "  ", "😂😂😂", "2024 !?", "@juan #feliz https://example.org/el/perro/come", "\x00\x01")


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_are_foreign(text):
    assert is_foreign(text)


@pytest.mark.parametrize("text", (*ENGLISH, *SILENT))
def test_english_and_what_has_no_words_is_not(text):
    assert not is_foreign(text)


def test_captions_of_the_examples_are_english(repository):
    examples = json.loads((repository / "mmemo/ui/examples/examples.json").read_text("utf-8"))
    captions = [text for example in examples for text in example.values() if isinstance(text, str)]
    assert captions
    assert not [caption for caption in captions if is_foreign(caption)]


def test_a_text_of_the_greatest_length_is_read():
    assert not is_foreign("so many words and no end " * 800)
