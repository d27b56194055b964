"""Smoothing over time, and what a stream remembers."""

import dataclasses

import pytest
from PIL import Image

from mmemo.ui import live_tab
from mmemo.ui.live_tab import LiveState, next_state, smooth
from mmemo.ui.texts import ENGLISH


@pytest.mark.parametrize(
    ("elapsed_s", "half_life_s", "expected"),
    [(0.0, 1.0, 1.0), (1.0, 1.0, 0.5), (2.0, 1.0, 0.25), (3.0, 6.0, 0.5**0.5), (0.1, 0.0, 0.0), (-1.0, 1.0, 1.0)],
)
def test_smooth_halves_the_past_every_half_life(elapsed_s, half_life_s, expected):
    found = smooth({"a": 1.0, "b": 0.0}, {"a": 0.0, "b": 1.0}, elapsed_s, half_life_s)
    assert found == pytest.approx({"a": expected, "b": 1.0 - expected})


def test_smooth_does_not_depend_on_the_frame_rate():
    newest = {"a": 0.0, "b": 1.0}
    slow = smooth({"a": 1.0, "b": 0.0}, newest, 1.0, 2.0)
    fast = {"a": 1.0, "b": 0.0}
    for _ in range(10):
        fast = smooth(fast, newest, 0.1, 2.0)
    assert fast == pytest.approx(slow)


def test_smooth_starts_with_the_newest():
    assert smooth({}, {"a": 0.3, "b": 0.7}, 0.0, 5.0) == {"a": 0.3, "b": 0.7}


def test_state_holds_the_last_emotion_for_a_moment(analysis):
    blank = dataclasses.replace(analysis, emotion=None, faces=())
    first = next_state(LiveState(), analysis, 10.0, 1.0)
    assert first.scores == analysis.emotion.scores
    held = next_state(first, blank, 10.0 + live_tab.HOLD_S, 1.0)
    assert held.scores == first.scores
    assert next_state(held, blank, 10.1 + live_tab.HOLD_S, 1.0).scores == {}


def test_state_measures_the_rate(analysis):
    state = LiveState()
    for index in range(20):
        state = next_state(state, analysis, index * 0.2, 1.0)
    assert state.num_frames == 20
    assert state.interval_s == pytest.approx(0.2)
    assert "5.0 frames a second" in live_tab.live_view(Image.new("RGB", (200, 100)), analysis, state, ENGLISH)


def test_state_keeps_numbers_only(analysis):
    state = next_state(LiveState(), analysis, 1.0, 1.0)
    assert all(isinstance(value, (int, float, dict, tuple, type(None))) for value in vars(state).values())
    assert state.history == ((1.0, state.scores),)
