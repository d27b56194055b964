"""One training run: data, model, trainer, calibration, and the finished checkpoint.

Conventions: `output/` ends as an ordinary model folder; `output/run/` holds the trainer's checkpoints and TensorBoard
logs. The finished folder appears whole or not at all.
"""

import dataclasses
import json
import logging
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate.utils import broadcast_object_list
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import (
    EarlyStoppingCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from mmemo.data.records import label_names
from mmemo.devices import best_dtype
from mmemo.models import MmemoModel, MmemoProcessor
from mmemo.training.batches import (
    Collator,
    EpochLoader,
    Source,
    SourceBatchSampler,
    SourceDataset,
    face_augmentation,
)
from mmemo.training.build import build
from mmemo.training.calibrate import calibrate_model
from mmemo.training.checkpoints import REPORT_FILE, part_folder, put_in_place, write_json
from mmemo.training.distill import add_teachers
from mmemo.training.feature_cache import FeatureCache, build_cache
from mmemo.training.losses import class_weights, task_loss
from mmemo.training.metrics import score_name
from mmemo.training.predict import dev_outputs
from mmemo.training.recipes import Recipe, RecipeError
from mmemo.training.sources import load_source

logger = logging.getLogger(__name__)


class _OwnBestCheckpoint(TrainerCallback):
    """Finds the best checkpoint in the run's folder, wherever that lay when the checkpoint was written."""

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,  # noqa: ANN401 - the trainer's own signature
    ) -> None:
        """Point the trainer's state at it."""
        best = Path(str(args.output_dir)) / f"checkpoint-{state.best_global_step}"
        if best.is_dir():
            state.best_model_checkpoint = str(best)


class MmemoTrainer(Trainer):
    """Hugging Face's trainer on batches of one source each, with a rate for each encoder.

    Args:
        recipe: The run's settings.
        train_sources: To learn from.
        dev_sources: To choose by.
        collator: Without augmentation; the training one adds it.
        weights: Task to class weights.
        kwargs: The trainer's own arguments.
    """

    model: MmemoModel
    train_dataset: SourceDataset

    def __init__(
        self,
        *,
        recipe: Recipe,
        train_sources: list[Source],
        dev_sources: list[Source],
        collator: Collator,
        weights: dict[str, Tensor],
        **kwargs: Any,  # noqa: ANN401 - the trainer's own arguments
    ) -> None:
        """Make the training batches augmented ones."""
        self.recipe, self.dev_sources, self.collator, self.weights = recipe, dev_sources, collator, weights
        augment = face_augmentation() if recipe.training.augment_faces else None
        train_collator = dataclasses.replace(
            collator, sources=train_sources, augment_face=augment, distillation=recipe.training.distillation
        )
        super().__init__(
            train_dataset=SourceDataset(train_sources),
            eval_dataset=SourceDataset(dev_sources),
            data_collator=train_collator,
            **kwargs,
        )

    def get_train_dataloader(self) -> DataLoader:
        """Batches of one source each; every process gets its part of each."""
        sampler = SourceBatchSampler(
            self.train_dataset,
            self.recipe.training.seed,
            rank=self.args.process_index,
            num_processes=self.args.world_size,
        )
        return EpochLoader(
            self.train_dataset,
            batch_sampler=sampler,
            collate_fn=self.data_collator,
            num_workers=self.args.dataloader_num_workers,
        )

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        """Parameter groups with the rates of the recipe; no decay on biases and norms."""
        if self.optimizer is None:
            settings = self.recipe.training
            groups = parameter_groups(self.recipe, self.model)
            if settings.optimizer == "sgd":
                self.optimizer = torch.optim.SGD(groups, momentum=0.9, nesterov=True)
            else:
                self.optimizer = torch.optim.AdamW(groups)
        return self.optimizer

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:  # noqa: ANN401 - the trainer's own signature
        """Mean of the losses of the batch's tasks."""
        settings = self.recipe.training
        labels = inputs.pop("labels")
        for name, encoder in self.recipe.encoders.items():
            if encoder.freeze in ("backbone", "all"):
                part: Any = self.model.encoders[name]
                part.backbone.train(encoder.cached_views > 0)
        mixed = None
        if settings.mixup > 0 and model.training and "face_pixel_values" in inputs and "input_ids" not in inputs:
            mixed = np.random.beta(settings.mixup, settings.mixup), torch.randperm(len(inputs["face_pixel_values"]))
            pixels = inputs["face_pixel_values"]
            inputs["face_pixel_values"] = mixed[0] * pixels + (1 - mixed[0]) * pixels[mixed[1]]
        output = model(**inputs, tasks=tuple(labels))
        losses = []
        for task, target in labels.items():
            loss = self._loss(task, output.logits[task], target)
            if mixed is not None:
                loss = mixed[0] * loss + (1 - mixed[0]) * self._loss(task, output.logits[task], target[mixed[1]])
            losses.append(loss)
        total = torch.stack(losses).mean()
        return (total, output) if return_outputs else total

    def _loss(self, task: str, logits: Tensor, target: Tensor) -> Tensor:
        settings = self.recipe.training
        return task_loss(
            self.model.config.task(task),
            logits,
            target,
            weights=self.weights.get(task),
            label_smoothing=settings.label_smoothing,
            focal_gamma=settings.focal_gamma,
        )

    def evaluate(self, *args: Any, metric_key_prefix: str = "eval", **kwargs: Any) -> dict[str, float]:  # noqa: ANN401 - the trainer's own signature
        """Dev measures of every source and task; `eval_score` is the mean of those that are defined.

        The first process measures and tells the others, so that all stop and choose alike.
        """
        shared = [self._dev_measures(metric_key_prefix) if self.is_world_process_zero() else None]
        (results,) = broadcast_object_list(shared)
        self.log(results)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, results)
        return results

    def _dev_measures(self, metric_key_prefix: str) -> dict[str, float]:
        results: dict[str, float] = {}
        for name, task, outputs in dev_outputs(self.model, self.collator, self.dev_sources, self.args.bf16):
            config = self.model.config.task(task)
            values = outputs.measures(config)
            results[f"{metric_key_prefix}_{name}_{task}_{score_name(config)}"] = values[score_name(config)]
        results[f"{metric_key_prefix}_score"] = float(np.nanmean(list(results.values())))
        return results


