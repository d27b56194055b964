"""Recipes: the shipped ones hold together, and a bad one is refused in words that name the setting."""

import copy
import re
from itertools import product
from typing import Any

import pytest
import yaml

from mmemo.data import DATASETS
from mmemo.labels import TASK_LABELS
from mmemo.models import MODALITIES
from mmemo.training.recipes import Recipe, RecipeError, load_network_recipe, load_recipe, recipe_names

GOOD: dict[str, Any] = {
    "name": "good",
    "description": "Words alone.",
    "encoders": {"text": {"base": "bert-base-uncased"}},
    "tasks": {"sentiment": {"modalities": ["text"]}},
    "sources": [{"dataset": "tweeteval_sentiment", "tasks": ["sentiment"]}],
}

BAD = [
    ({"training.epochs": "many"}, "training.epochs: Input should be a valid integer"),
    ({"training.epoch": 3}, "training.epoch: Unexpected keyword argument"),
    ({"training.optimizer": "adam"}, "training.optimizer: Input should be 'adamw' or 'sgd', got 'adam'"),
    ({"training.schedule": "flat"}, "training.schedule: Input should be 'linear' or 'cosine', got 'flat'"),
    ({"encoders.text.freeze": "head"}, "Input should be 'none', 'embeddings', 'backbone' or 'all', got 'head'"),
    ({"encoders.audio": {"base": "x"}}, "Input should be 'text', 'image' or 'face', got 'audio'"),
    ({"processor.image_mean": [0.5, 0.5]}, "processor.image_mean"),
    ({"processor.face_std": [0.5, 0.0, 0.5]}, "processor.face_std.1: Input should be greater than 0, got 0.0"),
    ({"processor.max_length": 0}, "processor.max_length: Input should be greater than 0, got 0"),
    ({"training.epochs": 0}, "training.epochs: Input should be greater than 0, got 0"),
    ({"training.heads_learning_rate": float("nan")}, "training.heads_learning_rate: Input should be a finite number"),
    ({"training.mixup": -0.2}, "training.mixup: Input should be greater than or equal to 0, got -0.2"),
    ({"training.warmup_ratio": 6}, "training.warmup_ratio: Input should be less than or equal to 1, got 6"),
    ({"encoders.text.blend_base": 2}, "blend_base: Input should be less than or equal to 1, got 2"),
    ({"encoders.text.learning_rate": -1e-4}, "learning_rate: Input should be greater than 0, got -0.0001"),
    ({"colour": "red"}, "colour: Unexpected keyword argument, got 'red'"),
    ({"kind": "forest"}, "unknown kind 'forest': expected one of network, tfidf, late_fusion"),
    ({"kind": "tfidf", "encoders": {}}, "task: Field required"),
    ({"name": None}, "name: Input should be a valid string, got None"),
    ({"tasks.sentiment.fusion": "gate"}, "unknown fusion 'gate': expected one of"),
    ({"tasks.sentiment.modalities": ["audio"]}, "unknown modality 'audio': expected one of"),
    ({"tasks.mood": {"modalities": ["text"]}}, "a task needs a list of labels, got None"),
    ({"tasks.face_emotion": {"modalities": ["face"]}}, "task 'face_emotion' needs an encoder for 'face'"),
    ({"sources": [{"dataset": "meld", "tasks": ["emotion"]}]}, "source 'meld' teaches 'emotion', which is not under"),
    ({"sources": [{"dataset": "meld", "tasks": ["sentiment->emotion"]}]}, "'sentiment->emotion', which is not under"),
    ({"training.distillation": 0.5}, "got teachers [], taught [], distillation 0.5"),
    ({"held_out": [3, 3]}, "held_out: expected a fold below the number of folds, got 3 of 3"),
    ({"teachers": ["bert"]}, "got teachers ['bert'], taught [], distillation 0"),
    ({"sources": [{"dataset": "meld", "tasks": [], "taught": ["emotion"]}]}, "source 'meld' teaches 'emotion', which"),
    (
        {"sources": [{"dataset": "meld", "tasks": [], "taught": ["x->sentiment"]}]},
        "teaches 'x->sentiment', which is not",
    ),
    (
        {"sources": [{"dataset": "fer2013", "tasks": [], "taught": ["sentiment"], "votes": "ferplus"}]}
        | {"training.distillation": 0.5},
        "expected votes to teach tasks that source 'fer2013' has labels of, got taught ['sentiment'] and tasks []",
    ),
    (
        {"sources": [{"dataset": "fer2013", "tasks": ["sentiment"], "votes": "ferplus"}], "training.distillation": 0.5},
        "got teachers [], taught [], distillation 0.5",
    ),
    (
        {
            "sources": [
                {"dataset": "fer2013", "tasks": ["sentiment"], "taught": ["sentiment"], "votes": "ferplus"},
                {"dataset": "meld", "tasks": ["sentiment"], "taught": ["sentiment"]},
            ],
            "training.distillation": 0.5,
        },
        "expected teachers or votes for what source 'meld' names as taught, got neither",
    ),
    ({"sources": [{"dataset": "fer2013", "tasks": [], "votes": "crowd"}]}, "votes: Input should be 'ferplus'"),
    ({"sources": [{"tasks": ["sentiment"]}]}, "sources.0.dataset: Field required"),
]


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """The good recipe with settings, their names with dots, replaced."""
    values = copy.deepcopy(GOOD)
    for setting, value in changes.items():
        place, *_, last = (values, *setting.split("."))
        for key in setting.split(".")[:-1]:
            place = place.setdefault(key, {})
        place[last] = value
    return values


