"""`MmemoConfig`: which encoders a model has, and which tasks stand on them.

Conventions: a modality is `text`, `image` (the whole picture) or `face` (a crop); label order in `tasks` is the order
of the logits; thresholds and bands are probabilities after calibration. This file travels to the Hub with the weights.
"""

import dataclasses
import math
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

from huggingface_hub.dataclasses import strict
from transformers import AutoConfig, PreTrainedConfig
from transformers.configuration_utils import SubConfigSpec

MODALITIES: tuple[str, ...] = ("text", "image", "face")
FUSIONS: tuple[str, ...] = ("concat", "cross_attention", "gated", "late")
HEADS: tuple[str, ...] = ("linear", "ffn", "lstm")
PROBLEM_TYPES: tuple[str, ...] = ("single_label_classification", "multi_label_classification")

ATTENTION: tuple[str | None, ...] = (None, "eager", "sdpa", "flash_attention_2")
TIMM_ARGUMENTS: tuple[str, ...] = (
    "act_layer",
    "class_token",
    "depth",
    "drop_path_rate",
    "drop_rate",
    "dynamic_img_size",
    "embed_dim",
    "global_pool",
    "img_size",
    "in_chans",
    "init_values",
    "no_embed_class",
    "num_heads",
    "patch_size",
    "ref_feat_shape",
    "reg_tokens",
)
"""Arguments of timm's models that an encoder's `model_args` may have; others name files and sources of weights."""


def expect_self_contained(values: object) -> None:
    """Refuse a configuration, as JSON values, that names other files, repositories or code to build a model from.

    Raises:
        ValueError: Names the key, what was expected, and what came.
    """
    waiting = [values]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for key, entry in value.items():
                _expect_self_contained_entry(key, entry)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _expect_self_contained_entry(key: str, value: object) -> None:
    if key == "backbone" and isinstance(value, str):  # transformers asks the Hub whether it has one of this name
        raise ValueError(f"backbone is not read by name: expected none, or backbone_config, got {value!r}")
    if key == "architecture" and isinstance(value, str) and set(value) & set(":/\\"):
        raise ValueError(f"architecture must be the plain name of a timm model, got {value!r}")
    if key == "model_args" and isinstance(value, dict):
        for name in value:
            _expect_one_of("model_args", name, TIMM_ARGUMENTS)
    if key in ("attn_implementation", "_attn_implementation") and value not in ATTENTION:
        raise ValueError(f"{key} must be one of {', '.join(filter(None, ATTENTION))}, got {value!r}")


def _expect_one_of(what: str, value: object, expected: tuple[str, ...]) -> None:
    if value not in expected:
        raise ValueError(f"unknown {what} {value!r}: expected one of {', '.join(expected)}")


