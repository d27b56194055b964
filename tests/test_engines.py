"""Engines: standard Hub classifiers in the place of a task, their labels mapped by name, unknown ones refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import (
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    RobertaConfig,
    RobertaForSequenceClassification,
    ViTConfig,
    ViTForImageClassification,
    ViTImageProcessor,
)

from mmemo import MmemoPipeline, ModelError
from mmemo.devices import best_dtype
from mmemo.engines import (
    Prediction,
    Sample,
    counterfactual,
    is_own_model,
    label_columns,
    load_engine,
    load_generator,
)
from mmemo.labels import EMOTIONS
from mmemo.models import TaskConfig
from mmemo.pipeline import CHECKPOINTS
from mmemo.results import Attribution, WordWeight, WordWeights
from tests.perception.drawing import draw_face

TINY_TEXT = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
CPU = torch.device("cpu")
Save = Callable[..., Path]


def labelled(labels: list[str]) -> dict[str, object]:
    return {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}


@pytest.fixture
def text_classifier(tmp_path: Path) -> Save:
    def save(labels: list[str], kind: str = "bert", problem_type: str | None = None) -> Path:
        torch.manual_seed(0)
        tokenizer = AutoTokenizer.from_pretrained(CHECKPOINTS / "meme")
        tokenizer.model_max_length = 10**30  # what many tokenizers on the Hub say
        tokenizer.save_pretrained(tmp_path / "text")
        if kind == "bert":
            classifier = BertForSequenceClassification(
                BertConfig(**TINY_TEXT, **labelled(labels), problem_type=problem_type)
            )
        else:
            sizes = {"vocab_size": tokenizer.vocab_size, "max_position_embeddings": 514}
            config = RobertaConfig(**TINY_TEXT, **sizes, pad_token_id=tokenizer.pad_token_id, **labelled(labels))
            classifier = RobertaForSequenceClassification(config)
        classifier.save_pretrained(tmp_path / "text")
        return tmp_path / "text"

    return save


@pytest.fixture
def image_classifier(tmp_path: Path) -> Save:
    def save(labels: list[str]) -> Path:
        torch.manual_seed(0)
        config = ViTConfig(**TINY_TEXT, image_size=32, patch_size=16, **labelled(labels))
        ViTForImageClassification(config).save_pretrained(tmp_path / "image")
        ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "image")
        return tmp_path / "image"

    return save


def test_text_classifier_serves_sentiment_with_its_labels_mapped(text_classifier: Save) -> None:
    folder = text_classifier(["POSITIVE", "Neutral", "neg"])
    pipe = MmemoPipeline.from_pretrained(sentiment=folder)
    analysis = pipe(text="what a day")
    assert analysis.sentiment is not None
    model = BertForSequenceClassification.from_pretrained(folder)
    inputs = AutoTokenizer.from_pretrained(folder)("what a day", return_tensors="pt")
    expected = model(**inputs).logits.softmax(-1)[0].tolist()
    assert analysis.sentiment.scores["positive"] == pytest.approx(expected[0], abs=0.01)
    assert analysis.sentiment.scores["negative"] == pytest.approx(expected[2], abs=0.01)
    assert analysis.text_emotion is not None


@pytest.mark.parametrize(("kind", "num_tokens"), [("bert", 512), ("roberta", 513)])
def test_text_classifier_reads_as_much_as_it_can(kind: str, num_tokens: int, text_classifier: Save) -> None:
    pipe = MmemoPipeline.from_pretrained(sentiment=text_classifier(["positive", "neutral", "negative"], kind))
    texts = ["few words", "day " * (num_tokens - 2), "day " * (num_tokens - 1)]
    found = [pipe.engines["sentiment"].run([Sample(words=words)])[0] for words in texts]
    assert [result.words_truncated for result in found] == [False, False, True]
    assert found[1].tasks["sentiment"].probabilities == found[2].tasks["sentiment"].probabilities
    assert all(result.ok for result in pipe.batch([{"text": words} for words in texts]))


def test_binary_text_classifier_serves_hate(text_classifier: Save) -> None:
    pipe = MmemoPipeline.from_pretrained(hate=text_classifier(["nothate", "hate"]))
    hate = pipe(image=Image.new("RGB", (50, 50)), text="what a day").hate
    assert hate is not None
    assert hate.modalities == ("text",)
    assert hate.label == "hateful"


@pytest.mark.parametrize("problem_type", [None, "multi_label_classification"])
def test_a_classifier_with_one_logit_gives_its_sigmoid(text_classifier: Save, problem_type: str | None) -> None:
    folder = text_classifier(["hateful"], problem_type=problem_type)
    engine = load_engine(str(folder), task="hate", device=CPU, dtype=torch.float32)
    found = engine.run([Sample(words="what a day")])[0].tasks["hate"].probabilities
    inputs = AutoTokenizer.from_pretrained(folder)("what a day", return_tensors="pt")
    logit = BertForSequenceClassification.from_pretrained(folder)(**inputs).logits[0, 0]
    assert found == pytest.approx([float(logit.sigmoid())], abs=1e-5)


def test_of_sigmoids_that_mean_the_same_the_highest_counts(text_classifier: Save) -> None:
    folder = text_classifier(["hate", "hateful"], problem_type="multi_label_classification")
    engine = load_engine(str(folder), task="hate", device=CPU, dtype=torch.float32)
    found = engine.run([Sample(words="what a day")])[0].tasks["hate"].probabilities
    inputs = AutoTokenizer.from_pretrained(folder)("what a day", return_tensors="pt")
    logits = BertForSequenceClassification.from_pretrained(folder)(**inputs).logits[0]
    assert found == pytest.approx([float(logits.sigmoid().max())], abs=1e-5)


@pytest.mark.parametrize(
    ("labels", "task", "problem_type", "message"),
    [
        (["hateful"], "hate", "regression", "expected a classifier, got a model for regression"),
        (list(EMOTIONS), "face_emotion", "multi_label_classification", "expected probabilities that add up to 1"),
        (list(EMOTIONS), "emotion", "multi_label_classification", "got a multi-label model's"),
    ],
)
def test_a_classifier_of_another_kind_is_refused(labels: list[str], task: str, problem_type: str, message: str) -> None:
    with pytest.raises(ModelError, match=f"'?model'? cannot serve {task!r}: .*{message}"):
        label_columns(BertConfig(**TINY_TEXT, **labelled(labels), problem_type=problem_type), task)


def test_labels_that_mean_the_same_are_added_up_and_emotion_can_be_a_classifier(text_classifier: Save) -> None:
    folder = text_classifier([*EMOTIONS, "joy"])
    pipe = MmemoPipeline.from_pretrained(emotion=folder)
    found = pipe(text="what a day").emotion
    assert found is not None
    inputs = AutoTokenizer.from_pretrained(folder)("what a day", return_tensors="pt")
    expected = BertForSequenceClassification.from_pretrained(folder)(**inputs).logits.softmax(-1)[0].tolist()
    assert found.scores["angry"] == pytest.approx(expected[0], abs=0.01)
    assert found.scores["happy"] == pytest.approx(expected[3] + expected[7], abs=0.01)
    assert {"sentiment", "face_emotion", "hate"} <= set(pipe.tasks)


def test_a_text_classifier_is_explained_by_leaving_out_words(text_classifier: Save) -> None:
    pipe = MmemoPipeline.from_pretrained(hate=text_classifier(["nothate", "hate"]))
    for how in ("fast", "full"):
        explanation = pipe(text="what a day", explain=how).explanation
        assert explanation is not None
        found = explanation.evidence.attributions["hate"]
        assert found.modalities == {"text": pytest.approx(found.score - found.baseline)}
        if how == "fast":
            assert found.words is None
            continue
        assert found.words is not None
        for word in found.words.words:
            rest = pipe(text=" ".join(w.text for w in found.words.words if w != word), explain="none").hate
            assert rest is not None
            assert word.weight == pytest.approx(found.score - rest.probability, abs=1e-3)
    assert pipe.word_weights("what a day", task="hate", label="hateful") == found.words
    with pytest.raises(ValueError, match="by leave_one_out alone, got 'integrated_gradients'"):
        pipe.word_weights("what a day", task="hate", label="hateful", method="integrated_gradients")


def test_image_classifier_reads_every_face(image_classifier: Save) -> None:
    pipe = MmemoPipeline.from_pretrained(face_emotion=image_classifier(list(EMOTIONS)))
    picture = Image.new("RGB", (500, 300))
    picture.paste(draw_face(200), (10, 10))
    picture.paste(draw_face(150), (300, 10))
    faces = pipe(image=picture, text="hello", face_boxes=[(10, 10, 200, 200), (300, 10, 150, 150)]).faces
    assert len(faces) == 2
    assert all(face.emotion is not None and tuple(face.emotion.scores) == EMOTIONS for face in faces)
    explanation = pipe(image=picture, text="", face_boxes=[(10, 10, 200, 200)]).explanation
    assert explanation is not None
    found = explanation.evidence.attributions["face_emotion"]
    assert found.modalities == {"face": pytest.approx(found.score - found.baseline)}
    assert pipe(image=Image.new("RGB", (50, 50)), text="").faces == ()


@pytest.mark.parametrize(
    ("labels", "task", "message"),
    [
        (["LABEL_0", "LABEL_1", "LABEL_2"], "sentiment", "unknown label 'LABEL_0' for task 'sentiment'"),
        (["positive", "negative"], "sentiment", "it has no label for neutral"),
        (["toxic", "severe"], "hate", "unknown label 'toxic' for task 'hate'"),
    ],
)
def test_label_columns_refuses_by_name(labels: list[str], task: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        label_columns(BertConfig(**TINY_TEXT, **labelled(labels)), task)


def test_a_classifier_needs_a_task(text_classifier: Save) -> None:
    with pytest.raises(ModelError, match="say which task it serves"):
        load_engine(str(text_classifier(["positive", "negative", "neutral"])), device=CPU, dtype=torch.float32)


def test_a_model_without_a_classifier_is_refused(tmp_path: Path) -> None:
    config = BertConfig(**TINY_TEXT, **labelled(["negative", "neutral", "positive"]))
    BertModel(config).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="expected a model for sequence or image classification"):
        load_engine(str(tmp_path), task="sentiment", device=CPU, dtype=torch.float32)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("config.json", {"hidden_size": "384"}, "cannot load .*'hidden_size' expected int, got str"),
        ("config.json", {"num_attention_heads": 0}, "cannot load .*num_attention_heads must be 1 or more, got 0"),
        ("config.json", {"tasks": [1]}, "cannot load .*'tasks' expected dict, got list"),
        ("config.json", {"text_pooling": "x"}, "cannot load .*'text_pooling' expected one of"),
        ("config.json", {"dtype": "evil"}, "cannot load .*no attribute 'evil'"),
        ("processor_config.json", [1], "cannot load .*'list' object"),
        (
            "processor_config.json",
            {"max_length": -1},
            "max_length of .* must be a whole number from 1 to 100,000, got -1",
        ),
        ("processor_config.json", {"max_length": "x"}, "max_length of .* must be a whole number .*, got 'x'"),
        (
            "processor_config.json",
            {"image_processor": {"size": {"height": 10**6, "width": 10**6}}},
            "size of .* must be a whole number from 1 to 4,096, got 1000000",
        ),
    ],
)
def test_settings_that_no_model_can_have_are_refused(tmp_path: Path, name: str, change: Any, message: str) -> None:
    shutil.copytree(CHECKPOINTS / "meme", tmp_path / "meme")
    file = tmp_path / "meme" / name
    values = json.loads(file.read_text()) | change if isinstance(change, dict) else change
    file.write_text(json.dumps(values))
    with pytest.raises(ModelError, match=message) as error:
        load_engine(str(tmp_path / "meme"), device=CPU, dtype=torch.float32)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "broken", [{"calibration": [1]}, {"thresholds": [1]}, {"decisions": [1]}], ids=lambda broken: next(iter(broken))
)
def test_lists_in_the_place_of_mappings_are_refused(tmp_path: Path, broken: dict[str, object]) -> None:
    shutil.copytree(CHECKPOINTS / "meme", tmp_path / "meme")
    values = json.loads((tmp_path / "meme" / "config.json").read_text())
    values["tasks"]["hate"] |= broken
    (tmp_path / "meme" / "config.json").write_text(json.dumps(values))
    with pytest.raises(ModelError, match="cannot load .*'list' object has no attribute 'items'"):
        load_engine(str(tmp_path / "meme"), device=CPU, dtype=torch.float32)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"_attn_implementation": "a/kernel"}, "_attn_implementation must be one of eager, sdpa, flash_attention_2"),
        ({"model_type": "detr", "backbone": "a/b"}, "backbone is not read by name"),
        (
            {"model_type": "timm_wrapper", "architecture": "resnet18", "model_args": {"checkpoint_path": "a.pth"}},
            "unknown model_args 'checkpoint_path'",
        ),
    ],
)
@pytest.mark.parametrize("name", ["config.json", "config.4.0.0.json"])
def test_a_model_that_names_other_files_is_refused(
    text_classifier: Save, change: dict[str, object], message: str, name: str
) -> None:
    folder = text_classifier(["negative", "neutral", "positive"])
    values = json.loads((folder / "config.json").read_text()) | {"configuration_files": [name]}
    (folder / "config.json").write_text(json.dumps(values))
    (folder / name).write_text(json.dumps(values | change))
    for load in (is_own_model, lambda model_id: load_generator(model_id, device=CPU, dtype=torch.float32)):
        with pytest.raises(ModelError, match=f"cannot load .*{message}"):
            load(str(folder))


def test_a_task_that_a_model_of_ours_lacks_is_refused() -> None:
    with pytest.raises(ModelError, match="has no task 'sentiment': it has hate, meme_emotion, offensive"):
        load_engine(str(CHECKPOINTS / "meme"), task="sentiment", device=CPU, dtype=torch.float32)


def test_a_model_of_ours_can_serve_one_task() -> None:
    pipe = MmemoPipeline.from_pretrained(CHECKPOINTS / "meme", sentiment=CHECKPOINTS / "emotion")
    assert set(pipe.tasks) == {"hate", "offensive", "meme_emotion", "sentiment"}


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    shutil.copytree(CHECKPOINTS / "meme", tmp_path / "meme")
    weights = tmp_path / "meme" / "model.safetensors"
    weights.rename(tmp_path / "meme" / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        load_engine(str(tmp_path / "meme"), device=CPU, dtype=torch.float32)


def test_truncated_weights_are_refused(tmp_path: Path) -> None:
    shutil.copytree(CHECKPOINTS / "meme", tmp_path / "meme")
    weights = tmp_path / "meme" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100_000])
    with pytest.raises(ModelError, match=r"model\.safetensors of .* is cut off, altered or no safetensors file"):
        load_engine(str(tmp_path / "meme"), device=CPU, dtype=torch.float32)


def test_best_dtype_is_one_that_the_processor_has() -> None:
    able = torch.cpu.get_capabilities()
    expected = torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32
    assert best_dtype(CPU) is expected


@pytest.mark.parametrize(
    ("shares", "expected"),
    [({"text": 0.5}, None), ({"text": 0.3, "image": 0.2}, ("uncertain", 0.65))],
)
def test_a_counterfactual_goes_by_the_threshold_of_what_the_sample_has(
    shares: dict[str, float], expected: tuple[str, float] | None
) -> None:
    task = TaskConfig(
        labels=("hateful",),
        modalities=("text", "image"),
        problem_type="multi_label_classification",
        decisions={"text": (0.3, 0.4, 0.5), "text+image": (0.5, 0.6, 0.7)},
    )
    words = (WordWeight(text="vile", start=0, end=4, weight=0.4), WordWeight(text="cat", start=5, end=8, weight=0.1))
    found = Attribution(
        task="hate",
        label="hateful",
        score=0.8,
        baseline=0.3,
        modalities=shares,
        words=WordWeights(method="leave_one_out", words=words),
    )
    said = Prediction(probabilities=(0.65,), modalities=tuple(shares))
    change = counterfactual(task, found, lambda texts: [said for _ in texts])
    assert (None if change is None else (change.verdict, change.probability)) == expected
