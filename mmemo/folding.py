"""A model for inference: batch norms of its convolutional networks folded into the convolutions before them.

At inference a batch norm is a factor and a shift for each channel, which the convolution can apply itself. Conventions:
the copy shares all that is not folded with the model, which stays as it is, to be saved.
"""

import copy
import itertools
from typing import Any

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mmemo.models import MmemoModel

PROBE_SIDE = 64
"""Pixels a side of the picture on which a folded network is compared with its original."""


def with_folded_norms(model: MmemoModel) -> MmemoModel:
    """A copy in evaluation mode that gives the same logits sooner; the model itself where there is nothing to fold.

    Only float32 is folded: in bfloat16 the folded weights would be rounded once more. A network whose result changes,
    because a norm belongs to another convolution than the one before it, is left as it is.
    """
    networks = [name for name, encoder in model.encoders.items() if hasattr(encoder.backbone, "timm_model")]
    if model.dtype != torch.float32 or not networks:
        return model
    encoders: list[Any] = [model.encoders[name] for name in networks]
    shared: list[Any] = [part for encoder in encoders for part in (encoder.summary, encoder.tokens)]
    shared += [model.fusions, model.heads, *(model.encoders[name] for name in model.encoders if name not in networks)]
    shared += itertools.chain(model.parameters(), model.buffers())
    folded = copy.deepcopy(model, {id(part): part for part in shared}).eval()
    for name in networks:
        part: Any = folded.encoders[name]
        original: Any = model.encoders[name].backbone
        _fold(part.backbone)
        pixels = torch.linspace(-1, 1, 3 * PROBE_SIDE**2, device=model.device).reshape(1, 3, PROBE_SIDE, PROBE_SIDE)
        with torch.inference_mode():
            expected, found = (network(pixel_values=pixels).last_hidden_state for network in (original, part.backbone))
        if not torch.allclose(found, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max())):
            part.backbone = original
    return folded


def _fold(network: nn.Module) -> None:
    for parent in list(network.modules()):
        before: tuple[nn.Module, str, nn.Conv2d] | None = None
        for name, child in list(parent.named_children()):
            owner, last, convolution = parent, name, child
            if isinstance(child, nn.Sequential) and len(child):  # a stem of several convolutions
                owner, (last, convolution) = child, list(child.named_children())[-1]
            if isinstance(convolution, nn.Conv2d):
                before = owner, last, convolution
            elif isinstance(child, nn.BatchNorm2d) and before is not None:
                setattr(before[0], before[1], fuse_conv_bn_eval(before[2], child))
                # timm's norms bring dropout and activation with them.
                rest = [getattr(child, part) for part in ("drop", "act") if hasattr(child, part)]
                setattr(parent, name, nn.Sequential(*rest))
                before = None


__all__ = ["with_folded_norms"]
