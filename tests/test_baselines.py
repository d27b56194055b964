"""The cheap baselines: fusions and heads learn on frozen encodings, and the report is what the figures make."""

import json

import pytest
import torch

from benchmarks.baselines import BASELINES, HERE, RESULTS, SHOWN, Decision, Frozen, render
from mmemo.data import Example
from mmemo.models import FUSIONS, HEADS, MmemoModel
from tests.models.tiny import make_config, picture_config, text_config
from tests.perception.drawing import draw_face

LABELS = ("angry", "happy", "sad")


@pytest.fixture(scope="module")
def model():
    task = {"labels": LABELS, "modalities": ["text", "face"]}
    config = make_config(text_config=text_config("bert"), face_config=picture_config("clip"), tasks={"emotion": task})
    return MmemoModel(config)


def make_batches(modalities, count=6):
    """Encodings whose summary tells the label."""
    generator = torch.Generator().manual_seed(0)
    batches = []
    for _ in range(count):
        targets = torch.randint(3, (16,), generator=generator)
        tokens = torch.randn(16, 5, 16, generator=generator) * 0.1
        tokens[torch.arange(16), :, targets] += 2
        mask = torch.ones(16, 5, dtype=torch.bool)
        batches.append(({name: (tokens.bfloat16(), mask) for name in modalities}, targets))
    return batches


@pytest.mark.parametrize(
    ("modalities", "fusion", "head"),
    [*((("text", "face"), fusion, "ffn") for fusion in FUSIONS), *((("text",), "concat", head) for head in HEADS)],
)
def test_decision_learns_on_frozen_encodings(model, modalities, fusion, head, monkeypatch):
    monkeypatch.setattr("benchmarks.baselines.RATE", 0.01)
    torch.manual_seed(0)
    decision = Decision(model, modalities, fusion, head)
    batches = make_batches(modalities, 8)
    decision.learn(batches)
    found = decision.measure(batches)
    assert found["accuracy"] > 0.6  # a third by chance
    assert found["num_items"] == 128


def test_report_is_what_the_figures_make():
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert set(results) <= set(BASELINES)
    assert all(set(SHOWN) <= set(values) for part in results.values() for values in part["measures"].values())
    assert (HERE / "baselines.md").read_text(encoding="utf-8") == render(results)


def test_frozen_encodes_examples_in_their_order(tmp_path):
    draw_face(60).save(tmp_path / "face.png")
    words = [f"number {i}" for i in range(70)]
    examples = [
        Example(id=text, text=text, face=tmp_path / "face.png", labels={"emotion": "happy" if i % 2 else "sad"})
        for i, text in enumerate(words)
    ]
    frozen = Frozen()
    batches = frozen.encode(examples, ("text", "face"))
    assert [len(targets) for _, targets in batches] == [64, 6]
    labels = frozen.model.config.task("emotion").labels
    assert [labels[i] for _, targets in batches for i in targets.tolist()] == ["sad", "happy"] * 35
    (encoded, _) = batches[1]
    with torch.no_grad():
        alone = frozen.model.encode(**frozen.processor(text=words[64:]))
    assert torch.allclose(encoded["text"][0][:, 0].float(), alone["text"][0][:, 0], atol=0.02)
    assert encoded["face"][1].all()
