"""Measure the compact pair on every test split and write `accuracy.md` and one metrics file for each measurement.

`python -m benchmarks.accuracy --data DATA` runs all; `--only hate/harmeme` one of them; `--table` writes the table
anew from the metrics files that are there.
"""

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
METRICS = HERE / "metrics"
CHECKPOINTS = HERE.parent / "mmemo" / "checkpoints"


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One checkpoint's task on one test split, the measure that counts, and what others reached on the same split.

    With `has_slices` it is measured also by the length of the words and by faces.
    """

    model: str
    task: str
    dataset: str
    measure: str
    published: str
    modalities: tuple[str, ...] | None = None
    num_bootstrap: int = 1000
    has_slices: bool = False

    @property
    def name(self) -> str:
        """`task/dataset`, and the modalities where they are fewer than the task's."""
        suffix = f"/{'+'.join(self.modalities)}" if self.modalities else ""
        return f"{self.task}/{self.dataset}{suffix}"

    @property
    def file(self) -> Path:
        """Where its metrics are kept."""
        return METRICS / self.model / f"{self.name.replace('/', '-')}.json"

    @property
    def command(self) -> str:
        """What prints it."""
        only = f" --modalities {','.join(self.modalities)}" if self.modalities else ""
        slices = " --slices" if self.has_slices else ""
        return (
            f"mmemo evaluate --model mmemo/checkpoints/{self.model} --task {self.task} --dataset {self.dataset}"
            f"{only}{slices} --data DATA --output OUTPUT"
        )


MEASUREMENTS = (
    Measurement(
        model="emotion",
        task="face_emotion",
        dataset="fer2013",
        measure="accuracy",
        published="0.733 best single network without other data; people about 0.65",
    ),
    Measurement(
        model="emotion",
        task="text_emotion",
        dataset="goemotions",
        measure="macro_f1",
        published="BERT-base 0.46, monologg 0.503",
        has_slices=True,
        num_bootstrap=200,
    ),
    Measurement(
        model="emotion",
        task="sentiment",
        dataset="tweeteval_sentiment",
        measure="macro_recall",
        published="RoBERTa-base 0.713, BERTweet 0.734",
        num_bootstrap=200,
    ),
    Measurement(
        model="emotion",
        task="emotion",
        dataset="meld",
        measure="weighted_f1",
        published="DialogueRNN 0.570, RoBERTa-base about 0.62, EmotionFlow (with context) 0.665",
        has_slices=True,
    ),
    Measurement(
        model="emotion", task="emotion", dataset="fer2013+meld", measure="accuracy", published="none (pairs are made)"
    ),
    Measurement(
        model="emotion",
        task="emotion",
        dataset="fer2013+meld",
        measure="accuracy",
        published="none (pairs are made)",
        modalities=("face",),
    ),
    Measurement(
        model="emotion",
        task="emotion",
        dataset="fer2013+meld",
        measure="accuracy",
        published="none (pairs are made)",
        modalities=("text",),
    ),
    Measurement(
        model="meme",
        task="hate",
        dataset="harmeme",
        measure="roc_auc",
        published="DisMultiHate 0.864, HateCLIPper 0.919, RGCL on Qwen2-VL-7B 0.932",
        has_slices=True,
    ),
    Measurement(
        model="meme",
        task="hate",
        dataset="hateful_memes",
        measure="roc_auc",
        published="words only: BERT 0.651 (with pictures: system A 0.711)",
    ),
    Measurement(model="meme", task="hate", dataset="hatexplain", measure="roc_auc", published="none for two classes"),
    Measurement(
        model="meme",
        task="hate",
        dataset="tweeteval_hate",
        measure="macro_f1",
        published="RoBERTa-base 0.466, BERTweet 0.564",
    ),
    Measurement(model="meme", task="offensive", dataset="multioff", measure="macro_f1", published="frozen probe 0.58"),
    Measurement(
        model="meme",
        task="offensive",
        dataset="metmeme",
        measure="roc_auc",
        published="frozen probe 0.742",
        has_slices=True,
    ),
    Measurement(
        model="meme",
        task="offensive",
        dataset="tweeteval_offensive",
        measure="macro_f1",
        published="RoBERTa-base 0.795, BERTweet 0.795",
    ),
    Measurement(
        model="meme", task="meme_emotion", dataset="metmeme", measure="macro_f1", published="frozen probe 0.27"
    ),
)


