"""Measure whether explanations are true to the models and write `faithfulness.md`.

`python -m benchmarks.faithfulness --data DATA` takes 200 items each of HarMeme (`hate` from words and picture) and
GoEmotions (`text_emotion`), and asks, always of the explained label's calibrated probability:

- deletion and insertion (Petsiuk et al. 2018): words, or 7 x 7 places of the picture, are taken away or put in by their
  weight, strongest first; the mean probability along the way should be lower, respectively higher, than in a random
  order, or in the order of the attention weights;
- how much more probability the strongest fifth of the words takes away than a random fifth;
- whether the explanation changes with the model: Spearman's rank correlation with the explanation of the same encoders
  under newly made fusion and head (Adebayo et al. 2018).

A place that is taken away gets the picture's mean colour. Intervals are bootstrap 95 % intervals over the items.
"""

import argparse
import platform
import random
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor
from torch.nn import MultiheadAttention

from mmemo.data import load_dataset
from mmemo.engines import MmemoEngine, Sample, load_engine
from mmemo.models.fusion_mmemo import CrossAttentionFusion, Encoded
from mmemo.perception import load_image
from mmemo.pipeline import CHECKPOINTS
from mmemo.results import WordWeight

HERE = Path(__file__).parent
METHODS = ("gradient_activation", "integrated_gradients", "leave_one_out")
FEWEST_WORDS = 5
NUM_STEPS = 8
NUM_PLACES = 7
NUM_RANDOM = 5
NUM_RANDOM_CURVES = 2
NUM_BOOTSTRAP = 2000
SEED = 0

Scores = dict[str, list[float]]
"""Name of a measure to its value for each item."""
Judge = Callable[[list[set[int]]], list[float]]
"""Probability of the explained label with only these words or places, for each set."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A task of a shipped model on a data set."""

    model: str
    task: str
    dataset: str

    def load(self, data: Path, split: str, count: int) -> tuple[MmemoEngine, list[Sample]]:
        """The model in float32, and items of at least `FEWEST_WORDS` words, drawn with a fixed seed."""
        engine = load_engine(str(CHECKPOINTS / self.model), device=torch.device("cpu"), dtype=torch.float32)
        assert isinstance(engine, MmemoEngine), "the shipped models are of mmemo's own kind"
        examples = [e for e in load_dataset(self.dataset, data, split) if len((e.text or "").split()) >= FEWEST_WORDS]
        drawn = random.Random(SEED).sample(examples, min(count, len(examples)))
        return engine, [
            Sample(words=" ".join((e.text or "").split()), image=None if e.image is None else load_image(e.image))
            for e in drawn
        ]


SUBJECTS = (
    Subject(model="emotion", task="text_emotion", dataset="goemotions"),
    Subject(model="meme", task="hate", dataset="harmeme"),
)


