"""`MmemoModel`: tasks on shared encoders, saving and loading, full sizes, and what it refuses."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import cpu_offload
from safetensors.torch import save_file
from transformers import (
    BertConfig,
    CLIPTextConfig,
    CLIPVisionConfig,
    ConvNextConfig,
    ResNetConfig,
    RobertaConfig,
    TimmWrapperConfig,
)

from mmemo.models import FUSIONS, MODALITIES, MmemoConfig, MmemoModel, MmemoProcessor
from tests.models.tiny import (
    SIDE,
    WIDTH,
    make_config,
    make_image_processor,
    make_inputs,
    make_model,
    make_tokenizer,
    picture_config,
    task,
    text_config,
)

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
ENCODERS: dict[str, dict[str, Any]] = {
    "clip_clip": {"text_config": text_config("clip"), "image_config": picture_config("clip")},
    "bert_resnet": {"text_config": text_config("bert"), "face_config": picture_config("resnet18")},
    "minilm_efficientnet": {
        "text_config": BertConfig(
            vocab_size=32, hidden_size=24, num_hidden_layers=3, num_attention_heads=4, intermediate_size=48
        ),
        "image_config": picture_config("tf_efficientnet_lite0"),
    },
    "roberta": {"text_config": text_config("roberta")},
    "distilbert": {"text_config": text_config("distilbert")},
}
SAVED = {
    **{
        f"fusion_{fusion}": make_config(
            text_config=text_config("bert"),
            image_config=picture_config("clip"),
            face_config=picture_config("test_resnet"),
            tasks={
                "joint": task(MODALITIES, fusion=fusion, head="ffn"),
                "words": task(("text",), fusion=fusion, head="lstm"),
            },
        )
        for fusion in FUSIONS
    },
    **{
        f"encoders_{name}": make_config(
            **encoders,
            tasks={"joint": task(tuple(key.removesuffix("_config") for key in encoders), fusion="cross_attention")},
        )
        for name, encoders in ENCODERS.items()
    },
}

LOAD = """
import json, sys
from pathlib import Path
{imports}
import torch
from safetensors.torch import load_file

torch.set_num_threads(1)
report = {{}}
for folder in sorted(Path(sys.argv[1]).iterdir()):
    model, info = AutoModel.from_pretrained(folder, output_loading_info=True)
    parts = AutoConfig.from_pretrained(folder), model, AutoProcessor.from_pretrained(folder)
    expected = load_file(folder / "logits" / "logits.safetensors")
    with torch.inference_mode():
        logits = model(**load_file(folder / "logits" / "inputs.safetensors")).logits
    report[folder.name] = {{
        "classes": [f"{{type(part).__module__}}.{{type(part).__name__}}" for part in parts],
        "dtype": str(model.dtype),
        "same": sorted(logits) == sorted(expected) and all(torch.equal(logits[k], expected[k]) for k in logits),
        "info": {{key: sorted(map(str, value)) for key, value in info.items() if value}},
    }}
