"""Evaluation: the measures are scikit-learn's, the file is complete, and what is left out is counted."""

import dataclasses
import json
import math
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn import metrics as sklearn_metrics

from mmemo.cli import main
from mmemo.data import DataError
from mmemo.labels import EMOTIONS, SENTIMENTS
from mmemo.models import MmemoProcessor, TaskConfig
from mmemo.training.evaluate import (
    EvaluationError,
    EvaluationSettings,
    class_measures,
    evaluate,
    label_task,
    table,
    write,
)
from mmemo.training.metrics import MEASURES
from mmemo.training.predictors import load_checkpoint
from tests.models.tiny import make_config, make_image_processor, make_model, make_tokenizer, picture_config, text_config

PLOTS = ["confusion.png", "roc.png", "precision_recall.png", "reliability.png"]
CUT = 0.4


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A tiny model of four tasks with a temperature and thresholds, saved."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    tasks = {
        "emotion": {"labels": EMOTIONS, "modalities": ["text", "face"], "temperature": 2.0},
        "face_emotion": {"labels": EMOTIONS, "modalities": ["face"]},
        "sentiment": {"labels": SENTIMENTS, "modalities": ["text"]},
        "hate": {
            "labels": ["hateful"],
            "modalities": ["text", "image"],
            "problem_type": "multi_label_classification",
            "thresholds": {"hateful": CUT},
        },
    }
    config = make_config(
        text_config=text_config("bert"),
        image_config=picture_config("clip"),
        face_config=picture_config("clip"),
        tasks=tasks,
    )
    make_model(config).save_pretrained(folder)
    MmemoProcessor(
        tokenizer=make_tokenizer(),
        image_processor=make_image_processor(),
        face_image_processor=make_image_processor(),
        max_length=16,
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Faces, utterances, tweets and memes in their publishers' layouts."""
    root = tmp_path_factory.mktemp("sets")
    generator = np.random.default_rng(0)
    for emotion in EMOTIONS:
        folder = root / "fer2013" / "test" / emotion
        folder.mkdir(parents=True)
        for number in range(3):
            pixels = generator.integers(0, 255, (48, 48), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{number}.png")
    usage = [
        f"test/{emotion}/{number}.png,PrivateTest" for emotion in EMOTIONS for number in range(2 + (emotion != "fear"))
    ]
    (root / "fer2013" / "usage_and_ferplus_votes.csv").write_text("\n".join(["path,usage", *usage]) + "\n")
    write_meld(root / "meld")
    write_memes(root / "harmeme")
    tweets = root / "tweeteval" / "emotion"
    tweets.mkdir(parents=True)
    (tweets / "test_text.txt").write_text("a lovely day\nyou disgust me\nso much\nwhat a day\n")
    (tweets / "test_labels.txt").write_text("1\n0\n3\n2\n")
    return root


def write_meld(folder):
    folder.mkdir()
    names = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
    header = "Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
    rows = [f"what a {n} day,Ross,{name},neutral,0,{n},4,7,00:00:01,00:00:02" for n, name in enumerate(names)]
    rows += [f"{text},Ross,joy,positive,1,{n},4,7,00:00:01,00:00:02" for n, text in enumerate(("lovely", " "))]
    (folder / "test_sent_emo.csv").write_text("\n".join([header, *rows]) + "\n")


def write_memes(folder):
    (folder / "img").mkdir(parents=True)
    rows = []
    for number, text in enumerate(("you disgust me", "a lovely day", "", "me me now", "so much", "what a day")):
        Image.new("RGB", (40, 40), (40 * number, 90, 20)).save(folder / f"img/{number}.png")
        row = {"id": number, "img": f"img/{number}.png", "text": text, "label": number % 2, "level": "", "target": None}
        rows.append(json.dumps(row))
    (folder / "test.jsonl").write_text("\n".join(rows) + "\n")


@pytest.fixture
def measure(checkpoint, data):
    def run(task, dataset, **settings):
        options = {"model": str(checkpoint), "data": data, "num_bootstrap": 5, "device": "cpu", **settings}
        return evaluate(EvaluationSettings(task=task, dataset=dataset, **options))

    return run


def test_evaluate_softmax_task_agrees_with_scikit_learn(measure):
    found = measure("emotion", "meld")
    truth, said = found.targets, found.probabilities.argmax(axis=1)
    assert found.num_items == 8  # of nine, one has no words
    assert found.selection.num_without_input == 1
    assert found.measures["accuracy"] == pytest.approx(sklearn_metrics.accuracy_score(truth, said))
    for name in ("macro", "weighted"):
        expected = sklearn_metrics.f1_score(truth, said, average=name, zero_division=0)
        assert found.measures[f"{name}_f1"] == pytest.approx(expected)
    expected = sklearn_metrics.roc_auc_score(truth, found.probabilities, multi_class="ovr")
    assert found.measures["roc_auc"] == pytest.approx(expected)
    assert found.confusion.tolist() == sklearn_metrics.confusion_matrix(truth, said, labels=range(7)).tolist()


def test_evaluate_yes_no_task_uses_its_threshold(measure):
    found = measure("hate", "harmeme")
    truth, said = found.targets[:, 0], found.probabilities[:, 0] >= CUT
    assert list(found.per_class) == ["not hateful", "hateful"]
    assert found.measures["macro_f1"] == pytest.approx(sklearn_metrics.f1_score(truth, said, average="macro"))
    assert found.measures["roc_auc"] == pytest.approx(sklearn_metrics.roc_auc_score(truth, found.probabilities[:, 0]))
    assert found.confusion.tolist() == sklearn_metrics.confusion_matrix(truth, said, labels=[0, 1]).tolist()


def test_verdicts_are_counted_and_checked_as_the_pipeline_gives_them(measure):
    found = measure("hate", "harmeme")
    banded = dataclasses.replace(
        found.task, uncertain_band=(0.3, 0.5), decisions={"text+image": (0.4, 0.6, 0.7), "image": (0.1, 0.2, 0.3)}
    )
    given = dataclasses.replace(
        found,
        task=banded,
        probabilities=np.array([[0.75], [0.72], [0.35], [0.65], [0.4], [0.39]]),
        targets=np.array([[1], [0], [1], [1], [0], [0]]),
        modalities=[("text", "image")] * 2 + [("image",)] + [("text", "image")] * 3,
    )
    assert {verdict: vars(values) for verdict, values in given.verdicts.items()} == {
        "hateful": {"share": 0.5, "right": pytest.approx(2 / 3)},
        "not hateful": {"share": pytest.approx(1 / 6), "right": 1.0},
        "uncertain": {"share": pytest.approx(1 / 3), "right": pytest.approx(math.nan, nan_ok=True)},
    }
    assert "verdict                  right     share\n  hateful                  0.667     0.500" in table(given)
    assert given.to_dict()["verdicts"]["uncertain"] == {"share": pytest.approx(1 / 3), "right": None}
    assert not measure("emotion", "tweeteval_emotion").verdicts


def test_evaluate_gives_what_the_model_gives_alone(measure, checkpoint, data):
    found = measure("emotion", "tweeteval_emotion")
    model, processor = load_checkpoint(str(checkpoint), "cpu")
    with torch.inference_mode():
        logits = model(**processor(text=["a lovely day"]), tasks=("emotion",)).logits["emotion"]
    np.testing.assert_allclose(found.probabilities[0], (logits[0] / 2.0).softmax(-1).numpy(), atol=1e-5)


def test_evaluate_says_which_labels_are_absent(measure):
    found = measure("emotion", "tweeteval_emotion")
    assert found.absent_labels == ("disgust", "fear", "neutral", "surprise")
    assert math.isnan(found.per_class["fear"].recall)
    assert "no item is disgust or fear or neutral or surprise; the model chooses among all 7 classes" in table(found)


@pytest.mark.parametrize(
    ("modalities", "expected"),
    [(None, ("text", "face")), (("text",), ("text",)), (("face",), ("face",)), (("face", "text"), ("text", "face"))],
)
def test_evaluate_pairs_faces_with_texts(measure, modalities, expected):
    found = measure("emotion", "fer2013+meld", modalities=modalities)
    again = measure("emotion", "fer2013+meld", modalities=modalities)
    assert found.selection.source.modalities == expected
    assert found.num_items == 20
    assert "not real pairs" in table(found)
    np.testing.assert_array_equal(found.probabilities, again.probabilities)


def test_evaluate_says_what_test_is_of_class_folders_alone(measure, data, tmp_path):
    shutil.copytree(data / "fer2013/test", tmp_path / "fer2013/test")
    (tmp_path / "fer2013/train").mkdir()
    found = measure("face_emotion", "fer2013", data=tmp_path, num_bootstrap=0)
    assert found.num_items == 3 * len(EMOTIONS)
    assert "\nfer2013: without usage_and_ferplus_votes.csv or fer2013.csv" in table(found)
    assert "\nfer2013: " not in table(measure("face_emotion", "fer2013", num_bootstrap=0))


def test_evaluate_limits_modalities_on_the_same_pairs(measure):
    both, text, face = (measure("emotion", "fer2013+meld", modalities=only) for only in (None, ("text",), ("face",)))
    np.testing.assert_array_equal(both.targets, text.targets)
    np.testing.assert_array_equal(both.targets, face.targets)
    assert len({found.probabilities.tobytes() for found in (both, text, face)}) == 3


def test_evaluate_reads_face_labels_for_the_fused_task(measure):
    found = measure("emotion", "fer2013")
    assert found.selection.source.tasks == {"emotion": "face_emotion"}
    assert found.selection.source.modalities == ("face",)
    assert found.num_items == 20


def test_evaluate_intervals_hold_the_measures_and_repeat(measure):
    first, second = (measure("hate", "harmeme", num_bootstrap=50) for _ in range(2))
    assert first.intervals == second.intervals
    low, high = first.intervals["accuracy"]
    assert low <= first.measures["accuracy"] <= high


@pytest.mark.parametrize(
    ("task", "dataset", "settings", "error", "words"),
    [
        ("joy", "meld", {}, EvaluationError, "the model has no task 'joy': it has emotion, face_emotion"),
        ("emotion", "nope", {}, DataError, "unknown data set 'nope'"),
        ("emotion", "harmeme", {}, DataError, "no labels for the task 'emotion': it has hate"),
        ("emotion", "meld+harmeme", {}, DataError, "'harmeme' has no labels for the task 'emotion'"),
        ("hate", "fer2013+meld", {}, DataError, "pairs of two data sets carry labels of the task 'emotion'"),
        ("emotion", "meld", {"modalities": ("image",)}, EvaluationError, "does not look at 'image'"),
        ("emotion", "meld", {"modalities": ("face",)}, DataError, "expected items with face and a label of 'emotion'"),
        ("emotion", "meld", {"split": "all"}, DataError, "unknown split 'all'"),
        ("emotion", "meld", {"model": "no/such/folder"}, EvaluationError, "expected the folder of a finished"),
        ("emotion", "meld", {"device": "abacus"}, EvaluationError, "abacus"),
        ("emotion", "meld", {"num_bootstrap": -1}, EvaluationError, "must be 0 or more, got -1"),
    ],
)
def test_evaluate_refuses_bad_request(measure, task, dataset, settings, error, words):
    with pytest.raises(error, match="^[^\n]*$") as caught:
        measure(task, dataset, **settings)
    assert words in str(caught.value)


def test_load_checkpoint_refuses_other_models(tmp_path):
    text_config("bert").save_pretrained(tmp_path)
    with pytest.raises(EvaluationError, match="expected a model of mmemo's, got a bert model"):
        load_checkpoint(str(tmp_path), "cpu")


@pytest.mark.parametrize(
    ("task", "dataset", "expected"),
    [("emotion", "meld", "emotion"), ("emotion", "ferplus", "face_emotion"), ("hate", "hatexplain", "hate")],
)
def test_label_task_finds_the_labels(task, dataset, expected):
    assert label_task(task, dataset) == expected


def test_write_leaves_a_complete_file_and_plots(measure, tmp_path):
    found = measure("emotion", "tweeteval_emotion")
    assert write(found, tmp_path / "out", command="mmemo evaluate ...") == ["metrics.json", "predictions.jsonl", *PLOTS]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        ["metrics.json", "predictions.jsonl", *PLOTS]
    )
    values = json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8"))
    assert set(MEASURES) <= set(values)
    assert set(values["intervals"]) == set(MEASURES)
    assert 0 < values["ece_if_calibrated"] < 1
    assert values["per_class"]["fear"]["recall"] is None
    assert values["per_class"]["happy"]["support"] == 2
    assert np.sum(values["confusion"]["counts"]) == values["num_items"] == 4
    assert values["model"] == "tiny"
    assert values["command"] == "mmemo evaluate ..."
    for name, expected in (("task", "emotion"), ("dataset", "tweeteval_emotion"), ("split", "test")):
        assert values[name] == expected


def test_command_evaluates_writes_and_prints(checkpoint, data, tmp_path, capsys):
    arguments = ["--model", checkpoint, "--task", "emotion", "--dataset", "fer2013+meld", "--data", data]
    arguments += ["--output", tmp_path / "out", "--modalities", "text", "--bootstrap", "3", "--device", "cpu"]
    assert main(["evaluate", *map(str, arguments)]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("tiny: emotion on fer2013+meld test, text alone\n20 items, judged from text\n")
    assert len(printed.out.splitlines()) <= 40
    assert printed.err == ("mmemo: running 20 items through the model\nmmemo: resampling 3 times for the intervals\n")
    values = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert values["modalities"] == ["text"]
    assert values["command"] == " ".join(map(str, ["mmemo", "evaluate", *arguments]))


def test_write_gives_null_for_undefined_and_draws_no_such_plot(measure, checkpoint, data, tmp_path):
    one_class = tmp_path / "sets" / "harmeme"
    one_class.mkdir(parents=True)
    (one_class / "img").symlink_to(data / "harmeme" / "img")
    rows = (data / "harmeme" / "test.jsonl").read_text().splitlines()[::2]  # all of them harmless
    (one_class / "test.jsonl").write_text("\n".join(rows) + "\n")
    out = tmp_path / "out"
    write(measure("hate", "harmeme", num_bootstrap=0), out)
    assert (out / "roc.png").is_file()
    found = measure("hate", "harmeme", data=one_class.parent, num_bootstrap=0)
    assert write(found, out) == ["metrics.json", "predictions.jsonl", "confusion.png", "reliability.png"]
    assert not (out / "roc.png").exists()
    values = json.loads((out / "metrics.json").read_text())
    assert values["roc_auc"] is None
    assert values["intervals"]["accuracy"] == [None, None]
    assert values["ece_if_calibrated"] is None
    assert "undefined" in table(found)


def test_class_measures_of_several_labels_agree_with_scikit_learn():
    task = TaskConfig(labels=("a", "b", "c"), modalities=("text",), problem_type="multi_label_classification")
    probabilities = np.array([[0.9, 0.8, 0.1], [0.2, 0.7, 0.3], [0.6, 0.1, 0.2]])
    targets = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 0]])
    found = class_measures(task, probabilities, targets)
    expected = sklearn_metrics.precision_recall_fscore_support(
        targets, probabilities >= 0.5, average=None, zero_division=np.nan
    )
    rows = [[values.precision, values.recall, values.f1, values.support] for values in found.values()]
    np.testing.assert_allclose(rows, np.array(expected).T)
    assert math.isnan(found["c"].precision)


