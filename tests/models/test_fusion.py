"""What holds for every fusion, every head and every set of modalities, found by listing."""

from itertools import combinations, product

import pytest
import torch

from mmemo.models import FUSIONS, HEADS, MODALITIES, MmemoModel
from mmemo.models.fusion_mmemo import FUSION_CLASSES, HEAD_CLASSES, Encoded
from tests.models.tiny import WIDTH, make_config, make_inputs, make_model, picture_config, task, text_config

SUBSETS = [subset for count in range(1, len(MODALITIES) + 1) for subset in combinations(MODALITIES, count)]
LARGEST = {"lstm": ("text",)}
"""Where a head does not take every modality, those that it takes."""
TASKS = {
    f"{fusion}_{head}_{'_'.join(subset)}": task(subset, fusion=fusion, head=head)
    for fusion, head, subset in product(FUSIONS, HEADS, SUBSETS)
    if head == "linear" or subset == LARGEST.get(head, MODALITIES)
}
ENCODERS = {
    "text_config": text_config("bert"),
    "image_config": picture_config("clip"),
    "face_config": picture_config("test_resnet"),
}
BATCH = 4
SAME = {"rtol": 1e-4, "atol": 1e-5}
every_task = pytest.mark.parametrize("name", TASKS)


@pytest.fixture(scope="module")
def model() -> MmemoModel:
    """One model with every task; tests leave it in evaluation mode and without gradients."""
    return make_model(make_config(**ENCODERS, tasks=TASKS))


@pytest.fixture(scope="module")
def encoded(model) -> Encoded:
    with torch.no_grad():
        return model.encode(**make_inputs(BATCH))


@pytest.fixture(scope="module")
def with_gaps(model) -> tuple[Encoded, list[Encoded]]:
    """A batch whose samples miss different modalities, and each sample alone with only what it has."""
    inputs = make_inputs(BATCH)
    inputs["attention_mask"][0] = 0
    inputs["image_mask"][1] = False
    inputs["face_mask"][:2] = False
    return encode_together_and_alone(model, inputs)


@pytest.fixture(scope="module")
def with_padding(model) -> tuple[Encoded, list[Encoded]]:
    """A batch of texts of different lengths, and each sample alone without padding."""
    return encode_together_and_alone(model, make_inputs(BATCH))


@torch.no_grad()
def encode_together_and_alone(model, inputs) -> tuple[Encoded, list[Encoded]]:
    alone = []
    for row in range(BATCH):
        one = {key: value[row : row + 1] for key, value in inputs.items()}
        length = int(one["attention_mask"].sum())
        one |= {key: one[key][:, :length] for key in ("input_ids", "attention_mask")}
        for present, given in (
            ("attention_mask", "input_ids"),
            ("image_mask", "pixel_values"),
            ("face_mask", "face_pixel_values"),
        ):
            if not one[present].any():
                del one[present], one[given]
        alone.append(model.encode(**one))
    return model.encode(**inputs), alone


def hide(encoded: Encoded, modality: str, rows: slice = slice(None)) -> Encoded:
    tokens, mask = encoded[modality]
    mask = mask.clone()
    mask[rows] = False
    return {**encoded, modality: (tokens, mask)}


def test_tables_name_every_class():
    assert tuple(FUSION_CLASSES) == FUSIONS
    assert tuple(HEAD_CLASSES) == HEADS


@every_task
def test_fusion_gives_shapes(model, encoded, name):
    fused = model.fusions[name]({modality: encoded[modality] for modality in TASKS[name]["modalities"]})
    assert fused.shape == (BATCH, WIDTH)
    assert model.classify(encoded, (name,))[name].shape == (BATCH, 3)


@every_task
def test_fusion_takes_dropped_as_masked(model, encoded, name):
    whole = model.classify(encoded, (name,))[name]
    for modality in TASKS[name]["modalities"]:
        rest = {key: value for key, value in encoded.items() if key != modality}
        dropped = model.classify(rest, (name,))[name]
        masked = model.classify(hide(encoded, modality), (name,))[name]
        torch.testing.assert_close(dropped, masked, **SAME)
        assert not torch.allclose(dropped, whole, **SAME), f"{modality} does not matter"


