"""The benchmark of reading words: what it counts, and that its report holds every figure."""

import pytest

from benchmarks.reading import KINDS, SETS, Reading, found, read_lines, render, words
from mmemo.data import Example
from mmemo.perception import TextReader
from tests.perception.drawing import draw_meme


def test_words_and_found_count_words_without_marks():
    assert words("I'm HERE, you... 2!") == ["i'm", "here", "you", "2"]
    assert found(["look at me", "this"], ["LOOK at him", "that, that"]) == pytest.approx(2 / 5)


def test_lines_are_read_as_they_come(tmp_path):
    path = tmp_path / "meme.png"
    draw_meme("SOIBECAMEAFROG").save(path)
    example = Example(id="1", text="so I became a frog", image=path, labels={})
    assert read_lines(TextReader(), example) == ["SOIBECAMEAFROG"]
    assert TextReader().read(draw_meme("SOIBECAMEAFROG")).value == "SO I BECAME A FROG"


def test_report_holds_every_figure():
    results = {
        dataset: {kind: Reading(error=0.125, found=0.75, auc=0.5 + number / 8) for number, kind in enumerate(KINDS)}
        for dataset, _ in SETS
    }
    report = render(results, {"commit": "abc1234", "processor": "x86_64, 2 cores", "date": "2026-01-01"})
    for dataset, task in SETS:
        assert f"| {dataset}, `{task}` | given |  |  | 0.500 |" in report
        assert f"| {dataset}, `{task}` | read, spaces put back | 0.125 | 75.0% | 0.750 |" in report
