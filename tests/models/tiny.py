"""Encoders of the real classes at tiny sizes, models on them, inputs for them, and a tiny tokenizer."""

from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from torch import Tensor
from transformers import (
    BertConfig,
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPVisionConfig,
    DistilBertConfig,
    MPNetConfig,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
    TimmWrapperConfig,
)

from mmemo.models import MmemoConfig, MmemoModel

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "what", "a", "lovely", "day", "you", "disgust", "me", "so", "much", "now")
PAD, CLS, SEP = (WORDS.index(word) for word in ("[PAD]", "[CLS]", "[SEP]"))
SIDE = 32
WIDTH = 16

_SIZES: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
_TEXT: dict[str, Any] = {"vocab_size": 32, "max_position_embeddings": 48, "pad_token_id": PAD}


def text_config(kind: str) -> PreTrainedConfig:
    if kind == "bert":
        return BertConfig(**_TEXT, **_SIZES)
    if kind == "roberta":
        return RobertaConfig(**_TEXT, **_SIZES, bos_token_id=CLS, eos_token_id=SEP)
    if kind == "distilbert":
        return DistilBertConfig(**_TEXT, dim=16, n_layers=2, n_heads=2, hidden_dim=32)
    if kind == "mpnet":
        return MPNetConfig(**_TEXT, **_SIZES, bos_token_id=CLS, eos_token_id=SEP)
    assert kind == "clip", kind
    return CLIPTextConfig(**_TEXT, **_SIZES, projection_dim=12, bos_token_id=CLS, eos_token_id=SEP)


def picture_config(kind: str) -> PreTrainedConfig:
    if kind == "clip":
        return CLIPVisionConfig(**_SIZES, image_size=SIDE, patch_size=16, projection_dim=12)
    return TimmWrapperConfig(architecture=kind)


def task(modalities: tuple[str, ...], **settings: Any) -> dict[str, Any]:
    return {"labels": ["no", "maybe", "yes"], "modalities": list(modalities), **settings}


def make_config(**settings: Any) -> MmemoConfig:
    """Width, heads and no dropout, unless the settings say otherwise."""
    sizes = {"hidden_size": WIDTH, "num_attention_heads": 2, "dropout": 0.0, "modality_dropout": 0.0}
    return MmemoConfig(**{**sizes, **settings})


def make_model(config: MmemoConfig, seed: int = 0) -> MmemoModel:
    """A model whose weights and running means are all random and large enough for every part to matter."""
    torch.manual_seed(seed)
    model = MmemoModel(config).eval()
    with torch.no_grad():
        for name, values in (*model.named_parameters(), *model.named_buffers()):
            if name.startswith(("fusions.", "heads.")):
                values.normal_(std=0.3)
            elif values.is_floating_point():
                values.add_(torch.randn_like(values) * 0.02)
                if name.endswith("running_var"):
                    values.abs_()
    return model


def make_inputs(batch_size: int = 4, length: int = 9, modalities: tuple[str, ...] = ("text", "image", "face")):
    """Random inputs (B, ...) of a model, every sample whole, the first text the longest."""
    generator = torch.Generator().manual_seed(1)
    inputs: dict[str, Tensor] = {}
    if "text" in modalities:
        ids = torch.randint(SEP + 1, len(WORDS), (batch_size, length), generator=generator)
        mask = torch.arange(length) < torch.linspace(length, 4, batch_size).long().unsqueeze(1)
        ids[:, 0] = CLS
        ids[torch.arange(batch_size), mask.sum(dim=1) - 1] = SEP
        inputs |= {"input_ids": ids.masked_fill(~mask, PAD), "attention_mask": mask.long()}
    for modality, pixels, present in (
        ("image", "pixel_values", "image_mask"),
        ("face", "face_pixel_values", "face_mask"),
    ):
        if modality in modalities:
            inputs[pixels] = torch.randn(batch_size, 3, SIDE, SIDE, generator=generator)
            inputs[present] = torch.ones(batch_size, dtype=torch.bool)
    return inputs


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Words between spaces, `[CLS] ... [SEP]`."""
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", CLS), ("[SEP]", SEP)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )


def make_image_processor(side: int = SIDE) -> CLIPImageProcessor:
    size = {"height": side, "width": side}
    return CLIPImageProcessor(size=size, do_center_crop=False, image_mean=[0.5] * 3, image_std=[0.5] * 3)
