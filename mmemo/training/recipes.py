"""Recipes: every setting of a training run in one YAML file, checked before anything is read.

Conventions: learning rates belong to an encoder or to `heads` (projections, fusions, heads); one epoch passes each
source `repeat` times; measures choose on dev splits only.
"""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from mmemo.labels import TASK_LABELS
from mmemo.models import TaskConfig

RECIPE_FOLDER = Path(__file__).parent / "recipes"
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class EncoderRecipe:
    """Where an encoder comes from and how it is trained.

    Attributes:
        base: Hub id or folder of pretrained weights; None to build anew from `config`.
        config: The encoder's configuration values, `model_type` among them; read from `base` when None.
        learning_rate: Of the backbone.
        freeze: `backbone` trains only its projections, `all` not even these.
        cached_views: Above 0, a frozen backbone's outputs on this many views of each picture are computed once.
    """

    base: str | None = None
    config: dict[str, Any] | None = None
    learning_rate: float = 1e-4
    freeze: Literal["none", "backbone", "all"] = "none"
    cached_views: int = 0


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class SourceRecipe:
    """A data set that a run learns from.

    Attributes:
        dataset: Name of the data set.
        tasks: Tasks its labels teach; a name pair `face_emotion->emotion` teaches one task with another's labels.
        pair_with: Data set of texts that the faces of `dataset` are paired with by label.
        repeat: How often an epoch passes it; 0.5 is every other item in turn, 0 uses its dev split alone.
        batch_size: Items in one step.
    """

    dataset: str
    tasks: tuple[str, ...]
    pair_with: str | None = None
    repeat: float = 1.0
    batch_size: int = 32


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class TrainingRecipe:
    """How long and how hard to train.

    Attributes:
        epochs: Passes over the sources.
        heads_learning_rate: Of everything that is not a backbone.
        optimizer: `adamw`, or `sgd` with Nesterov momentum 0.9.
        weight_decay: Not on biases and norms.
        schedule: Learning rate after the warm-up.
        warmup_ratio: Share of the steps over which the rate rises.
        label_smoothing: For softmax tasks.
        mixup: Beta parameter of mixup on pictures of softmax tasks (Zhang et al. 2018); 0 for none.
        focal_gamma: Focal loss exponent (Lin et al. 2017); 0 is plain cross-entropy.
        class_weights: Weigh classes by their inverse frequency.
        augment_faces: Flip, turn, shift, scale and relight face crops.
        bf16: Autocast to bfloat16 where the processor computes with it; float32 elsewhere.
        gradient_accumulation: Steps summed before an update.
        max_grad_norm: Gradient clipping.
        early_stopping_patience: Epochs without a better dev score before stopping; None for never.
        seed: Of weights, order and augmentation.
    """

    epochs: int = 3
    heads_learning_rate: float = 1e-3
    optimizer: Literal["adamw", "sgd"] = "adamw"
    weight_decay: float = 0.01
    schedule: Literal["linear", "cosine"] = "linear"
    warmup_ratio: float = 0.06
    label_smoothing: float = 0.0
    mixup: float = 0.0
    focal_gamma: float = 0.0
    class_weights: bool = False
    augment_faces: bool = True
    bf16: bool = True
    gradient_accumulation: int = 1
    max_grad_norm: float = 1.0
    early_stopping_patience: int | None = None
    seed: int = 0


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class ProcessorRecipe:
    """Sizes and normalisation of the inputs.

    Attributes:
        max_length: Tokens of a text.
        image_size: Pixels a side of the whole picture, squeezed rather than cropped so that no caption is lost.
        image_mean: Of each channel, pixels in [0, 1]; likewise the deviation.
        face_size: Pixels a side of a face crop.
        face_grayscale: Take colour out of face crops.
        face_resolution: Reduce larger crops to this first.
    """

    max_length: int = 128
    image_size: int = 224
    image_mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    image_std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    face_size: int = 224
    face_mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    face_std: tuple[float, float, float] = (0.229, 0.224, 0.225)
    face_grayscale: bool = False
    face_resolution: int | None = None


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Recipe:
    """A whole run: model, data, training.

    Attributes:
        name: Same as the file's.
        description: One paragraph for people.
        encoders: Modality to its encoder.
        tasks: Task to the settings of a `TaskConfig`; labels default to the project's.
        sources: Data sets.
        model: Further values of the `MmemoConfig`, such as `hidden_size`.
        start_from: Names of recipes whose finished checkpoints give encoders, fusions and heads of the same name.
    """

    name: str
    description: str
    encoders: dict[Literal["text", "image", "face"], EncoderRecipe]
    tasks: dict[str, dict[str, Any]]
    sources: tuple[SourceRecipe, ...]
    model: dict[str, Any] = field(default_factory=dict)
    processor: ProcessorRecipe = ProcessorRecipe()
    training: TrainingRecipe = TrainingRecipe()
    start_from: tuple[str, ...] = ()

    def task_config(self, name: str) -> TaskConfig:
        """Settings of a task, with the project's labels where the recipe names none."""
        values = dict(self.tasks[name])
        values.setdefault("labels", TASK_LABELS.get(name))
        return TaskConfig.from_dict(values)


class RecipeError(ValueError):
    """A recipe that cannot be run; the message names file, setting, what was expected and what came."""


def recipe_names() -> tuple[str, ...]:
    """Recipes that come with the package."""
    return tuple(sorted(path.stem for path in RECIPE_FOLDER.glob("*.yaml")))


def load_recipe(name: str, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """Read a recipe by its name or by the path of a YAML file.

    Args:
        name: Of a recipe that comes with the package, or a path.
        overrides: Setting to value, the setting with dots, such as `training.epochs` or `sources.0.repeat`.

    Raises:
        RecipeError: No such recipe, not YAML, or a setting that does not exist or has the wrong kind of value.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else RECIPE_FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise RecipeError(f"unknown recipe {name!r}: expected a YAML file or one of {', '.join(recipe_names())}")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        for setting, value in (overrides or {}).items():
            _override(values, setting, value)
        recipe = TypeAdapter(Recipe).validate_python(values)
        for task in recipe.tasks:
            recipe.task_config(task)
    except yaml.YAMLError as error:
        raise RecipeError(f"{path}: expected YAML, got something else: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"])
        raise RecipeError(f"{path}: {setting}: {first['msg']}, got {first['input']!r}") from error
    except ValueError as error:
        raise RecipeError(f"{path}: {error}") from error
    _check_references(path, recipe)
    return recipe


def _override(values: Any, setting: str, value: Any) -> None:  # noqa: ANN401 - any YAML value
    """Put a value in the place that a setting with dots names; what lies on the way must be there."""
    *way, last = setting.split(".")
    try:
        for name in way:
            values = values[int(name)] if isinstance(values, list) else values.setdefault(name, {})
        values[int(last) if isinstance(values, list) else last] = value
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise RecipeError(f"unknown setting {setting!r}: expected names with dots, such as training.epochs") from error


def _check_references(path: Path, recipe: Recipe) -> None:
    """Every source teaches tasks that the recipe has, on encoders that it has."""
    for source in recipe.sources:
        for name in source.tasks:
            if name.split("->")[-1] not in recipe.tasks:
                raise RecipeError(f"{path}: source {source.dataset!r} teaches {name!r}, which is not under tasks")
    for name in recipe.tasks:
        for modality in recipe.task_config(name).modalities:
            if modality not in recipe.encoders:
                raise RecipeError(f"{path}: task {name!r} needs an encoder for {modality!r}")
