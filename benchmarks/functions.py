"""Functional test of the meme model's hate verdict on words, by kind of sentence: writes `functions.md`.

`python -m benchmarks.functions`. The functionalities follow HateCheck (Röttger et al. 2021); the sentences, made from
the templates in `functions.toml`, are this project's own, and tests hold them apart from what the model learns from.
A sentence is right where its verdict is the expected one, wrong where it is the other, and else uncertain. Accuracy
is told beside it: the probability against the task's threshold, without an uncertain band, as HateCheck counts.
"""

import argparse
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.accuracy import CHECKPOINTS, stamp
from benchmarks.identity import Rates, rates
from mmemo.results import Analysis, Decision

if TYPE_CHECKING:
    from mmemo import MmemoPipeline

HERE = Path(__file__).parent
EXPECTED = ("hateful", "not hateful")
"""What a functionality can expect, in the order of the report."""
FORMS = ("adjective", "article", "person", "plural")
"""What a template can say of a group; `Plural` is the plural with a capital."""


@dataclass(frozen=True, kw_only=True)
class Functionality:
    """A kind of sentence.

    Attributes:
        id: Short name.
        summary: What the sentences have in common.
        expected: Verdict that is right for all of them.
        templates: Sentences, with places for the forms of a group or without.
    """

    id: str
    summary: str
    expected: str
    templates: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence, its functionality's `id` and `expected`, and the group it names (None for none)."""

    functionality: str
    expected: str
    group: str | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A sentence and what the model decided."""

    sentence: Sentence
    decision: Decision

    @property
    def is_right(self) -> bool:
        """Whether the verdict is the expected one."""
        return self.decision.verdict == self.sentence.expected

    @property
    def is_accurate(self) -> bool:
        """Whether the probability is on the expected side of the threshold."""
        return (self.decision.probability >= self.decision.threshold) == (self.sentence.expected == "hateful")


@dataclass(frozen=True, kw_only=True)
class Score:
    """How a set of sentences was judged.

    Attributes:
        verdicts: Shares by verdict.
        right: Share whose verdict is the expected one.
        accuracy: Share whose probability is on the expected side of the threshold.
    """

    verdicts: Rates
    right: float
    accuracy: float

    @property
    def wrong(self) -> float:
        """Share whose verdict is the opposite of the expected one."""
        return max(0.0, 1 - self.right - self.verdicts.uncertain)

    @property
    def shares(self) -> tuple[float, float, float]:
        """`(right, uncertain, wrong)`."""
        return self.right, self.verdicts.uncertain, self.wrong


def load() -> tuple[dict[str, dict[str, str]], tuple[Functionality, ...]]:
    """Forms by group, and the functionalities, as `functions.toml` has them."""
    table: dict[str, Any] = tomllib.loads((HERE / "functions.toml").read_text("utf-8"))
    groups = {group["name"]: {form: group[form] for form in FORMS} for group in table["groups"]}
    kinds = (Functionality(**{**kind, "templates": tuple(kind["templates"])}) for kind in table["functionalities"])
    return groups, tuple(kinds)


GROUPS, FUNCTIONALITIES = load()


def fill(template: str) -> dict[str | None, str]:
    """The template with every group by the group's name, or itself under None where it names no group."""
    if "{" not in template:
        return {None: template}
    return {
        name: template.format(Plural=forms["plural"][0].upper() + forms["plural"][1:], **forms)
        for name, forms in GROUPS.items()
    }


def sentences() -> list[Sentence]:
    """Every sentence of every functionality."""
    return [
        Sentence(functionality=kind.id, expected=kind.expected, group=group, text=text)
        for kind in FUNCTIONALITIES
        for template in kind.templates
        for group, text in fill(template).items()
    ]


def measure(pipe: "MmemoPipeline") -> list[Judged]:
    """Every sentence with the model's decision.

    Raises:
        RuntimeError: A sentence could not be analysed, or the model does not decide on hate.
    """
    asked = sentences()
    found = []
    results = pipe.batch([{"text": sentence.text} for sentence in asked], batch_size=16, explain="none")
    for sentence, result in zip(asked, results, strict=True):
        if not isinstance(result, Analysis) or result.hate is None:
            raise RuntimeError(f"no hate verdict on {sentence.text!r}: expected one of every sentence, got {result}")
        found.append(Judged(sentence=sentence, decision=result.hate))
    return found


