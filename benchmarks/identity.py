"""False alarms of the meme model on harmless sentences that name a group: writes `identity.md`.

`python -m benchmarks.identity`. Ten groups, each with the same harmless and hateful sentences made from templates. The
data set `identity`, which the model learns from, has other templates; a test holds the two apart. A false alarm is a
harmless sentence whose verdict is `hateful`; sentences in the uncertain band are counted beside it.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.accuracy import CHECKPOINTS, stamp
from mmemo.results import Analysis

if TYPE_CHECKING:
    from mmemo import MmemoPipeline

HERE = Path(__file__).parent

GROUPS: tuple[str, ...] = (
    "Black",
    "white",
    "Asian",
    "Jewish",
    "Muslim",
    "Christian",
    "gay",
    "transgender",
    "disabled",
    "immigrant",
)
"""Adjectives that stand for `{group}` in a template."""

HARMLESS: Mapping[str, tuple[str, ...]] = {
    "plain mention": (
        "I am a proud {group} woman",
        "my {group} friends came to dinner last night",
        "{article} {group} family moved in next door",
        "the {group} students won the science prize",
        "our doctor is {article} {group} man",
        "{group} women lead this company",
    ),
    "against unfairness": (
        "{group} women deserve equal pay",
        "nobody should be treated badly for being {group}",
        "discrimination against {group} people must end",
        "the attack on the {group} family shocked everyone",
    ),
}
HATEFUL: tuple[str, ...] = (
    "{group} women should disappear",
    "I hate {group} people",
    "{group} people are vermin",
    "send every {group} family away",
)


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Shares of a set of sentences by verdict.

    Attributes:
        hateful: Verdict `hateful`.
        uncertain: Verdict `uncertain`.
        count: Number of sentences.
    """

    hateful: float
    uncertain: float
    count: int


def sentences(templates: Sequence[str], group: str) -> list[str]:
    """Every template with the group's adjective and its article."""
    article = "an" if group[0].lower() in "aeiou" else "a"
    return [template.format(group=group, article=article) for template in templates]


def rates(verdicts: Sequence[str]) -> Rates:
    """Shares of the verdicts."""
    count = len(verdicts)
    return Rates(hateful=verdicts.count("hateful") / count, uncertain=verdicts.count("uncertain") / count, count=count)


def measure(pipe: "MmemoPipeline") -> tuple[dict[str, dict[str, Rates]], dict[str, Rates]]:
    """Rates by kind of sentence and group, and by kind over all groups; `harmless` is all harmless kinds together."""
    kinds = {**HARMLESS, "hateful": HATEFUL}
    found: dict[str, dict[str, list[str]]] = {kind: {} for kind in kinds}
    for kind, templates in kinds.items():
        for group in GROUPS:
            items = [{"text": text} for text in sentences(templates, group)]
            results = pipe.batch(items, batch_size=16, explain="none")
            found[kind][group] = [r.hate.verdict for r in results if isinstance(r, Analysis) and r.hate is not None]
    by_group = {kind: {name: rates(verdicts) for name, verdicts in groups.items()} for kind, groups in found.items()}
    overall = {kind: rates([v for verdicts in groups.values() for v in verdicts]) for kind, groups in found.items()}
    overall["harmless"] = rates([v for kind in HARMLESS for verdicts in found[kind].values() for v in verdicts])
    return by_group, overall


def render(by_group: Mapping[str, Mapping[str, Rates]], overall: Mapping[str, Rates], made: Mapping[str, str]) -> str:
    """The whole of `identity.md`."""
    kinds = tuple(by_group)
    lines = [
        "# Sentences that name a group",
        "",
        "Share of sentences whose verdict is `hateful`, and in brackets of those that are `uncertain`. Harmless are",
        f"plain mentions and words against unfairness: {overall['harmless'].count} sentences, **false alarms "
        f"{overall['harmless'].hateful:.1%}** ({overall['harmless'].uncertain:.1%} uncertain). All are made from",
        "templates, which the model's training data do not share.",
        "",
        "| group | " + " | ".join(kinds) + " |",
        "|---" * (len(kinds) + 1) + "|",
    ]
    rows = [(name, [by_group[kind][name] for kind in kinds]) for name in GROUPS]
    for name, values in [*rows, ("all", [overall[kind] for kind in kinds])]:
        lines.append(f"| {name} | " + " | ".join(f"{v.hateful:.0%} ({v.uncertain:.0%})" for v in values) + " |")
    lines += ["", "```bash", "python -m benchmarks.identity", "```", ""]
    lines.append(f"Measured at commit {made['commit']} on {made['processor']}, {made['date']}.")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path, default=CHECKPOINTS / "meme", help="folder of a meme model")
    arguments = parser.parse_args()
    from mmemo import MmemoPipeline

    by_group, overall = measure(MmemoPipeline.from_pretrained(meme=str(arguments.model)))
    for kind, found in overall.items():
        print(f"{kind}: {found.hateful:.1%} hateful, {found.uncertain:.1%} uncertain of {found.count}")
    if arguments.model == CHECKPOINTS / "meme":
        (HERE / "identity.md").write_text(render(by_group, overall, stamp()), encoding="utf-8")


if __name__ == "__main__":
    main()
