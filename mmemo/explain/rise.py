"""Which part of a picture moved a score, by hiding random halves of it (RISE, Petsiuk et al. 2018).

It asks the network itself, not its gradients: a place's relevance is how much higher the score is while the place is
seen. Every mask comes with its opposite, so that each place is seen and hidden equally often.

Conventions: M masks (M, G, G), True = seen, the same ones for every picture; hidden places have the picture's mean
colour.
"""

import torch
from torch import Tensor
from torch.nn import functional

GRID = 7
"""Places a side."""
NUM_MASKS = 64
BATCH_SIZE = 16
"""Pictures in one pass, which bounds the memory."""
MAX_PARAMETERS = 30_000_000
"""Of a picture encoder that a processor, as opposed to a GPU, runs `NUM_MASKS` times in a bearable time."""


def random_masks() -> Tensor:
    """Masks (M, G, G): random halves of the places, and then their opposites."""
    generator = torch.Generator().manual_seed(0)
    half = torch.rand(NUM_MASKS // 2, GRID, GRID, generator=generator) < 0.5
    return torch.cat([half, ~half])


def hide(pixels: Tensor, masks: Tensor) -> Tensor:
    """One picture (1, 3, H, W) behind each mask: (M, 3, H, W)."""
    seen = functional.interpolate(masks.unsqueeze(1).to(pixels), size=pixels.shape[-2:], mode="nearest")
    return pixels * seen + pixels.mean(dim=(2, 3), keepdim=True) * (1 - seen)


def place_relevance(masks: Tensor, scores: Tensor) -> Tensor:
    """Mean score with a place seen less that with it hidden (G, G), from the scores (M,) of the masks."""
    sign = 2.0 * masks.flatten(1).float() - 1.0  # (M, G * G)
    return (2 * sign * scores.float().unsqueeze(1)).mean(dim=0).reshape(masks.shape[1:])


__all__ = ["BATCH_SIZE", "GRID", "MAX_PARAMETERS", "NUM_MASKS", "hide", "place_relevance", "random_masks"]
