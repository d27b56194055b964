"""Every recipe trains and reloads, on tiny random towers of the classes it names and tiny data in the sets' layouts."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import AutoModel, AutoTokenizer, CLIPConfig, CLIPModel

from mmemo.cli import main
from mmemo.models import MmemoModel, MmemoProcessor
from mmemo.pipeline import CHECKPOINTS
from mmemo.training.base_weights import MINILM, load_tokenizer
from mmemo.training.evaluate import EvaluationSettings, evaluate
from mmemo.training.predictors import EvaluationError, load_predictor
from mmemo.training.recipes import Recipe, RecipeError, load_network_recipe, load_recipe, recipe_names
from mmemo.training.run import run_recipe
from tests.data.conftest import WRITERS
from tests.models.tiny import make_tokenizer, picture_config, text_config

TOWERS = {
    "clip": "clip",
    "roberta": "roberta",
    "distilbert": "distilbert",
    "bert": "bert",
    "minilm": "bert",
    "mpnet": "mpnet",
}
"""Part of a base's name -> kind of tiny tower, the first that fits."""
CLASSES = {
    "clip": "CLIPTextModelWithProjection",
    "roberta": "RobertaModel",
    "distilbert": "DistilBertModel",
    "bert": "BertModel",
    "mpnet": "MPNetModel",
}
OPTIONS = [
    {"model": "bert", "head": "linear", "dataset": "goemotions"},
    {"model": "roberta", "head": "ffn", "dataset": "meld"},
    {"model": "distilbert", "head": "lstm", "dataset": "iemocap"},
    {"model": "minilm", "head": "lstm", "dataset": "mosei"},
]
FOLD, NUM_FOLDS = re.compile(r"(.*?)(?:_(\d))?"), 3
"""A recipe's name, and the fold that a run of it held out."""
CHANGES = {"tfidf_logreg": {"vectorizer.min_df": 1, "vectorizer.max_df": 1.0}}
"""The tiny sets say every word once."""


@pytest.fixture(scope="module")
def sets(tmp_path_factory) -> Path:
    """Data root with every set; MELD's words differ from split to split, as copies leave training."""
    root = tmp_path_factory.mktemp("sets")
    for write in WRITERS.values():
        write(root)
    for split in ("train", "dev", "test"):
        table = root / "meld" / f"{split}_sent_emo.csv"
        table.write_text(table.read_text(encoding="utf-8").replace("Well", f"{split} words"), encoding="utf-8")
    _write_again(root)
    return root


def _write_again(root: Path) -> None:
    """More training items in the sets that teachers learn: whichever fold is held out, each class remains."""
    for name in ("harmeme", "multioff", "metmeme", "hateful_memes"):
        path = root / name / "train.jsonl"
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        many = [{**row, "id": f"{row['id']}{letter}"} for row in rows for letter in "abcdefgh"]
        path.write_text("".join(json.dumps(row) + "\n" for row in many), encoding="utf-8")
    table = root / "meld/train_sent_emo.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for start in ("", *"1234567"):
            writer.writerows({**row, "Dialogue_ID": start + row["Dialogue_ID"]} for row in rows)
    words, labels = (root / f"tweeteval/emotion/train_{kind}.txt" for kind in ("text", "labels"))
    for path in (words, labels):
        path.write_text(path.read_text(encoding="utf-8") * 8, encoding="utf-8")


@pytest.fixture(scope="module")
def towers(tmp_path_factory) -> Path:
    """A folder of weights and tokenizer for each kind of tower."""
    root = tmp_path_factory.mktemp("towers")
    torch.manual_seed(0)
    text, vision = text_config("clip").to_dict(), picture_config("clip").to_dict()
    models = {kind: AutoModel.from_config(text_config(kind)) for kind in ("bert", "roberta", "distilbert", "mpnet")}
    models["clip"] = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=12))
    for kind, model in models.items():
        model.save_pretrained(root / kind)
        make_tokenizer().save_pretrained(root / kind)
    return root


def tower_kind(base: str) -> str:
    return next(kind for part, kind in TOWERS.items() if part in base.lower())


