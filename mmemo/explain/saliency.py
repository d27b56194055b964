"""Which tokens and which places of a picture moved a score: one gradient pass over the run that was made anyway.

A tap marks a place inside an encoder: before the last layer of a transformer, after the feature map of a convolutional
network. While a thread records, what passes a tap becomes the leaf of a graph, so that all before it runs without one
and a backward pass stops there. Other threads on the same model do not notice.

Conventions: relevance is activation (of words: beside their text's mean) times gradient of the label's log-odds, summed
over channels; positive raises the score. R is the number of rows that an encoder was run on. A picture's leaf is a
feature map (R, C, h, w), or tokens (R, P, C) in rows of patches with the class token, if any, before them.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from mmemo.models import TaskConfig
from mmemo.results import Box, HeatMap

Method = Literal["grad_cam", "patch_relevance"]

FACE_GRID = 24
"""Places a side of a map inside a face's box."""

_LEAVES: ContextVar[dict[str, Tensor] | None] = ContextVar("mmemo_leaves", default=None)
_EMBEDDINGS: ContextVar[Tensor | None] = ContextVar("mmemo_embeddings", default=None)


@contextmanager
def recording() -> Iterator[dict[str, Tensor]]:
    """Leaves of what this thread runs inside, by the name of their tap; gradients are enabled."""
    leaves: dict[str, Tensor] = {}
    token = _LEAVES.set(leaves)
    try:
        with torch.inference_mode(False), torch.enable_grad():
            yield leaves
    finally:
        _LEAVES.reset(token)


@contextmanager
def embeddings_replaced(embeddings: Tensor) -> Iterator[None]:
    """Word embeddings (B, L, E) that tapped text encoders take in this thread in the place of their own."""
    token = _EMBEDDINGS.set(embeddings)
    try:
        yield
    finally:
        _EMBEDDINGS.reset(token)


def _leaf(name: str, activation: Tensor) -> Tensor:
    leaves = _LEAVES.get()
    if leaves is None:
        return activation
    leaves[name] = activation.detach().requires_grad_()
    return leaves[name]


