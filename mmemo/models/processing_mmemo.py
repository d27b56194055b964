"""`MmemoProcessor`: words, pictures and face crops to a model's inputs.

Conventions: a missing item is None in its list; it becomes padding and a False in the mask. Pictures are PIL images in
RGB. A processor has only the parts its model needs. This file travels to the Hub with the weights.
"""

import os
from collections.abc import Sequence
from typing import Any, TypeVar

import torch
from PIL import Image
from torch import Tensor
from transformers import AutoTokenizer, BatchFeature, CLIPImageProcessor, PreTrainedTokenizerBase, ProcessorMixin
from transformers.dynamic_module_utils import custom_object_save

Item = TypeVar("Item")


class MmemoProcessor(ProcessorMixin):
    """Tokenizer and image processors of an `MmemoModel`.

    Args:
        tokenizer: For words; None for a model without a text encoder.
        image_processor: For whole pictures; None likewise.
        face_image_processor: For face crops; None likewise.
        max_length: Tokens kept of a text, special ones included.
        face_grayscale: Take the colour out of face crops first, for encoders trained on grey faces.
        face_resolution: Reduce larger face crops to this many pixels a side first, for encoders trained on small faces.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase | None = None,
        image_processor: CLIPImageProcessor | None = None,
        face_image_processor: CLIPImageProcessor | None = None,
        max_length: int = 128,
        face_grayscale: bool = False,
        face_resolution: int | None = None,
        chat_template: str | None = None,
    ) -> None:
        """Keep parts and settings; nothing is downloaded."""
        # ProcessorMixin's own __init__ refuses a missing part.
        self.chat_template = chat_template
        self.tokenizer = tokenizer
        self.image_processor = image_processor
        self.face_image_processor = face_image_processor
        self.max_length = max_length
        self.face_grayscale = face_grayscale
        self.face_resolution = face_resolution

    def __call__(
        self,
        text: str | Sequence[str | None] | None = None,
        images: Image.Image | Sequence[Image.Image | None] | None = None,
        faces: Image.Image | Sequence[Image.Image | None] | None = None,
    ) -> BatchFeature:
        """Prepare a batch of B samples.

        Args:
            text: Words of each sample; None or blank for a sample without.
            images: Whole picture of each sample, RGB; None for a sample without.
            faces: Face crop of each sample, RGB; None for a sample without.

        Returns:
            For each modality that any sample has: `input_ids`, `attention_mask` (B, L); `pixel_values` (B, 3, H, W),
            `image_mask` (B,); `face_pixel_values` (B, 3, h, w), `face_mask` (B,).

        Raises:
            ValueError: The lists differ in length, nothing was given, or a modality without a part for it was.
        """
        words = [None if item is None or not item.strip() else item for item in _as_list(text)]
        pictures, crops = _as_list(images), _as_list(faces)
        lengths = {
            name: len(items) for name, items in (("text", words), ("images", pictures), ("faces", crops)) if items
        }
        if not lengths:
            raise ValueError("nothing to prepare: expected text, images or faces, got none")
        if len(set(lengths.values())) > 1:
            raise ValueError(f"text, images and faces must be of one length, got {lengths}")
        batch: dict[str, Tensor] = {}
        if any(item is not None for item in words):
            batch |= self._prepare_text(words)
        if any(item is not None for item in pictures):
            processor = _expect_part(self.image_processor, "image")
            batch["pixel_values"], batch["image_mask"] = _prepare_pictures(pictures, processor)
        if any(item is not None for item in crops):
            processor = _expect_part(self.face_image_processor, "face")
            crops = [None if crop is None else self._reduce_face(crop) for crop in crops]
            batch["face_pixel_values"], batch["face_mask"] = _prepare_pictures(crops, processor)
        return BatchFeature(batch)

    def _reduce_face(self, crop: Image.Image) -> Image.Image:
        """Bring a face crop to the colours and the detail that the encoder was trained on."""
        if self.face_grayscale:
            crop = crop.convert("L").convert("RGB")
        if self.face_resolution is not None and max(crop.size) > self.face_resolution:
            crop = crop.resize((self.face_resolution, self.face_resolution), Image.Resampling.BOX)
        return crop

    def _prepare_text(self, words: list[str | None]) -> dict[str, Tensor]:
        """Token ids and mask (B, L); the rows of missing texts are masked throughout."""
        tokenizer = _expect_part(self.tokenizer, "text")
        tokens = tokenizer(
            [item or "" for item in words],
            padding=True,
            truncation=True,
            max_length=self.max_length,
            return_tensors="pt",
        )
        given = torch.tensor([item is not None for item in words])
        mask = tokens["attention_mask"] * given.unsqueeze(1)
        return {"input_ids": tokens["input_ids"], "attention_mask": mask}

    def to_dict(self) -> dict[str, Any]:
        """Settings for `processor_config.json`; a null tokenizer says that there is none to load."""
        return {**super().to_dict(), "tokenizer": None if self.tokenizer is None else type(self.tokenizer).__name__}

    def save_pretrained(self, save_directory: str | os.PathLike, **kwargs: Any) -> list[str]:  # type: ignore[override]  # noqa: ANN401 - transformers' own signature
        """Write `processor_config.json` and the tokenizer's files; `kwargs` are ignored."""
        os.makedirs(save_directory, exist_ok=True)
        if getattr(self, "_auto_class", None) is not None:
            custom_object_save(self, save_directory, config=self)  # type: ignore[arg-type]
        if self.tokenizer is not None:
            self.tokenizer.save_pretrained(save_directory)
        path = os.path.join(save_directory, "processor_config.json")
        self.to_json_file(path)
        return [path]

    @classmethod
    def _get_arguments_from_pretrained(
        cls,
        pretrained_model_name_or_path: str | os.PathLike,
        processor_dict: dict[str, Any] | None = None,
        **kwargs: Any,  # noqa: ANN401 - transformers' own signature
    ) -> list[Any]:
        """The three parts, None for those that the saved processor does not have."""
        settings = processor_dict or {}
        tokenizer = None
        if settings.get("tokenizer") is not None:
            tokenizer = AutoTokenizer.from_pretrained(pretrained_model_name_or_path, **kwargs)
        parts = [settings.get(name) for name in ("image_processor", "face_image_processor")]
        return [tokenizer, *(None if part is None else CLIPImageProcessor(**part) for part in parts)]

    @property
    def model_input_names(self) -> list[str]:
        """Names of all inputs that `__call__` may give."""
        return ["input_ids", "attention_mask", "pixel_values", "image_mask", "face_pixel_values", "face_mask"]


def _as_list(items: str | Image.Image | Sequence[Item] | None) -> list[Any]:
    """A list of items from one item, a sequence of them or None."""
    if items is None:
        return []
    return [items] if isinstance(items, str | Image.Image) else list(items)


def _expect_part(part: Item | None, modality: str) -> Item:
    """The part of the processor for a modality, or an error that names the modality."""
    if part is None:
        raise ValueError(f"this processor takes no {modality}: its model has no {modality} encoder")
    return part


def _prepare_pictures(pictures: list[Image.Image | None], processor: CLIPImageProcessor) -> tuple[Tensor, Tensor]:
    """Pixels (B, 3, H, W), zeros where there is no picture, and mask (B,) bool."""
    present = [picture for picture in pictures if picture is not None]
    real = processor(images=present, return_tensors="pt")["pixel_values"]
    mask = torch.tensor([picture is not None for picture in pictures])
    if len(present) == len(pictures):
        return real, mask
    pixels = real.new_zeros(len(pictures), *real.shape[1:])
    pixels[mask] = real
    return pixels, mask


__all__ = ["MmemoProcessor"]
