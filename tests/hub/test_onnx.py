"""ONNX: graphs of encoders and tasks give what PyTorch gives, at any batch size and length, whatever is missing."""

import json
from pathlib import Path

import onnxruntime
import pytest

from hub.onnx import TOLERANCE, OnnxError, OnnxModel, export_onnx, largest_difference, main, real_inputs
from mmemo.models import MmemoProcessor
from tests.models.tiny import make_config, make_image_processor, make_model, make_tokenizer, picture_config, text_config

pytestmark = pytest.mark.timeout(300)  # exporting is slow on a busy machine

HATE = {
    "labels": ["hateful"],
    "modalities": ["text", "image"],
    "problem_type": "multi_label_classification",
    "head": "ffn",
}


def save(folder: Path, **tasks: dict) -> Path:
    config = make_config(text_config=text_config("bert"), image_config=picture_config("test_resnet"), tasks=tasks)
    make_model(config).save_pretrained(folder)
    MmemoProcessor(tokenizer=make_tokenizer(), image_processor=make_image_processor(), max_length=16).save_pretrained(
        folder
    )
    return folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The meme model's kind of layers at a tiny size."""
    return save(tmp_path_factory.mktemp("onnx") / "tiny", hate={**HATE, "fusion": "cross_attention"})


@pytest.fixture(scope="module")
def exported(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_onnx(checkpoint, tmp_path_factory.mktemp("graphs"))


def test_graphs_give_what_pytorch_gives(checkpoint: Path, exported: Path) -> None:
    """Batches of one to four, words of many lengths, and samples that lack words or picture."""
    samples = real_inputs(12)
    assert {None, str} <= {type(sample["text"]) if sample["text"] else None for sample in samples}
    assert any(sample["images"] is None for sample in samples)
    assert largest_difference(checkpoint, exported, 12) <= TOLERANCE


def test_difference_is_seen(checkpoint: Path, exported: Path, tmp_path: Path) -> None:
    """The comparison can fail: another model's results beside these graphs."""
    other = save(tmp_path / "other", hate={**HATE, "fusion": "concat"})
    assert largest_difference(other, exported, 4) > TOLERANCE


def test_every_encoder_and_task_has_a_graph(exported: Path) -> None:
    assert {path.name for path in exported.glob("*.onnx")} == {
        "encoder_text.onnx",
        "encoder_image.onnx",
        "task_hate.onnx",
    }
    index = json.loads((exported / "onnx.json").read_text())
    assert index["tasks"]["hate"]["labels"] == ["hateful"]
    assert MmemoProcessor.from_pretrained(exported)(text=["what a day"])["input_ids"].shape == (1, 5)
    shape = onnxruntime.InferenceSession(str(exported / "encoder_text.onnx")).get_inputs()[0].shape
    assert all(isinstance(size, str) for size in shape)


def test_graphs_take_one_modality_alone(exported: Path) -> None:
    inputs = MmemoProcessor.from_pretrained(exported)(text=["what a day", "me", "so much"])
    logits = OnnxModel(exported)({name: value.numpy() for name, value in inputs.items()})
    assert {name: values.shape for name, values in logits.items()} == {"hate": (3, 1)}


def test_lstm_head_is_refused(tmp_path: Path) -> None:
    task = {"labels": ["negative", "neutral", "positive"], "modalities": ["text"], "head": "lstm"}
    folder = save(tmp_path / "lstm", sentiment=task)
    with pytest.raises(OnnxError, match="retrain with ffn"):
        export_onnx(folder, tmp_path / "out")
    assert main([str(folder), "--output", str(tmp_path / "out")]) == 1
