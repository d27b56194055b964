"""Systems B, C, D and E beside the compact pair, as cheaply as they can be had: writes `baselines.md` and `.json`.

`python -m benchmarks.baselines --data DATA` runs all, `--only NAME` one of them, `--table` writes the table anew.
System E's words are its recipe, and C's faces are theirs, with fewer epochs. B's fusions and D's heads stand on the
compact emotion model's encoders, frozen: what these give is computed once, and only fusion and head are trained on it.
The full systems' commands stand in docs/training.md.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.accuracy import CHECKPOINTS, stamp
from mmemo.data.records import Example
from mmemo.models import FUSIONS, HEADS, MmemoModel, TaskConfig
from mmemo.models.fusion_mmemo import FUSION_CLASSES, HEAD_CLASSES, Encoded
from mmemo.training.batches import Collator, Source, target_of
from mmemo.training.evaluate import EvaluationSettings, evaluate
from mmemo.training.metrics import measures
from mmemo.training.predictors import load_checkpoint
from mmemo.training.recipes import SourceRecipe, TfidfRecipe, load_network_recipe, load_recipe
from mmemo.training.sources import load_source
from mmemo.training.tfidf import train_tfidf
from mmemo.training.train import train as train_network

HERE = Path(__file__).parent
RESULTS = HERE / "baselines.json"
NUM_PAIRS = 6000
"""Training pairs of face and words: every fourth or so, which is enough for a fusion and a head."""
EPOCHS = 8
RATE = 5e-4
RESNET_EPOCHS = 8
"""Of system C's ResNet-18, whose recipe has 40."""
SHOWN = ("accuracy", "macro_f1", "weighted_f1", "ece")

Batch = tuple[Encoded, Tensor]
"""Encoded modalities of a batch in bfloat16, and the targets (B,)."""


class Frozen:
    """The compact emotion model's encoders, and what they give for examples."""

    def __init__(self) -> None:
        """Load the model."""
        self.model, self.processor = load_checkpoint(str(CHECKPOINTS / "emotion"), "cpu")

    @torch.no_grad()
    def encode(self, examples: Sequence[Example], modalities: tuple[str, ...]) -> list[Batch]:
        """Batches of 64 of the examples in their order."""
        source = Source(
            recipe=SourceRecipe(dataset="meld", tasks=("emotion",)),
            examples=examples,
            tasks={"emotion": "emotion"},
            modalities=modalities,
        )
        collator = Collator(processor=self.processor, config=self.model.config, sources=[source])
        task, batches = self.model.config.task("emotion"), []
        for start in range(0, len(examples), 64):
            part = examples[start : start + 64]
            encoded = self.model.encode(**collator.inputs(part, modalities))
            kept = {name: (tokens.bfloat16(), mask.clone()) for name, (tokens, mask) in encoded.items()}
            batches.append((kept, torch.stack([target_of(task, example.labels["emotion"]) for example in part])))
        return batches