class Item:
    """One item before one task: its explanation, and what the model says of parts of it."""

    def __init__(self, engine: MmemoEngine, task: str, sample: Sample) -> None:
        """Explain it."""
        self.engine, self.task, self.sample = engine, task, sample
        self.model = engine.model
        (result,) = engine.run([sample], "fast")
        self.found = result.attributions[task]
        self.column = engine.tasks[task].labels.index(self.found.label)
        with torch.inference_mode():
            self.inputs = self._prepare(text=[sample.words])
            self.text = self.model.encode(**self.inputs)
            self.pixels = None if sample.image is None else self._prepare(images=[sample.image])["pixel_values"]
            self.picture = {} if self.pixels is None else self.model.encode(pixel_values=self.pixels)

    def _prepare(self, **given: Any) -> dict[str, Tensor]:  # noqa: ANN401 - lists of the processor's items
        return dict(self.engine.processor(**given))

    @torch.inference_mode()
    def _score(self, encoded: Encoded) -> list[float]:
        values = self.model.probabilities(self.model.classify(encoded, (self.task,)))[self.task]
        return values[:, self.column].tolist()

    def judge_words(self, words: Sequence[WordWeight]) -> Judge:
        """Probability with only some of the words."""

        def judge(kept: list[set[int]]) -> list[float]:
            texts = [" ".join(word.text for i, word in enumerate(words) if i in places) for places in kept]
            with torch.inference_mode():
                encoded = self.model.encode(**self._prepare(text=texts))
            return self._score(encoded | _repeat(self.picture, len(texts)))

        return judge

    def judge_places(self, kept: list[set[int]]) -> list[float]:
        """Probability with only some of the places of the picture."""
        assert self.pixels is not None, "called only with a picture"
        masks = torch.zeros(len(kept), NUM_PLACES * NUM_PLACES)
        for row, places in enumerate(kept):
            masks[row, list(places)] = 1.0
        masks = masks.reshape(-1, 1, NUM_PLACES, NUM_PLACES)
        masks = torch.nn.functional.interpolate(masks, size=self.pixels.shape[-2:], mode="nearest")
        mean = self.pixels.mean(dim=(2, 3), keepdim=True)
        with torch.inference_mode():
            encoded = self.model.encode(pixel_values=self.pixels * masks + mean * (1 - masks))
        return self._score(encoded | _repeat(self.text, len(kept)))

    def attention_of_words(self, words: Sequence[WordWeight]) -> list[float]:
        """Attention that each word receives in the text encoder's last layer, mean over heads and tokens."""
        backbone: Any = self.model.encoders["text"].backbone
        kind = backbone.config._attn_implementation
        backbone.set_attn_implementation("eager")
        with torch.inference_mode():
            attentions = backbone(**self.inputs, output_attentions=True).attentions[-1]
        backbone.set_attn_implementation(kind)
        received = attentions[0].mean(dim=(0, 1)).tolist()
        found = self.engine._read_words([self.sample])[0]
        assert len(found) == len(words), "the same words"
        return [sum(received[place] for place in word.tokens) for word in found]

    @torch.inference_mode()
    def attention_of_places(self) -> np.ndarray:
        """Attention that each place of the picture receives in the fusion, mean over heads and queries."""
        fusion = self.model.fusions[self.task]
        assert isinstance(fusion, CrossAttentionFusion), "only this fusion attends"
        encoded = self.text | self.picture
        summaries, _ = fusion.summaries(encoded)
        context, mask = fusion._context(encoded, 1)
        layers: Any = fusion.attend
        received: list[Any] = [
            MultiheadAttention.forward(
                layer.attention, summaries[:, i : i + 1], context, context, key_padding_mask=~mask
            )
            for i, layer in enumerate(layers)
        ]
        return torch.stack([weights for _, weights in received]).mean(dim=(0, 1, 2))[-NUM_PLACES * NUM_PLACES :].numpy()


def _repeat(encoded: Encoded, count: int) -> Encoded:
    return {name: (tokens.expand(count, -1, -1), mask.expand(count, -1)) for name, (tokens, mask) in encoded.items()}


def strongest_first(weights: Sequence[float], rng: random.Random) -> list[int]:
    """Places by weight; equal ones in a random order."""
    return sorted(range(len(weights)), key=lambda place: (-weights[place], rng.random()))


def curves(order: Sequence[int], judge: Judge) -> tuple[float, float]:
    """Mean probability while the places go (deletion) and come (insertion) in this order, in `NUM_STEPS` steps."""
    counts = [round(len(order) * step / NUM_STEPS) for step in range(NUM_STEPS + 1)]
    kept = [set(order[count:]) for count in counts] + [set(order[:count]) for count in counts]
    scores = judge(kept)
    half = len(counts)
    return float(np.trapezoid(scores[:half]) / NUM_STEPS), float(np.trapezoid(scores[half:]) / NUM_STEPS)