def measure(measurement: Measurement, data: Path) -> None:
    """Evaluate and keep the metrics."""
    from mmemo.training.evaluate import EvaluationSettings, evaluate

    evaluation = evaluate(
        EvaluationSettings(
            model=str(CHECKPOINTS / measurement.model),
            task=measurement.task,
            dataset=measurement.dataset,
            data=data,
            modalities=measurement.modalities,
            num_bootstrap=measurement.num_bootstrap,
            has_slices=measurement.has_slices,
        )
    )
    values = evaluation.to_dict(measurement.command) | {"measured_on": stamp()}
    measurement.file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False)
    measurement.file.write_text(text + "\n", encoding="utf-8")
    print(f"{measurement.name}: {measurement.measure} {values[measurement.measure]:.4f}", flush=True)


def stamp() -> dict[str, str]:
    """Commit, processor and date of a measurement."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
    return {
        "commit": commit.stdout.strip(),
        "processor": processor_name(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def processor_name() -> str:
    """Kind of the processor and how many of its cores this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.machine()}, {count} core{'' if count == 1 else 's'}"


def load(measurement: Measurement) -> dict[str, Any]:
    """Metrics of a measurement that has been made."""
    return json.loads(measurement.file.read_text(encoding="utf-8"))


def row(measurement: Measurement) -> str:
    """A line of the table."""
    values = load(measurement)
    low, high = values["intervals"][measurement.measure]
    where = " and ".join(values["modalities"])
    return (
        f"| {measurement.model} | {measurement.task} | {measurement.dataset} ({values['num_items']:,}, {where}) "
        f"| {measurement.measure} | **{values[measurement.measure]:.3f}** [{low:.3f}, {high:.3f}] "
        f"| {values['ece']:.3f} ({values['ece_if_calibrated']:.3f}) | {measurement.published} |"
    )


def verdict_table(measured: Sequence[dict[str, Any]]) -> list[str]:
    """Lines of a table, one a yes/no task: how often each answer is right where it is given, and how often none is."""
    lines = ["| task | test split | yes | no | uncertain |", "|---|---|---|---|---|"]
    for values in measured:
        if not values.get("verdicts"):
            continue
        *answers, uncertain = values["verdicts"].values()
        rights = ("never given" if given["right"] is None else f"{given['right']:.3f}" for given in answers)
        cells = " | ".join(f"{right} ({given['share']:.0%})" for right, given in zip(rights, answers, strict=True))
        where = f"{values['dataset']}, {' and '.join(values['modalities'])}"
        lines.append(f"| {values['task']} | {where} | {cells} | {uncertain['share']:.0%} |")
    return lines


def render() -> str:
    """The whole of `accuracy.md`."""
    made = [measurement for measurement in MEASUREMENTS if measurement.file.is_file()]
    stamps = sorted({tuple(load(measurement)["measured_on"].values()) for measurement in made})
    lines = [
        "# Accuracy of the compact pair",
        "",
        "Test splits; model choice, temperatures and thresholds come from the dev splits, and where a test figure was",
        "known to a choice, the model's card says so. Brackets hold bootstrap 95 % intervals; `ece` is the expected",
        "calibration error (15 bins), and behind it",
        "what perfectly calibrated probabilities would show on as many items (labels drawn from them 100 times).",
        "Published figures are on the same test split unless they say otherwise. Copies of test items left training.",
        "",
        "| model | task | test split (items, judged from) | measure | ours | ece | published |",
        "|---|---|---|---|---|---|---|",
        *(row(measurement) for measurement in made),
        "",
        "Verdicts of the same: how often each is right where it is given, and in brackets its share of the items.",
        "Bands are fitted on dev so that either is right 85 % of the time, where 35 % uncertain ones allow it.",
        "",
        *verdict_table([load(measurement) for measurement in made]),
        "",
        "All measures of every row, per class and with confusion counts, stand in `benchmarks/metrics`. Commands:",
        "",
        "```bash",
        "python -m benchmarks.accuracy --data DATA    # all of them",
        *(measurement.command for measurement in made),
        "```",
        "",
        *(f"Measured at commit {commit} on {processor}, {date}." for commit, processor, date in stamps),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, help="data root")
    parser.add_argument("--only", choices=[measurement.name for measurement in MEASUREMENTS], help="one measurement")
    parser.add_argument("--model", choices=["meme", "emotion"], help="the measurements of one model")
    parser.add_argument("--table", action="store_true", help="write the table anew, measure nothing")
    arguments = parser.parse_args()
    if not arguments.table:
        if arguments.data is None:
            parser.error("--data is needed to measure")
        for measurement in MEASUREMENTS:
            if arguments.only in (None, measurement.name) and arguments.model in (None, measurement.model):
                measure(measurement, arguments.data)
    (HERE / "accuracy.md").write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
