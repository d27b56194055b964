"""Run a model over examples: logits, targets and which modalities were there, as arrays."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from mmemo.models import MmemoModel, TaskConfig
from mmemo.models.modeling_mmemo import calibrated
from mmemo.training.batches import Collator, Source, SourceDataset
from mmemo.training.metrics import measures


@dataclass(frozen=True, kw_only=True)
class TaskOutputs:
    """What a model said of a task's items, and what is true.

    Attributes:
        logits: (B, N), uncalibrated.
        targets: Indices (B,), -100 = unknown; or 0 and 1 (B, N), NaN = unknown.
        present: Modality to (B,) bool, True = the item has it.
    """

    logits: np.ndarray
    targets: np.ndarray
    present: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of items."""
        return len(self.targets)

    def select(self, rows: np.ndarray) -> "TaskOutputs":
        """The items that a mask (B,) or indices choose."""
        present = {modality: values[rows] for modality, values in self.present.items()}
        return TaskOutputs(logits=self.logits[rows], targets=self.targets[rows], present=present)

    @property
    def known(self) -> "TaskOutputs":
        """The items whose target is known."""
        is_index = self.targets.ndim == 1
        return self.select(self.targets != -100 if is_index else ~np.isnan(self.targets).any(axis=1))

    def probabilities(self, task: TaskConfig) -> np.ndarray:
        """Calibrated probabilities (B, N)."""
        present = {modality: torch.from_numpy(values) for modality, values in self.present.items()}
        return calibrated(task, torch.from_numpy(self.logits), present).numpy()

    def modalities(self, task: TaskConfig) -> list[tuple[str, ...]]:
        """Those that the task looks at of each item."""
        absent = np.zeros(len(self), dtype=bool)
        given = zip(*(self.present.get(modality, absent) for modality in task.modalities), strict=True)
        return [tuple(itertools.compress(task.modalities, row)) for row in given]

    def thresholds(self, task: TaskConfig) -> np.ndarray:
        """Probabilities (B, N) from which each label counts as present in each item."""
        return thresholds_of(task, self.modalities(task))

    def measures(self, task: TaskConfig) -> dict[str, float]:
        """All measures of the calibrated probabilities and of the decisions."""
        return measures(task, self.probabilities(task), self.targets, self.thresholds(task))


def thresholds_of(task: TaskConfig, modalities: Sequence[tuple[str, ...]]) -> np.ndarray:
    """Probabilities (B, N) from which each label counts as present in items that have these modalities."""
    found = [[task.threshold(label, given) for label in task.labels] for given in modalities]
    return np.array(found).reshape(-1, len(task.labels))


class Predictor(Protocol):
    """A finished checkpoint."""

    @property
    def tasks(self) -> Mapping[str, TaskConfig]:
        """Its tasks and their settings."""
        ...

    def outputs(self, source: Source, task: str) -> TaskOutputs:
        """Logits and targets of a source's examples, in their order."""
        ...


@torch.inference_mode()
def predict(
    model: MmemoModel, collator: Collator, source: Source, tasks: Sequence[str], *, bf16: bool = False
) -> dict[str, TaskOutputs]:
    """Outputs of each task on a source's examples, in their order.

    Args:
        model: Put into evaluation mode, and back into the mode it came in.
        collator: Without augmentation.
        source: What to run on; it must be `collator.sources[0]`.
        tasks: Tasks of the source.
        bf16: Autocast.
    """
    was_training = model.training
    model.eval()
    loader = DataLoader(SourceDataset([source]), batch_size=64, collate_fn=collator)
    logits: dict[str, list[Tensor]] = {task: [] for task in tasks}
    targets: dict[str, list[Tensor]] = {task: [] for task in tasks}
    present: dict[str, list[Tensor]] = {modality: [] for modality in source.modalities}
    for batch in loader:
        labels = batch.pop("labels")
        inputs = {name: value.to(model.device) for name, value in batch.items()}
        with torch.autocast(model.device.type, torch.bfloat16, enabled=bf16):
            output = model(**inputs, tasks=tuple(tasks))
        for modality, rows in present.items():
            absent = torch.zeros(len(labels[tasks[0]]), dtype=torch.bool)
            rows.append(output.present.get(modality, absent).cpu())
        for task in tasks:
            logits[task].append(output.logits[task].float().cpu())
            targets[task].append(labels[task])
    model.train(was_training)
    seen = {modality: torch.cat(rows).numpy() for modality, rows in present.items()}
    return {
        task: TaskOutputs(
            logits=torch.cat(logits[task]).numpy(), targets=torch.cat(targets[task]).numpy(), present=seen
        )
        for task in tasks
    }


def dev_outputs(
    model: MmemoModel, collator: Collator, sources: Sequence[Source], bf16: bool
) -> list[tuple[str, str, TaskOutputs]]:
    """(source, task, outputs) over dev sources, unlabelled items left out."""
    results = []
    for source in sources:
        one = replace(collator, sources=[source])
        for task, outputs in predict(model, one, source, tuple(source.tasks), bf16=bf16).items():
            results.append((source.name, task, outputs.known))
    return results
