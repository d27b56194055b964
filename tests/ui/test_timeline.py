"""The last minute: what is kept of it, and what is drawn."""

import re

import pytest

from mmemo.ui.texts import ENGLISH
from mmemo.ui.timeline import HEIGHT, SPAN_S, WIDTH, mean_shares, remember, timeline
from tests.ui.reading import Reader

HALVES = {"angry": 0.25, "happy": 0.75}


def filmed(times):
    history = ()
    for at_s in times:
        history = remember(history, at_s, HALVES)
    return history


def points(html: str, label: str) -> list[tuple[float, float]]:
    path = re.search(rf'fill:var\(--mm-{label}\)" d="([^"]*)"', html).group(1)
    return [tuple(map(float, pair.split())) for pair in re.split("[MLZ]+", path) if pair]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0.0, 0.1, 0.4], [0.0]),
        ([0.0, 0.5, 0.9, 1.0], [0.0, 0.5, 1.0]),
        ([0.0, 30.0, SPAN_S + 1], [30.0, SPAN_S + 1]),
    ],
    ids=["close", "sampled", "old"],
)
def test_remember_samples_the_last_minute(times, expected):
    assert [at_s for at_s, _ in filmed(times)] == expected


def test_remember_keeps_no_moment_without_a_face():
    assert remember((), 1.0, {}) == ()
    assert remember(filmed([1.0]), 2.0, {}) == filmed([1.0])


def test_timeline_is_bounded_however_long_the_stream():
    assert len(filmed([index * 0.1 for index in range(5000)])) <= SPAN_S / 0.5 + 1


def test_bands_lie_on_each_other_and_end_now():
    html = timeline(filmed([0.0, 1.0, 2.0]), 2.0, ENGLISH)
    angry, happy = points(html, "angry"), points(html, "happy")
    assert max(x for x, _ in angry) == WIDTH
    assert {y for _, y in angry} == {HEIGHT, HEIGHT * 0.75}
    assert {y for _, y in happy} == {HEIGHT * 0.75, 0.0}


def test_gaps_stay_empty():
    html = timeline(filmed([0.0, 1.0, 20.0, 21.0]), 21.0, ENGLISH)
    assert re.search(r'--mm-happy\)" d="([^"]*)"', html).group(1).count("Z") == 2


def test_timeline_says_what_it_shows():
    read = Reader(timeline(filmed([0.0, 1.0]), 1.0, ENGLISH))
    names = [attributes.get("aria-label") for _, attributes in read.elements]
    assert "Shares over the last minute: happy 75 %, angry 25 %." in names
    assert mean_shares(filmed([0.0, 1.0])) == [("happy", 0.75), ("angry", 0.25)]


def test_timeline_without_history_says_so():
    assert ENGLISH.TIMELINE_EMPTY in timeline((), 5.0, ENGLISH)
