"""Calibration of a finished checkpoint anew, on the dev splits of the recipe that made it; its weights stay."""

import json
import os
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mmemo.training.batches import Collator
from mmemo.training.calibrate import calibrate_model
from mmemo.training.checkpoints import CONFIG_FILE, REPORT_FILE, write_json
from mmemo.training.predictors import load_checkpoint
from mmemo.training.recipes import Recipe, RecipeError
from mmemo.training.sources import load_source


def read_report(model: Path) -> dict[str, Any]:
    """What `training.json` of a checkpoint holds.

    Raises:
        RecipeError: There is none, or it is not of a network's training.
    """
    path = model / REPORT_FILE
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        TypeAdapter(Recipe).validate_python(report["recipe"])
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"])
        raise RecipeError(f"{path}: expected the recipe of a network, got {first['input']!r} as {setting}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecipeError(f"{path}: expected what a training leaves, got: {error}") from error
    return report


def recalibrate(model: Path, data: Path, device: str | None = None) -> dict[str, dict[str, float]]:
    """Fit temperatures, calibrations, thresholds and bands on dev and put them into the checkpoint.

    Args:
        model: Folder of a finished checkpoint, whose `config.json` and `training.json` are written anew.
        data: Data root.
        device: Such as `cpu`; None takes CUDA when it is there.

    Returns:
        `task/source` to the dev measures after it.

    Raises:
        DataError: A data set cannot be read, or its dev split lacks a class.
        EvaluationError: The checkpoint cannot be loaded.
        RecipeError: The folder has no `training.json` of a network.
    """
    report = read_report(model)
    recipe: Recipe = TypeAdapter(Recipe).validate_python(report["recipe"])
    sources = [load_source(recipe, source, data, "dev") for source in recipe.sources]
    network, processor = load_checkpoint(str(model), device)
    collator = Collator(processor=processor, config=network.config, sources=sources)
    dev = calibrate_model(network, collator, sources)
    config = json.loads((model / CONFIG_FILE).read_text(encoding="utf-8"))
    for name, values in (
        (REPORT_FILE, {**report, "dev": dev}),
        (CONFIG_FILE, {**config, "tasks": network.config.tasks}),
    ):
        part = model / f"{name}.{os.getpid()}.part"
        write_json(part, values, sort_keys=name == CONFIG_FILE)  # as save_pretrained writes it
        part.replace(model / name)
    return dev