def test_evaluate_slices_are_measured_apart(measure, tmp_path):
    found = measure("hate", "harmeme", num_bootstrap=0, has_slices=True)
    write(found, tmp_path)
    slices = json.loads((tmp_path / "metrics.json").read_text())["slices"]
    assert slices["text_length"]["no words"]["num_items"] == 1
    assert slices["text_length"]["no words"]["roc_auc"] is None, "one item has one class"
    assert slices["face"] == {"without a face": slices["num_faces"]["0 faces"]}
    assert slices["num_faces"]["0 faces"]["accuracy"] == found.measures["accuracy"]
    assert "text_length" in table(found)
    predictions = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()]
    assert [row["target"] for row in predictions] == found.targets.tolist()
    assert [row["probabilities"][0] for row in predictions] == pytest.approx(found.probabilities[:, 0].tolist())


@pytest.mark.parametrize("options", [[], ["--modalities", "text", "--slices"]], ids=["model", "slices"])
def test_evaluate_names_the_picture_that_cannot_be_read(options, checkpoint, data, tmp_path, capsys):
    shutil.copytree(data / "harmeme", tmp_path / "harmeme")
    broken = tmp_path / "harmeme/img/3.png"
    broken.write_bytes(broken.read_bytes()[:60])
    arguments = ["--model", checkpoint, "--task", "hate", "--dataset", "harmeme", "--data", tmp_path, "--bootstrap", 0]
    assert main(["evaluate", *map(str, arguments), "--output", str(tmp_path / "out"), *options]) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert len(told) == 1
    assert told[0].startswith(f"mmemo: error: {broken} (example '3'): expected a picture, got a file that cannot be")