def score(judged: Sequence[Judged]) -> Score:
    """Shares of the sentences."""
    return Score(
        verdicts=rates([item.decision.verdict for item in judged]),
        right=sum(item.is_right for item in judged) / len(judged),
        accuracy=sum(item.is_accurate for item in judged) / len(judged),
    )


def by_functionality(judged: Sequence[Judged]) -> dict[str, Score]:
    """Scores by a functionality's id."""
    return {
        kind.id: score([item for item in judged if item.sentence.functionality == kind.id]) for kind in FUNCTIONALITIES
    }


def by_half(judged: Sequence[Judged]) -> dict[str, Score]:
    """Scores of all hateful, of all not hateful, and of all sentences."""
    halves = {f"all {half}": score([item for item in judged if item.sentence.expected == half]) for half in EXPECTED}
    return {**halves, "everything": score(judged)}


def by_group(judged: Sequence[Judged]) -> dict[str, dict[str, Score]]:
    """Scores by group and expected verdict, over the sentences that name a group."""
    return {
        group: {
            half: score([j for j in judged if j.sentence.group == group and j.sentence.expected == half])
            for half in EXPECTED
        }
        for group in GROUPS
    }


def row(*cells: object) -> str:
    """A line of a table; a share is given in whole per cents."""
    return "| " + " | ".join(f"{cell:.0%}" if isinstance(cell, float) else str(cell) for cell in cells) + " |"


def render(judged: Sequence[Judged], made: Mapping[str, str]) -> str:
    """The whole of `functions.md`."""
    halves = by_half(judged)
    accuracy = ", ".join(f"{name} {found.accuracy:.1%}" for name, found in halves.items())
    lines = [
        "# Hate in words, by kind of sentence",
        "",
        "A functional test after HateCheck ([Röttger et al. 2021](https://aclanthology.org/2021.acl-long.4/)): "
        f"{len(judged)} sentences",
        f"of {len(FUNCTIONALITIES)} functionalities. The model learns from sentences of the same kinds in other words,",
        "partly of other groups (data set `contempt`): this measures what it makes of new wordings, not of new kinds.",
        "A sentence is right where its verdict is the expected one, wrong where it is the other, and else uncertain.",
        "",
        "Accuracy at the task's threshold, without an uncertain band, as HateCheck counts (its sentences are others):",
        f"**{accuracy}**.",
        "",
        row("functionality", "expected", "sentences", "right", "uncertain", "wrong"),
        "|---" * 6 + "|",
    ]
    scores = by_functionality(judged)
    for kind in FUNCTIONALITIES:
        found = scores[kind.id]
        lines.append(row(f"`{kind.id}`: {kind.summary}", kind.expected, found.verdicts.count, *found.shares))
    for (name, found), expected in zip(halves.items(), (*EXPECTED, ""), strict=True):
        lines.append(row(name, expected, found.verdicts.count, *found.shares))
    lines += ["", "By group, over the sentences that name one: right / uncertain / wrong.", ""]
    lines += [row("group", *EXPECTED), "|---" * 3 + "|"]
    for group, both in by_group(judged).items():
        lines.append(row(group, *(" / ".join(f"{share:.0%}" for share in both[half].shares) for half in EXPECTED)))
    lines += ["", "```bash", "python -m benchmarks.functions", "```", ""]
    lines.append(f"Measured at commit {made['commit']} on {made['processor']}, {made['date']}.")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path, default=CHECKPOINTS / "meme", help="folder of a meme model")
    arguments = parser.parse_args()
    from mmemo import MmemoPipeline

    judged = measure(MmemoPipeline.from_pretrained(meme=str(arguments.model)))
    for name, found in {**by_functionality(judged), **by_half(judged)}.items():
        right, uncertain, wrong = found.shares
        print(
            f"{name}: {right:.1%} right, {uncertain:.1%} uncertain, {wrong:.1%} wrong of {found.verdicts.count}; "
            f"accuracy {found.accuracy:.1%}"
        )
    if arguments.model == CHECKPOINTS / "meme":
        (HERE / "functions.md").write_text(render(judged, stamp()), encoding="utf-8")


if __name__ == "__main__":
    main()