class Decision(nn.Module):
    """A fusion and a head of the project's, on encoded modalities."""

    def __init__(self, model: MmemoModel, modalities: tuple[str, ...], fusion: str, head: str) -> None:
        """Build with new weights in the model's width."""
        super().__init__()
        width, num_heads = model.config.hidden_size, model.config.num_attention_heads
        self.task = TaskConfig(labels=model.config.task("emotion").labels, modalities=modalities)
        self.fusion = FUSION_CLASSES[fusion](modalities, width, num_heads, 0.1)
        self.fusion.init_parameters()
        self.head = HEAD_CLASSES[head](width, len(self.task.labels), 0.1)

    def forward(self, encoded: Encoded) -> Tensor:
        """Logits (B, N)."""
        given = {name: (tokens.float(), mask) for name, (tokens, mask) in encoded.items()}
        return self.head(self.fusion(given), given)

    def learn(self, batches: Sequence[Batch]) -> None:
        """Train on the batches, in an order that the seed fixes."""
        optimizer = torch.optim.AdamW(self.parameters(), lr=RATE, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * len(batches))
        self.train()
        for _ in range(EPOCHS):
            for index in torch.randperm(len(batches)).tolist():
                encoded, targets = batches[index]
                loss = nn.functional.cross_entropy(self(encoded), targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()

    @torch.inference_mode()
    def measure(self, batches: Sequence[Batch]) -> dict[str, float]:
        """Measures on the batches."""
        self.eval()
        probabilities = torch.cat([self(encoded).softmax(-1) for encoded, _ in batches]).numpy()
        targets = torch.cat([targets for _, targets in batches]).numpy()
        return {**measures(self.task, probabilities, targets), "num_items": len(targets)}


def train_and_measure(
    frozen: Frozen, train: Sequence[Batch], test: Sequence[Batch], modalities: tuple[str, ...], fusion: str, head: str
) -> dict[str, float]:
    """Measures on test of a fusion and a head trained on frozen encoders."""
    torch.manual_seed(0)
    decision = Decision(frozen.model, modalities, fusion, head)
    decision.learn(train)
    return decision.measure(test)


def examples_of(dataset: str, data: Path, split: str, pair_with: str | None = None) -> list[Example]:
    """A split as the trainer sees it: copies left out, pairs made by label."""
    recipe = load_network_recipe("bert_resnet_concat")
    source = SourceRecipe(dataset=dataset, tasks=("emotion",), pair_with=pair_with)
    return list(load_source(recipe, source, data, split).examples)


def tfidf(data: Path) -> dict[str, dict[str, float]]:
    """System E's words by its recipe."""
    recipe = load_recipe("tfidf_logreg")
    assert isinstance(recipe, TfidfRecipe)
    with tempfile.TemporaryDirectory() as folder:
        train_tfidf(recipe, data, Path(folder))
        settings = EvaluationSettings(model=folder, task="emotion", dataset="meld", data=data, num_bootstrap=0)
        found = evaluate(settings)
    return {"E: TF-IDF and logistic regression": {**found.measures, "num_items": found.num_items}}


def resnet18(data: Path) -> dict[str, dict[str, float]]:
    """System C's faces by their recipe, but for the number of epochs."""
    recipe = load_network_recipe("resnet18_fer", {"training.epochs": RESNET_EPOCHS})
    with tempfile.TemporaryDirectory() as folder:
        train_network(recipe, data, Path(folder))
        settings = EvaluationSettings(model=folder, task="face_emotion", dataset="fer2013", data=data, num_bootstrap=0)
        found = evaluate(settings)
    return {f"C: ResNet-18, {RESNET_EPOCHS} epochs": {**found.measures, "num_items": found.num_items}}


def heads(data: Path) -> dict[str, dict[str, float]]:
    """System D's heads on MELD's words."""
    frozen = Frozen()
    train, test = (frozen.encode(examples_of("meld", data, split), ("text",)) for split in ("train", "test"))
    return {f"D: {head} head": train_and_measure(frozen, train, test, ("text",), "concat", head) for head in HEADS}


def fusions(data: Path) -> dict[str, dict[str, float]]:
    """System B's concatenation and the other fusions on pairs of a face and words, and either alone."""
    frozen, both = Frozen(), ("text", "face")
    pairs = examples_of("fer2013", data, "train", "meld")
    step = max(1, len(pairs) // NUM_PAIRS)
    train = frozen.encode(pairs[::step], both)
    test = frozen.encode(examples_of("fer2013", data, "test", "meld"), both)
    found = {f"B: {fusion}": train_and_measure(frozen, train, test, both, fusion, "ffn") for fusion in FUSIONS}
    for name in both:
        one, other = ([({name: encoded[name]}, targets) for encoded, targets in part] for part in (train, test))
        found[f"{name} alone"] = train_and_measure(frozen, one, other, (name,), "concat", "ffn")
    return found


BASELINES: dict[str, tuple[str, Callable[[Path], dict[str, dict[str, float]]]]] = {
    "tfidf": ("Emotion from words, MELD test (compact pair and published figures: accuracy.md)", tfidf),
    "heads": ("The same from the compact emotion model's frozen encoder of words", heads),
    "resnet18": ("Emotion of faces, FER2013 test (the published test accuracy of system C is 0.58)", resnet18),
    "fusions": ("Emotion of face and words paired by label, FER2013 test x MELD test, frozen encoders", fusions),
}
"""Name -> title of its table, and what measures it."""


def render(results: dict[str, Any]) -> str:
    """The whole of `baselines.md`."""
    lines = [
        "# Systems B, C, D and E beside the compact pair",
        "",
        "B's fusions and D's heads are trained on what the compact emotion model's encoders give, which stay frozen;",
        "E's words are the recipe `tfidf_logreg`, C's faces `resnet18_fer` with fewer than its 40 epochs. One run with",
        "seed 0 each. The pairs are made by label; they are not real pairs of one person's face and words. The full",
        "systems have their commands in [docs/training.md](../docs/training.md).",
    ]
    for name, (title, _) in BASELINES.items():
        if name not in results:
            continue
        lines += ["", f"## {title}", "", f"| | items | {' | '.join(SHOWN)} |", "|---" * (len(SHOWN) + 2) + "|"]
        for system, values in results[name]["measures"].items():
            cells = " | ".join(f"{values[measure]:.3f}" for measure in SHOWN)
            lines.append(f"| {system} | {values['num_items']:,} | {cells} |")
        made = results[name]["measured_on"]
        lines += ["", f"`python -m benchmarks.baselines --data DATA --only {name}`, at commit {made['commit']} on "]
        lines[-1] += f"{made['processor']}, {made['date']}."
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, help="data root")
    parser.add_argument("--only", choices=tuple(BASELINES), help="one of them")
    parser.add_argument("--table", action="store_true", help="write the table anew, measure nothing")
    arguments = parser.parse_args()
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    if not arguments.table:
        if arguments.data is None:
            parser.error("--data is needed to measure")
        for name, (_, run) in BASELINES.items():
            if arguments.only in (None, name):
                found = run(arguments.data)
                results[name] = {"measures": found, "measured_on": stamp()}
                RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
                for system, values in found.items():
                    print(f"{system}: " + ", ".join(f"{key} {values[key]:.3f}" for key in SHOWN), flush=True)
    (HERE / "baselines.md").write_text(render(results), encoding="utf-8")


if __name__ == "__main__":
    main()
