"""The mean of the weights of several checkpoints of one recipe (model soups, Wortsman et al. 2022)."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

WEIGHTS_FILE = "model.safetensors"


class AverageError(ValueError):
    """Checkpoints that have no mean; one line with what was expected and what came."""


def mean_weights(found: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Mean of each parameter over those that have it, in its type; counters as the last has them."""
    mean = {name: value for weights in found for name, value in weights.items()}
    for name, last in mean.items():
        if last.is_floating_point():
            values = [weights[name].float() for weights in found if name in weights]
            mean[name] = torch.stack(values).mean(dim=0).to(last.dtype)
    return mean


def average(checkpoints: Sequence[Path], output: Path) -> None:
    """Write a checkpoint with the mean of the weights, all else as the last one has it; calibrate it afterwards.

    Args:
        checkpoints: Two folders or more, of the same encoders, fusions and heads.
        output: A folder that does not exist yet.

    Raises:
        AverageError: There are fewer than two, one has no weights or others than the first, or the output exists.
    """
    if len(checkpoints) < 2:
        raise AverageError(f"expected two checkpoints or more, got {len(checkpoints)}")
    if output.exists():
        raise AverageError(f"{output}: expected a folder that does not exist yet, got one that does")
    for folder in checkpoints:
        if not (folder / WEIGHTS_FILE).is_file():
            raise AverageError(f"{folder}: expected a finished checkpoint with {WEIGHTS_FILE}, got none")
    found = [load_file(folder / WEIGHTS_FILE) for folder in checkpoints]
    shapes = [{name: tensor.shape for name, tensor in weights.items()} for weights in found]
    for folder, shape in zip(checkpoints, shapes, strict=True):
        if shape != shapes[0]:
            raise AverageError(f"{folder}: expected the weights that {checkpoints[0]} has, got others")
    shutil.copytree(checkpoints[-1], output, ignore=shutil.ignore_patterns("run", WEIGHTS_FILE))
    save_file(mean_weights(found), output / WEIGHTS_FILE, metadata={"format": "pt"})


__all__ = ["AverageError", "average", "mean_weights"]
