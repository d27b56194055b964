"""Batches: which items an epoch passes, in which order, and what a batch holds."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from PIL import ExifTags, Image

from mmemo.data import Example
from mmemo.models import MmemoProcessor
from mmemo.perception import load_image
from mmemo.training.batches import Collator, Source, SourceBatchSampler, SourceDataset, face_augmentation, target_of
from mmemo.training.recipes import SourceRecipe
from tests.models.tiny import make_config, make_image_processor, make_tokenizer, picture_config, task, text_config


def make_source(count: int, repeat: float = 1.0, batch_size: int = 4, name: str = "meld") -> Source:
    recipe = SourceRecipe(dataset=name, tasks=("emotion",), repeat=repeat, batch_size=batch_size)
    examples = [Example(id=f"{name}{i}", text=f"{i}", labels={"emotion": "happy"}) for i in range(count)]
    return Source(recipe=recipe, examples=examples, tasks={"emotion": "emotion"}, modalities=("text",))


def epoch_of(sampler: SourceBatchSampler, epoch: int) -> list[list[int]]:
    sampler.set_epoch(epoch)
    return list(sampler)


@pytest.mark.parametrize("counts", [(10,), (10, 7), (1, 3, 8)])
def test_sampler_passes_each_item_once(counts):
    sampler = SourceBatchSampler(SourceDataset([make_source(count) for count in counts]), seed=0)
    for epoch in range(3):
        batches = epoch_of(sampler, epoch)
        assert sorted(row for batch in batches for row in batch) == list(range(sum(counts)))
        assert len(batches) == len(sampler)


@pytest.mark.parametrize(("repeat", "epochs", "times"), [(0.5, 2, 1), (0.25, 4, 1), (2, 1, 2), (1.5, 2, 3)])
def test_sampler_repeats_evenly(repeat, epochs, times):
    sampler = SourceBatchSampler(SourceDataset([make_source(5), make_source(12, repeat)]), seed=3)
    passed = Counter(row for epoch in range(epochs) for batch in epoch_of(sampler, epoch) for row in batch)
    assert passed == Counter({**dict.fromkeys(range(5), epochs), **dict.fromkeys(range(5, 17), times)})


def test_sampler_leaves_out_source_with_repeat_zero():
    sampler = SourceBatchSampler(SourceDataset([make_source(5, 0), make_source(6)]), seed=0)
    assert sorted(row for batch in epoch_of(sampler, 0) for row in batch) == list(range(5, 11))


def test_sampler_keeps_to_one_source_and_its_batch_size():
    dataset = SourceDataset([make_source(10, batch_size=4), make_source(9, batch_size=3)])
    for batch in epoch_of(SourceBatchSampler(dataset, seed=0), 0):
        (source,) = {dataset[row].source for row in batch}
        assert len(batch) <= (4, 3)[source]


def test_sampler_order_follows_seed_and_epoch():
    dataset = SourceDataset([make_source(20), make_source(20)])
    first = epoch_of(SourceBatchSampler(dataset, seed=0), 1)
    assert epoch_of(SourceBatchSampler(dataset, seed=0), 1) == first
    assert epoch_of(SourceBatchSampler(dataset, seed=0), 2) != first
    assert epoch_of(SourceBatchSampler(dataset, seed=1), 1) != first


def test_sampler_mixes_sources():
    dataset = SourceDataset([make_source(40), make_source(40)])
    order = [dataset[batch[0]].source for batch in epoch_of(SourceBatchSampler(dataset, seed=0), 0)]
    assert order != sorted(order)


@pytest.mark.parametrize("num_processes", [2, 3])
@pytest.mark.parametrize("counts", [(24,), (10, 7), (1, 3, 8)])
def test_sampler_shares_each_step_among_processes(counts, num_processes):
    dataset = SourceDataset([make_source(count, name=f"s{count}") for count in counts])
    samplers = [
        SourceBatchSampler(dataset, seed=0, rank=rank, num_processes=num_processes) for rank in range(num_processes)
    ]
    steps = list(zip(*(epoch_of(sampler, 1) for sampler in samplers), strict=True))
    assert len(steps) == len(samplers[0])
    for parts in steps:
        assert len({dataset[row].source for part in parts for row in part}) == 1, "one source a step"
        assert all(1 <= len(part) <= 4 for part in parts)
    passed = Counter(row for parts in steps for part in parts for row in part)
    assert passed.keys() == set(range(sum(counts))), "no item is lost"
    assert passed.total() < sum(counts) + len(counts) * num_processes
    if counts == (24,):
        assert set(passed.values()) == {1}


SOFTMAX = task(("text",))
SIGMOID = task(("text",), problem_type="multi_label_classification")


@pytest.mark.parametrize(
    ("settings", "label", "expected"),
    [
        (SOFTMAX, "yes", 2),
        (SOFTMAX, ("maybe",), 1),
        (SOFTMAX, None, -100),
        (SIGMOID, ("no", "yes"), [1, 0, 1]),
        (SIGMOID, "maybe", [0, 1, 0]),
        (SIGMOID, (), [0, 0, 0]),
        (SIGMOID, "not yes", [0, 0, 0]),
        (SIGMOID, None, [float("nan")] * 3),
    ],
)
def test_target_of_label(settings, label, expected):
    config = make_config(text_config=text_config("bert"), tasks={"mood": settings}).task("mood")
    target = target_of(config, label)
    torch.testing.assert_close(target, torch.tensor(expected).to(target.dtype), equal_nan=True)


@pytest.fixture
def pictures(tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for i, path in enumerate(paths):
        Image.new("L", (20, 20), 60 * i).save(path)
    return paths


def make_collator(examples, modalities, **settings) -> Collator:
    recipe = SourceRecipe(dataset="meld", tasks=("mood",))
    tasks = {"mood": task(modalities), "tags": {**SIGMOID, "modalities": list(modalities)}}
    return Collator(
        processor=MmemoProcessor(
            tokenizer=make_tokenizer(),
            image_processor=make_image_processor(),
            face_image_processor=make_image_processor(24),
        ),
        config=make_config(
            text_config=text_config("bert"),
            image_config=picture_config("clip"),
            face_config=picture_config("test_resnet"),
            tasks=tasks,
        ),
        sources=[
            Source(recipe=recipe, examples=examples, tasks={"mood": "mood", "tags": "other"}, modalities=modalities)
        ],
        **settings,
    )


def collate(collator: Collator) -> dict:
    dataset = SourceDataset(collator.sources)
    return collator([dataset[i] for i in range(len(dataset))])


def test_collator_gives_inputs_and_targets(pictures):
    examples = [
        Example(id="0", text="what a day", image=pictures[0], labels={"mood": "no", "other": ("yes", "no")}),
        Example(id="1", text=None, image=None, face=pictures[1], labels={"mood": "yes"}),
        Example(id="2", text="me", image=pictures[2], labels={}),
    ]
    batch = collate(make_collator(examples, ("text", "image", "face")))
    assert batch["attention_mask"].any(dim=1).tolist() == [True, False, True]
    assert batch["image_mask"].tolist() == [True, False, True]
    assert batch["face_mask"].tolist() == [False, True, False]
    assert batch["labels"]["mood"].tolist() == [0, 2, -100]
    assert batch["labels"]["tags"][0].tolist() == [1, 0, 1]
    assert batch["labels"]["tags"][1:].isnan().all()


def test_collator_sees_pictures_as_inference_does(tmp_path):
    lying, clear = tmp_path / "lying.jpg", tmp_path / "clear.png"
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be turned by a quarter
    picture = Image.new("RGB", (40, 20), "white")
    picture.paste("black", (0, 0, 20, 20))
    picture.save(lying, exif=exif)
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(clear)
    examples = [Example(id=path.name, image=path, face=path, labels={}) for path in (lying, clear)]
    collator = make_collator(examples, ("image", "face"))
    batch, seen = collate(collator), [load_image(path) for path in (lying, clear)]
    expected = collator.processor(images=seen, faces=seen)
    for name in ("pixel_values", "face_pixel_values"):
        assert torch.equal(batch[name], expected[name]), name


def test_collator_gives_only_the_modalities_of_the_source(pictures):
    examples = [Example(id="0", text="me", image=pictures[0], face=pictures[1], labels={"mood": "no"})]
    batch = collate(make_collator(examples, ("text",)))
    assert set(batch) == {"input_ids", "attention_mask", "labels"}


def test_collator_gives_cache_rows_for_pictures(pictures):
    examples = [
        Example(id="0", text="me", image=pictures[1], labels={}),
        Example(id="1", text="me", image=None, labels={}),
    ]
    rows = {path: row for row, path in enumerate(pictures)}
    batch = collate(make_collator(examples, ("text", "image"), picture_rows=rows))
    assert batch["pixel_values"].tolist() == [1, 0]
    assert batch["image_mask"].tolist() == [True, False]


def test_collator_mixes_labels_with_what_teachers_say():
    examples = [
        Example(id="0", text="you", labels={"mood": "no"}),
        Example(id="1", text="me", labels={"mood": "yes", "other": ("yes",)}),
        Example(id="2", text="day", labels={}),
    ]
    taught = {
        "mood": torch.tensor([[0.2, 0.8, 0.0], [0.0, 0.0, 1.0], [0.1, 0.2, 0.7]]),
        "tags": torch.full((3, 3), 0.5),
    }
    collator = make_collator(examples, ("text",), distillation=0.25)
    source = replace(collator.sources[0], taught=taught)
    dataset = SourceDataset([source])
    labels = replace(collator, sources=[source])([dataset[row] for row in (2, 0, 1)])["labels"]
    expected = [[0.1, 0.2, 0.7], [0.8, 0.2, 0.0], [0.0, 0.0, 1.0]]
    torch.testing.assert_close(labels["mood"], torch.tensor(expected))
    torch.testing.assert_close(labels["tags"], torch.tensor([[0.5] * 3, [0.5] * 3, [0.125, 0.125, 0.875]]))


def test_collator_augments_faces_alone(pictures):
    examples = [Example(id="0", image=pictures[1], face=pictures[2], labels={})]
    plain = collate(make_collator(examples, ("image", "face")))
    torch.manual_seed(0)
    changed = collate(make_collator(examples, ("image", "face"), augment_face=face_augmentation()))
    assert torch.equal(plain["pixel_values"], changed["pixel_values"])
    assert plain["face_pixel_values"].shape == changed["face_pixel_values"].shape
    assert not torch.equal(plain["face_pixel_values"], changed["face_pixel_values"])
