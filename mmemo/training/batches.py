"""From examples to training batches: sources, one-source batches, augmentation, collation.

Conventions: a batch holds items of one source, so that only the encoders its tasks need are run; targets are a dict of
task to tensor in the form that `losses.task_loss` takes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, Sampler
from torchvision.transforms import v2

from mmemo.data import Example
from mmemo.data.pictures import read_picture
from mmemo.models import MmemoConfig, MmemoProcessor, TaskConfig
from mmemo.training.recipes import SourceRecipe

LENGTH_WINDOW = 16
"""Batches within which texts are sorted by length."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Examples of one data set and the tasks they teach.

    Attributes:
        recipe: Its settings.
        examples: What it holds.
        tasks: Task to the name its labels have in the examples.
        modalities: What its tasks look at.
        taught: Task to what teachers say of the examples, probabilities (examples, N), in what `distillation` weighs.
    """

    recipe: SourceRecipe
    examples: Sequence[Example]
    tasks: dict[str, str]
    modalities: tuple[str, ...]
    taught: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Data set, and what it is paired with."""
        return f"{self.recipe.dataset}+{self.recipe.pair_with}" if self.recipe.pair_with else self.recipe.dataset


@dataclass(frozen=True, kw_only=True)
class Item:
    """One example on its way into a batch."""

    source: int
    row: int
    example: Example


class SourceDataset(Dataset[Item]):
    """All sources in a row."""

    def __init__(self, sources: Sequence[Source]) -> None:
        """Number the items of all sources."""
        self.sources = sources
        self.items = [
            Item(source=index, row=row, example=example)
            for index, source in enumerate(sources)
            for row, example in enumerate(source.examples)
        ]

    def __len__(self) -> int:
        """Number of items."""
        return len(self.items)

    def __getitem__(self, index: int) -> Item:
        """One item."""
        return self.items[index]


class SourceBatchSampler(Sampler[list[int]]):
    """Batches of one source each, in an order that seed and epoch fix.

    A source with `repeat` 0.5 gives its first half of a fixed shuffle in one epoch and the second half in the next.
    Several processes go through the sources in the same order, so that the same parts of the model are trained in each
    step; they share out `batch_size` times as many items as there are processes. Where the last items of a source are
    fewer than the processes, some are given twice rather than none.
    """

    def __init__(self, dataset: SourceDataset, seed: int, *, rank: int = 0, num_processes: int = 1) -> None:
        """Start at epoch 0; `rank` is this process's number among `num_processes`."""
        self.sources, self.seed, self.epoch = dataset.sources, seed, 0
        self.rank, self.num_processes = rank, num_processes

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch."""
        self.epoch = epoch

    def _count(self, source: Source) -> int:
        return round(len(source.examples) * source.recipe.repeat)

    def __len__(self) -> int:
        """Batches in an epoch, the same for every process."""
        return sum(-(-self._count(source) // self._step_size(source)) for source in self.sources)

    def _step_size(self, source: Source) -> int:
        return source.recipe.batch_size * self.num_processes

    def __iter__(self) -> Iterator[list[int]]:
        """Batches of indices into the dataset."""
        steps, start = [], 0
        for number, source in enumerate(self.sources):
            size = self._step_size(source)
            rows = [start + row for row in self._by_length(source, self._rows(number, source), size * LENGTH_WINDOW)]
            steps += [rows[i : i + size] for i in range(0, len(rows), size)]
            start += len(source.examples)
        order = torch.Generator().manual_seed(hash((self.seed, self.epoch)) % 2**31)
        for i in torch.randperm(len(steps), generator=order).tolist():
            yield self._share(steps[i])

    @staticmethod
    def _by_length(source: Source, rows: list[int], window: int) -> list[int]:
        """Rows with texts of like length beside each other, so that a batch is mostly words and little padding."""
        if "text" not in source.modalities:
            return rows
        groups = (rows[i : i + window] for i in range(0, len(rows), window))
        return [row for group in groups for row in sorted(group, key=lambda row: len(source.examples[row].text or ""))]

    def _share(self, rows: list[int]) -> list[int]:
        """This process's part of a step's rows, never empty."""
        mine = rows[self.rank :: self.num_processes]
        return mine or [rows[self.rank % len(rows)]]

    def _rows(self, number: int, source: Source) -> list[int]:
        """Rows of a source for this epoch: a window that moves through one shuffle after another."""
        total, count = len(source.examples), self._count(source)
        rows: list[int] = []
        position = count * self.epoch
        while len(rows) < count:
            shuffle, offset = divmod(position + len(rows), total)
            generator = torch.Generator().manual_seed(hash((self.seed, number, shuffle)) % 2**31)
            rows += torch.randperm(total, generator=generator).tolist()[offset : offset + count - len(rows)]
        return rows


class EpochLoader(DataLoader[Item]):
    """A loader that tells its sampler which epoch it is, as the trainer asks of it."""

    batch_sampler: SourceBatchSampler

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch."""
        self.batch_sampler.set_epoch(epoch)


