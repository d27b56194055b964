"""TF-IDF of words and logistic regression (system E): training, and a model that is saved without pickling.

Conventions: `model.safetensors` holds `idf` (F,), `weights` (N, F) and `bias` (N,), `vocabulary.json` the F terms in
their order, `config.json` the task and the vectorizer's settings. Logits are (B, N) in the order of the task's labels.
"""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from mmemo.data import Example
from mmemo.labels import TASK_LABELS
from mmemo.models import TaskConfig
from mmemo.training.batches import Source, target_of
from mmemo.training.calibrate import calibrate
from mmemo.training.checkpoints import CONFIG_FILE, REPORT_FILE, part_folder, put_in_place, write_json
from mmemo.training.predict import TaskOutputs
from mmemo.training.recipes import RecipeError, TfidfRecipe, VectorizerRecipe
from mmemo.training.sources import load_clean, usable_examples

MODEL_TYPE = "mmemo_tfidf"
NEVER = -30.0
"""Logit of a label of the task that the training data does not have."""


@dataclass(frozen=True, kw_only=True)
class TfidfModel:
    """A fitted vectorizer and a linear layer on it.

    Attributes:
        name: The task.
        task: Its settings.
        vectorizer: Texts to rows (B, F).
        weights: (N, F).
        bias: (N,).
    """

    name: str
    task: TaskConfig
    vectorizer: TfidfVectorizer
    weights: np.ndarray
    bias: np.ndarray

    @property
    def tasks(self) -> dict[str, TaskConfig]:
        """Its one task and the settings."""
        return {self.name: self.task}

    def logits(self, texts: Sequence[str | None]) -> np.ndarray:
        """Logits (B, N) float32; a missing text is an empty one."""
        rows = self.vectorizer.transform([text or "" for text in texts])
        return np.asarray(rows @ self.weights.T + self.bias, dtype=np.float32)

    def outputs(self, source: Source, task: str) -> TaskOutputs:
        """Logits and targets of a source's examples, in their order."""
        return _outputs(self, source.examples, source.tasks[task])

    def save(self, folder: Path) -> None:
        """Write the three files."""
        known = {field.name for field in dataclasses.fields(VectorizerRecipe)}
        settings = {name: value for name, value in self.vectorizer.get_params().items() if name in known}
        terms = self.vectorizer.get_feature_names_out().tolist()
        save_file(
            {"idf": self.vectorizer.idf_, "weights": self.weights, "bias": self.bias}, folder / "model.safetensors"
        )
        write_json(folder / "vocabulary.json", terms)
        config = {"model_type": MODEL_TYPE, "task_name": self.name, "task": self.task.to_dict(), "vectorizer": settings}
        write_json(folder / CONFIG_FILE, config)


def load_tfidf(folder: Path) -> TfidfModel:
    """Read a saved model.

    Raises:
        OSError: A file is missing.
        ValueError: A file does not hold what it should.
    """
    config = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    terms = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
    values = load_file(folder / "model.safetensors")
    vectorizer = TfidfVectorizer(**_arguments(config["vectorizer"]), vocabulary=terms)
    vectorizer.idf_ = values["idf"]
    task = TaskConfig.from_dict(config["task"])
    return TfidfModel(
        name=config["task_name"], task=task, vectorizer=vectorizer, weights=values["weights"], bias=values["bias"]
    )


def _arguments(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as scikit-learn takes them, a tuple where JSON has a list."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}


def _outputs(model: TfidfModel, examples: Sequence[Example], label: str) -> TaskOutputs:
    targets = torch.stack([target_of(model.task, example.labels.get(label)) for example in examples]).numpy()
    present = np.array([example.text is not None for example in examples])
    return TaskOutputs(
        logits=model.logits([example.text for example in examples]), targets=targets, present={"text": present}
    )


def _task_config(name: str) -> TaskConfig:
    labels = TASK_LABELS[name]
    kind = "multi_label_classification" if len(labels) == 1 else "single_label_classification"
    return TaskConfig(labels=labels, modalities=("text",), problem_type=kind)


def _fit(recipe: TfidfRecipe, examples: Sequence[Example]) -> TfidfModel:
    task = _task_config(recipe.task)
    targets = torch.stack([target_of(task, example.labels[recipe.task]) for example in examples]).numpy().ravel()
    vectorizer = TfidfVectorizer(**_arguments(dataclasses.asdict(recipe.vectorizer)))
    try:
        rows = vectorizer.fit_transform([example.text or "" for example in examples])
    except ValueError as error:  # no term is left
        raise RecipeError(
            f"{recipe.dataset} train: expected words that the vectorizer keeps, got none: {error}"
        ) from error
    classifier = LogisticRegression(**dataclasses.asdict(recipe.classifier), random_state=recipe.seed)
    classifier.fit(rows, targets.astype(int))
    found = classifier.coef_
    if len(task.labels) == 1:
        return TfidfModel(name=recipe.task, task=task, vectorizer=vectorizer, weights=found, bias=classifier.intercept_)
    weights, bias = np.zeros((len(task.labels), found.shape[1])), np.full(len(task.labels), NEVER)
    weights[classifier.classes_], bias[classifier.classes_] = found, classifier.intercept_
    return TfidfModel(name=recipe.task, task=task, vectorizer=vectorizer, weights=weights, bias=bias)


def train_tfidf(recipe: TfidfRecipe, data: Path, output: Path) -> dict[str, Any]:
    """Fit the recipe, calibrate it on dev, and write the finished folder.

    Returns:
        What `training.json` in the output holds.

    Raises:
        DataError: The data set cannot be read, or a split of it lacks a class.
        RecipeError: The task has several labels at once.
    """
    if recipe.task == "text_emotion":
        raise RecipeError("logistic regression takes a task with one label an item, got 'text_emotion'")
    train, dev = (
        usable_examples(
            load_clean(recipe.dataset, data, split),
            (recipe.task,),
            ("text",),
            dataset=recipe.dataset,
            data=data,
            split=split,
        )
        for split in ("train", "dev")
    )
    model = _fit(recipe, train)
    outputs = _outputs(model, dev, recipe.task)
    model = dataclasses.replace(model, task=calibrate(model.task, [outputs]))
    found = outputs.measures(model.task)
    report = {
        "recipe": dataclasses.asdict(recipe),
        "train_items": {recipe.dataset: len(train)},
        "dev": {f"{recipe.task}/{recipe.dataset}": found},
    }
    part = part_folder(output)
    model.save(part)
    write_json(part / REPORT_FILE, report)
    put_in_place(part)
    return report
