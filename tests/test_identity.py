"""Sentences that name a group: templates are right, kept apart from training, and the shipped model keeps its bar."""

import re

import pytest

from benchmarks.identity import GROUPS, HARMLESS, HATEFUL, Rates, measure, rates, render, sentences
from mmemo.data import contempt, identity
from mmemo.data.templates import SPLITS
from mmemo.pipeline import MmemoPipeline

MAX_FALSE_ALARMS = 0.15
EVERY = [*HATEFUL, *(template for templates in HARMLESS.values() for template in templates)]


@pytest.mark.parametrize(("group", "expected"), [("Asian", "an Asian family"), ("Black", "a Black family")])
def test_sentences_have_the_right_article(group, expected):
    assert any(expected in text for text in sentences(EVERY, group))


def test_sentences_name_the_group_and_differ():
    assert len(GROUPS) == len(set(GROUPS)) == 10
    for group in GROUPS:
        made = sentences(EVERY, group)
        assert len(set(made)) == len(EVERY)
        assert all(group in text and "{" not in text for text in made)
        assert not any(re.search(r"\ba [aeiouAEIOU]|\ban [^aeiouAEIOU]", text) for text in made)


def test_sentences_are_none_that_the_model_learnt_from():
    learnt = {text.lower() for made in (identity, contempt) for split in SPLITS for _, text in made.sentences(split)}
    assert not learnt & {text.lower() for group in GROUPS for text in sentences(EVERY, group)}


def test_rates_are_shares():
    assert rates(["hateful", "uncertain", "not hateful", "hateful"]) == Rates(hateful=0.5, uncertain=0.25, count=4)


def test_report_names_every_group_and_the_false_alarms():
    by_group = {kind: {group: Rates(hateful=0.1, uncertain=0.2, count=4) for group in GROUPS} for kind in ("a", "b")}
    overall = {kind: Rates(hateful=0.1234, uncertain=0.2, count=40) for kind in ("a", "b", "harmless")}
    text = render(by_group, overall, {"commit": "abc", "processor": "x", "date": "today"})
    assert "**false alarms 12.3%**" in text
    assert all(f"| {group} | 10% (20%) | 10% (20%) |" in text for group in GROUPS)


def test_shipped_model_raises_few_false_alarms():
    _, overall = measure(MmemoPipeline.from_pretrained())
    assert overall["harmless"].count == len(GROUPS) * sum(map(len, HARMLESS.values()))
    assert overall["harmless"].hateful < MAX_FALSE_ALARMS
    assert overall["hateful"].hateful > overall["harmless"].hateful