def tiny(name: str, towers: Path, chosen: dict[str, str] | None = None) -> Recipe:
    """The recipe with tiny towers, small pictures and one epoch; all else as it stands."""
    recipe = load_network_recipe(name, chosen=chosen)
    changes: dict[str, object] = {
        "model.hidden_size": 16,
        "model.num_attention_heads": 2,
        "processor.max_length": 16,
        "processor.image_size": 32,
        "processor.face_size": 32,
        "training.epochs": 1,
    }
    for modality, encoder in recipe.encoders.items():
        if encoder.base is None or encoder.base.startswith("timm/"):
            changes |= {f"encoders.{modality}.base": None}
            changes |= {f"encoders.{modality}.config": {"model_type": "timm_wrapper", "architecture": "test_resnet"}}
        else:
            changes |= {f"encoders.{modality}.base": str(towers / tower_kind(encoder.base))}
    return load_network_recipe(name, changes, chosen)


@pytest.fixture(scope="module")
def finished(sets, towers, tmp_path_factory):
    """Trains a recipe, the checkpoints that it reads before it, once for all tests of this file."""
    root, done = tmp_path_factory.mktemp("finished"), {}

    def run(checkpoint: str, **chosen: str) -> Path:
        key = "-".join((checkpoint, *chosen.values()))
        if key not in done:
            name, fold = FOLD.fullmatch(checkpoint).groups()
            recipe = load_recipe(name, CHANGES.get(name), chosen)
            starts = [run(start) for start in recipe.checkpoints]
            if isinstance(recipe, Recipe):
                recipe = tiny(name, towers, chosen)
                if fold is not None:
                    recipe = replace(recipe, held_out=(int(fold), NUM_FOLDS))
            options = {"starts": starts, "resume": False, "use_cpu": True, "num_workers": 0}
            run_recipe(recipe, sets, root / key, **options)
            done[key] = root / key
        return done[key]

    return run


NETWORKS = [name for name in recipe_names() if isinstance(load_recipe(name), Recipe) and name != "text_emotion"]


@pytest.mark.parametrize(
    ("name", "chosen"), [*((name, {}) for name in NETWORKS), *(("text_emotion", o) for o in OPTIONS)]
)
def test_recipe_trains_and_reloads(name, chosen, finished):
    folder, recipe = finished(name, **chosen), load_network_recipe(name, chosen=chosen)
    model, info = MmemoModel.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    processor = MmemoProcessor.from_pretrained(folder)
    assert not any(info.values())
    text = recipe.encoders.get("text")
    if text is not None and text.base is not None:
        assert type(model.encoders["text"].backbone).__name__ == CLASSES[tower_kind(text.base)]
    for task in recipe.tasks:
        wanted, kept = recipe.task_config(task), model.config.task(task)
        assert (kept.fusion, kept.head, kept.labels) == (wanted.fusion, wanted.head, wanted.labels)
    picture = Image.new("RGB", (40, 40), "red")
    given = {"text": "what a day", "images": picture, "faces": picture}
    names = {"text": "text", "image": "images", "face": "faces"}
    with torch.inference_mode():
        output = model.eval()(**processor(**{names[m]: [given[names[m]]] for m in model.config.modalities}))
    probabilities = model.probabilities(output.logits, output.present)
    assert all(values.isfinite().all() for values in probabilities.values())
    assert json.loads((folder / "training.json").read_text())["dev"]


def test_tfidf_is_saved_without_pickle_and_evaluates(finished, sets, tmp_path, capsys):
    folder = finished("tfidf_logreg")
    assert {path.suffix for path in folder.iterdir()} <= {".json", ".safetensors"}
    arguments = ["evaluate", "--model", folder, "--task", "emotion", "--dataset", "meld", "--data", sets]
    assert main([*map(str, arguments), "--output", str(tmp_path), "--bootstrap", "2"]) == 0
    assert capsys.readouterr().out.startswith("tfidf_logreg: emotion on meld test\n7 items, judged from text\n")
    assert json.loads((tmp_path / "metrics.json").read_text())["num_items"] == 7
    (folder / "vocabulary.json").rename(tmp_path / "vocabulary.json")
    with pytest.raises(EvaluationError, match=f"{folder}: expected the folder of a finished checkpoint"):
        load_predictor(str(folder))
    (tmp_path / "vocabulary.json").rename(folder / "vocabulary.json")


