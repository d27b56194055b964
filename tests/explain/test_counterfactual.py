"""Counterfactuals: the fewest words, checked by the model, in few runs, and none where none is found."""

import pytest

from mmemo.explain.counterfactual import MAX_WORDS, Outcome, find_counterfactual
from mmemo.results import WordWeight


def words(text: str, weights: dict[str, float]) -> list[WordWeight]:
    found, start = [], 0
    for word in text.split():
        found.append(WordWeight(text=word, start=start, end=start + len(word), weight=weights.get(word, 0.0)))
        start += len(word) + 1
    return found


class Scripted:
    """A model that calls a text hateful while it holds enough of the bad words."""

    def __init__(self, bad: set[str], enough: int) -> None:
        self.bad, self.enough, self.batches = bad, enough, []

    def __call__(self, texts: list[str]) -> list[Outcome]:
        self.batches.append(len(texts))
        counts = [len(self.bad & set(text.split())) for text in texts]
        return [Outcome(probability=n / 10, verdict="hateful" if n >= self.enough else "not hateful") for n in counts]


@pytest.mark.parametrize(
    ("bad", "enough", "removed"),
    [
        ({"vile"}, 1, ["vile"]),
        ({"vile", "filthy"}, 2, ["filthy"]),
        ({"vile", "filthy"}, 1, ["vile", "filthy"]),
        ({"vile", "filthy", "rotten"}, 1, ["vile", "filthy", "rotten"]),
    ],
)
def test_the_fewest_words_are_found(bad, enough, removed):
    text = words("you vile and filthy rotten lot", {"vile": 1.0, "filthy": 2.0, "rotten": 0.5, "you": 0.1})
    model = Scripted(bad, enough)
    found = find_counterfactual(text, "hateful", model, is_raised=True)
    assert found is not None
    assert [word.text for word in found.removed] == removed
    assert found.verdict == "not hateful"
    assert model([found.text])[0].verdict == "not hateful"
    assert found.text.split() == [word.text for word in text if word not in found.removed]


@pytest.mark.parametrize("bad", [{"two", "three"}, {"one", "four"}, {"four", "five"}, {"one", "two", "five"}])
def test_words_that_are_not_needed_are_put_back(bad):
    names = ("one", "two", "three", "four", "five")
    text = words(" ".join(names), {name: 5.0 - i for i, name in enumerate(names)})
    model = Scripted(bad, 1)
    found = find_counterfactual(text, "hateful", model, is_raised=True)
    assert found is not None
    assert {word.text for word in found.removed} == bad
    assert len(model.batches) <= 3


def test_a_low_verdict_is_searched_among_words_that_lower():
    text = words("kind but rude", {"kind": -1.0, "rude": 1.0})
    seen: list[str] = []

    def model(texts):
        seen.extend(texts)
        return [Outcome(probability=0.9, verdict="hateful") for _ in texts]

    found = find_counterfactual(text, "not hateful", model, is_raised=False)
    assert found is not None
    assert [word.text for word in found.removed] == ["kind"]
    assert seen == ["but rude"]


def test_the_last_word_stays():
    model = Scripted({"vile"}, 1)
    assert find_counterfactual(words("vile", {"vile": 1.0}), "hateful", model, is_raised=True) is None
    assert model.batches == []


@pytest.mark.parametrize("text", ["", "calm words here"])
def test_none_without_words_that_speak_for_the_verdict(text):
    model = Scripted(set(), 1)
    assert find_counterfactual(words(text, {}), "hateful", model, is_raised=True) is None
    assert model.batches == []


def test_the_number_of_runs_is_bounded():
    text = words(" ".join(f"w{i}" for i in range(200)), {f"w{i}": 1.0 + i for i in range(200)})
    model = Scripted({f"w{i}" for i in range(200)}, 1)
    assert find_counterfactual(text, "hateful", model, is_raised=True) is None
    assert len(model.batches) <= 3
    assert max(model.batches) < 2 * MAX_WORDS