def _expect_probability(what: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.0 <= value <= 1.0:
        raise ValueError(f"{what} must be a number in [0, 1], got {value!r}")


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _expect_temperature(what: str, value: object) -> None:
    if not _is_finite(value) or value <= 0:  # type: ignore[operator]
        raise ValueError(f"{what} must be a number over 0, got {value!r}")


@dataclass(frozen=True, kw_only=True)
class TaskConfig:
    """One decision a model makes.

    Attributes:
        labels: In the order of the logits. One label is a yes/no decision.
        modalities: What the task may look at; any of them may be missing at inference.
        fusion: One of `FUSIONS`.
        head: One of `HEADS`; `lstm` reads the words' tokens and needs `modalities=("text",)`.
        problem_type: Softmax (`single_label_classification`) or a sigmoid for each label.
        temperature: Logits are divided by it before the softmax or sigmoid (Guo et al. 2017).
        calibration: Modalities that a sample has, such as `text` or `text+image`, to the (temperature, bias) that hold
            for it: `logit / temperature + bias` (Platt 1999). Samples with other modalities have the plain temperature;
            softmax tasks have bias 0.
        thresholds: For sigmoid tasks, the probability from which a label counts as present; 0.5 where not named.
        uncertain_band: For a yes/no task, probabilities between which no verdict is given; None for none.
        decisions: For a yes/no task, modalities as in `calibration` to the (low, threshold, high) that hold for samples
            which have them; samples with other modalities have `thresholds` and `uncertain_band`.
    """

    labels: tuple[str, ...]
    modalities: tuple[str, ...]
    fusion: str = "concat"
    head: str = "linear"
    problem_type: str = "single_label_classification"
    temperature: float = 1.0
    calibration: dict[str, tuple[float, float]] = field(default_factory=dict)
    thresholds: dict[str, float] = field(default_factory=dict)
    uncertain_band: tuple[float, float] | None = None
    decisions: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no model could be built from."""
        _expect_one_of("fusion", self.fusion, FUSIONS)
        _expect_one_of("head", self.head, HEADS)
        _expect_one_of("problem type", self.problem_type, PROBLEM_TYPES)
        self._validate_labels()
        self._validate_modalities()
        self._validate_calibration()
        self._validate_decisions()

    def _validate_labels(self) -> None:
        if not self.labels or not all(isinstance(label, str) and label for label in self.labels):
            raise ValueError(f"labels must be one or more names, got {self.labels!r}")
        if len(set(self.labels)) != len(self.labels):
            raise ValueError(f"labels must differ from each other, got {', '.join(self.labels)}")
        if self.problem_type == "single_label_classification" and len(self.labels) == 1:
            raise ValueError("single_label_classification needs two labels or more; use multi_label_classification")

    def _validate_modalities(self) -> None:
        if not self.modalities:
            raise ValueError("a task needs one modality or more, got none")
        for modality in self.modalities:
            _expect_one_of("modality", modality, MODALITIES)
        if len(set(self.modalities)) != len(self.modalities):
            raise ValueError(f"modalities must differ from each other, got {', '.join(self.modalities)}")
        if self.head == "lstm" and self.modalities != ("text",):
            raise ValueError(f"head 'lstm' reads words alone: expected modalities ['text'], got {self.modalities}")

    def _expect_modalities(self, where: str, name: str) -> None:
        if name != self.key_of(name.split("+")):
            raise ValueError(
                f"unknown modalities {name!r} in {where}: expected some of {', '.join(self.modalities)}, in this order "
                "and joined by +"
            )

    def _validate_calibration(self) -> None:
        _expect_temperature("temperature", self.temperature)
        for name, values in self.calibration.items():
            self._expect_modalities("calibration", name)
            if len(values) != 2:
                raise ValueError(f"calibration of {name!r} must be (temperature, bias), got {values!r}")
            _expect_temperature(f"temperature of {name!r}", values[0])
            if not _is_finite(values[1]) or (values[1] != 0 and not self.is_multi_label):
                expected = "a number" if self.is_multi_label else "0 with softmax"
                raise ValueError(f"bias of {name!r} must be {expected}, got {values[1]!r}")

    def _validate_decisions(self) -> None:
        for label, threshold in self.thresholds.items():
            _expect_one_of("label in thresholds", label, self.labels)
            _expect_probability(f"threshold of {label!r}", threshold)
        if self.uncertain_band is not None:
            self._validate_band()
        for name, values in self.decisions.items():
            self._expect_modalities("decisions", name)
            if len(self.labels) != 1 or len(values) != 3:
                raise ValueError(
                    f"decisions of {name!r} are (low, threshold, high) and belong to a task with one label"
                )
            for value in values:
                _expect_probability(f"decisions of {name!r}", value)
            if list(values) != sorted(values):
                raise ValueError(f"decisions of {name!r} must rise from low over threshold to high, got {values}")

    def _validate_band(self) -> None:
        if self.uncertain_band is None or len(self.labels) != 1 or len(self.uncertain_band) != 2:
            raise ValueError("uncertain_band is (low, high) and belongs to a task with one label")
        for bound in self.uncertain_band:
            _expect_probability("uncertain_band", bound)
        low, high = self.uncertain_band
        if not low <= self.threshold(self.labels[0]) <= high:
            raise ValueError(f"uncertain_band {self.uncertain_band} must hold the threshold of {self.labels[0]!r}")

    def key_of(self, modalities: Collection[str]) -> str:
        """Modalities as `calibration` and `decisions` name them; what the task does not look at is left out."""
        return "+".join(modality for modality in self.modalities if modality in modalities)

    def threshold(self, label: str, modalities: Collection[str] = ()) -> float:
        """Probability from which `label` counts as present in a sample that has these modalities."""
        _expect_one_of("label", label, self.labels)
        decision = self.decisions.get(self.key_of(modalities))
        return self.thresholds.get(label, 0.5) if decision is None else decision[1]

    def band(self, modalities: Collection[str] = ()) -> tuple[float, float] | None:
        """Probabilities between which no verdict is given on a sample that has these modalities; None for none."""
        decision = self.decisions.get(self.key_of(modalities))
        return self.uncertain_band if decision is None else (decision[0], decision[2])

    @property
    def is_multi_label(self) -> bool:
        """Whether each label has its own sigmoid."""
        return self.problem_type == "multi_label_classification"

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TaskConfig":
        """Build from JSON values; an unknown key is an error that names it."""
        known = tuple(f.name for f in dataclasses.fields(cls))
        for key in values:
            _expect_one_of("task setting", key, known)
        for key in ("labels", "modalities"):
            if not isinstance(values.get(key), list | tuple):
                raise ValueError(f"a task needs a list of {key}, got {values.get(key)!r}")
        band = values.get("uncertain_band")
        lists: dict[str, Any] = {"labels": tuple(values["labels"]), "modalities": tuple(values["modalities"])}
        for key in ("calibration", "decisions"):
            if key in values:
                lists[key] = {name: tuple(numbers) for name, numbers in values[key].items()}
        return cls(**{**values, **lists, "uncertain_band": None if band is None else tuple(band)})

    def to_dict(self) -> dict[str, Any]:
        """JSON values, lists for tuples."""
        values = {key: list(v) if isinstance(v, tuple) else v for key, v in dataclasses.asdict(self).items()}
        return {
            **values,
            "calibration": {name: list(pair) for name, pair in self.calibration.items()},
            "decisions": {name: list(numbers) for name, numbers in self.decisions.items()},
        }


@strict
class MmemoConfig(PreTrainedConfig):
    """Configuration of an `MmemoModel`.

    Attributes:
        text_config: Encoder of the words, any transformers text encoder (BERT, RoBERTa, DistilBERT, CLIP text, ...).
        image_config: Encoder of the whole picture, any transformers or timm (`TimmWrapperConfig`) image encoder.
        face_config: Encoder of a face crop, likewise.
        tasks: Task name to the values of a `TaskConfig`; read them with `task(name)`.
        hidden_size: Width D that every encoder's output is projected to.
        num_attention_heads: Heads of the cross-attention fusion.
        text_pooling: What stands for the whole text: `mean` over its tokens, `first` token, or the encoder's `pooler`.
        dropout: Dropout in fusions and heads.
        modality_dropout: In training, the chance that a present modality is hidden from a task.
        initializer_range: Standard deviation for newly made linear layers.

    Raises:
        ValueError: A task names an unknown modality, fusion, head or label, or an encoder more than its own files.
        StrictDataclassError: A task names a modality without an encoder, or a value has the wrong type or range.
    """

    model_type = "mmemo"
    sub_configs_defaults = {
        f"{modality}_config": SubConfigSpec(config_class=AutoConfig, model_type=default, optional=True)
        for modality, default in (("text", "bert"), ("image", "timm_wrapper"), ("face", "timm_wrapper"))
    }

    text_config: dict | PreTrainedConfig | None = None
    image_config: dict | PreTrainedConfig | None = None
    face_config: dict | PreTrainedConfig | None = None
    tasks: dict | None = None
    hidden_size: int = 384
    num_attention_heads: int = 6
    text_pooling: Literal["mean", "first", "pooler"] = "mean"
    dropout: float = 0.1
    modality_dropout: float = 0.1
    initializer_range: float = 0.02

    def __post_init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - transformers' own signature
        """Fill in the sub-configs and bring the tasks to one form."""
        expect_self_contained([self.text_config, self.image_config, self.face_config])
        super().__post_init__(**kwargs)
        self.tasks = {name: TaskConfig.from_dict(values).to_dict() for name, values in (self.tasks or {}).items()}

    @property
    def modalities(self) -> tuple[str, ...]:
        """Modalities that have an encoder, in the order of `MODALITIES`."""
        return tuple(modality for modality in MODALITIES if self.encoder_config(modality) is not None)

    def encoder_config(self, modality: str) -> PreTrainedConfig | None:
        """Configuration of a modality's encoder, None where it has none."""
        _expect_one_of("modality", modality, MODALITIES)
        return getattr(self, f"{modality}_config")

    def task(self, name: str) -> TaskConfig:
        """Settings of a task.

        Raises:
            ValueError: The model has no such task.
        """
        tasks = self.tasks or {}
        _expect_one_of("task", name, tuple(tasks))
        return TaskConfig.from_dict(tasks[name])

    def validate_tasks(self) -> None:
        """Check that every task finds its encoders; run by `@strict`."""
        for name, values in (self.tasks or {}).items():
            for modality in TaskConfig.from_dict(values).modalities:
                if getattr(self, f"{modality}_config") is None:
                    raise ValueError(f"task {name!r} needs {modality}_config, which is missing")

    def validate_width(self) -> None:
        """Check that attention heads divide the width; run by `@strict`."""
        for name in ("hidden_size", "num_attention_heads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, got {getattr(self, name)}")
        if self.hidden_size % self.num_attention_heads != 0:
            raise ValueError(
                f"hidden_size {self.hidden_size} must be a multiple of num_attention_heads {self.num_attention_heads}"
            )

    def validate_rates(self) -> None:
        """Check the dropout rates; run by `@strict`."""
        for name in ("dropout", "modality_dropout"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"{name} must lie in [0, 1), got {getattr(self, name)}")


MmemoConfig.register_for_auto_class()  # `save_pretrained` puts this file beside the configuration

__all__ = ["FUSIONS", "HEADS", "MODALITIES", "PROBLEM_TYPES", "MmemoConfig", "TaskConfig"]
