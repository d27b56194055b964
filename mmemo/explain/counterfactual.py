"""What would change a verdict: the fewest words found whose removal does, checked by running the model without them.

The search is greedy: words in the order in which they speak for the verdict, taken away one after another until it
changes, then as many of them put back as can be. Single words are tried first. Every answer was run.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mmemo.explain.words import text_without
from mmemo.results import Counterfactual, Verdict, WordWeight

MAX_WORDS = 10
"""Words that are taken away at most; fewer of long texts, see `WORD_RUNS`."""
MIN_WORDS = 4
WORD_RUNS = 300
"""Words of a text times words that are taken away, which bounds the time for long texts."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the model says of a text: the probability of the explained label, and the verdict."""

    probability: float
    verdict: Verdict


Run = Callable[[list[str]], list[Outcome | None]]
"""Outcomes of several texts, in one batch; None where nothing is left that can be judged."""
Change = tuple[frozenset[int], Outcome]
"""Words that were taken away, and what the model says without them."""


def find_counterfactual(
    words: Sequence[WordWeight], verdict: Verdict, run: Run, *, is_raised: bool
) -> Counterfactual | None:
    """The fewest words found whose removal gives another verdict; None when none was found.

    At most three batches of `run`, of fewer than `2 * MAX_WORDS` texts each.

    Args:
        words: Words with their weights, in the order of the text.
        verdict: On all of them.
        run: Asks the model.
        is_raised: Whether the verdict stands on a high score, so that words which raise it are to go; else those that
            lower it.
    """
    sign = 1 if is_raised else -1
    speaking = [place for place, word in enumerate(words) if sign * word.weight > 0]
    limit = max(MIN_WORDS, min(MAX_WORDS, WORD_RUNS // max(1, len(words))))
    order = sorted(speaking, key=lambda place: -sign * words[place].weight)[:limit]
    singles = [frozenset({place}) for place in order]
    prefixes = [frozenset(order[:size]) for size in range(2, len(order) + 1)]
    candidates = [removed for removed in singles + prefixes if len(removed) < len(words)]  # something is to remain
    found = next(_changing(words, verdict, run, candidates), None)
    if found is None:
        return None
    if len(found[0]) > 2:
        found = _fewer(words, verdict, run, found, weakest_first=order[len(found[0]) - 1 :: -1])
    removed, outcome = found
    return Counterfactual(
        removed=tuple(words[place] for place in sorted(removed)),
        text=text_without(words, removed),
        probability=outcome.probability,
        verdict=outcome.verdict,
    )


def _fewer(
    words: Sequence[WordWeight], verdict: Verdict, run: Run, found: Change, weakest_first: Sequence[int]
) -> Change:
    """The same change with as many words put back as can be, tried one by one and then together."""
    removed = found[0]
    alone = list(_changing(words, verdict, run, [removed - {place} for place in weakest_first]))
    spare = [place for place in weakest_first if any(place not in kept for kept, _ in alone)]
    together = [removed - set(spare[:count]) for count in range(len(spare), 1, -1)]
    return next(_changing(words, verdict, run, together), alone[0] if alone else found)


def _changing(
    words: Sequence[WordWeight], verdict: Verdict, run: Run, candidates: Sequence[frozenset[int]]
) -> Iterator[Change]:
    """Those of the sets, in their order, without whose words the verdict is another."""
    if candidates:
        outcomes = run([text_without(words, removed) for removed in candidates])
        for removed, outcome in zip(candidates, outcomes, strict=True):
            if outcome is not None and outcome.verdict != verdict:
                yield removed, outcome


__all__ = ["MAX_WORDS", "Outcome", "find_counterfactual"]
