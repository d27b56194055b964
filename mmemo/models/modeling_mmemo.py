"""`MmemoModel`: encoders shared by several tasks, each task with its fusion and head.

Conventions: `encode` runs each encoder once; `classify` runs fusions and heads on what it gave; `forward` is the two in
a row. Logits are uncalibrated; `probabilities` applies the task's calibration. This file travels to the Hub with the
weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    AutoModel,
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.utils.generic import ModelOutput

from .configuration_mmemo import MODALITIES, MmemoConfig, TaskConfig
from .fusion_mmemo import FUSION_CLASSES, HEAD_CLASSES, Encoded, Fusion, present_in

WITH_PROJECTION: dict[str, type[PreTrainedModel]] = {
    "clip_text_model": CLIPTextModelWithProjection,
    "clip_vision_model": CLIPVisionModelWithProjection,
}


def _build_backbone(config: PreTrainedConfig) -> PreTrainedModel:
    """Model of the configuration's type, with newly made weights."""
    if config.model_type in WITH_PROJECTION:
        return WITH_PROJECTION[config.model_type]._from_config(config)
    return AutoModel.from_config(config, trust_remote_code=False)


def _widths(backbone: PreTrainedModel) -> tuple[int, int]:
    """Widths of a backbone's summary and of its tokens."""
    if hasattr(backbone, "timm_model"):
        network: Any = backbone.timm_model
        return network.head_hidden_size, network.num_features
    hidden = getattr(backbone.config, "hidden_size", None) or backbone.config.hidden_sizes[-1]
    return (backbone.config.projection_dim if backbone.config.model_type in WITH_PROJECTION else hidden), hidden


class _Encoder(nn.Module):
    """A backbone and the projections of its summary and tokens to the shared width D."""

    def __init__(self, config: PreTrainedConfig, width: int) -> None:
        super().__init__()
        self.backbone = _build_backbone(config)
        summary_width, token_width = _widths(self.backbone)
        self.summary = nn.Sequential(nn.Linear(summary_width, width), nn.LayerNorm(width))
        self.tokens = nn.Sequential(nn.Linear(token_width, width), nn.LayerNorm(width))

    def project(self, summary: Tensor, tokens: Tensor) -> Tensor:
        """Summary (B, S) and tokens (B, L, T) to (B, 1 + L, D), the summary first."""
        return torch.cat([self.summary(summary).unsqueeze(1), self.tokens(tokens)], dim=1)


class TextEncoder(_Encoder):
    """Words to tokens."""

    def __init__(self, config: PreTrainedConfig, width: int, pooling: str) -> None:
        super().__init__(config, width)
        self.pooling = pooling

    def forward(self, input_ids: Tensor | None, mask: Tensor | None, inputs_embeds: Tensor | None = None) -> Tensor:
        """Token ids (B, L), or embeddings (B, L, E) in their place, with mask (B, L) bool, to (B, 1 + L, D)."""
        # CLIP's text tower finds the end of the text by its id and takes no embeddings.
        words = {"input_ids": input_ids} if inputs_embeds is None else {"inputs_embeds": inputs_embeds}
        output = self.backbone(**words, attention_mask=None if mask is None else mask.long())
        return self.project(self._summarise(output, mask), output["last_hidden_state"])

    def _summarise(self, output: ModelOutput, mask: Tensor | None) -> Tensor:
        """One vector (B, S) for the whole text."""
        tokens = output["last_hidden_state"]
        if isinstance(self.backbone, CLIPTextModelWithProjection):
            return output["text_embeds"]
        if self.pooling == "pooler":
            return output["pooler_output"]
        if self.pooling == "first":
            return tokens[:, 0]
        if mask is None:
            return tokens.mean(dim=1)
        weights = mask.unsqueeze(-1).to(tokens.dtype)  # (B, L, 1)
        return (tokens * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)


def picture_outputs(output: ModelOutput) -> tuple[Tensor, Tensor]:
    """Summary (B, S) and tokens (B, L, T) of a picture backbone's output, whatever its kind."""
    tokens = output["last_hidden_state"]
    if tokens.dim() == 4:
        tokens = tokens.flatten(2).transpose(1, 2)  # (B, C, h, w) -> (B, h * w, C)
    summary = output.get("image_embeds", output.get("pooler_output"))
    return tokens.mean(dim=1) if summary is None else summary.flatten(1), tokens