@every_task
@pytest.mark.parametrize("batch", ["with_gaps", "with_padding"])
def test_fusion_takes_each_sample_alone(model, name, batch, request):
    together, alone = request.getfixturevalue(batch)
    logits = model.classify(together, (name,))[name]
    for row in range(BATCH):
        torch.testing.assert_close(model.classify(alone[row], (name,))[name][0], logits[row], **SAME)


def test_a_query_sees_what_multihead_attention_would_show_it():
    torch.manual_seed(0)
    (attend, *_) = FUSION_CLASSES["cross_attention"](("text", "image"), WIDTH, 4, 0.1).eval().attend
    torch.nn.init.normal_(attend.attention.in_proj_bias)
    queries, context = torch.randn(BATCH, WIDTH), torch.randn(BATCH, 9, WIDTH)
    mask = torch.arange(9) <= torch.tensor([[0], [3], [8], [5]])
    expected, _ = torch.nn.MultiheadAttention.forward(
        attend.attention, queries.unsqueeze(1), context, context, key_padding_mask=~mask
    )
    torch.testing.assert_close(attend.attention(queries, context, mask), expected.squeeze(1), **SAME)


@every_task
def test_fusion_is_defined_without_anything(model, encoded, name):
    nothing = encoded
    for modality in TASKS[name]["modalities"]:
        nothing = hide(nothing, modality)
    masked = model.classify(nothing, (name,))[name]
    empty = model.classify({}, (name,))[name]
    assert masked.isfinite().all()
    assert empty.shape == (1, 3)
    torch.testing.assert_close(masked, empty.expand_as(masked), **SAME)


@every_task
def test_fusion_passes_gradients_to_every_parameter(model, encoded, name):
    modalities = TASKS[name]["modalities"]
    partly = encoded  # sample 0 has nothing, so that what stands for the missing is used
    for modality in modalities:
        partly = hide(partly, modality, slice(0, 1))
    parameters = dict(model.fusions[name].named_parameters(prefix="fusion"))
    parameters |= dict(model.heads[name].named_parameters(prefix="head"))
    loss = model.classify(partly, (name,))[name].square().sum()
    gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        assert gradient is not None, f"{parameter} is not used"
        weighs_one = len(modalities) == 1 and parameter.startswith(("fusion.weights", "fusion.gate"))
        assert gradient.abs().sum() > 0 or weighs_one, f"{parameter} has no gradient"


@pytest.mark.parametrize("name", [name for name in TASKS if set(TASKS[name]["modalities"]) == set(MODALITIES)])
def test_modality_dropout_hides_modalities_in_training_alone(model, encoded, name, monkeypatch):
    monkeypatch.setattr(model.config, "modality_dropout", 0.5)
    plain = model.classify(encoded, (name,))[name]
    assert torch.equal(model.classify(encoded, (name,))[name], plain)
    possible = []  # what each sample gives with each set of its modalities hidden
    for hidden in product((False, True), repeat=len(TASKS[name]["modalities"])):
        seen = encoded
        for modality, is_hidden in zip(TASKS[name]["modalities"], hidden, strict=True):
            seen = hide(seen, modality) if is_hidden else seen
        possible.append(model.classify(seen, (name,))[name])
    torch.manual_seed(0)
    model.train()
    try:
        drawn = torch.stack([model.classify(encoded, (name,))[name] for _ in range(4)])
    finally:
        model.eval()
    distances = (drawn.unsqueeze(0) - torch.stack(possible).unsqueeze(1)).abs().amax(dim=-1)  # (sets, draws, B)
    assert distances.amin(dim=0).max() < 1e-4
    assert distances.argmin(dim=0).unique().numel() > 1