NETWORKS = tuple(name for name in recipe_names() if isinstance(load_recipe(name), Recipe))
OPTIONS = {
    "model": ("bert", "roberta", "distilbert", "minilm"),
    "head": ("linear", "ffn", "lstm"),
    "dataset": ("goemotions", "meld", "iemocap", "mosei"),
}


@pytest.mark.parametrize("name", recipe_names())
def test_recipe_has_its_name_and_reads_recipes(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    folds = {re.sub(r"_\d+$", "", checkpoint) for checkpoint in recipe.checkpoints}  # a run for each fold held out
    assert folds <= set(recipe_names()) - {name}


@pytest.mark.parametrize("name", NETWORKS)
def test_recipe_holds_together(name):
    recipe = load_network_recipe(name)
    assert set(recipe.encoders) <= set(MODALITIES)
    for encoder in recipe.encoders.values():
        assert (encoder.base is None) != (encoder.config is None)
        assert encoder.cached_views == 0 or encoder.freeze in ("backbone", "all"), (
            "only a frozen backbone can be cached"
        )
    taught = {task.split("->")[-1] for source in recipe.sources for task in source.tasks}
    assert taught == set(recipe.tasks), "every task is taught"
    for task in recipe.tasks:
        if task in TASK_LABELS:
            assert recipe.task_config(task).labels == TASK_LABELS[task]


@pytest.mark.parametrize("name", sorted(set(recipe_names()) - set(NETWORKS)))
def test_recipe_of_another_kind_names_a_data_set_with_its_labels(name):
    recipe = load_recipe(name)
    assert recipe.task in DATASETS[recipe.dataset].tasks
    with pytest.raises(RecipeError, match=f"{name}: expected a recipe of the kind 'network', got '{recipe.kind}'"):
        load_network_recipe(name)


@pytest.mark.parametrize("chosen", [dict(zip(OPTIONS, names, strict=True)) for names in product(*OPTIONS.values())])
def test_text_emotion_takes_every_choice(chosen):
    recipe = load_network_recipe("text_emotion", chosen=chosen)
    (source,), (task,) = recipe.sources, recipe.tasks
    assert (source.dataset, recipe.task_config(task).head) == (chosen["dataset"], chosen["head"])
    assert task in DATASETS[source.dataset].tasks
    assert recipe.chosen == {name: chosen[name] for name in recipe.chosen}
    assert chosen["model"] in (recipe.encoders["text"].base or "").lower()


@pytest.mark.parametrize(
    ("name", "chosen", "message"),
    [
        ("text_emotion", {"model": "gpt"}, "unknown model 'gpt': expected one of bert, roberta, distilbert, minilm"),
        ("text_emotion", {"colour": "red"}, "unknown option 'colour': expected one of dataset, model, head"),
        ("roberta_sentiment", {"model": "bert"}, "unknown option 'model': it has none"),
    ],
)
def test_recipe_refuses_unknown_choice(name, chosen, message):
    with pytest.raises(RecipeError, match=message):
        load_recipe(name, chosen=chosen)


@pytest.mark.parametrize("name", NETWORKS)
def test_recipe_names_data_sets_with_its_labels(name):
    for source in load_network_recipe(name).sources:
        readers = [DATASETS[dataset] for dataset in (source.dataset, source.pair_with) if dataset is not None]
        assert len(readers) > 0
        for task in source.tasks:
            assert source.pair_with is not None or task.split("->")[0] in readers[0].tasks, (source.dataset, task)


@pytest.mark.parametrize(("changes", "message"), BAD)
def test_recipe_refuses_bad_setting(tmp_path, changes, message):
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump(changed(changes)), encoding="utf-8")
    with pytest.raises(RecipeError) as error:
        load_recipe(str(path))
    assert str(error.value).startswith(str(path))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "expected YAML, got something else"),
        ("name: good", "description: Field required"),
        ("just words", "got 'just words'"),
        ("", "got None"),
    ],
)
def test_recipe_refuses_bad_file(tmp_path, text, message):
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError) as error:
        load_recipe(str(path))
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["compact", "no/such/file.yaml"])
def test_recipe_names_what_there_is(name):
    with pytest.raises(RecipeError, match=f"unknown recipe '{name}': expected a YAML file or one of .*compact_text"):
        load_recipe(name)


def test_recipe_loads_from_file(tmp_path):
    path = tmp_path / "good.yaml"
    path.write_text(yaml.safe_dump(GOOD), encoding="utf-8")
    recipe = load_recipe(str(path))
    assert recipe.task_config("sentiment").labels == TASK_LABELS["sentiment"]
    assert recipe.sources[0].tasks == ("sentiment",)


def test_training_guide_has_the_command_of_every_system(repository):
    guide = (repository / "docs" / "training.md").read_text(encoding="utf-8")
    for name in recipe_names():
        assert name.startswith("compact_") or f"mmemo train {name} " in guide
    for option, choices in OPTIONS.items():
        assert f"--{option} {{{','.join(choices)}}}" in guide
