"""`MmemoProcessor`: words, pictures and face crops to a model's inputs.

Conventions: a missing item is None in its list; it becomes padding and a False in the mask. Pictures are PIL images in
RGB. A processor has only the parts its model needs. This file travels to the Hub with the weights.
"""

import os
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from transformers import AutoTokenizer, BatchFeature, CLIPImageProcessor, PreTrainedTokenizerBase, ProcessorMixin
from transformers.dynamic_module_utils import custom_object_save

Item = TypeVar("Item")

MAX_ASPECT = 100
"""Longer side over the shorter one from which a picture's longer side is reduced first: the image processors stretch
one side before they shrink the other, which of a line of pixels takes gigabytes."""


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
        *,
        padding: bool | str = True,
        truncation: bool = True,
        max_length: int | None = None,
        return_tensors: str = "pt",
    ) -> BatchFeature:
        """Prepare a batch of B samples.

        Args:
            text: Words of each sample; None or blank for a sample without, and words that the tokenizer knows nothing
                of, emoji alone for instance, count as none.
            images: Whole picture of each sample, RGB; None for a sample without.
            faces: Face crop of each sample, RGB; None for a sample without.
            padding: As tokenizers take it; the words of a batch are padded to the longest.
            truncation: Whether words are cut at `max_length`.
            max_length: Tokens kept of a text; None for the processor's own.
            return_tensors: `"pt"`; a model of mmemo's takes no other.

        Returns:
            For each modality that any sample has: `input_ids`, `attention_mask` (B, L); `pixel_values` (B, 3, H, W),
            `image_mask` (B,); `face_pixel_values` (B, 3, h, w), `face_mask` (B,). When no sample has any, one of them
            that is masked throughout, which keeps the batch's size.

        Raises:
            ValueError: The lists differ in length, nothing was given, a modality without a part for it was, or other
                tensors than PyTorch's are wanted.
            TypeError: A text is no string, or a picture neither a PIL image nor a uint8 array (H, W, 3).
        """
        if return_tensors != "pt":
            raise ValueError(f"return_tensors must be 'pt', got {return_tensors!r}")
        words = [item if item and item.strip() else None for item in _as_list(text, "text")]
        pictures, crops = _as_list(images, "picture"), _as_list(faces, "face")
        lengths = {
            name: len(items) for name, items in (("text", words), ("images", pictures), ("faces", crops)) if items
        }
        if not lengths:
            raise ValueError("nothing to prepare: expected text, images or faces, got none")
        if len(set(lengths.values())) > 1:
            raise ValueError(f"text, images and faces must be of one length, got {lengths}")
        settings = {"padding": padding, "truncation": truncation, "max_length": max_length or self.max_length}
        batch: dict[str, Tensor] = {}
        if any(item is not None for item in words):
            batch |= self._prepare_text(words, **settings)
        if any(item is not None for item in pictures):
            batch |= self._prepare_pictures("image", pictures)
        if any(item is not None for item in crops):
            batch |= self._prepare_pictures("face", crops)
        return BatchFeature(batch or self._prepare_nothing(max(lengths.values())))

    def _prepare_nothing(self, num_samples: int) -> dict[str, Tensor]:
        """What a batch of samples is of which nothing is known."""
        if self.tokenizer is not None:
            return self._prepare_text([None] * num_samples, padding=True)
        return self._prepare_pictures("face" if self.image_processor is None else "image", [None] * num_samples)

    def _prepare_pictures(self, modality: str, pictures: list[Image.Image | None]) -> dict[str, Tensor]:
        """Pixels (B, 3, H, W), zeros where there is no picture, and mask (B,) bool."""
        prefix, part = ("face_", self.face_image_processor) if modality == "face" else ("", self.image_processor)
        processor = _expect_part(part, modality)
        present = [_reduce_line(picture) for picture in pictures if picture is not None]
        if modality == "face":
            present = [self._reduce_face(crop) for crop in present]
        mask = torch.tensor([picture is not None for picture in pictures])
        real = processor(images=present or [Image.new("RGB", (8, 8))], return_tensors="pt")["pixel_values"]
        pixels = real
        if len(present) < len(pictures):
            pixels = real.new_zeros(len(pictures), *real.shape[1:])
            pixels[mask] = real[: len(present)]
        return {f"{prefix}pixel_values": pixels, f"{modality}_mask": mask}

    def _reduce_face(self, crop: Image.Image) -> Image.Image:
        """Bring a face crop to the colours and the detail that the encoder was trained on."""
        if self.face_grayscale:
            crop = crop.convert("L").convert("RGB")
        if self.face_resolution is not None and max(crop.size) > self.face_resolution:
            crop = crop.resize((self.face_resolution, self.face_resolution), Image.Resampling.BOX)
        return crop

    def _prepare_text(self, words: list[str | None], **settings: Any) -> dict[str, Tensor]:  # noqa: ANN401
        """Token ids and mask (B, L); the rows of missing texts, and of texts without any known token, are masked."""
        tokenizer = _expect_part(self.tokenizer, "text")
        tokens = tokenizer(
            [item or "" for item in words], return_tensors="pt", return_special_tokens_mask=True, **settings
        )
        is_known = tokens["special_tokens_mask"] == 0
        if tokenizer.unk_token_id is not None:
            is_known &= tokens["input_ids"] != tokenizer.unk_token_id
        mask = tokens["attention_mask"] * is_known.any(dim=1, keepdim=True)
        return {"input_ids": tokens["input_ids"], "attention_mask": mask}

    def to_dict(self) -> dict[str, Any]:
        """Settings for `processor_config.json`; a null tokenizer says that there is none to load."""
        return {**super().to_dict(), "tokenizer": None if self.tokenizer is None else type(self.tokenizer).__name__}

    def save_pretrained(
        self,
        save_directory: str | os.PathLike,
        push_to_hub: bool = False,
        **kwargs: Any,  # noqa: ANN401 - transformers' own signature
    ) -> list[str]:
        """Write `processor_config.json` and the tokenizer's files; further `kwargs` are ignored.

        Raises:
            ValueError: It is asked to push too.
        """
        if push_to_hub:
            raise ValueError("save_pretrained only writes a folder: expected push_to_hub=False, or call push_to_hub()")
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


