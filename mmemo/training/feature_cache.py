"""A frozen picture backbone's outputs, computed once for several views of each picture.

Conventions: view 0 is the picture as the processor gives it, the others are random crops and flips; the cache stands in
the backbone's place and takes row numbers where the backbone takes pixels.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.transforms import v2
from tqdm.auto import tqdm
from transformers import PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling

from mmemo.data.pictures import read_picture
from mmemo.models import MmemoProcessor
from mmemo.models.modeling_mmemo import picture_outputs


class FeatureCache(nn.Module):
    """Stands for a frozen backbone while its pictures stay the same.

    Attributes:
        backbone: What it stands for, to be put back afterwards; not a submodule, so it is not saved twice.
        rows: Picture file to row.
    """

    summaries: Tensor
    values: Tensor

    def __init__(self, backbone: PreTrainedModel, rows: dict[Path, int], summaries: Tensor, tokens: Tensor) -> None:
        """Keep a backbone's summaries (P, V, S) and tokens (P, V, L, T) of P pictures in V views."""
        super().__init__()
        self.kept = [backbone]
        self.rows = rows
        self.register_buffer("summaries", summaries, persistent=False)  # (P, V, S)
        self.register_buffer("values", tokens, persistent=False)  # (P, V, L, T)

    @property
    def backbone(self) -> PreTrainedModel:
        """The real network."""
        return self.kept[0]

    def forward(self, pixel_values: Tensor) -> BaseModelOutputWithPooling:
        """Outputs for rows (B,): of a random view while training, of view 0 otherwise."""
        views = self.summaries.shape[1]
        view = torch.zeros_like(pixel_values)
        if self.training:
            view = torch.randint(views, pixel_values.shape, device=pixel_values.device)
        return BaseModelOutputWithPooling(
            last_hidden_state=self.values[pixel_values, view].float(),
            pooler_output=self.summaries[pixel_values, view].float(),
        )


@torch.no_grad()
def build_cache(
    backbone: PreTrainedModel, processor: MmemoProcessor, pictures: Sequence[Path], views: int, seed: int
) -> FeatureCache:
    """Run the backbone over every picture once for each view.

    Args:
        backbone: Frozen; its outputs are kept as bfloat16.
        processor: Gives pixels.
        pictures: Files, each once.
        views: One or more.
        seed: Of the random views.

    Raises:
        DataError: A picture cannot be read.
    """
    if views < 1:
        raise ValueError(f"views must be 1 or more, got {views}")
    torch.manual_seed(seed)
    change = v2.Compose([v2.RandomResizedCrop(256, scale=(0.6, 1.0), ratio=(0.8, 1.25)), v2.RandomHorizontalFlip(0.3)])
    backbone.eval()
    summaries, tokens = [], []
    for path in tqdm(pictures, desc="picture features", unit="picture"):
        picture = read_picture(path)
        pixels = processor(images=[picture] + [change(picture) for _ in range(views - 1)])["pixel_values"]
        summary, hidden = picture_outputs(backbone(pixel_values=pixels))
        summaries.append(summary.bfloat16())
        tokens.append(hidden.bfloat16())
    rows = {path: row for row, path in enumerate(pictures)}
    return FeatureCache(backbone, rows, torch.stack(summaries), torch.stack(tokens))
