"""What would change a verdict: the fewest words found whose removal does, checked by running the model without them.

The search is greedy: words in the order in which they speak for the verdict, taken away one after another until it
changes, then each of them put back that is not needed. Single words are tried beside. Every answer was run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mmemo.explain.words import text_without
from mmemo.results import Counterfactual, Verdict, WordWeight

MAX_WORDS = 10
"""Words that are taken away at most."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the model says of a text: the probability of the explained label, and the verdict."""

    probability: float
    verdict: Verdict


Run = Callable[[list[str]], list[Outcome]]
"""Outcomes of several texts, in one batch; an empty text means that there are no words."""


def find_counterfactual(
    words: Sequence[WordWeight], verdict: Verdict, run: Run, *, is_raised: bool
) -> Counterfactual | None:
    """The fewest words found whose removal gives another verdict; None when none was found.

    At most two batches of `run`, of `2 * MAX_WORDS` texts each.

    Args:
        words: Words with their weights, in the order of the text.
        verdict: On all of them.
        run: Asks the model.
        is_raised: Whether the verdict stands on a high score, so that words which raise it are to go; else those that
            lower it.
    """
    sign = 1 if is_raised else -1
    speaking = [place for place, word in enumerate(words) if sign * word.weight > 0]
    order = sorted(speaking, key=lambda place: -sign * words[place].weight)[:MAX_WORDS]
    singles = [frozenset({place}) for place in order]
    prefixes = [frozenset(order[:size]) for size in range(2, len(order) + 1)]
    found = _smallest(words, verdict, run, singles + prefixes)
    if found is None:
        return None
    removed, outcome = found
    if len(removed) > 2:
        fewer = _smallest(words, verdict, run, [removed - {place} for place in sorted(removed)])
        removed, outcome = found if fewer is None else fewer
    return Counterfactual(
        removed=tuple(words[place] for place in sorted(removed)),
        text=text_without(words, removed),
        probability=outcome.probability,
        verdict=outcome.verdict,
    )


def _smallest(
    words: Sequence[WordWeight], verdict: Verdict, run: Run, candidates: Sequence[frozenset[int]]
) -> tuple[frozenset[int], Outcome] | None:
    """The first candidate whose removal changes the verdict; candidates come smallest first."""
    if not candidates:
        return None
    outcomes = run([text_without(words, removed) for removed in candidates])
    changed = (pair for pair in zip(candidates, outcomes, strict=True) if pair[1].verdict != verdict)
    return next(changed, None)


__all__ = ["Counterfactual", "Outcome", "find_counterfactual"]