class PictureEncoder(_Encoder):
    """A picture, whole or a face crop, to tokens; a network's feature map counts as one token for each place."""

    def forward(self, pixel_values: Tensor) -> Tensor:
        """Pixels (B, 3, H, W) as the processor gives them to (B, 1 + L, D)."""
        return self.project(*picture_outputs(self.backbone(pixel_values=pixel_values)))


def calibrated(task: TaskConfig, logits: Tensor, present: dict[str, Tensor] | None = None) -> Tensor:
    """Probabilities (B, N), float32, of a task's logits (B, N): softmax or sigmoid after temperature and bias.

    `present` maps a modality to whether each sample has it, (B,) bool, and decides which entry of the task's
    `calibration` holds for a sample; without it the plain temperature does.
    """
    scaled = logits.float() / task.temperature
    for name, (temperature, bias) in task.calibration.items():
        if present is None:
            break
        parts, absent = name.split("+"), torch.zeros(len(logits), dtype=torch.bool, device=logits.device)
        fits = [present.get(modality, absent).to(logits.device) == (modality in parts) for modality in task.modalities]
        rows = torch.stack(fits).all(dim=0).unsqueeze(1)  # (B, 1)
        scaled = torch.where(rows, logits.float() / temperature + bias, scaled)
    return scaled.sigmoid() if task.is_multi_label else scaled.softmax(dim=-1)


@dataclass
class MmemoOutput(ModelOutput):
    """What `forward` gives.

    Attributes:
        loss: Mean of the tasks' losses, when labels were given.
        logits: Task name to (B, N), uncalibrated.
        present: Each modality of the model to (B,) bool, True = the sample has it.
    """

    loss: Tensor | None = None
    logits: dict[str, Tensor] | None = None
    present: dict[str, Tensor] | None = None


