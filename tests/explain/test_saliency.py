"""Taps, gradients and maps on tiny networks of every kind: nothing changes in the run, and relevance adds up."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import CLIPImageProcessor

from mmemo.explain.attribution import Attributor, Run
from mmemo.explain.saliency import (
    gradients,
    heat_map,
    inside_face,
    log_odds,
    place_relevance,
    recording,
    seen_area,
    token_relevance,
)
from mmemo.explain.words import WordTokens
from mmemo.models import MmemoModel, TaskConfig
from mmemo.results import Box, HeatMap
from tests.models.tiny import make_config, make_inputs, make_model, picture_config, task, text_config

TEXT_KINDS = ("bert", "roberta", "distilbert", "clip")
PICTURE_KINDS = ("clip", "test_resnet", "test_efficientnet", "test_vit")
TASKS = {"both": task(("text", "image"), fusion="cross_attention"), "words": task(("text",))}


def tapped(text: str = "bert", picture: str = "test_resnet") -> MmemoModel:
    config = make_config(text_config=text_config(text), image_config=picture_config(picture), tasks=TASKS)
    return Attributor(make_model(config)).model


def inputs_of(model: MmemoModel) -> dict[str, torch.Tensor]:
    inputs = make_inputs(modalities=("text", "image"))
    if getattr(model.config.image_config, "architecture", "") == "test_vit":  # of one fixed size
        inputs["pixel_values"] = torch.nn.functional.interpolate(inputs["pixel_values"], (160, 160))
    return inputs


@pytest.mark.parametrize(
    ("text", "picture"), [(kind, "test_resnet") for kind in TEXT_KINDS] + [("bert", kind) for kind in PICTURE_KINDS]
)
def test_a_recorded_run_is_the_same_run_and_gives_relevance(text: str, picture: str) -> None:
    model = tapped(text, picture)
    inputs = inputs_of(model)
    with torch.no_grad():
        expected = model(**inputs).logits
    with recording() as leaves:
        encoded = model.encode(**inputs)
        logits = model.classify(encoded)
    for name, values in expected.items():
        torch.testing.assert_close(logits[name].detach(), values)
    settings = model.config.task("both")
    found = gradients(log_odds(logits["both"], torch.tensor([0, 1, 2, 0]), settings), leaves)
    relevance = token_relevance(leaves["text"], found["text"])
    assert relevance.shape == inputs["input_ids"].shape
    assert relevance.abs().max() > 0
    assert (relevance[inputs["attention_mask"] == 0] == 0).all()
    places, method = place_relevance(leaves["image"], found["image"])
    assert method == ("patch_relevance" if picture in ("clip", "test_vit") else "grad_cam")
    assert places.shape[0] == 4
    assert places.dim() == 3
    assert (places >= 0).all()
    assert places.max() > 0
    assert set(gradients(log_odds(logits["words"], torch.zeros(4).long(), settings), leaves)) == {"text"}
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in model.parameters())


def test_relevance_predicts_a_small_change() -> None:
    """Activation times gradient is what a score loses, to first order, as the activation shrinks."""
    model = tapped()
    inputs = inputs_of(model)
    settings, labels = model.config.task("both"), torch.tensor([0, 1, 2, 0])
    with recording() as leaves:
        scores = log_odds(model.classify(model.encode(**inputs))["both"], labels, settings)
    leaf = leaves["text"]
    relevance = token_relevance(leaf, gradients(scores, leaves)["text"])
    shrunk = leaf.detach() * torch.where(torch.arange(leaf.shape[1]) == 2, 1 - 1e-3, 1.0)[None, :, None]
    layer = model.encoders["text"].backbone.encoder.layer[-1]
    hook = layer.register_forward_pre_hook(lambda _, given: (shrunk, *given[1:]))
    with torch.no_grad():
        changed = log_odds(model.classify(model.encode(**inputs))["both"], labels, settings)
    hook.remove()
    torch.testing.assert_close((scores.detach() - changed) / 1e-3, relevance[:, 2], rtol=0.05, atol=1e-2)


def test_threads_do_not_see_each_other() -> None:
    model = tapped()
    inputs = inputs_of(model)
    with torch.no_grad():
        expected = model(**inputs).logits["both"]

    def run(is_recorded: bool) -> int:
        if not is_recorded:
            with torch.no_grad():
                torch.testing.assert_close(model(**inputs).logits["both"], expected)
            return 0
        with recording() as leaves:
            torch.testing.assert_close(model(**inputs).logits["both"].detach(), expected)
        return len(leaves)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, [True, False] * 8)) == [2, 0] * 8


@pytest.mark.parametrize("problem_type", ["single_label_classification", "multi_label_classification"])
def test_log_odds_are_those_of_the_calibrated_probability(problem_type: str) -> None:
    settings = TaskConfig(labels=("a", "b", "c"), modalities=("text",), problem_type=problem_type, temperature=1.7)
    logits, labels = torch.randn(5, 3), torch.tensor([0, 1, 2, 1, 0])
    scaled = logits / 1.7
    probabilities = scaled.sigmoid() if settings.is_multi_label else scaled.softmax(dim=-1)
    expected = torch.logit(probabilities.gather(1, labels[:, None])[:, 0])
    torch.testing.assert_close(log_odds(logits, labels, settings), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["bert", "distilbert", "clip"])  # RoBERTa counts places by its padding
def test_integrated_gradients_are_captums_at_the_embedding_layer(kind: str) -> None:
    from captum.attr import LayerIntegratedGradients

    model = tapped(kind)
    inputs = make_inputs(batch_size=1, modalities=("text",))
    ids = inputs["input_ids"]
    length = ids.shape[1]
    tokens = tuple(WordTokens(text=str(i), start=i, end=i + 1, tokens=(i,)) for i in range(1, length - 1))
    with torch.no_grad():
        encoded = model.encode(**inputs)
    run = Run(encoded=encoded, logits={}, leaves={}, rows={}, input_ids=ids, words=[tokens])
    found = Attributor(model).integrated_gradients(run, 0, "words", 1, steps=8)
    settings = model.config.task("words")

    def score(given: torch.Tensor) -> torch.Tensor:
        logits = model(input_ids=given, tasks=("words",)).logits["words"]
        return log_odds(logits, torch.ones(len(given)).long(), settings)

    padding = model.encoders["text"].backbone.get_input_embeddings().padding_idx or 0
    baseline = ids.clone()
    baseline[:, 1:-1] = padding
    layer = LayerIntegratedGradients(score, model.encoders["text"].backbone.get_input_embeddings())
    expected = layer.attribute(ids, baselines=baseline, n_steps=8).sum(dim=-1)[0, 1:-1]
    assert [word.weight for word in found.words] == pytest.approx(expected.tolist(), abs=1e-4)


def test_heat_map_is_one_at_its_peak() -> None:
    found = heat_map(np.array([[0.0, 1.0], [4.0, 2.0]], np.float32), Box(x=10, y=20, width=100, height=40), "grad_cam")
    assert found.values.max() == 1.0
    assert found.peak == (35, 50)
    assert found.pixels.shape == (40, 100)
    assert found.pixels[35, 10] > 0.9
    assert found.to_dict()["png"]
    nothing = heat_map(np.zeros((3, 3), np.float32), Box(x=0, y=0, width=1, height=1), "grad_cam")
    assert nothing.peak is None
    assert nothing.pixels.shape == (1, 1)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"do_center_crop": False, "size": {"height": 32, "width": 32}}, (0, 0, 200, 100)),
        ({"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}}, (50, 0, 100, 100)),
        ({"size": {"shortest_edge": 224}, "crop_size": {"height": 112, "width": 112}}, (75, 25, 50, 50)),
        ({"size": {"height": 200, "width": 200}, "crop_size": {"height": 100, "width": 100}}, (50, 25, 100, 50)),
    ],
)
def test_seen_area_is_what_the_processor_keeps(settings: dict, expected: tuple[int, int, int, int]) -> None:
    found = seen_area(CLIPImageProcessor(**settings), Image.new("RGB", (200, 100)))
    assert found is not None
    assert found.xywh == expected


def test_seen_area_of_nothing_is_none() -> None:
    assert seen_area(None, Image.new("RGB", (9, 9))) is None
    assert seen_area(CLIPImageProcessor()) is None


def test_inside_face_keeps_to_the_box_and_its_place() -> None:
    values = np.zeros((4, 4), np.float32)
    values[0, 3] = 1.0
    crop = HeatMap(values=values, box=Box(x=0, y=0, width=100, height=100), peak=(87, 12), method="grad_cam")
    face = Box(x=45, y=5, width=80, height=90)
    found = inside_face(crop, (40, 0), face)
    assert found.box == face
    assert found.peak is not None
    assert found.peak[0] > 105
    assert found.peak[1] < 25
    assert found.values.max() == 1.0