def test_tfidf_learns_and_gives_the_same_after_reloading(data_root, tmp_path):
    changes = {"task": "sentiment", "dataset": "tweeteval_sentiment", "vectorizer.min_df": 1}
    recipe = load_recipe("tfidf_logreg", changes)
    options = {"starts": [], "resume": False, "use_cpu": True, "num_workers": 0}
    report = run_recipe(recipe, data_root, tmp_path / "one", **options)
    assert report["dev"]["sentiment/tweeteval_sentiment"]["accuracy"] == 1.0
    run_recipe(recipe, data_root, tmp_path / "two", **options)
    one, two = (load_predictor(str(tmp_path / name)) for name in ("one", "two"))
    words = ["lovely lovely day", "disgust", "", None]
    assert one.logits(words).tolist() == two.logits(words).tolist()
    assert one.logits(words)[:2].argmax(axis=1).tolist() == [2, 0]
    with pytest.raises(RecipeError, match="one label an item, got 'text_emotion'"):
        run_recipe(load_recipe("tfidf_logreg", {"task": "text_emotion"}), data_root, tmp_path / "three", **options)


def test_late_fusion_is_the_weighted_mean_of_its_parts(finished, sets):
    folder = finished("meld_late_fusion")
    weights = json.loads((folder / "config.json").read_text())["weights"]
    assert sum(weights.values()) == pytest.approx(1.0)
    found = {
        name: evaluate(
            EvaluationSettings(model=str(model), task=task, dataset="meld_faces", data=sets, num_bootstrap=0)
        )
        for name, model, task in (
            ("both", folder, "emotion"),
            ("text", finished("tfidf_logreg"), "emotion"),
            ("face", finished("resnet18_meld"), "face_emotion"),
        )
    }
    mean = sum(weights[name] * found[name].probabilities for name in weights)
    powers = mean ** (1 / found["both"].task.calibration.get("text+face", (found["both"].task.temperature, 0))[0])
    expected = powers / powers.sum(axis=1, keepdims=True)
    torch.testing.assert_close(torch.tensor(found["both"].probabilities), torch.tensor(expected), atol=1e-5, rtol=1e-4)


def test_late_fusion_takes_the_part_that_is_there(finished, sets):
    folder = finished("meld_late_fusion")
    settings = EvaluationSettings(model=str(folder), task="emotion", dataset="meld", data=sets, num_bootstrap=0)
    words = evaluate(settings)
    alone = evaluate(EvaluationSettings(**{**vars(settings), "model": str(finished("tfidf_logreg"))}))
    assert words.probabilities.argmax(axis=1).tolist() == alone.probabilities.argmax(axis=1).tolist()


def test_late_fusion_refuses_parts_with_other_labels(finished, sets, tmp_path):
    changes = {"parts.text": {"recipe": "roberta_sentiment", "task": "sentiment"}}
    starts = [finished("roberta_sentiment"), finished("resnet18_meld")]
    options = {"resume": False, "use_cpu": True, "num_workers": 0}
    with pytest.raises(RecipeError, match="late fusion needs the same labels in every part"):
        run_recipe(load_recipe("meld_late_fusion", changes), sets, tmp_path, starts=starts, **options)


def test_the_tokenizer_of_a_base_keeps_symbols_apart(tmp_path):
    load_tokenizer(MINILM).save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer.tokenize("I hate you😡🏽🫠 Ｙｏｕ") == ["i", "hate", "you", *["[UNK]"] * 3, "you"]
    new, shipped = (
        json.loads(found.backend_tokenizer.to_str())
        for found in (tokenizer, AutoTokenizer.from_pretrained(CHECKPOINTS / "meme"))
    )
    assert all(new[part] == shipped[part] for part in ("normalizer", "pre_tokenizer", "model"))
