"""How well words are read from memes, and what that costs the meme model: writes `reading.md`.

`python -m benchmarks.reading --data DATA`. On test pictures of three sets, the words that were read are compared with
those that the set gives, as they come from RapidOCR and with lost spaces put back; then the model judges the same
pictures with each of these words. `--limit N` takes the first N pictures of each set, and writes no file.
"""

import argparse
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

from torchmetrics.functional.text import word_error_rate
from tqdm.auto import tqdm

from benchmarks.accuracy import CHECKPOINTS, stamp
from mmemo.data import Example
from mmemo.perception import TextReader
from mmemo.perception.images import load_image
from mmemo.perception.spacing import respaced
from mmemo.training.evaluate import EvaluationSettings, select
from mmemo.training.predictors import load_predictor

HERE = Path(__file__).parent
SETS = (("harmeme", "hate"), ("multioff", "offensive"), ("metmeme", "offensive"))
KINDS = ("given", "read", "read, spaces put back")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What became of the words of one set's pictures.

    Attributes:
        error: Word error rate against the given words.
        found: Share of the given words that are among those read.
        auc: ROC-AUC of the model's verdict with these words and the picture.
    """

    error: float
    found: float
    auc: float


def words(text: str) -> list[str]:
    """Lower-case words, without marks."""
    return re.findall(r"[a-z0-9']+", text.lower())


def found(read: Sequence[str], given: Sequence[str]) -> float:
    """Share of the words of the given texts that are in the texts read for them."""
    pairs = [(Counter(words(one)), Counter(words(other))) for one, other in zip(read, given, strict=True)]
    return sum((one & other).total() for one, other in pairs) / sum(other.total() for _, other in pairs)


def read_lines(reader: TextReader, example: Example) -> list[str]:
    """Lines of an example's picture as RapidOCR gives them."""
    with mock.patch("mmemo.perception.ocr.respaced", lambda lines: lines):
        return [line.text for line in reader.read(load_image(str(example.image))).lines]


def measure(data: Path, limit: int | None) -> dict[str, dict[str, Reading]]:
    """Set to kind of words to what was measured."""
    reader, model = TextReader(), str(CHECKPOINTS / "meme")
    predictor = load_predictor(model)
    results: dict[str, dict[str, Reading]] = {}
    for dataset, task in SETS:
        settings = EvaluationSettings(model=model, task=task, dataset=dataset, data=data)
        source = select(settings, predictor.tasks[task]).source
        examples = [example for example in source.examples if example.text][:limit]
        lines = [read_lines(reader, example) for example in tqdm(examples, desc=dataset, unit="picture")]
        given = [example.text or "" for example in examples]
        texts = {
            "given": given,
            "read": [" ".join(one) for one in lines],
            "read, spaces put back": [" ".join(respaced(one)) for one in lines],
        }
        results[dataset] = {}
        for kind, told in texts.items():
            shown = [replace(example, text=text or None) for example, text in zip(examples, told, strict=True)]
            outputs = predictor.outputs(replace(source, examples=shown), task)
            results[dataset][kind] = Reading(
                error=float(word_error_rate([" ".join(words(t)) for t in told], [" ".join(words(t)) for t in given])),
                found=found(told, given),
                auc=outputs.measures(predictor.tasks[task])["roc_auc"],
            )
            print(dataset, kind, results[dataset][kind], flush=True)
    return results


def render(results: Mapping[str, Mapping[str, Reading]], made: Mapping[str, str]) -> str:
    """The whole of `reading.md`."""
    lines = [
        "# Words read from memes",
        "",
        "Of test pictures: the word error rate of what was read against the words that the set gives (which machines",
        "read in part, and which leave out marks of sites that the reader sees), the share of the given words that",
        "were found, and the ROC-AUC of the meme model with the picture and these words.",
        "",
        "| set | words | word error rate | words found | ROC-AUC |",
        "|---|---|---|---|---|",
    ]
    for dataset, task in SETS:
        for kind, values in results[dataset].items():
            reading = ("", "") if kind == "given" else (f"{values.error:.3f}", f"{values.found:.1%}")
            lines.append(f"| {dataset}, `{task}` | {kind} | {reading[0]} | {reading[1]} | {values.auc:.3f} |")
    lines += ["", "```bash", "python -m benchmarks.reading --data DATA", "```", ""]
    lines.append(f"Measured at commit {made['commit']} on {made['processor']}, {made['date']}.")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="data root")
    parser.add_argument("--limit", type=int, help="pictures of each set")
    arguments = parser.parse_args()
    results = measure(arguments.data, arguments.limit)
    if arguments.limit is None:
        (HERE / "reading.md").write_text(render(results, stamp()), encoding="utf-8")


if __name__ == "__main__":
    main()
