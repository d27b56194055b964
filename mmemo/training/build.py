"""A model and a processor from a recipe: pretrained encoders, parts of earlier checkpoints, newly made heads."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, CLIPImageProcessor, PreTrainedConfig, PreTrainedModel, set_seed

from mmemo.models import MmemoConfig, MmemoModel, MmemoProcessor
from mmemo.training.average import mean_weights
from mmemo.training.base_weights import load_backbone, load_tokenizer
from mmemo.training.recipes import EncoderRecipe, ProcessorRecipe, Recipe, RecipeError


def build(recipe: Recipe, starts: list[Path]) -> tuple[MmemoModel, MmemoProcessor]:
    """Model and processor that a run starts with.

    Args:
        recipe: The run.
        starts: Finished checkpoints of `recipe.start_from`, in its order; later ones win, or the mean of all is taken.
    """
    set_seed(recipe.training.seed)
    backbones = {name: load_backbone(encoder.base, name) for name, encoder in recipe.encoders.items() if encoder.base}
    configs = {name: _encoder_config(encoder, backbones.get(name)) for name, encoder in recipe.encoders.items()}
    values: dict[str, Any] = {f"{name}_config": value for name, value in configs.items()} | recipe.model
    values["tasks"] = {name: recipe.task_config(name).to_dict() for name in recipe.tasks}
    model = MmemoModel(MmemoConfig(**values))
    for name, backbone in backbones.items():
        encoder: Any = model.encoders[name]
        encoder.backbone.load_state_dict(backbone.state_dict())
    parts = [_same_parts(model, start) for start in starts]
    for part in [mean_weights(parts)] if recipe.mean_of_starts else parts:
        model.load_state_dict(part, strict=False)
    for name, backbone in backbones.items():
        _blend(model.encoders[name], backbone, recipe.encoders[name].blend_base)
    return model, _build_processor(recipe)


def _encoder_config(encoder: EncoderRecipe, backbone: PreTrainedModel | None) -> PreTrainedConfig:
    if encoder.blend_base and backbone is None:
        raise RecipeError(f"blend_base {encoder.blend_base} needs a base to blend, got none")
    if backbone is not None:
        backbone.config.name_or_path = encoder.base or ""  # not the path of this machine's copy
        return backbone.config
    values = dict(encoder.config or {})
    if "model_type" not in values:
        raise RecipeError("an encoder needs a base, or a config with its model_type")
    return AutoConfig.for_model(values.pop("model_type"), **values)


def _same_parts(model: MmemoModel, start: Path) -> dict[str, Tensor]:
    """Every parameter that the earlier checkpoint has under the same name and shape."""
    earlier = MmemoModel.from_pretrained(start, dtype=torch.float32).state_dict()
    mine = model.state_dict()
    same = {name: value for name, value in earlier.items() if name in mine and mine[name].shape == value.shape}
    if not same:
        raise RecipeError(f"{start}: expected a checkpoint that shares parts with this recipe, found none")
    return same


@torch.no_grad()
def _blend(encoder: Any, base: PreTrainedModel, share: float) -> None:  # noqa: ANN401 - words' or pictures'
    """Put the mean of its weights and a base's in a backbone's place; the share is the base's."""
    values = base.state_dict()
    for name, value in encoder.backbone.state_dict().items():
        if value.is_floating_point():
            value.lerp_(values[name], share)


def _image_processor(size: int, mean: tuple[float, ...], std: tuple[float, ...]) -> CLIPImageProcessor:
    shape = {"height": size, "width": size}
    return CLIPImageProcessor(
        size=shape, do_center_crop=False, image_mean=list(mean), image_std=list(std), do_convert_rgb=True
    )


def _build_processor(recipe: Recipe) -> MmemoProcessor:
    settings: ProcessorRecipe = recipe.processor
    text = recipe.encoders.get("text")
    if text is not None and text.base is None:
        raise RecipeError("a text encoder needs a base, which its tokenizer comes with")
    return MmemoProcessor(
        tokenizer=load_tokenizer(text.base) if text is not None and text.base else None,
        image_processor=_image_processor(settings.image_size, settings.image_mean, settings.image_std)
        if "image" in recipe.encoders
        else None,
        face_image_processor=_image_processor(settings.face_size, settings.face_mean, settings.face_std)
        if "face" in recipe.encoders
        else None,
        max_length=settings.max_length,
        face_grayscale=settings.face_grayscale,
        face_resolution=settings.face_resolution,
    )
