"""Exact Shapley values of the modalities: how much of a score each of them carries (Shapley 1953).

Conventions: a coalition is a frozenset of modalities; its value is the score with those given and the others missing.
The values add up to the score of all minus the score of none.
"""

import math
from collections.abc import Collection, Mapping
from itertools import combinations

Coalition = frozenset[str]


def coalitions(players: Collection[str]) -> list[Coalition]:
    """All 2^M subsets, the empty one first and the whole last."""
    return [frozenset(chosen) for size in range(len(players) + 1) for chosen in combinations(sorted(players), size)]


def shapley_values(players: Collection[str], values: Mapping[Coalition, float]) -> dict[str, float]:
    """Share of each player, in their order.

    Args:
        players: Such as the modalities that are present.
        values: Value of every coalition of them.

    Raises:
        ValueError: A coalition has no value.
    """
    missing = [sorted(coalition) for coalition in coalitions(players) if coalition not in values]
    if missing:
        raise ValueError(f"expected a value for each of {2 ** len(players)} coalitions, got none for {missing}")
    total, shares = math.factorial(len(players)), dict.fromkeys(players, 0.0)
    for player in shares:
        others = [name for name in shares if name != player]
        for without in coalitions(others):
            weight = math.factorial(len(without)) * math.factorial(len(others) - len(without)) / total
            shares[player] += weight * (values[without | {player}] - values[without])
    return shares


__all__ = ["Coalition", "coalitions", "shapley_values"]