def parameter_groups(recipe: Recipe, model: MmemoModel) -> list[dict[str, Any]]:
    """Optimizer groups: each backbone at its rate, everything else at the heads' rate, frozen parts left out."""
    settings = recipe.training
    rates = {f"encoders.{name}.backbone.": encoder.learning_rate for name, encoder in recipe.encoders.items()}
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            rate = next((r for prefix, r in rates.items() if name.startswith(prefix)), settings.heads_learning_rate)
            decay = 0.0 if parameter.dim() < 2 else settings.weight_decay
            groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": params, "lr": rate, "weight_decay": decay} for (rate, decay), params in groups.items()]


def freeze(recipe: Recipe, model: MmemoModel) -> None:
    """Take frozen parts out of training."""
    for name, encoder in recipe.encoders.items():
        part: Any = model.encoders[name]
        if encoder.freeze == "embeddings":
            part.backbone.get_input_embeddings().requires_grad_(False)
        elif encoder.freeze != "none":
            (part if encoder.freeze == "all" else part.backbone).requires_grad_(False)


def _cache_pictures(
    recipe: Recipe, model: MmemoModel, processor: MmemoProcessor, sources: list[Source]
) -> FeatureCache | None:
    """Put a feature cache in the place of a frozen image backbone, if the recipe asks for one."""
    encoder = recipe.encoders.get("image")
    if encoder is None or encoder.cached_views == 0:
        return None
    used = [source for source in sources if "image" in source.modalities]
    pictures = sorted({e.image for source in used for e in source.examples if e.image is not None})
    part: Any = model.encoders["image"]
    cache = build_cache(part.backbone, processor, pictures, encoder.cached_views, recipe.training.seed)
    part.backbone = cache
    return cache


def _weights(recipe: Recipe, sources: list[Source]) -> dict[str, Tensor]:
    """Class weights of the softmax tasks, from the training labels."""
    if not recipe.training.class_weights:
        return {}
    weights = {}
    for task in recipe.tasks:
        config = recipe.task_config(task)
        if not config.is_multi_label:
            counts = Counter(
                label
                for source in sources
                if task in source.tasks
                for example in source.examples
                for label in label_names(example, source.tasks[task])
            )
            frequencies = [counts[label] for label in config.labels]
            weights[task] = class_weights(frequencies, recipe.training.class_weights)
    return weights


def _arguments(recipe: Recipe, output: Path, use_cpu: bool, num_workers: int) -> TrainingArguments:
    settings = recipe.training
    device = torch.device("cuda" if torch.cuda.is_available() and not use_cpu else "cpu")
    bf16 = settings.bf16 and best_dtype(device) == torch.bfloat16
    return TrainingArguments(
        output_dir=str(output / "run"),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=settings.gradient_accumulation,
        max_grad_norm=settings.max_grad_norm,
        lr_scheduler_type=settings.schedule,
        warmup_steps=settings.warmup_ratio,
        bf16=bf16,
        seed=settings.seed,
        data_seed=settings.seed,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_score",
        restore_callback_states_from_checkpoint=True,  # epochs without a gain, which early stopping counts
        greater_is_better=True,
        logging_steps=50,
        report_to=["tensorboard"],
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_num_workers=num_workers,
        use_cpu=use_cpu or (bf16 and device.type == "cpu"),  # bfloat16 on a processor must be asked for so
    )


def last_checkpoint(run: Path) -> Path | None:
    """Newest checkpoint that was written to its end; the trainer writes `trainer_state.json` last."""
    for folder in sorted(run.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]), reverse=True):
        try:
            json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            logger.warning("%s was not written to its end and is left out", folder)
            continue
        return folder
    return None


