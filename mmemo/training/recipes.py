"""Recipes: every setting of a training run in one YAML file, checked before anything is read.

A file's `kind` is `network` (an `MmemoModel`, the default), `tfidf` (words to logistic regression) or `late_fusion`
(the probabilities of finished checkpoints). Its `options`, such as `model` or `head`, name settings that replace those
of the file; the first choice of each holds unless another is asked for.

Conventions: learning rates belong to an encoder or to `heads` (projections, fusions, heads); one epoch passes each
source `repeat` times; measures choose on dev splits only.
"""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import ConfigDict, Field, NonNegativeInt, PositiveInt, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from mmemo.labels import TASK_LABELS
from mmemo.models import TaskConfig

RECIPE_FOLDER = Path(__file__).parent / "recipes"
_STRICT = ConfigDict(extra="forbid")

_Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Channels = tuple[float, float, float]
_Deviations = tuple[_Rate, _Rate, _Rate]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class EncoderRecipe:
    """Where an encoder comes from and how it is trained.

    Attributes:
        base: Hub id or folder of pretrained weights; None to build anew from `config`.
        config: The encoder's configuration values, `model_type` among them; read from `base` when None.
        learning_rate: Of the backbone.
        blend_base: Share of the base's weights in the mean of them and of those that `start_from` gives: a backbone
            that has learnt one thing for long is right more often so on other data (WiSE-FT, Wortsman et al. 2022).
        freeze: `embeddings` keeps the word embeddings, `backbone` trains only the projections, `all` not even these.
        cached_views: Above 0, a frozen backbone's outputs on this many views of each picture are computed once.
    """

    base: str | None = None
    config: dict[str, Any] | None = None
    learning_rate: _Rate = 1e-4
    blend_base: _Share = 0.0
    freeze: Literal["none", "embeddings", "backbone", "all"] = "none"
    cached_views: NonNegativeInt = 0


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class SourceRecipe:
    """A data set that a run learns from.

    Attributes:
        dataset: Name of the data set.
        tasks: Tasks its labels teach; a name pair `face_emotion->emotion` teaches one task with another's labels.
        taught: Tasks that the run's teachers teach on its items, whether or not the set has labels of them.
        votes: Data set that has several people's votes on the same faces; the labels that they make likely are one more
            teacher of what the source has labels of.
        pair_with: Data set of texts that the faces of `dataset` are paired with by label.
        repeat: How often an epoch passes it; 0.5 is every other item in turn, 0 uses its dev split alone.
        batch_size: Items in one step.
    """

    dataset: str
    tasks: tuple[str, ...]
    taught: tuple[str, ...] = ()
    votes: Literal["ferplus"] | None = None
    pair_with: str | None = None
    repeat: _Amount = 1.0
    batch_size: PositiveInt = 32


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
        distillation: Share of the teachers' probabilities in the targets of what they teach; what an item has no label
            of they teach alone (Hinton et al. 2015).
        mixup: Beta parameter of mixup on pictures of softmax tasks (Zhang et al. 2018); 0 for none.
        focal_gamma: Focal loss exponent (Lin et al. 2017); 0 is plain cross-entropy.
        class_weights: For softmax tasks, exponent of the inverse frequency that classes are weighed by: 1 gives each
            the same part in the loss, 0.5 goes half the way, 0 is none.
        augment_faces: Flip, turn, shift, scale and relight face crops.
        bf16: Autocast to bfloat16 where the processor computes with it; float32 elsewhere.
        gradient_accumulation: Steps summed before an update.
        max_grad_norm: Gradient clipping.
        early_stopping_patience: Epochs without a better dev score before stopping; None for never.
        seed: Of weights, order and augmentation.
    """

    epochs: PositiveInt = 3
    heads_learning_rate: _Rate = 1e-3
    optimizer: Literal["adamw", "sgd"] = "adamw"
    weight_decay: _Amount = 0.01
    schedule: Literal["linear", "cosine"] = "linear"
    warmup_ratio: _Share = 0.06
    label_smoothing: _Share = 0.0
    distillation: _Share = 0.0
    mixup: _Amount = 0.0
    focal_gamma: _Amount = 0.0
    class_weights: _Amount = 0.0
    augment_faces: bool = True
    bf16: bool = True
    gradient_accumulation: PositiveInt = 1
    max_grad_norm: _Rate = 1.0
    early_stopping_patience: PositiveInt | None = None
    seed: NonNegativeInt = 0


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

    max_length: PositiveInt = 128
    image_size: PositiveInt = 224
    image_mean: _Channels = (0.485, 0.456, 0.406)
    image_std: _Deviations = (0.229, 0.224, 0.225)
    face_size: PositiveInt = 224
    face_mean: _Channels = (0.485, 0.456, 0.406)
    face_std: _Deviations = (0.229, 0.224, 0.225)
    face_grayscale: bool = False
    face_resolution: PositiveInt | None = None


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
        mean_of_starts: Take the mean of what several of them give, rather than what the last one does (model soups,
            Wortsman et al. 2022).
        teachers: Names of recipes whose finished checkpoints teach what sources name as `taught`, by the mean of their
            calibrated probabilities on the training items.
        held_out: A fold of the training items to leave out and how many folds there are, such as [0, 3]: the finished
            checkpoint then teaches these items alone, of which it has not learnt the labels (cross-fitting).
        chosen: Option to the choice that made these settings.
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
    mean_of_starts: bool = False
    teachers: tuple[str, ...] = ()
    held_out: tuple[NonNegativeInt, PositiveInt] | None = None
    chosen: dict[str, str] = field(default_factory=dict)
    kind: Literal["network"] = "network"

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """Names of the recipes whose finished checkpoints the run reads: what it starts from, then its teachers."""
        return self.start_from + self.teachers

    def task_config(self, name: str) -> TaskConfig:
        """Settings of a task, with the project's labels where the recipe names none."""
        values = dict(self.tasks[name])
        values.setdefault("labels", TASK_LABELS.get(name))
        return TaskConfig.from_dict(values)


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class VectorizerRecipe:
    """Settings of scikit-learn's `TfidfVectorizer`, under its names."""

    ngram_range: tuple[int, int] = (1, 2)
    min_df: int = 2
    max_df: float = 0.9
    max_features: int | None = None
    sublinear_tf: bool = True
    lowercase: bool = True
    strip_accents: Literal["ascii", "unicode"] | None = "unicode"


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class ClassifierRecipe:
    """Settings of scikit-learn's `LogisticRegression`, under its names."""

    C: _Rate = 1.0
    class_weight: Literal["balanced"] | None = None
    max_iter: PositiveInt = 1000


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class TfidfRecipe:
    """TF-IDF of words and logistic regression (system E).

    Attributes:
        name: Same as the file's.
        description: One paragraph for people.
        kind: Tells the recipe from the others.
        task: What it decides; a task of the project with one label or with softmax.
        dataset: Data set whose words and labels it learns from.
        vectorizer: From words to numbers.
        classifier: From numbers to labels.
        seed: Of the solver.
    """

    name: str
    description: str
    kind: Literal["tfidf"]
    task: str
    dataset: str
    vectorizer: VectorizerRecipe = VectorizerRecipe()
    classifier: ClassifierRecipe = ClassifierRecipe()
    seed: int = 0

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """None."""
        return ()


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class PartRecipe:
    """A finished checkpoint's task that takes part in a late fusion."""

    recipe: str
    task: str


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class LateFusionRecipe:
    """Weighted mean of the probabilities of several checkpoints, a modality each (system E).

    Attributes:
        name: Same as the file's.
        description: One paragraph for people.
        kind: Tells the recipe from the others.
        task: What is decided.
        dataset: Data set whose dev split chooses the weights.
        parts: Modality to the checkpoint that judges it.
        measure: What the weights are chosen by.
        steps: The weights tried are multiples of `1 / steps` that add up to 1.
    """

    name: str
    description: str
    kind: Literal["late_fusion"]
    task: str
    dataset: str
    parts: dict[Literal["text", "image", "face"], PartRecipe]
    measure: Literal["accuracy", "macro_f1", "weighted_f1", "roc_auc"] = "weighted_f1"
    steps: PositiveInt = 20

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """Names of the recipes whose checkpoints take part, in the parts' order."""
        return tuple(part.recipe for part in self.parts.values())


