"""`train`: learns what can be learnt, leaves a finished checkpoint, and gives the same weights after a kill."""

import copy
import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file
from transformers import AutoModel

from mmemo.data import DataError
from mmemo.labels import TASK_LABELS
from mmemo.models import MmemoModel, MmemoProcessor
from mmemo.training.build import build
from mmemo.training.distill import add_teachers
from mmemo.training.recipes import Recipe, RecipeError, load_recipe
from mmemo.training.sources import fold_of, load_source
from mmemo.training.train import MmemoTrainer, _arguments, freeze, last_checkpoint, parameter_groups, train
from tests.models.tiny import make_config, make_model, picture_config, task
from tests.training.conftest import SIGNS, SIZES

SETTINGS: dict[str, Any] = {
    "name": "tiny",
    "description": "Words and faces.",
    "encoders": {
        "text": {"learning_rate": 0.01},
        "face": {"config": {"model_type": "timm_wrapper", "architecture": "test_efficientnet"}, "learning_rate": 0.005},
    },
    "model": {"hidden_size": 16, "num_attention_heads": 2, "dropout": 0.0, "modality_dropout": 0.0},
    "processor": {"face_size": 32, "face_grayscale": True},
    "tasks": {
        "sentiment": {"modalities": ["text"]},
        "face_emotion": {"modalities": ["face"]},
    },
    "sources": [
        {"dataset": "tweeteval_sentiment", "tasks": ["sentiment"], "batch_size": 12},
        {"dataset": "fer2013", "tasks": ["face_emotion"], "batch_size": 12},
    ],
    "training": {
        "epochs": 8,
        "heads_learning_rate": 0.01,
        "augment_faces": False,
        "bf16": False,
        "class_weights": 1.0,
        "label_smoothing": 0.05,
    },
}
SHORT = {
    "epochs": 2,
    "augment_faces": True,
    "mixup": 0.2,
    "bf16": True,
    "gradient_accumulation": 2,
    "schedule": "cosine",
}
MEMES: dict[str, Any] = {
    "encoders": {
        "text": {"learning_rate": 0.01},
        "image": {
            "config": {"model_type": "timm_wrapper", "architecture": "test_efficientnet"},
            "freeze": "backbone",
            "cached_views": 2,
        },
    },
    "processor": {"image_size": 32},
    "tasks": {"hate": {"modalities": ["text", "image"], "problem_type": "multi_label_classification"}},
    "sources": [{"dataset": "hateful_memes", "tasks": ["hate"], "batch_size": 8}],
}


class KilledError(BaseException):
    """Stands for the signal that ends a training."""


@pytest.fixture(scope="module")
def make_recipe(tmp_path_factory, base):
    """Write the settings, with parts replaced, to a file and read it as a recipe."""
    path = tmp_path_factory.mktemp("recipe") / "tiny.yaml"

    def make(training: dict[str, Any] | None = None, **changes: Any) -> Recipe:
        settings = copy.deepcopy({**SETTINGS, **changes})
        settings["training"] |= training or {}
        settings["encoders"]["text"]["base"] = str(base)
        path.write_text(yaml.safe_dump(settings), encoding="utf-8")
        return load_recipe(str(path))

    return make


@pytest.fixture(scope="module")
def short_run(make_recipe, data_root, tmp_path_factory) -> Path:
    """Folder of a short run that nothing interrupted."""
    output = tmp_path_factory.mktemp("short") / "output"
    train(make_recipe(SHORT), data_root, output, use_cpu=True)
    return output


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def same_weights(one: Path, other: Path) -> bool:
    first, second = weights_of(one), weights_of(other)
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_train_learns_and_leaves_finished_checkpoint(make_recipe, data_root, tmp_path):
    output = tmp_path / "finished"
    report = train(make_recipe(), data_root, output, use_cpu=True)
    assert report["dev"]["sentiment/tweeteval_sentiment"]["accuracy"] > 0.9
    assert report["dev"]["face_emotion/fer2013"]["accuracy"] > 0.7
    assert report["train_items"]["fer2013"] == len(TASK_LABELS["face_emotion"]) * SIZES["train"]
    assert all(math.isnan(value) or 0 <= value <= 1 for dev in report["dev"].values() for value in dev.values())
    assert json.loads((output / "training.json").read_text())["dev"].keys() == report["dev"].keys()
    assert not (output / "part").exists()

    model, info = MmemoModel.from_pretrained(output, output_loading_info=True)
    processor = MmemoProcessor.from_pretrained(output)
    assert not any(info.values())
    assert model.dtype == torch.bfloat16
    for name in model.tasks:
        assert model.config.task(name).labels == TASK_LABELS[name]
        assert model.config.task(name).temperature != 1.0
    for sentiment, word in SIGNS.items():
        with torch.inference_mode():
            logits = model(**processor(text=f"{word} so {word} much {word}"), tasks=("sentiment",)).logits["sentiment"]
        assert TASK_LABELS["sentiment"][int(logits.argmax())] == sentiment


