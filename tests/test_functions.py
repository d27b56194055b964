"""Functional test of hate in words: templates are right, kept apart from training, and the model keeps its bar."""

import re
from string import Formatter

import pytest

from benchmarks import identity as alarms
from benchmarks.functions import (
    EXPECTED,
    FORMS,
    FUNCTIONALITIES,
    GROUPS,
    Judged,
    by_functionality,
    by_half,
    fill,
    measure,
    render,
    score,
    sentences,
)
from mmemo.data import contempt, identity
from mmemo.data.templates import SPLITS
from mmemo.pipeline import MmemoPipeline
from mmemo.results import Decision

MAX_ALIKE = 0.6
"""Share of the words of two templates that may be the same."""
LEARNT = [
    template
    for split in SPLITS
    for templates in (*contempt.templates(split).values(), identity.HARMLESS[split], identity.HATEFUL[split])
    for template in templates
]
MIN_ACCURACY = 0.768
NUM_FUNCTIONALITIES = {"hateful": 11, "not hateful": 11}


def words(text: str) -> str:
    """Letters and digits only, so that case, points and spaces make no difference."""
    return re.sub(r"\W+", "", text.lower())


def judged(probability: float) -> list[Judged]:
    decision = Decision(
        label="hateful", probability=probability, threshold=0.5, uncertain_band=(0.4, 0.6), modalities=("text",)
    )
    return [Judged(sentence=sentence, decision=decision) for sentence in sentences()]


def test_functionalities_expect_a_verdict_and_have_names_of_their_own():
    assert len({kind.id for kind in FUNCTIONALITIES}) == len(FUNCTIONALITIES)
    assert {half: sum(kind.expected == half for kind in FUNCTIONALITIES) for half in EXPECTED} == NUM_FUNCTIONALITIES


@pytest.mark.parametrize("kind", FUNCTIONALITIES, ids=lambda kind: kind.id)
def test_functionality_has_its_templates(kind):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.id)
    assert kind.summary and "\n" not in kind.summary
    places = [{name for _, name, _, _ in Formatter().parse(template) if name} for template in kind.templates]
    assert all(names <= {*FORMS, "Plural"} for names in places)
    assert all(places) or not any(places)
    fewest, most = (5, 8) if any(places) else (15, 20)
    assert fewest <= len(kind.templates) <= most


def test_groups_have_the_right_article():
    assert len(GROUPS) == 10
    for name, forms in GROUPS.items():
        assert name == forms["plural"]
        assert all(re.match(r"an [aeiouAEIOU]|a [^aeiouAEIOU]", forms[form]) for form in ("article", "person"))
        assert forms["article"].endswith(f" {forms['adjective']}")


def test_sentences_are_well_formed_and_differ():
    texts = [sentence.text for sentence in sentences()]
    assert len({words(text) for text in texts}) == len(texts)
    for text in texts:
        assert "{" not in text and "}" not in text
        assert text == text.strip() and "  " not in text
        assert not re.search(r"\b[aA] [aeioAEIO]|\b[aA]n [^aeiouAEIOU]", text), text
        assert 4 <= len(text.split()) <= 25, text


@pytest.mark.parametrize(
    ("template", "group", "expected"),
    [
        ("{article} cook", "immigrants", "an immigrant cook"),
        ("{Plural} cook.", "women", "Women cook."),
        ("{person} cooks", "Sikhs", "a Sikh cooks"),
        ("nobody cooks", None, "nobody cooks"),
    ],
)
def test_fill_puts_a_group_where_the_template_has_a_place(template, group, expected):
    assert fill(template)[group] == expected


def wording(template: str) -> frozenset[str]:
    """Words of a template, whatever it says of a group counted as the same one."""
    return frozenset(
        re.findall(r"[a-z'@]+", re.sub(r"\{\w+\}( (people|person|man|men|women|woman)\b)?", "@", template).lower())
    )


def test_sentences_are_none_that_the_model_learnt_from():
    learnt = [text for made in (identity, contempt) for split in SPLITS for _, text in made.sentences(split)]
    assert not {words(text) for text in learnt} & {words(sentence.text) for sentence in sentences()}


def test_templates_are_worded_unlike_those_that_the_model_learns_from():
    asked = {template: wording(template) for kind in FUNCTIONALITIES for template in kind.templates}
    for template in LEARNT:
        learnt = wording(template)
        alike = [other for other, found in asked.items() if len(learnt & found) > MAX_ALIKE * len(learnt | found)]
        assert not alike, template


def test_sentences_are_none_of_the_false_alarms():
    every = [*alarms.HATEFUL, *(template for templates in alarms.HARMLESS.values() for template in templates)]
    names = (*alarms.GROUPS, *(forms["adjective"] for forms in GROUPS.values()))
    other = {words(text) for name in names for text in alarms.sentences(every, name)}
    assert not other & {words(sentence.text) for sentence in sentences()}


@pytest.mark.parametrize(
    ("probability", "hateful", "accuracy"),
    [
        (0.9, (1.0, 0.0, 0.0), 1.0),
        (0.55, (0.0, 1.0, 0.0), 1.0),
        (0.45, (0.0, 1.0, 0.0), 0.0),
        (0.1, (0.0, 0.0, 1.0), 0.0),
    ],
)
def test_score_counts_with_and_without_the_band(probability, hateful, accuracy):
    halves = by_half(judged(probability))
    assert halves["all hateful"].shares == hateful
    assert halves["all hateful"].accuracy == accuracy
    assert halves["all not hateful"].accuracy == 1 - accuracy
    assert halves["everything"] == score(judged(probability))


def test_report_has_every_functionality_and_group():
    items = judged(0.9)
    text = render(items, {"commit": "abc", "processor": "x", "date": "today"})
    scores = by_functionality(items)
    for kind in FUNCTIONALITIES:
        shares = "100% | 0% | 0%" if kind.expected == "hateful" else "0% | 0% | 100%"
        count = scores[kind.id].verdicts.count
        assert f"| `{kind.id}`: {kind.summary} | {kind.expected} | {count} | {shares} |" in text
    assert all(f"| {group} | 100% / 0% / 0% | 0% / 0% / 100% |" in text for group in GROUPS)
    assert "all hateful 100.0%, all not hateful 0.0%" in text
    assert text.endswith("Measured at commit abc on x, today.\n")


def test_shipped_model_keeps_its_accuracy():
    assert by_half(measure(MmemoPipeline.from_pretrained()))["everything"].accuracy > MIN_ACCURACY