AnyRecipe = Recipe | TfidfRecipe | LateFusionRecipe
_KINDS: dict[str, type] = {"network": Recipe, "tfidf": TfidfRecipe, "late_fusion": LateFusionRecipe}


class RecipeError(ValueError):
    """A recipe that cannot be run; the message names file, setting, what was expected and what came."""


def recipe_names() -> tuple[str, ...]:
    """Recipes that come with the package."""
    return tuple(sorted(path.stem for path in RECIPE_FOLDER.glob("*.yaml")))


def load_recipe(
    name: str, overrides: Mapping[str, Any] | None = None, chosen: Mapping[str, str] | None = None
) -> AnyRecipe:
    """Read a recipe by its name or by the path of a YAML file.

    Args:
        name: Of a recipe that comes with the package, or a path.
        overrides: Setting to value, the setting with dots, such as `training.epochs` or `sources.0.repeat`.
        chosen: Option of the file to one of its choices, such as `head` to `lstm`.

    Raises:
        RecipeError: No such recipe, not YAML, or a setting that does not exist or whose value is wrong in kind or size.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else RECIPE_FOLDER / f"{name}.yaml"
    if not path.is_file():
        raise RecipeError(f"unknown recipe {name!r}: expected a YAML file or one of {', '.join(recipe_names())}")
    try:
        values = _choose(path, yaml.safe_load(path.read_text(encoding="utf-8")), chosen or {})
        for setting, value in (overrides or {}).items():
            _override(values, setting, value)
        recipe: AnyRecipe = TypeAdapter(_kind(path, values)).validate_python(values)
        _check_references(path, recipe)
    except yaml.YAMLError as error:
        raise RecipeError(f"{path}: expected YAML, got something else: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"])
        raise RecipeError(f"{path}: {setting}: {first['msg']}, got {first['input']!r}") from error
    except RecipeError:
        raise
    except ValueError as error:
        raise RecipeError(f"{path}: {error}") from error
    return recipe


def load_network_recipe(
    name: str, overrides: Mapping[str, Any] | None = None, chosen: Mapping[str, str] | None = None
) -> Recipe:
    """The same for a recipe that must be of the kind `network`."""
    recipe = load_recipe(name, overrides, chosen)
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"{name}: expected a recipe of the kind 'network', got {recipe.kind!r}")
    return recipe


def _kind(path: Path, values: Any) -> type:  # noqa: ANN401 - any YAML value
    kind = values.get("kind", "network") if isinstance(values, dict) else "network"
    if kind not in _KINDS:
        raise RecipeError(f"{path}: unknown kind {kind!r}: expected one of {', '.join(_KINDS)}")
    return _KINDS[kind]


def _choose(path: Path, values: Any, chosen: Mapping[str, str]) -> Any:  # noqa: ANN401 - any YAML value
    """The file's values after its options, in their order: the choice asked for, or the first of each."""
    options = values.pop("options", {}) if isinstance(values, dict) else {}
    for option in chosen:
        if option not in options:
            expected = f"expected one of {', '.join(options)}" if options else "it has none"
            raise RecipeError(f"{path}: unknown option {option!r}: {expected}")
    taken = {}
    for option, choices in options.items():
        choice = chosen.get(option, next(iter(choices)))
        if choice not in choices:
            raise RecipeError(f"{path}: unknown {option} {choice!r}: expected one of {', '.join(choices)}")
        for setting, value in choices[choice].items():
            _override(values, setting, value)
        taken[option] = choice
    return {**values, "chosen": taken} if taken else values