print(json.dumps(report))
"""
CLASSES = [
    "mmemo.models.configuration_mmemo.MmemoConfig",
    "mmemo.models.modeling_mmemo.MmemoModel",
    "mmemo.models.processing_mmemo.MmemoProcessor",
]


def save_with_logits(config: MmemoConfig, dtype: torch.dtype, folder: Path) -> None:
    """A model, a processor, and below them inputs and what the model, once loaded, gives for them.

    Some processors round a product by where in memory its factors begin, so logits are compared between loaded models,
    and weights with the model that was saved.
    """
    model = make_model(config).to(dtype)
    model.save_pretrained(folder)
    loaded = MmemoModel.from_pretrained(folder)
    weights = loaded.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())
    inputs = {
        key: value.to(dtype) if value.is_floating_point() else value
        for key, value in make_inputs(2, modalities=config.modalities).items()
    }
    with torch.inference_mode():
        logits = loaded(**inputs).logits
    MmemoProcessor(tokenizer=make_tokenizer()).save_pretrained(folder)
    (folder / "logits").mkdir()
    save_file(inputs, folder / "logits" / "inputs.safetensors")
    save_file(logits, folder / "logits" / "logits.safetensors")


def load_fresh(root: Path, imports: str) -> dict[str, dict[str, Any]]:
    """What a new process with these imports says about every model folder in `root`."""
    command = [sys.executable, "-c", LOAD.format(imports=imports), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def reloaded(tmp_path_factory) -> dict[str, dict[str, Any]]:
    """What one fresh process says about every saved model."""
    root = tmp_path_factory.mktemp("saved")
    for name, config in SAVED.items():
        for dtype_name, dtype in DTYPES.items():
            save_with_logits(config, dtype, root / f"{name}-{dtype_name}")
    return load_fresh(root, "import mmemo\nfrom transformers import AutoConfig, AutoModel, AutoProcessor")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SAVED)
def test_model_gives_same_logits_in_fresh_process(reloaded, name, dtype):
    report = reloaded[f"{name}-{dtype}"]
    assert report == {"classes": CLASSES, "dtype": str(DTYPES[dtype]), "same": True, "info": {}}


def test_auto_classes_know_mmemo_imported_after_transformers(tmp_path):
    save_with_logits(SAVED["encoders_distilbert"], torch.float32, tmp_path / "model")
    report = load_fresh(tmp_path, "from transformers import AutoConfig, AutoModel, AutoProcessor\nimport mmemo")
    assert report["model"]["classes"] == CLASSES


BERT = BertConfig()
FULL_SIZES = [
    # encoders, picture's side, tokens of the picture, millions of parameters of the backbones as published
    ({"text_config": CLIPTextConfig(), "image_config": CLIPVisionConfig()}, 224, 50, 151),
    ({"text_config": BERT, "image_config": TimmWrapperConfig(architecture="resnet50")}, 224, 49, 109 + 24),
    (
        {
            "text_config": RobertaConfig(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1),
            "face_config": TimmWrapperConfig(architecture="vit_base_patch16_224"),
        },
        224,
        197,
        125 + 86,
    ),
    (
        {
            "text_config": BertConfig(
                hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536
            ),
            "image_config": TimmWrapperConfig(architecture="tf_efficientnet_lite0"),
        },
        224,
        49,
        22.7 + 3.4,
    ),
]


@pytest.mark.parametrize(("encoders", "side", "num_tokens", "millions"), FULL_SIZES)
def test_model_has_full_size_shapes(encoders, side, num_tokens, millions):
    modalities = tuple(key.removesuffix("_config") for key in encoders)
    config = make_config(
        **encoders, hidden_size=512, num_attention_heads=8, tasks={"hate": task(modalities, fusion="cross_attention")}
    )
    with torch.device("meta"):
        model = MmemoModel(config).eval()
        ids, pixels = torch.zeros(2, 64, dtype=torch.long), torch.zeros(2, 3, side, side)
    encoded = model.encode(ids, **{"pixel_values" if modalities[1] == "image" else "face_pixel_values": pixels})
    assert encoded["text"][0].shape == (2, 1 + 64, 512)
    assert encoded[modalities[1]][0].shape == (2, 1 + num_tokens, 512)
    assert all(tokens.shape[:2] == mask.shape for tokens, mask in encoded.values())
    assert model.classify(encoded)["hate"].shape == (2, 3)
    count = sum(p.numel() for name, p in model.named_parameters() if ".backbone." in name)
    assert count / 1e6 == pytest.approx(millions, rel=0.02)


@pytest.mark.parametrize(
    "config",
    [
        picture_config("clip"),
        picture_config("test_resnet"),
        picture_config("test_efficientnet"),
        ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1]),
        ConvNextConfig(hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1]),
    ],
)
def test_model_takes_picture_encoder(config):
    model = make_model(make_config(image_config=config, tasks={"hate": task(("image",))}))
    encoded = model.encode(**make_inputs(2, modalities=("image",)))
    assert encoded["image"][0].shape[2] == WIDTH
    assert encoded["image"][0].shape[:2] == encoded["image"][1].shape


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "clip"])
@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_model_takes_text_encoder(kind, pooling):
    tasks = {"mood": task(("text",))}
    model = make_model(make_config(text_config=text_config(kind), text_pooling=pooling, tasks=tasks))
    inputs = make_inputs(3, modalities=("text",))
    logits = model(**inputs).logits["mood"]
    short = {name: values[2:, : int(inputs["attention_mask"][2].sum())] for name, values in inputs.items()}
    torch.testing.assert_close(model(**short).logits["mood"], logits[2:], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "clip"])
def test_model_takes_more_words_and_returns_from_folder_with_them(kind, tmp_path):
    model = make_model(make_config(text_config=text_config(kind), tasks={"mood": task(("text",))}))
    inputs = make_inputs(2, modalities=("text",))
    before = model(**inputs).logits["mood"]
    model.resize_token_embeddings(40)
    assert model.get_input_embeddings().weight.shape[0] == model.config.text_config.vocab_size == 40
    torch.testing.assert_close(model(**inputs).logits["mood"], before)
    model.save_pretrained(tmp_path)
    loaded = MmemoModel.from_pretrained(tmp_path)
    assert torch.equal(loaded.get_input_embeddings().weight, model.get_input_embeddings().weight)


def test_model_reads_token_embeddings_as_words():
    model = make_model(make_config(text_config=text_config("bert"), tasks={"mood": task(("text",))}))
    inputs = make_inputs(2, modalities=("text",))
    embeds = model.encoders["text"].backbone.get_input_embeddings()(inputs["input_ids"])
    from_embeds = model(inputs_embeds=embeds, attention_mask=inputs["attention_mask"]).logits["mood"]
    torch.testing.assert_close(from_embeds, model(**inputs).logits["mood"])


@pytest.fixture(scope="module")
def small() -> MmemoModel:
    """Words alone, a softmax task and a sigmoid task with temperatures."""
    tasks = {
        "mood": task(("text",), temperature=2.0),
        "tags": task(("text",), temperature=0.5, problem_type="multi_label_classification"),
    }
    return make_model(make_config(text_config=text_config("bert"), tasks=tasks))


def test_probabilities_apply_temperature(small):
    logits = {"mood": torch.tensor([[0.0, 2.0, -1.0]]), "tags": torch.tensor([[0.0, 1.0, -3.0]])}
    probabilities = small.probabilities({name: values.bfloat16() for name, values in logits.items()})
    torch.testing.assert_close(probabilities["mood"], torch.softmax(logits["mood"] / 2.0, dim=-1))
    torch.testing.assert_close(probabilities["tags"], torch.sigmoid(logits["tags"] / 0.5))
    assert probabilities["mood"].sum().item() == pytest.approx(1.0)
    assert all(values.dtype == torch.float32 for values in probabilities.values())


def test_probabilities_apply_the_calibration_of_what_each_sample_has():
    yes_no = {"labels": ["yes"], "problem_type": "multi_label_classification", "temperature": 2.0}
    calibration = {"text": [0.5, 1.0], "text+image": [4.0, -1.0]}
    tasks = {"hate": {**task(("text", "image")), **yes_no, "calibration": calibration}}
    config = make_config(text_config=text_config("bert"), image_config=picture_config("clip"), tasks=tasks)
    model, inputs = make_model(config), make_inputs(4, modalities=("text", "image"))
    inputs["image_mask"] = torch.tensor([True, False, True, False])
    inputs["attention_mask"][2:] = 0
    output = model(**inputs)
    found = model.probabilities(output.logits, output.present)["hate"][:, 0]
    logits = output.logits["hate"][:, 0]
    expected = torch.stack([logits[0] / 4.0 - 1.0, logits[1] / 0.5 + 1.0, logits[2] / 2.0, logits[3] / 2.0]).sigmoid()
    torch.testing.assert_close(found, expected)  # picture alone and nothing at all: the plain temperature
    torch.testing.assert_close(model.probabilities(output.logits)["hate"][:, 0], (logits / 2.0).sigmoid())


def test_model_runs_only_the_tasks_asked_for(small):
    inputs = make_inputs(2, modalities=("text",))
    assert set(small(**inputs).logits) == {"mood", "tags"}
    assert set(small(**inputs, tasks=("tags",)).logits) == {"tags"}


def test_model_loss_ignores_unknown_labels(small):
    inputs = make_inputs(2, modalities=("text",))
    logits = small(**inputs).logits
    labels = {"mood": torch.tensor([1, -100]), "tags": torch.tensor([[1.0, 0.0, float("nan")], [float("nan")] * 3])}
    mood = torch.nn.functional.cross_entropy(logits["mood"][:1], torch.tensor([1]))
    tags = torch.nn.functional.binary_cross_entropy_with_logits(logits["tags"][0, :2], torch.tensor([1.0, 0.0]))
    torch.testing.assert_close(small(**inputs, labels=labels).loss, (mood + tags) / 2)


NOTHING_KNOWN = {
    "mood": torch.full((2,), -100),
    "tags": torch.full((2, 3), float("nan")),
}


@pytest.mark.parametrize("name", NOTHING_KNOWN)
def test_model_loss_is_zero_where_nothing_is_known(small, name):
    loss = small(**make_inputs(2, modalities=("text",)), labels={name: NOTHING_KNOWN[name]}).loss
    assert loss.item() == 0.0


@pytest.mark.parametrize(
    ("inputs", "tasks", "message"),
    [
        ({}, None, "nothing to look at: expected input_ids, pixel_values or face_pixel_values, got none"),
        (make_inputs(2, modalities=("text",)), ("hate",), "unknown task 'hate': expected one of mood, tags"),
        (make_inputs(2, modalities=("image",)), None, "this model has no image encoder: it has text"),
        ({"face_pixel_values": torch.zeros(1, 3, SIDE, SIDE)}, None, "this model has no face encoder: it has text"),
    ],
)
def test_model_refuses(small, inputs, tasks, message):
    with pytest.raises(ValueError, match=message):
        small(**inputs, tasks=tasks)


def test_model_gives_tuple_when_asked(small):
    logits, present = small(**make_inputs(2, modalities=("text",)), return_dict=False)
    assert set(logits) == {"mood", "tags"}
    assert present["text"].tolist() == [True, True]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({}, "labels must map a task, one or more of mood, tags, to a tensor; got keys "),
        ({"hate": torch.zeros(2)}, "got keys hate"),
        (torch.zeros(2), "got Tensor"),
        ({"mood": torch.zeros(2, 3)}, r"labels of 'mood' must be of shape \(2,\), got \(2, 3\)"),
        ({"tags": torch.zeros(2)}, r"labels of 'tags' must be of shape \(2, 3\), got \(2,\)"),
    ],
)
def test_model_refuses_labels(small, labels, message):
    with pytest.raises(ValueError, match=message):
        small(**make_inputs(2, modalities=("text",)), labels=labels)


def test_a_task_with_one_label_takes_a_flat_list_of_labels():
    yes_no = task(("text",), labels=["yes"], problem_type="multi_label_classification")
    model = make_model(make_config(text_config=text_config("bert"), tasks={"hate": yes_no}))
    inputs, labels = make_inputs(2, modalities=("text",)), torch.tensor([1, 0])
    flat, column = (model(**inputs, tasks="hate", labels={"hate": x}).loss for x in (labels, labels.float()[:, None]))
    assert flat.item() == column.item() > 0


@pytest.fixture
def whole() -> tuple[MmemoModel, dict[str, torch.Tensor]]:
    """A model of words and pictures, and a batch for it."""
    tasks = {"mood": task(("text", "image"), fusion="cross_attention")}
    config = make_config(text_config=text_config("bert"), image_config=picture_config("clip"), tasks=tasks)
    return make_model(config), make_inputs(2, modalities=("text", "image"))


def test_model_says_of_every_modality_whether_it_is_present(whole):
    model, inputs = whole
    words = {name: inputs[name] for name in ("input_ids", "attention_mask")}
    assert {name: rows.tolist() for name, rows in model(**words).present.items()} == {
        "text": [True, True],
        "image": [False, False],
    }


def test_model_gives_the_same_when_its_weights_wait_elsewhere(whole):
    model, inputs = whole
    with torch.inference_mode():
        expected = model(**inputs).logits["mood"]
        assert torch.equal(cpu_offload(model, execution_device="cpu")(**inputs).logits["mood"], expected)


def test_gradient_checkpointing_gives_the_same_gradients(whole):
    model, inputs = whole
    gradients = []
    for is_on in (False, True):
        if is_on:
            model.gradient_checkpointing_enable()
            assert model.is_gradient_checkpointing
        model.train()
        torch.manual_seed(0)
        model.zero_grad()
        model(**inputs, labels={"mood": torch.tensor([0, 1])}).loss.backward()
        gradients.append(model.get_input_embeddings().weight.grad.clone())
    assert gradients[0].any()
    torch.testing.assert_close(*gradients)


def test_model_without_words_embeds_none():
    model = make_model(make_config(image_config=picture_config("clip"), tasks={"mood": task(("image",))}))
    with pytest.raises(NotImplementedError, match="no text encoder"):
        model.get_input_embeddings()


def test_processor_and_model_fit_each_other(small):
    processor = MmemoProcessor(tokenizer=make_tokenizer(), image_processor=make_image_processor())
    logits = small(**processor(text=["what a lovely day", None, "me"])).logits["mood"]
    assert logits.shape == (3, 3)
    torch.testing.assert_close(logits[1:2], small.classify({}, ("mood",))["mood"])
