"""Shapley values: they share out the whole score, fairly, and refuse an incomplete game."""

import random

import pytest

from mmemo.explain.shapley import coalitions, shapley_values

PLAYERS = ("text", "image", "face")


def game(seed: int, players: tuple[str, ...] = PLAYERS) -> dict[frozenset[str], float]:
    rng = random.Random(seed)
    return {coalition: rng.random() for coalition in coalitions(players)}


def test_coalitions_are_all_subsets_smallest_first():
    found = coalitions(("b", "a"))
    assert found == [frozenset(), frozenset("a"), frozenset("b"), frozenset("ab")]
    assert len(set(coalitions(PLAYERS))) == 8


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("seed", range(5))
def test_shares_add_up_to_the_difference(seed, count):
    players = PLAYERS[:count]
    values = game(seed, players)
    shares = shapley_values(players, values)
    assert tuple(shares) == players
    assert sum(shares.values()) == pytest.approx(values[frozenset(players)] - values[frozenset()], abs=1e-12)


def test_known_game():
    values = {frozenset(): 0.0, frozenset({"a"}): 1.0, frozenset({"b"}): 2.0, frozenset({"a", "b"}): 5.0}
    assert shapley_values(("a", "b"), values) == pytest.approx({"a": 2.0, "b": 3.0})


def test_a_player_who_adds_nothing_gets_nothing_and_twins_get_the_same():
    values = {coalition: float(bool(coalition & {"text", "image"})) for coalition in coalitions(PLAYERS)}
    shares = shapley_values(PLAYERS, values)
    assert shares["face"] == pytest.approx(0.0)
    assert shares["text"] == pytest.approx(shares["image"])


def test_a_missing_coalition_is_refused():
    values = game(0)
    del values[frozenset({"text", "face"})]
    with pytest.raises(
        ValueError, match=r"expected a value for each of 8 coalitions, got none for \[\['face', 'text'\]\]"
    ):
        shapley_values(PLAYERS, values)