def _as_list(items: Any, kind: str) -> list[Any]:  # noqa: ANN401 - checked here
    """A list of texts or pictures from one, a sequence of them or None; arrays become pictures."""
    if items is None:
        return []
    is_one = isinstance(items, str | Image.Image) or (isinstance(items, np.ndarray) and items.ndim == 3)
    return [None if item is None else _as_item(item, kind) for item in ([items] if is_one else items)]


def _as_item(item: Any, kind: str) -> str | Image.Image:  # noqa: ANN401 - checked here
    if isinstance(item, str if kind == "text" else Image.Image):
        return item
    if kind != "text" and isinstance(item, np.ndarray) and item.dtype == np.uint8 and item.shape[2:] == (3,):
        return Image.fromarray(item)
    expected = "a string" if kind == "text" else "a PIL image or a uint8 array (H, W, 3)"
    raise TypeError(f"a {kind} must be {expected} or None, got {type(item).__name__}")


def _reduce_line(picture: Image.Image) -> Image.Image:
    """Shorten a picture that is little more than a line of pixels; any other is left as it is."""
    longest = MAX_ASPECT * min(picture.size)
    if max(picture.size) <= longest:
        return picture
    return picture.resize((min(picture.width, longest), min(picture.height, longest)), Image.Resampling.BOX)


def _expect_part(part: Item | None, modality: str) -> Item:
    """The part of the processor for a modality, or an error that names the modality."""
    if part is None:
        raise ValueError(f"this processor takes no {modality}: its model has no {modality} encoder")
    return part


MmemoProcessor.register_for_auto_class()  # `save_pretrained` puts this file beside the settings

__all__ = ["MmemoProcessor"]