def _before_layer(name: str, _: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> Any:  # noqa: ANN401
    """Hook before a transformer's layer, whose first argument is the hidden states (B, L, C)."""
    if _LEAVES.get() is None:
        return None
    if given:
        return (_leaf(name, given[0]), *given[1:]), named
    first = next(iter(named))
    return given, {**named, first: _leaf(name, named[first])}


def _after_network(name: str, network: Any, _: tuple[Any, ...], output: Any) -> Any:  # noqa: ANN401 - any timm network
    """Hook after a timm network, whose feature map (B, C, h, w) becomes the leaf that its pooled output comes from."""
    if _LEAVES.get() is None:
        return None
    output["last_hidden_state"] = _leaf(name, output["last_hidden_state"])
    if output.get("pooler_output") is not None:
        output["pooler_output"] = network.timm_model.forward_head(output["last_hidden_state"])
    return output


def _after_embedding(_: nn.Module, given: tuple[Any, ...], output: Tensor) -> Tensor:
    replacement = _EMBEDDINGS.get()
    return output if replacement is None else replacement


def tap(name: str, backbone: Any) -> None:  # noqa: ANN401 - any transformers or timm network
    """Mark where `recording` finds the leaf `name`; a backbone of words also takes embeddings from outside.

    The network's parameters stop requiring gradients: nothing before the tap is to have a graph. A network of another
    kind than those above is left without a tap, and so without words or places.
    """
    backbone.requires_grad_(False)
    network = getattr(backbone, "timm_model", None)
    if network is not None and not hasattr(network, "patch_embed"):
        backbone.register_forward_hook(partial(_after_network, name))
        return
    stacks = [m for m in backbone.modules() if isinstance(m, nn.ModuleList)] if network is None else [network.blocks]
    if stacks and len(stacks[0]):
        stacks[0][-1].register_forward_pre_hook(partial(_before_layer, name), with_kwargs=True)
    if name == "text":
        backbone.get_input_embeddings().register_forward_hook(_after_embedding)


def log_odds(logits: Tensor, labels: Tensor, task: TaskConfig) -> Tensor:
    """Log-odds (B,) of the calibrated probability of one label for each row, from logits (B, N) and labels (B,)."""
    scaled = logits.float() / task.temperature
    chosen = scaled.gather(1, labels.unsqueeze(1)).squeeze(1)
    if task.is_multi_label:
        return chosen
    others = scaled.scatter(1, labels.unsqueeze(1), float("-inf"))
    return chosen - others.logsumexp(dim=1)


def gradients(scores: Tensor, leaves: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Gradient of the sum of scores (B,) at each leaf that they depend on; the graph is kept for further scores."""
    if not scores.requires_grad:
        return {}
    found = torch.autograd.grad(scores.sum(), list(leaves.values()), retain_graph=True, allow_unused=True)
    return {name: gradient for name, gradient in zip(leaves, found, strict=True) if gradient is not None}


def token_relevance(leaf: Tensor, gradient: Tensor, mask: Tensor | None = None) -> Tensor:
    """Relevance (R, L) of each token of leaves (R, L, C).

    With a mask (R, L), True = real, it is what a token has beside the mean of its text: what all tokens share tells
    none from another.
    """
    values = leaf.detach().float()
    if mask is not None:
        real = mask.unsqueeze(-1).float()
        values = values - (values * real).sum(dim=1, keepdim=True) / real.sum(dim=1, keepdim=True).clamp(min=1)
    return (values * gradient.float()).sum(dim=-1)


def place_relevance(leaf: Tensor, gradient: Tensor) -> tuple[Tensor, Method]:
    """What raises the score (R, h, w), 0 or more, and how it was found.

    Feature maps: Grad-CAM with the gradient taken at each place rather than averaged over all, which is what the
    score of a network that attends to places depends on (HiResCAM, Draelos and Carin 2020). Tokens: relevance of each
    patch.
    """
    if leaf.dim() == 4:
        return (leaf.detach().float() * gradient.float()).sum(dim=1).relu(), "grad_cam"
    relevance = token_relevance(leaf, gradient)
    side = math.isqrt(relevance.shape[1])
    patches = relevance[:, relevance.shape[1] - side * side :]  # the class token and its like stand first
    return patches.reshape(-1, side, side).relu(), "patch_relevance"


def seen_area(processor: Any, picture: Image.Image | None = None) -> Box | None:  # noqa: ANN401 - CLIP's, or None
    """The part of a picture that its encoder sees: all of it, unless the processor crops its centre."""
    if processor is None or picture is None:
        return None
    width, height = picture.size
    if not processor.do_center_crop:
        return Box(x=0, y=0, width=width, height=height)
    resized, cropped = dict(processor.size), dict(processor.crop_size)
    shorter = resized.get("shortest_edge")
    across = width / resized["width"] if shorter is None else min(width, height) / shorter
    down = height / resized["height"] if shorter is None else across
    seen_width = max(1, min(width, round(cropped["width"] * across)))
    seen_height = max(1, min(height, round(cropped["height"] * down)))
    return Box(x=(width - seen_width) // 2, y=(height - seen_height) // 2, width=seen_width, height=seen_height)


def inside_face(found: HeatMap, crop_corner: tuple[int, int], face: Box) -> HeatMap:
    """A map over a face's crop as a map inside the face's box in the picture.

    Args:
        found: In pixels of the crop.
        crop_corner: Where the crop begins, `(x, y)` in pixels of the picture.
        face: The face's box.
    """
    rows, columns = found.values.shape
    left, top = face.x - crop_corner[0] - found.box.x, face.y - crop_corner[1] - found.box.y
    across, down = columns / found.box.width, rows / found.box.height
    part = (
        max(0.0, left * across),
        max(0.0, top * down),
        min(columns, (left + face.width) * across),
        min(rows, (top + face.height) * down),
    )
    grid = Image.fromarray(found.values).resize((FACE_GRID, FACE_GRID), Image.Resampling.BILINEAR, box=part)
    return heat_map(np.asarray(grid), face, found.method)


def heat_map(grid: np.ndarray, box: Box, method: str) -> HeatMap:
    """Relevance (h, w), 0 or more, over a part of a picture, brought to 1 at its strongest place."""
    top = float(grid.max())
    if not top > 0:
        return HeatMap(values=np.zeros(grid.shape, np.float32), box=box, peak=None, method=method)
    row, column = np.unravel_index(int(grid.argmax()), grid.shape)
    peak = (
        box.x + min(box.width - 1, int((column + 0.5) * box.width / grid.shape[1])),
        box.y + min(box.height - 1, int((row + 0.5) * box.height / grid.shape[0])),
    )
    return HeatMap(values=(grid / top).astype(np.float32), box=box, peak=peak, method=method)


__all__ = [
    "embeddings_replaced",
    "gradients",
    "heat_map",
    "inside_face",
    "log_odds",
    "place_relevance",
    "recording",
    "seen_area",
    "tap",
    "token_relevance",
]