class MmemoModel(PreTrainedModel):
    """Several tasks on shared encoders of words, picture and face.

    Example:
        >>> model, processor = MmemoModel.from_pretrained(folder), MmemoProcessor.from_pretrained(folder)
        >>> output = model(**processor(text=["what a day"], images=[picture]))
        >>> model.probabilities(output.logits, output.present)["hate"]  # (1, 1)
    """

    config: MmemoConfig
    config_class = MmemoConfig
    base_model_prefix = "mmemo"
    main_input_name = "input_ids"
    input_modalities = ["text", "image"]
    _supports_sdpa = True
    _no_split_modules = ["TextEncoder", "PictureEncoder"]
    supports_gradient_checkpointing = True
    accepts_loss_kwargs = False

    def __init__(self, config: MmemoConfig) -> None:
        """Build with newly made weights; nothing is downloaded."""
        super().__init__(config)
        self.encoders = nn.ModuleDict()
        for modality in MODALITIES:
            encoder_config, width = config.encoder_config(modality), config.hidden_size
            if encoder_config is not None:
                self.encoders[modality] = (
                    TextEncoder(encoder_config, width, config.text_pooling)
                    if modality == "text"
                    else PictureEncoder(encoder_config, width)
                )
        self.fusions, self.heads = nn.ModuleDict(), nn.ModuleDict()
        for name in config.tasks or {}:
            task = config.task(name)
            self.fusions[name] = FUSION_CLASSES[task.fusion](
                task.modalities, config.hidden_size, config.num_attention_heads, config.dropout
            )
            self.heads[name] = HEAD_CLASSES[task.head](config.hidden_size, len(task.labels), config.dropout)
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, Fusion):
            module.init_parameters()

    @classmethod
    def from_pretrained(cls, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - transformers' own signature
        """As transformers' own, but of safetensors alone: a pickle can run code when it is read."""
        return super().from_pretrained(*args, **{**kwargs, "use_safetensors": True})

    def get_input_embeddings(self) -> nn.Module:
        """Word embeddings of the text encoder.

        Raises:
            NotImplementedError: The model has no text encoder.
        """
        if "text" not in self.encoders:
            raise NotImplementedError("this model has no text encoder, so it embeds no words")
        backbone: Any = self.encoders["text"].backbone
        return backbone.get_input_embeddings()

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Put other word embeddings in their place, as `resize_token_embeddings` does.

        Raises:
            NotImplementedError: The model has no text encoder.
        """
        self.get_input_embeddings()  # says so
        backbone: Any = self.encoders["text"].backbone
        backbone.set_input_embeddings(value)

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the tasks, in the config's order."""
        return tuple(self.config.tasks or {})

    def encode(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        pixel_values: Tensor | None = None,
        image_mask: Tensor | None = None,
        face_pixel_values: Tensor | None = None,
        face_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
    ) -> Encoded:
        """Run each encoder once on the samples that have its modality.

        Args:
            input_ids: Token ids (B, L).
            attention_mask: (B, L), nonzero = real; a row of zeros is a sample without words. None: all real.
            pixel_values: Pictures (B, 3, H, W); only rows that `image_mask` calls real are read.
            image_mask: (B,) bool, True = the sample has a picture. None: all have.
            face_pixel_values: Face crops (B, 3, h, w), likewise.
            face_mask: (B,) bool, likewise.
            inputs_embeds: Word embeddings (B, L, E) in the place of `input_ids`, for attributions.

        Returns:
            Modality to tokens (B, 1 + L, D), the summary first, and mask (B, 1 + L) bool. What was not given is absent.

        Raises:
            ValueError: Something was given for a modality that this model has no encoder for.
        """
        encoded: Encoded = {}
        words = inputs_embeds if input_ids is None else input_ids
        if words is not None:
            encoded["text"] = self._encode_text(input_ids, attention_mask, inputs_embeds)
        for modality, pixels, present in (
            ("image", pixel_values, image_mask),
            ("face", face_pixel_values, face_mask),
        ):
            if pixels is not None:
                encoded[modality] = self._encode_picture(modality, pixels, present)
        return encoded

    def _encoder(self, modality: str) -> nn.Module:
        if modality not in self.encoders:
            raise ValueError(f"this model has no {modality} encoder: it has {', '.join(self.encoders)}")
        return self.encoders[modality]

    def _encode_text(
        self, input_ids: Tensor | None, attention_mask: Tensor | None, embeds: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        encoder = self._encoder("text")
        if attention_mask is None:
            tokens = encoder(input_ids, None, embeds)
            return tokens, torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
        mask = attention_mask.bool()
        present = mask.any(dim=1, keepdim=True)  # (B, 1)
        is_first = torch.arange(mask.shape[1], device=mask.device) == 0
        tokens = encoder(input_ids, mask | (~present & is_first), embeds)  # attention over nothing would be NaN
        return tokens, torch.cat([present, mask], dim=1)

    def _encode_picture(self, modality: str, pixels: Tensor, present: Tensor | None) -> tuple[Tensor, Tensor]:
        encoder = self._encoder(modality)
        if present is None or bool(present.all()):
            tokens = encoder(pixels)
            return tokens, torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
        rows = present.nonzero().squeeze(1)
        real = encoder(pixels[rows] if len(rows) else pixels[:1])
        tokens = real.new_zeros(pixels.shape[0], *real.shape[1:])
        if len(rows):
            tokens = tokens.index_copy(0, rows, real)
        return tokens, present.bool().unsqueeze(1).expand(tokens.shape[:2])

    def classify(self, encoded: Encoded, tasks: str | tuple[str, ...] | None = None) -> dict[str, Tensor]:
        """Logits of each task from encoded modalities.

        Args:
            encoded: From `encode`; drop a modality from it to ask for the result without that modality. When it is
                empty the batch is one sample of which nothing is known.
            tasks: A name or names, all of the model's when None.

        Returns:
            Task name to logits (B, N).

        Raises:
            ValueError: The model has no such task.
        """
        logits = {}
        for name in self.tasks if tasks is None else (tasks,) if isinstance(tasks, str) else tasks:
            task = self.config.task(name)
            seen = {modality: encoded[modality] for modality in task.modalities if modality in encoded}
            if not seen and encoded:  # the task's own modalities are all missing: keep the batch size
                tokens, mask = next(iter(encoded.values()))
                seen = {task.modalities[0]: (torch.zeros_like(tokens[:, :1]), torch.zeros_like(mask[:, :1]))}
            if self.training and self.config.modality_dropout > 0:
                seen = self._hide_modalities(seen)
            logits[name] = self.heads[name](self.fusions[name](seen), seen)
        return logits

    def _hide_modalities(self, encoded: Encoded) -> Encoded:
        """Hide each modality of each sample with the config's chance, so that a missing one is nothing new."""
        hidden = {}
        for modality, (tokens, mask) in encoded.items():
            keep = torch.rand(mask.shape[0], 1, device=mask.device) >= self.config.modality_dropout
            hidden[modality] = (tokens, mask & keep)
        return hidden

    def probabilities(self, logits: dict[str, Tensor], present: dict[str, Tensor] | None = None) -> dict[str, Tensor]:
        """Calibrated probabilities (B, N), float32, of each task's logits.

        Args:
            logits: From `classify` or `forward`.
            present: Modality to (B,) bool, from `forward`'s output or `present_in(encoded)`: chooses the calibration of
                each sample. None: the plain temperature.
        """
        return {name: calibrated(self.config.task(name), values, present) for name, values in logits.items()}

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        pixel_values: Tensor | None = None,
        image_mask: Tensor | None = None,
        face_pixel_values: Tensor | None = None,
        face_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        tasks: str | tuple[str, ...] | None = None,
        labels: dict[str, Tensor] | None = None,
        return_dict: bool | None = None,
        **kwargs: Any,  # noqa: ANN401 - tokenizers add inputs that not every encoder takes
    ) -> MmemoOutput | tuple[Any, ...]:
        """Encode and classify; arguments as in `encode` and `classify`.

        `labels` maps a task to class indices (B,), -100 = unknown, or for sigmoid tasks to 0/1 floats (B, N), NaN =
        unknown; (B,) will do where there is one label. `return_dict=False` gives a plain tuple; further inputs are
        ignored.

        Raises:
            ValueError: Neither words nor pixels were given, or the labels are none of these.
        """
        encoded = self.encode(
            input_ids, attention_mask, pixel_values, image_mask, face_pixel_values, face_mask, inputs_embeds
        )
        if not encoded:
            raise ValueError("nothing to look at: expected input_ids, pixel_values or face_pixel_values, got none")
        logits = self.classify(encoded, tasks)
        loss = None if labels is None else self.loss(logits, labels)
        found = present_in(encoded)
        # Every modality, whatever the batch has: what gathers batches needs the same keys in all of them.
        absent = torch.zeros_like(next(iter(found.values())))
        present = dict.fromkeys(self.encoders, absent) | found
        output = MmemoOutput(loss=loss, logits=logits, present=present)
        return output if return_dict is not False else output.to_tuple()

    def loss(self, logits: dict[str, Tensor], labels: dict[str, Tensor]) -> Tensor:
        """Mean over tasks of cross-entropy (softmax tasks) or binary cross-entropy; unknown labels do not count."""
        if not isinstance(labels, Mapping) or not labels or not set(labels) <= set(logits):
            got = f"keys {', '.join(map(str, labels))}" if isinstance(labels, Mapping) else type(labels).__name__
            raise ValueError(f"labels must map a task, one or more of {', '.join(logits)}, to a tensor; got {got}")
        losses = []
        for name, target in labels.items():
            values = logits[name].float()
            expected = values.shape if self.config.task(name).is_multi_label else values.shape[:1]
            target = target.unsqueeze(1) if target.dim() < len(expected) and expected[1] == 1 else target
            if target.shape != expected:
                raise ValueError(f"labels of {name!r} must be of shape {tuple(expected)}, got {tuple(target.shape)}")
            if self.config.task(name).is_multi_label:
                known = ~target.isnan()
                total = nn.functional.binary_cross_entropy_with_logits(
                    values[known], target[known].float(), reduction="sum"
                )
            else:
                known = target != -100
                total = nn.functional.cross_entropy(values, target, reduction="sum")
            losses.append(total / known.sum().clamp(min=1))
        return torch.stack(losses).mean()


MmemoModel.register_for_auto_class("AutoModel")  # `save_pretrained` puts these files beside the weights

__all__ = ["MmemoModel", "MmemoOutput"]
