"""Batch norms folded into convolutions: the same logits, the same weights to save."""

import pytest
import torch
from torch import nn

from mmemo.folding import with_folded_norms
from mmemo.models import MmemoModel
from mmemo.pipeline import CHECKPOINTS


@pytest.mark.parametrize("name", ["meme", "emotion"])
def test_folded_model_gives_the_same_logits(name):
    model = MmemoModel.from_pretrained(CHECKPOINTS / name, dtype=torch.float32).eval()
    pixels = "pixel_values" if name == "meme" else "face_pixel_values"
    inputs = {"input_ids": torch.randint(1000, 2000, (2, 7)), pixels: torch.randn(2, 3, 96, 96)}
    with torch.inference_mode():
        before = model(**inputs).logits
        folded = with_folded_norms(model)
        after = folded(**inputs).logits
        for task, logits in model(**inputs).logits.items():
            torch.testing.assert_close(logits, before[task])
    for task, logits in after.items():
        torch.testing.assert_close(logits, before[task], rtol=1e-3, atol=1e-3)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    assert any(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    assert folded.heads is model.heads


def test_what_cannot_be_folded_stays():
    model = MmemoModel.from_pretrained(CHECKPOINTS / "emotion", dtype=torch.bfloat16)
    assert with_folded_norms(model) is model


def test_a_network_that_would_change_stays(monkeypatch):
    model = MmemoModel.from_pretrained(CHECKPOINTS / "emotion", dtype=torch.float32).eval()
    monkeypatch.setattr("mmemo.folding.fuse_conv_bn_eval", lambda conv, norm: conv)
    assert with_folded_norms(model).encoders["face"].backbone is model.encoders["face"].backbone
