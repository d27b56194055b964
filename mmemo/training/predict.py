"""Run a model over examples: logits and targets as arrays."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.utils.data import DataLoader

from mmemo.models import MmemoModel
from mmemo.training.batches import Collator, Source, SourceDataset


@torch.inference_mode()
def predict(
    model: MmemoModel, collator: Collator, source: Source, tasks: Sequence[str], *, bf16: bool = False
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Logits (B, N) and targets of each task on a source's examples, in their order.

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
    logits: dict[str, list[torch.Tensor]] = {task: [] for task in tasks}
    targets: dict[str, list[torch.Tensor]] = {task: [] for task in tasks}
    for batch in loader:
        labels = batch.pop("labels")
        inputs = {name: value.to(model.device) for name, value in batch.items()}
        with torch.autocast(model.device.type, torch.bfloat16, enabled=bf16):
            output = model(**inputs, tasks=tuple(tasks))
        for task in tasks:
            logits[task].append(output.logits[task].float().cpu())
            targets[task].append(labels[task])
    model.train(was_training)
    return {task: (torch.cat(logits[task]).numpy(), torch.cat(targets[task]).numpy()) for task in tasks}