def _early_end(checkpoint: Path) -> float | None:
    """Epoch at which a run ended with this checkpoint because its training was to stop, None where it was to go on."""
    state = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    control = state.get("stateful_callbacks", {}).get("TrainerControl", {}).get("args", {})
    return state["epoch"] if control.get("should_training_stop") else None


def _same_recipe(recipe: Recipe, run: Path, *, is_resumed: bool) -> None:
    """Keep the recipe beside the checkpoints, and refuse to go on with another one."""
    path, now = run / "recipe.json", json.dumps(dataclasses.asdict(recipe), indent=2)
    if is_resumed and path.is_file():
        before, values = json.loads(path.read_text(encoding="utf-8")), json.loads(now)
        changed = [name for name in values if values[name] != before.get(name)]
        if changed:
            raise RecipeError(f"{path}: expected the recipe that the run began with, got other {', '.join(changed)}")
    run.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(now + "\n", encoding="utf-8")
    part.replace(path)


def train(
    recipe: Recipe,
    data: Path,
    output: Path,
    *,
    starts: list[Path] | None = None,
    teachers: list[Path] | None = None,
    resume: bool = False,
    use_cpu: bool = False,
    num_workers: int = 0,
) -> dict[str, Any]:
    """Run a recipe and leave a finished, calibrated checkpoint.

    Args:
        recipe: The run.
        data: Data root.
        output: Folder of the finished checkpoint.
        starts: Checkpoints of `recipe.start_from`.
        teachers: Checkpoints of `recipe.teachers`.
        resume: Go on from the last whole checkpoint in `output/run`.
        use_cpu: Leave an accelerator alone.
        num_workers: Processes that prepare batches.

    Returns:
        What `training.json` in the output holds: the recipe, the number of items, the dev measures.

    Raises:
        DataError: A data set cannot be read, or a split of it lacks a class.
        RecipeError: The output holds checkpoints and `resume` is False, or they are of another recipe.
    """
    checkpoint = last_checkpoint(output / "run")
    if checkpoint is not None and not resume:
        raise RecipeError(
            f"{output / 'run'}: expected no checkpoint of an earlier run, got {checkpoint.name}; resume it, or choose "
            "another output folder"
        )
    train_sources = [load_source(recipe, s, data, "train") for s in recipe.sources if s.repeat > 0]
    dev_sources = [load_source(recipe, s, data, "dev") for s in recipe.sources]
    _same_recipe(recipe, output / "run", is_resumed=checkpoint is not None)
    train_sources = add_teachers(recipe, train_sources, teachers or [], data, use_cpu=use_cpu)
    model, processor = build(recipe, starts or [])
    freeze(recipe, model)
    nn.Module.to(model, memory_format=torch.channels_last)  # convolutions run faster so
    cache = _cache_pictures(recipe, model, processor, [*train_sources, *dev_sources])
    collator = Collator(
        processor=processor,
        config=model.config,
        sources=dev_sources,
        picture_rows=None if cache is None else cache.rows,
    )
    arguments = _arguments(recipe, output, use_cpu, num_workers)
    if checkpoint is not None:
        arguments.num_train_epochs = _early_end(checkpoint) or arguments.num_train_epochs
    patience = recipe.training.early_stopping_patience
    trainer = MmemoTrainer(
        recipe=recipe,
        train_sources=train_sources,
        dev_sources=dev_sources,
        collator=collator,
        weights=_weights(recipe, train_sources),
        model=model,
        args=arguments,
        callbacks=[_OwnBestCheckpoint(), *([EarlyStoppingCallback(patience)] if patience else [])],
    )
    trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))
    report = _finish(recipe, trainer, processor, cache, output)
    trainer.accelerator.end_training()  # gloo's threads, left to the interpreter's end, may abort it: pytorch#179291
    return report


def _finish(
    recipe: Recipe, trainer: MmemoTrainer, processor: MmemoProcessor, cache: FeatureCache | None, output: Path
) -> dict[str, Any]:
    """Calibrate on dev and write the finished folder; the first process does so and tells the others."""
    if not trainer.is_world_process_zero():
        (told,) = broadcast_object_list([None])
        return told
    model = trainer.model
    dev = calibrate_model(model, trainer.collator, trainer.dev_sources, bf16=trainer.args.bf16)
    if cache is not None:
        model.encoders["image"].backbone = cache.backbone
    report = {
        "recipe": dataclasses.asdict(recipe),
        "train_items": {source.name: len(source.examples) for source in trainer.train_dataset.sources},
        "dev": dev,
    }
    save(model, processor, output, report)
    broadcast_object_list([report])
    return report


def save(model: MmemoModel, processor: MmemoProcessor, output: Path, report: dict[str, Any]) -> None:
    """Write model (bfloat16), processor and `training.json` into `output`."""
    part = part_folder(output)
    model.bfloat16().save_pretrained(part)
    processor.save_pretrained(part)
    write_json(part / REPORT_FILE, report)
    put_in_place(part)