def face_augmentation() -> Callable[[Image.Image], Image.Image]:
    """Random flips, turns, shifts, scales and light for a face crop."""
    return v2.Compose(
        [
            v2.RandomHorizontalFlip(),
            v2.RandomAffine(
                degrees=10, translate=(0.08, 0.08), scale=(0.9, 1.15), interpolation=v2.InterpolationMode.BILINEAR
            ),
            v2.ColorJitter(brightness=0.3, contrast=0.3),
        ]
    )


def target_of(task: TaskConfig, label: str | tuple[str, ...] | None) -> Tensor:
    """Target of one example: an index, or 0/1 for each label; unknown is -100 or NaN."""
    names = (label,) if isinstance(label, str) else (label or ())
    if task.is_multi_label:
        if label is None:
            return torch.full((len(task.labels),), float("nan"))
        return torch.tensor([float(name in names) for name in task.labels])
    return torch.tensor(task.labels.index(names[0]) if names else -100)


def mixed_target(task: TaskConfig, target: Tensor, taught: Tensor, share: float) -> Tensor:
    """Labels and a teacher's probabilities in one target.

    Args:
        task: Says what kind the target is.
        target: (B,) or (B, N), as `target_of` gives it.
        taught: (B, N), the teacher's.
        share: The teacher's part, in [0, 1]; what is unknown it teaches alone.

    Returns:
        (B, N) probabilities.
    """
    if task.is_multi_label:
        return torch.where(target.isnan(), taught, torch.lerp(target, taught, share))
    is_known = (target != -100)[:, None]
    labels = functional.one_hot(target.clamp(min=0), len(task.labels)).to(taught)
    return torch.where(is_known, torch.lerp(labels, taught, share), taught)


@dataclass(frozen=True, kw_only=True)
class Collator:
    """Makes a batch of items of one source.

    Attributes:
        processor: The model's.
        config: The model's.
        sources: In the items' numbering.
        augment_face: Applied to face crops; None for none.
        picture_rows: Picture file to its row in a feature cache, which then stands for the pixels.
        distillation: Share of the teachers in the targets of sources that have any.
    """

    processor: MmemoProcessor
    config: MmemoConfig
    sources: Sequence[Source]
    augment_face: Callable[[Image.Image], Image.Image] | None = None
    picture_rows: dict[Path, int] | None = None
    distillation: float = 0.0

    def __call__(self, items: Sequence[Item]) -> dict[str, Any]:
        """Model inputs, and `labels`: task to target."""
        source = self.sources[items[0].source]
        examples = [item.example for item in items]
        batch: dict[str, Any] = dict(self.inputs(examples, source.modalities))
        batch["labels"] = {task: self._targets(source, task, items) for task in {**source.tasks, **source.taught}}
        return batch

    def _targets(self, source: Source, task: str, items: Sequence[Item]) -> Tensor:
        config, label = self.config.task(task), source.tasks.get(task)
        labels = [None if label is None else item.example.labels.get(label) for item in items]
        target = torch.stack([target_of(config, value) for value in labels])
        if task not in source.taught:
            return target
        return mixed_target(config, target, source.taught[task][[item.row for item in items]], self.distillation)

    def inputs(self, examples: Sequence[Example], modalities: Sequence[str]) -> dict[str, Tensor]:
        """Model inputs of examples, of the modalities named.

        Raises:
            DataError: A picture cannot be read.
        """
        text = [example.text for example in examples] if "text" in modalities else None
        faces = [self._face(example) for example in examples] if "face" in modalities else None
        images = None
        if "image" in modalities and self.picture_rows is None:
            images = [None if e.image is None else read_picture(e.image, e.id) for e in examples]
        batch: dict[str, Tensor] = {}
        if any(item for items in (text, images, faces) if items for item in items):
            batch = dict(self.processor(text=text, images=images, faces=faces))
        if "image" in modalities and self.picture_rows is not None and any(e.image for e in examples):
            batch["pixel_values"] = torch.tensor([self.picture_rows.get(e.image, 0) for e in examples])  # type: ignore[arg-type]
            batch["image_mask"] = torch.tensor([e.image is not None for e in examples])
        return batch

    def _face(self, example: Example) -> Image.Image | None:
        if example.face is None:
            return None
        face = read_picture(example.face, example.id)
        return self.augment_face(face) if self.augment_face else face