def measure_words(item: Item, rng: random.Random, scores: Scores) -> None:
    """Deletion, insertion and the strongest fifth, of each method, of random orders and of attention."""
    orders: dict[str, list[int]] = {}
    for method in METHODS:
        found = item.engine.word_weights(item.sample, item.task, item.found.label, method)  # type: ignore[arg-type]
        assert found is not None, "items have words"
        words = found.words
        orders[method] = strongest_first([word.weight for word in words], rng)
    judge, count = item.judge_words(words), len(words)
    orders["attention"] = strongest_first(item.attention_of_words(words), rng)
    orders |= {f"random{i}": rng.sample(range(count), count) for i in range(NUM_RANDOM)}
    fifth = max(1, round(count / 5))
    full, *rest = judge([set(range(count))] + [set(order[fifth:]) for order in orders.values()])
    kept = orders.keys() - {f"random{i}" for i in range(NUM_RANDOM_CURVES, NUM_RANDOM)}
    _keep(scores, "words", {name: order for name, order in orders.items() if name in kept}, judge)
    for name, score in zip(orders, rest, strict=True):
        scores.setdefault(f"words/{name}/fifth", []).append(full - score)


def measure_places(item: Item, rng: random.Random, scores: Scores) -> None:
    """Deletion and insertion of the picture's places."""
    (full,) = item.engine.run([item.sample], "full")
    maps = (item.found.heat_map, full.attributions[item.task].heat_map)
    count = NUM_PLACES * NUM_PLACES
    _keep(
        scores,
        "picture",
        {
            **{found.method: strongest_first(found.values.flatten().tolist(), rng) for found in maps if found},
            "attention": strongest_first(item.attention_of_places().tolist(), rng),
            "random0": rng.sample(range(count), count),
        },
        item.judge_places,
    )


def _keep(scores: Scores, what: str, orders: dict[str, list[int]], judge: Judge) -> None:
    for name, order in orders.items():
        deletion, insertion = curves(order, judge)
        scores.setdefault(f"{what}/{name}/deletion", []).append(deletion)
        scores.setdefault(f"{what}/{name}/insertion", []).append(insertion)


def measure_sanity(engine: MmemoEngine, task: str, samples: Sequence[Sample], scores: Scores) -> None:
    """Rank correlation of explanations with those under a newly made fusion and head."""
    before = [engine.run([sample], "fast")[0].attributions[task] for sample in samples]
    kept = {name: value.clone() for name, value in engine.model.state_dict().items()}
    torch.manual_seed(SEED)
    for part in (engine.model.fusions[task], engine.model.heads[task]):
        for parameter in part.parameters():
            if parameter.dim() > 1:
                torch.nn.init.xavier_normal_(parameter.flatten(0, -2))
    for sample, first in zip(samples, before, strict=True):
        label = first.label
        second = engine.word_weights(sample, task, label, "gradient_activation")
        assert first.words is not None and second is not None, "items have words"
        weights = [[word.weight for word in found.words] for found in (first.words, second)]
        scores.setdefault("words/sanity", []).append(float(spearmanr(*weights).statistic))
        after = engine.run([sample], "fast")[0].attributions[task]
        if first.heat_map is not None and after.heat_map is not None:
            maps = [found.values.flatten() for found in (first.heat_map, after.heat_map)]
            if all(values.std() > 0 for values in maps):
                scores.setdefault("picture/sanity", []).append(float(spearmanr(*maps).statistic))
    engine.model.load_state_dict(kept)


def measure(subject: Subject, data: Path, split: str, count: int) -> Scores:
    """All measures of a subject, one value for each item."""
    engine, samples = subject.load(data, split, count)
    rng, scores = random.Random(SEED), Scores()
    for number, sample in enumerate(samples):
        item = Item(engine, subject.task, sample)
        measure_words(item, rng, scores)
        if sample.image is not None:
            measure_places(item, rng, scores)
        if (number + 1) % 20 == 0:
            print(f"{subject.dataset}: {number + 1} of {len(samples)}", flush=True)
    measure_sanity(engine, subject.task, samples, scores)
    return scores


def interval(values: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]) -> str:
    """A statistic of items (I, ...) over axis 1 of resamples (R, I, ...), with its bootstrap 95 % interval."""
    rows = np.random.default_rng(SEED).integers(0, len(values), (NUM_BOOTSTRAP, len(values)))
    low, high = np.percentile(statistic(values[rows]), [2.5, 97.5])
    return f"{float(statistic(values[None])[0]):.3f} [{low:.3f}, {high:.3f}]"