def test_train_resumed_after_kill_gives_same_weights(make_recipe, data_root, short_run, tmp_path, monkeypatch):
    recipe, killed = make_recipe(SHORT), tmp_path / "killed"
    evaluate, finished = MmemoTrainer.evaluate, []

    def evaluate_once(self, *args, **kwargs):
        if finished:
            raise KilledError
        finished.append(True)
        return evaluate(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(MmemoTrainer, "evaluate", evaluate_once)
        with pytest.raises(KilledError):
            train(recipe, data_root, killed, use_cpu=True)
    assert not (killed / "config.json").exists()
    with pytest.raises(RecipeError, match="expected no checkpoint of an earlier run, got checkpoint-"):
        train(recipe, data_root, killed, use_cpu=True)

    half_written = killed / "run" / "checkpoint-999"
    half_written.mkdir()
    (half_written / "model.safetensors").write_bytes(b"half")
    train(recipe, data_root, killed, resume=True, use_cpu=True)
    assert same_weights(short_run, killed)
    assert (short_run / "config.json").read_text() == (killed / "config.json").read_text()


def test_resumed_run_stops_where_a_whole_one_stopped(make_recipe, data_root, tmp_path, monkeypatch):
    words = {"tasks": {"sentiment": {"modalities": ["text"]}}, "sources": SETTINGS["sources"][:1]}
    recipe = make_recipe({"epochs": 8, "early_stopping_patience": 3}, **words)
    measure, epochs, end = MmemoTrainer._dev_measures, [], [99]

    def fall(self, prefix):
        if len(epochs) == end[0]:
            raise KilledError
        epochs.append(self.state.epoch)
        return {**measure(self, prefix), f"{prefix}_score": 0.9 - 0.01 * self.state.epoch}

    monkeypatch.setattr(MmemoTrainer, "_dev_measures", fall)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    train(recipe, data_root, whole, use_cpu=True)
    assert epochs == [1, 2, 3, 4]
    epochs, end[0] = [], 3
    with pytest.raises(KilledError):
        train(recipe, data_root, killed, use_cpu=True)
    end[0] = 99
    train(recipe, data_root, killed, resume=True, use_cpu=True)
    assert epochs == [1, 2, 3, 4]
    assert same_weights(whole, killed)

    moved = killed.rename(tmp_path / "moved")
    files = {path.name: path.read_bytes() for path in moved.iterdir() if path.is_file()}
    train(recipe, data_root, moved, resume=True, use_cpu=True)
    assert epochs == [1, 2, 3, 4]
    assert {path.name: path.read_bytes() for path in moved.iterdir() if path.is_file()} == files


@pytest.mark.parametrize(("seed", "is_same"), [(0, True), (1, False)])
def test_train_gives_same_weights_for_same_seed(make_recipe, data_root, short_run, tmp_path, seed, is_same):
    train(make_recipe({**SHORT, "seed": seed}), data_root, tmp_path / "again", use_cpu=True)
    assert same_weights(short_run, tmp_path / "again") == is_same


def test_train_with_cached_pictures_puts_backbone_back(make_recipe, data_root, tmp_path):
    output = tmp_path / "memes"
    report = train(make_recipe({"epochs": 8}, **MEMES), data_root, output, use_cpu=True)
    assert report["dev"]["hate/hateful_memes"]["roc_auc"] > 0.9
    model, info = MmemoModel.from_pretrained(output, output_loading_info=True)
    assert not any(info.values())
    low, high = model.config.task("hate").uncertain_band
    assert 0 <= low <= model.config.task("hate").threshold("hateful") <= high <= 1
    with torch.inference_mode():
        logits = model(
            input_ids=torch.tensor([[2, 6, 3]]), pixel_values=torch.zeros(1, 3, 32, 32, dtype=model.dtype)
        ).logits
    assert logits["hate"].isfinite().all()


def test_train_starts_from_parts_of_earlier_checkpoint(make_recipe, data_root, short_run, tmp_path):
    frozen = copy.deepcopy(SETTINGS["encoders"])
    for encoder in frozen.values():
        encoder["freeze"] = "all"
    recipe = make_recipe({**SHORT, "epochs": 1}, encoders=frozen, start_from=["short"])
    train(recipe, data_root, tmp_path / "second", starts=[short_run], use_cpu=True)
    first, second = weights_of(short_run), weights_of(tmp_path / "second")
    assert first.keys() == second.keys()
    for name in first:
        if name.startswith("encoders."):
            assert torch.equal(first[name], second[name]), name
    assert not all(torch.equal(first[name], second[name]) for name in first)


def test_train_learns_from_teachers_where_labels_are_wrong(make_recipe, data_root, tmp_path):
    words = {"tasks": {"sentiment": {"modalities": ["text"]}}, "sources": SETTINGS["sources"][:1]}
    teacher, student, wrong = tmp_path / "teacher", tmp_path / "student", tmp_path / "data"
    train(make_recipe({"epochs": 24}, **words), data_root, teacher, use_cpu=True)
    shutil.copytree(data_root, wrong)
    labels = wrong / "tweeteval/sentiment/train_labels.txt"
    labels.write_text("".join(f"{(int(label) + 1) % 3}\n" for label in labels.read_text().split()))
    taught = {**words, "sources": [{**words["sources"][0], "taught": ["sentiment"]}], "teachers": ["teacher"]}
    report = train(
        make_recipe({"epochs": 24, "distillation": 1.0}, **taught), wrong, student, teachers=[teacher], use_cpu=True
    )
    assert report["dev"]["sentiment/tweeteval_sentiment"]["accuracy"] > 0.9
    report = train(make_recipe({"epochs": 24}, **words), wrong, tmp_path / "untaught", use_cpu=True)
    assert report["dev"]["sentiment/tweeteval_sentiment"]["accuracy"] < 0.6


def test_teachers_speak_of_the_items_that_they_held_out(make_recipe, data_root, tmp_path):
    words = {"tasks": {"sentiment": {"modalities": ["text"]}}, "sources": SETTINGS["sources"][:1]}
    teachers, items = [tmp_path / "first", tmp_path / "second"], []
    for fold, folder in enumerate(teachers):
        report = train(make_recipe({"epochs": 1}, held_out=[fold, 2], **words), data_root, folder, use_cpu=True)
        items.append(report["train_items"]["tweeteval_sentiment"])
    taught = [{**words["sources"][0], "taught": ["sentiment"]}]
    recipe = make_recipe({"distillation": 0.5}, tasks=words["tasks"], sources=taught, teachers=["first", "second"])
    source = load_source(recipe, recipe.sources[0], data_root, "train")
    assert sum(items) == len(source.examples)
    assert min(items) > 0
    (found,) = add_teachers(recipe, [source], teachers, data_root, use_cpu=True)
    with pytest.raises(RecipeError, match=f"got none for {items[0]} of {len(source.examples)}"):
        add_teachers(recipe, [source], teachers[:1], data_root, use_cpu=True)
    said = []
    for folder in teachers:
        (folder / "training.json").unlink()  # nothing held out: it speaks of all items
        (alone,) = add_teachers(recipe, [source], [folder], data_root, use_cpu=True)
        said.append(alone.taught["sentiment"])
    folds = torch.tensor([fold_of(example, 2) for example in source.examples])
    expected = torch.where(folds[:, None] == 0, *said)
    assert not torch.allclose(*said)
    assert torch.allclose(found.taught["sentiment"], expected)
    (both,) = add_teachers(recipe, [source], teachers, data_root, use_cpu=True)
    assert torch.allclose(both.taught["sentiment"], torch.stack(said).mean(dim=0))


def test_fold_that_leaves_a_class_without_example_is_refused(make_recipe, data_root):
    recipe = make_recipe(held_out=[0, 1])  # all of the items
    with pytest.raises(DataError, match="tweeteval_sentiment train"):
        load_source(recipe, recipe.sources[0], data_root, "train")
    assert load_source(recipe, recipe.sources[0], data_root, "dev").examples


@pytest.mark.parametrize(("labels", "reason"), [(["good", "bad"], "got other labels"), (None, "got no such task")])
def test_train_refuses_teacher_of_something_else(make_recipe, data_root, tmp_path, labels, reason):
    tasks = (
        {"sentiment": {"modalities": ["text"], "labels": labels}} if labels else {"emotion": {"modalities": ["text"]}}
    )
    model, processor = build(make_recipe(tasks=tasks, sources=[]), [])
    model.save_pretrained(tmp_path / "teacher")
    processor.save_pretrained(tmp_path / "teacher")
    taught = [{**SETTINGS["sources"][0], "taught": ["sentiment"]}]
    recipe = make_recipe({"distillation": 0.5}, sources=taught, teachers=["teacher"])
    with pytest.raises(RecipeError, match=f"expected a teacher of 'sentiment' .*{reason}"):
        train(recipe, data_root, tmp_path / "student", teachers=[tmp_path / "teacher"], use_cpu=True)


def test_build_takes_mean_of_starts_and_a_share_of_the_base(make_recipe, tmp_path, base):
    encoders = copy.deepcopy(SETTINGS["encoders"])
    encoders["text"]["blend_base"] = 0.25
    changes = {"encoders": encoders, "start_from": ["one", "other"], "mean_of_starts": True}
    starts = [tmp_path / "one", tmp_path / "other"]
    for seed, folder in enumerate(starts):
        build(make_recipe({"seed": seed + 1}), [])[0].save_pretrained(folder)
    with torch.no_grad():
        moved = MmemoModel.from_pretrained(starts[1])
        moved.encoders["text"].backbone.embeddings.word_embeddings.weight.add_(1.0)
        moved.save_pretrained(starts[1])
    one, other = (weights_of(folder) for folder in starts)
    found = build(make_recipe(**changes), starts)[0].state_dict()
    for name, value in found.items():
        if value.is_floating_point():
            expected = (one[name] + other[name]) / 2
            if name.startswith("encoders.text.backbone."):
                start = AutoModel.from_pretrained(base).state_dict()[name.removeprefix("encoders.text.backbone.")]
                expected = 0.75 * expected + 0.25 * start
            torch.testing.assert_close(value, expected, msg=name)
    words = "encoders.text.backbone.embeddings.word_embeddings.weight"
    torch.testing.assert_close(found[words], one[words] + 0.375)


def test_build_refuses_to_blend_nothing(make_recipe):
    encoders = copy.deepcopy(SETTINGS["encoders"])
    encoders["face"]["blend_base"] = 0.25
    with pytest.raises(RecipeError, match="blend_base 0.25 needs a base to blend, got none"):
        build(make_recipe(encoders=encoders), [])


def test_train_refuses_start_that_shares_nothing(make_recipe, data_root, tmp_path):
    config = make_config(image_config=picture_config("clip"), tasks={"hate": task(("image",))})
    make_model(config).save_pretrained(tmp_path / "other")
    with pytest.raises(RecipeError, match="expected a checkpoint that shares parts with this recipe, found none"):
        train(make_recipe(), data_root, tmp_path / "new", starts=[tmp_path / "other"], use_cpu=True)


def test_parameter_groups_have_rates_of_recipe(make_recipe):
    encoders = copy.deepcopy(SETTINGS["encoders"])
    encoders["text"]["freeze"] = "backbone"
    encoders["face"]["learning_rate"] = 0.25
    recipe = make_recipe(encoders=encoders)
    model, _ = build(recipe, [])
    freeze(recipe, model)
    rates = {}
    for group in parameter_groups(recipe, model):
        for parameter in group["params"]:
            rates[parameter] = (group["lr"], group["weight_decay"])
    for name, parameter in model.named_parameters():
        if name.startswith("encoders.text.backbone."):
            assert parameter not in rates
            continue
        rate = 0.25 if name.startswith("encoders.face.backbone.") else SETTINGS["training"]["heads_learning_rate"]
        assert rates[parameter] == (rate, 0.0 if parameter.dim() < 2 else 0.01), name


def test_freeze_keeps_vectors_of_words(make_recipe):
    encoders = copy.deepcopy(SETTINGS["encoders"])
    encoders["text"]["freeze"] = "embeddings"
    recipe = make_recipe(encoders=encoders)
    model, _ = build(recipe, [])
    freeze(recipe, model)
    still = [name for name, parameter in model.named_parameters() if not parameter.requires_grad]
    assert still == ["encoders.text.backbone.embeddings.word_embeddings.weight"]


def test_bfloat16_on_processor_needs_no_option(make_recipe, monkeypatch, tmp_path):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("mmemo.training.train.best_dtype", lambda device: torch.bfloat16)
    found = _arguments(make_recipe(training={"bf16": True}), tmp_path, use_cpu=False, num_workers=0)
    assert found.bf16 and found.device == torch.device("cpu")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, None),
        ({"checkpoint-5": "{}"}, "checkpoint-5"),
        ({"checkpoint-5": "{}", "checkpoint-10": "{}"}, "checkpoint-10"),
        ({"checkpoint-5": "{}", "checkpoint-10": '{"epoch": '}, "checkpoint-5"),
        ({"checkpoint-5": "{}", "checkpoint-10": None}, "checkpoint-5"),
        ({"checkpoint-5": None}, None),
    ],
)
def test_last_checkpoint_is_newest_whole_one(tmp_path, written, expected):
    for name, state in written.items():
        (tmp_path / name).mkdir()
        if state is not None:
            (tmp_path / name / "trainer_state.json").write_text(state, encoding="utf-8")
    found = last_checkpoint(tmp_path)
    assert (found and found.name) == expected


def test_last_checkpoint_of_no_folder_is_none(tmp_path):
    assert last_checkpoint(tmp_path / "run") is None
