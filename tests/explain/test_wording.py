"""Wording: languages have the same messages and variables, none is unused, numbers and words are safe to show."""

import re
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

from mmemo.explain import wording as module
from mmemo.explain.wording import LANGUAGES, MAX_WORD_LENGTH, TEMPLATES, listing, percent, wording
from mmemo.labels import EMOTIONS, GOEMOTIONS, MEME_EMOTIONS, SENTIMENTS

PLURALS = {"zero", "one", "two", "few", "many", "other"}
QUOTES = {"en": "“”", "de": "„“", "es": "«»"}


class Uses(Visitor):
    """Variables, messages and variants that a message uses."""

    def __init__(self) -> None:
        super().__init__()
        self.variables: set[str] = set()
        self.messages: set[str] = set()
        self.variants: list[set[str]] = []

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 - the visitor's name
        self.variables.add(node.id.name)

    def visit_MessageReference(self, node: ast.MessageReference) -> None:  # noqa: N802
        self.messages.add(node.id.name)

    def visit_SelectExpression(self, node: ast.SelectExpression) -> None:  # noqa: N802
        self.variants.append({getattr(item.key, "name", None) or item.key.value for item in node.variants} - PLURALS)
        self.generic_visit(node)


def messages_of(language: str) -> dict[str, Uses]:
    """Message to what it uses; an AssertionError for lines that are not understood."""
    found = {}
    for entry in FluentParser().parse((TEMPLATES / f"{language}.ftl").read_text("utf-8")).body:
        assert not isinstance(entry, ast.Junk), entry.content
        if isinstance(entry, ast.Message):
            assert entry.id.name not in found, f"{entry.id.name} stands twice"
            found[entry.id.name] = Uses()
            found[entry.id.name].visit(entry)
    return found


def test_each_language_has_a_template() -> None:
    assert sorted(path.stem for path in TEMPLATES.glob("*.ftl")) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_languages_have_the_same_messages_variables_and_variants(language: str) -> None:
    english, other = messages_of("en"), messages_of(language)
    assert list(other) == list(english)
    for name, uses in english.items():
        assert (other[name].variables, other[name].messages) == (uses.variables, uses.messages), name
        assert other[name].variants == uses.variants, name


def test_no_message_is_unused() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(module.__file__).parent.glob("*.py"))
    named = set(re.findall(r'"([a-z][a-z-]*)"', source))
    messages = messages_of("en")
    referred = set[str]().union(*(uses.messages for uses in messages.values()))
    assert [name for name in messages if name not in named | referred] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("message", "variable", "labels"),
    [
        ("text-emotion", "emotion", GOEMOTIONS),
        ("emotion", "emotion", EMOTIONS),
        ("face-looks", "emotion", EMOTIONS),
        ("words-tone", "emotion", EMOTIONS),
        ("meme-emotion", "emotion", MEME_EMOTIONS),
        ("sentiment", "sentiment", SENTIMENTS),
        ("decision", "label", ("hateful", "offensive")),
        ("part", "modality", ("text", "image", "face")),
    ],
)
def test_every_label_has_a_name_of_its_own(language: str, message: str, variable: str, labels: tuple[str, ...]) -> None:
    variants = messages_of(language)[message].variants
    assert variants == [set(labels)]
    assert len({wording(language).say(message, **{variable: label}) for label in labels}) == len(labels)


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotation_marks_stand_around_the_words_of_the_meme_only(language: str) -> None:
    lines = (TEMPLATES / f"{language}.ftl").read_text("utf-8").splitlines()
    opening, closing = QUOTES[language]
    assert [line for line in lines if set(line) & set("“”„«»")] == [f"quoted = {opening}{{ $word }}{closing}"]


@pytest.mark.parametrize("language", ["fr", "EN", "", "en-GB"])
def test_unknown_language_names_the_accepted_ones(language: str) -> None:
    with pytest.raises(ValueError, match=f"unknown language '{language}': expected one of en, de, es"):
        wording(language)


@pytest.mark.parametrize(
    ("probability", "texts"),
    [
        (0.001, ("under 1 %", "unter 1 %", "menos del 1 %")),
        (0.0149, ("1 %", "1 %", "1 %")),
        (0.5, ("50 %", "50 %", "50 %")),
        (0.99, ("99 %", "99 %", "99 %")),
        (0.999, ("over 99 %", "über 99 %", "más del 99 %")),
    ],
)
def test_percent_never_claims_certainty(probability: float, texts: tuple[str, ...]) -> None:
    assert tuple(percent(probability, language) for language in LANGUAGES) == texts
    assert percent(probability) == texts[0]


@pytest.mark.parametrize(
    ("difference", "texts"),
    [
        (0.004, ("less than 1 point", "weniger als 1 Punkt", "menos de 1 punto")),
        (-0.012, ("1 point", "1 Punkt", "1 punto")),
        (0.31, ("31 points", "31 Punkte", "31 puntos")),
    ],
)
def test_points_have_plurals(difference: float, texts: tuple[str, ...]) -> None:
    assert tuple(wording(language).points(difference) for language in LANGUAGES) == texts


@pytest.mark.parametrize(
    ("items", "texts"),
    [
        (["a"], ("a", "a", "a")),
        (["a", "b"], ("a and b", "a und b", "a y b")),
        (["a", "b", "c"], ("a, b and c", "a, b und c", "a, b y c")),
        (["a", "b", "ira"], ("a, b and ira", "a, b und ira", "a, b e ira")),
        (["a", "«Hijo»"], ("a and «Hijo»", "a und «Hijo»", "a e «Hijo»")),
        (["a", "hielo"], ("a and hielo", "a und hielo", "a y hielo")),
    ],
)
def test_listing_joins(items: list[str], texts: tuple[str, ...]) -> None:
    assert tuple(listing(items, language) for language in LANGUAGES) == texts
    assert listing(items) == texts[0]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("hate", "“hate”"),
        ("it's", "“it's”"),
        ("“a”«b»", "“a''b”"),
        ("you,", "“you”"),
        ("(why?!)", "“why”"),
        ("?!", "“?!”"),
        ("#sad", "“#sad”"),
        ("\033[31mred\u202e\n", "“31mred”"),
        ("{ $word }", "“{ $word }”"),
        ("שלום", "“\u2068שלום\u2069”"),
        ("a" * 99, f"“{'a' * (MAX_WORD_LENGTH - 1)}…”"),
        ("😀", "“😀”"),
    ],
)
def test_quote_keeps_words_from_steering_the_page(word: str, text: str) -> None:
    assert wording("en").quote(word) == text


@pytest.mark.parametrize(("message", "values"), [("quoted", {}), ("no-such-message", {})])
def test_say_refuses_what_it_cannot_fill_in(message: str, values: dict[str, str]) -> None:
    with pytest.raises(LookupError, match=message.split("-")[0]):
        wording("en").say(message, **values)