def mean_of(scores: Scores, what: str, name: str, measure_name: str) -> np.ndarray:
    """Values (I,) of an order; the mean over the random ones."""
    names = [key for key in scores if key.startswith(f"{what}/{name}") and key.endswith(f"/{measure_name}")]
    return np.mean([scores[key] for key in names], axis=0)


def rows(subject: Subject, scores: Scores) -> list[str]:
    """Lines of the table of deletion and insertion."""
    lines = []
    for what, names in (("words", METHODS), ("picture", ("grad_cam", "rise"))):
        for name in names:
            if f"{what}/{name}/deletion" not in scores:
                continue
            cells = [subject.dataset, what, name]
            for kind in ("deletion", "insertion"):
                ours = mean_of(scores, what, name, kind)
                cells.append(f"{ours.mean():.3f}")
                for other in ("random", "attention"):
                    against = ours - mean_of(scores, what, other, kind)
                    cells.append(interval(against, lambda sample: sample.mean(axis=1)))
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def fifth_rows(subject: Subject, scores: Scores) -> list[str]:
    """Lines of the table of the strongest fifth."""
    lines = []
    for name in (*METHODS, "attention"):
        pairs = np.stack([mean_of(scores, "words", n, "fifth") for n in (name, "random")], axis=1)
        ratio = interval(pairs, lambda sample: sample[..., 0].mean(axis=1) / sample[..., 1].mean(axis=1))
        lines.append(f"| {subject.dataset} | {name} | {pairs[:, 0].mean():.3f} | {pairs[:, 1].mean():.3f} | {ratio} |")
    return lines


def sanity_rows(subject: Subject, scores: Scores) -> list[str]:
    """Lines of the table of rank correlations."""
    return [
        f"| {subject.dataset} | {what} | {interval(values[np.isfinite(values)], lambda s: s.mean(axis=1))} |"
        for what in ("words", "picture")
        if (values := np.array(scores.get(f"{what}/sanity", []))).size
    ]


def render(found: Sequence[tuple[Subject, Scores]], split: str, count: int, command: str) -> str:
    """The whole of `faithfulness.md`."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
    lines = [
        "# Are the explanations true to the models",
        "",
        f"{count} items of the {split} split each. Brackets hold bootstrap 95 % intervals over the items.",
        '`gradient_activation` and `grad_cam` come with `explain="fast"`, `integrated_gradients` and `rise` with',
        '`"full"`.',
        "",
        "## Deletion and insertion",
        "",
        "Mean probability of the explained label while words or places go or come, strongest first, and its difference",
        "from a random order and from the order of attention weights. Deletion: lower is better; insertion: higher.",
        "",
        "| data | what | order | deletion | - random | - attention | insertion | - random | - attention |",
        "|---|---|---|---|---|---|---|---|---|",
        *(line for subject, scores in found for line in rows(subject, scores)),
        "",
        "## Without the strongest fifth of the words",
        "",
        "| data | order | probability lost | lost with a random fifth | times as much |",
        "|---|---|---|---|---|",
        *(line for subject, scores in found for line in fifth_rows(subject, scores)),
        "",
        "## With a newly made fusion and head",
        "",
        'Spearman\'s rank correlation with the explanation of the trained model (`explain="fast"`); near 0 is right.',
        "",
        "| data | what | rank correlation |",
        "|---|---|---|",
        *(line for subject, scores in found for line in sanity_rows(subject, scores)),
        "",
        f"`{command}` at commit {commit.stdout.strip()}, {datetime.now(UTC).date().isoformat()}, {platform.machine()}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="data root")
    parser.add_argument("--split", choices=("dev", "test"), default="test", help="split (default: test)")
    parser.add_argument("--items", type=int, default=200, help="items of each data set (default: 200)")
    parser.add_argument("--output", type=Path, default=HERE / "faithfulness.md", help="file to write")
    args = parser.parse_args()
    found = [(subject, measure(subject, args.data, args.split, args.items)) for subject in SUBJECTS]
    command = f"python -m benchmarks.faithfulness --data DATA --split {args.split} --items {args.items}"
    text = render(found, args.split, args.items, command)
    print(text)
    args.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