def _override(values: Any, setting: str, value: Any) -> None:  # noqa: ANN401 - any YAML value
    """Put a value in the place that a setting with dots names, `*` for every name there is on the way."""
    name, _, rest = setting.partition(".")
    try:
        if name == "*":
            for key in list(values):
                _override(values, f"{key}.{rest}", value)
        elif rest:
            _override(values[int(name)] if isinstance(values, list) else values.setdefault(name, {}), rest, value)
        else:
            values[int(name) if isinstance(values, list) else name] = value
    except RecipeError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise RecipeError(f"unknown setting {setting!r}: expected names with dots, such as training.epochs") from error


def _check_references(path: Path, recipe: AnyRecipe) -> None:
    """Every source teaches tasks that the recipe has, on encoders that it has."""
    if not isinstance(recipe, Recipe):
        if recipe.task not in TASK_LABELS:
            raise RecipeError(f"{path}: unknown task {recipe.task!r}: expected one of {', '.join(TASK_LABELS)}")
        return
    for name in recipe.tasks:
        recipe.task_config(name)
    for source in recipe.sources:
        known = [name for name in source.tasks if name.split("->")[-1] in recipe.tasks]
        for name in (*source.tasks, *source.taught):
            if name not in (*known, *recipe.tasks):
                raise RecipeError(f"{path}: source {source.dataset!r} teaches {name!r}, which is not under tasks")
    for name in recipe.tasks:
        for modality in recipe.task_config(name).modalities:
            if modality not in recipe.encoders:
                raise RecipeError(f"{path}: task {name!r} needs an encoder for {modality!r}")
    _check_teachers(path, recipe)


def _check_teachers(path: Path, recipe: Recipe) -> None:
    taught = sorted({name for source in recipe.sources for name in source.taught})
    if recipe.held_out is not None and recipe.held_out[0] >= recipe.held_out[1]:
        fold, folds = recipe.held_out
        raise RecipeError(f"{path}: held_out: expected a fold below the number of folds, got {fold} of {folds}")
    voted = [source for source in recipe.sources if source.votes is not None]
    if len({bool(recipe.teachers or voted), bool(taught), recipe.training.distillation > 0}) > 1:
        raise RecipeError(
            f"{path}: expected teachers, sources with taught tasks and training.distillation above 0, or none of them, "
            f"got teachers {list(recipe.teachers)}, taught {taught}, distillation {recipe.training.distillation:g}"
        )
    for source in recipe.sources:
        labelled = {name.split("->")[-1] for name in source.tasks}
        if source.votes is not None and (not source.taught or not labelled.issuperset(source.taught)):
            raise RecipeError(
                f"{path}: expected votes to teach tasks that source {source.dataset!r} has labels of, got taught "
                f"{list(source.taught)} and tasks {list(source.tasks)}"
            )
        if source.taught and source.votes is None and not recipe.teachers:
            raise RecipeError(
                f"{path}: expected teachers or votes for what source {source.dataset!r} names as taught, got neither"
            )
