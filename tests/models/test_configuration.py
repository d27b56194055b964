"""`MmemoConfig` and `TaskConfig`: what they refuse, in which words, and what a file gives back."""

import json
import math

import pytest
from huggingface_hub.errors import StrictDataclassError
from transformers import BertConfig, CLIPVisionConfig, TimmWrapperConfig

from mmemo.models import FUSIONS, HEADS, MODALITIES, PROBLEM_TYPES, MmemoConfig, TaskConfig
from tests.models.tiny import make_config, picture_config, task, text_config

YES_NO = {"labels": ["yes"], "modalities": ["text"], "problem_type": "multi_label_classification"}

BAD_TASKS = [
    ({"fusion": "gate"}, f"unknown fusion 'gate': expected one of {', '.join(FUSIONS)}"),
    ({"head": "cnn"}, f"unknown head 'cnn': expected one of {', '.join(HEADS)}"),
    ({"problem_type": "regression"}, f"unknown problem type 'regression': expected one of {', '.join(PROBLEM_TYPES)}"),
    ({"modalities": ["audio"]}, f"unknown modality 'audio': expected one of {', '.join(MODALITIES)}"),
    ({"modalities": ["text", "text"]}, "modalities must differ from each other, got text, text"),
    ({"modalities": []}, "one modality or more, got none"),
    ({"modalities": "text"}, "a list of modalities, got 'text'"),
    ({"labels": "yes"}, "a list of labels, got 'yes'"),
    ({"labels": None}, "a list of labels, got None"),
    ({"modalities": 3}, "a list of modalities, got 3"),
    ({"labels": ["yes", "no", "yes"]}, "labels must differ from each other, got yes, no, yes"),
    ({"labels": []}, "one or more names"),
    ({"labels": ["yes", ""]}, "one or more names"),
    ({"labels": ["yes", 1]}, "one or more names"),
    ({"labels": ["yes"]}, "needs two labels or more"),
    ({"head": "lstm", "modalities": ["text", "image"]}, "head 'lstm' reads words alone"),
    ({"colour": "red"}, "unknown task setting 'colour': expected one of labels, modalities, fusion"),
    ({"temperature": 0}, "temperature must be a number over 0, got 0"),
    ({"temperature": -1.0}, "temperature must be a number over 0, got -1.0"),
    ({"temperature": math.nan}, "temperature must be a number over 0, got nan"),
    ({"temperature": math.inf}, "temperature must be a number over 0, got inf"),
    ({"temperature": True}, "temperature must be a number over 0, got True"),
    ({"temperature": "1"}, "temperature must be a number over 0, got '1'"),
    (
        {"calibration": {"image": [1.0, 0.0]}},
        "unknown modalities 'image' in calibration: expected some of text, in this",
    ),
    ({"modalities": ["text", "image"], "calibration": {"image+text": [1.0, 0.0]}}, "unknown modalities 'image+text'"),
    ({"calibration": {"text": [1.0]}}, "calibration of 'text' must be (temperature, bias), got (1.0,)"),
    ({"calibration": {"text": [0.0, 0.0]}}, "temperature of 'text' must be a number over 0, got 0.0"),
    ({"calibration": {"text": [1.0, 0.5]}}, "bias of 'text' must be 0 with softmax, got 0.5"),
    ({**YES_NO, "calibration": {"text": [1.0, math.nan]}}, "bias of 'text' must be a number, got nan"),
    ({"thresholds": {"perhaps": 0.5}}, "unknown label in thresholds 'perhaps': expected one of no, maybe, yes"),
    ({"thresholds": {"yes": 1.5}}, "threshold of 'yes' must be a number in [0, 1], got 1.5"),
    ({"thresholds": {"yes": math.nan}}, "threshold of 'yes' must be a number in [0, 1], got nan"),
    ({"uncertain_band": [0.4, 0.6]}, "belongs to a task with one label"),
    ({**YES_NO, "uncertain_band": [0.4, 0.5, 0.6]}, "uncertain_band is (low, high)"),
    ({**YES_NO, "uncertain_band": [0.6, 0.7]}, "must hold the threshold of 'yes'"),
    ({**YES_NO, "uncertain_band": [0.4, 1.2]}, "uncertain_band must be a number in [0, 1], got 1.2"),
    ({**YES_NO, "uncertain_band": [0.4, 0.6], "thresholds": {"yes": 0.3}}, "must hold the threshold of 'yes'"),
    (
        {"decisions": {"text": [0.4, 0.5, 0.6]}},
        "decisions of 'text' are (low, threshold, high) and belong to a task with",
    ),
    ({**YES_NO, "decisions": {"text": [0.4, 0.6]}}, "decisions of 'text' are (low, threshold, high)"),
    (
        {**YES_NO, "decisions": {"face": [0.4, 0.5, 0.6]}},
        "unknown modalities 'face' in decisions: expected some of text",
    ),
    (
        {**YES_NO, "decisions": {"text": [0.4, 0.7, 0.6]}},
        "decisions of 'text' must rise from low over threshold to high",
    ),
    ({**YES_NO, "decisions": {"text": [0.4, 0.5, 1.1]}}, "decisions of 'text' must be a number in [0, 1], got 1.1"),
]

BAD_CONFIGS = [
    ({"tasks": {"mood": task(("text",))}}, "task 'mood' needs text_config, which is missing"),
    ({"tasks": {"mood": task(("text", "face"))}, "text_config": text_config("bert")}, "needs face_config"),
    ({"hidden_size": 10, "num_attention_heads": 3}, "hidden_size 10 must be a multiple of num_attention_heads 3"),
    ({"num_attention_heads": 0}, "num_attention_heads must be 1 or more, got 0"),
    ({"hidden_size": 0}, "hidden_size must be 1 or more, got 0"),
    ({"hidden_size": "wide"}, "hidden_size"),
    ({"dropout": 1.0}, "dropout must lie in [0, 1), got 1.0"),
    ({"modality_dropout": -0.1}, "modality_dropout must lie in [0, 1), got -0.1"),
    ({"text_pooling": "max"}, "text_pooling"),
]

TIMM = {"model_type": "timm_wrapper", "architecture": "resnet18"}
NOT_SELF_CONTAINED = [
    (
        {**TIMM, "model_args": {"checkpoint_path": "weights.pth"}},
        "unknown model_args 'checkpoint_path': expected one of",
    ),
    ({**TIMM, "model_args": {"img_size": 32, "pretrained_cfg": {}}}, "unknown model_args 'pretrained_cfg'"),
    ({**TIMM, "architecture": "hf-hub:a/b"}, "architecture must be the plain name of a timm model, got 'hf-hub:a/b'"),
    ({**TIMM, "architecture": "local-dir:models"}, "architecture must be the plain name of a timm model"),
    ({"model_type": "detr", "backbone": "a/b"}, "backbone is not read by name"),
    ({"model_type": "timm_backbone", "backbone": "resnet18"}, "backbone is not read by name"),
    (
        {**TIMM, "_attn_implementation": "a/b"},
        "_attn_implementation must be one of eager, sdpa, flash_attention_2, got",
    ),
    ({**TIMM, "attn_implementation": {"": "a/b"}}, "attn_implementation must be one of eager, sdpa, flash_attention_2"),
]


@pytest.mark.parametrize(("change", "message"), BAD_TASKS)
def test_config_refuses_bad_task(change, message):
    values = {**task(("text",)), **change}
    with pytest.raises(ValueError, match="(?s).") as from_dict:
        TaskConfig.from_dict(values)
    assert message in str(from_dict.value)
    with pytest.raises((ValueError, StrictDataclassError)) as from_config:
        make_config(text_config=text_config("bert"), tasks={"mood": values})
    assert message in str(from_config.value)


@pytest.mark.parametrize(("encoder", "message"), NOT_SELF_CONTAINED)
def test_config_refuses_encoder_that_names_other_files(encoder, message):
    for values in (encoder, {"model_type": "detr", "backbone_config": encoder}):
        with pytest.raises(ValueError, match="(?s).") as error:
            make_config(image_config=values)
        assert message in str(error.value)


def test_config_takes_plain_arguments_of_timm():
    values = {"model_type": "timm_wrapper", "architecture": "resnet18", "num_classes": 0, "label_names": []}
    config = make_config(image_config={**values, "model_args": {"in_chans": 3}, "_attn_implementation": "sdpa"})
    assert config.image_config.model_args == {"in_chans": 3}


@pytest.mark.parametrize("key", ["labels", "modalities"])
def test_config_refuses_task_without(key):
    values = {name: value for name, value in task(("text",)).items() if name != key}
    with pytest.raises(ValueError, match=f"a task needs a list of {key}, got None"):
        TaskConfig.from_dict(values)


@pytest.mark.parametrize(("change", "message"), BAD_CONFIGS)
def test_config_refuses_bad_value(change, message):
    with pytest.raises(StrictDataclassError) as error:
        make_config(**change)
    assert message in str(error.value)


def test_config_names_its_tasks_when_asked_for_another():
    config = make_config(text_config=text_config("bert"), tasks={"mood": task(("text",)), "tone": task(("text",))})
    with pytest.raises(ValueError, match="unknown task 'hate': expected one of mood, tone"):
        config.task("hate")


def test_config_names_modalities_when_asked_for_another():
    with pytest.raises(ValueError, match="unknown modality 'audio': expected one of text, image, face"):
        make_config().encoder_config("audio")


def test_config_returns_from_json_as_it_was(tmp_path):
    config = make_config(
        text_config=text_config("bert"),
        image_config=picture_config("clip"),
        face_config=picture_config("test_resnet"),
        text_pooling="first",
        tasks={
            "mood": task(("face", "text"), fusion="gated", head="ffn", temperature=1.7),
            "hate": {**YES_NO, "thresholds": {"yes": 0.45}, "uncertain_band": (0.4, 0.5), "temperature": 2}
            | {"calibration": {"text": (1.5, -0.25)}, "decisions": {"text": (0.2, 0.3, 0.35)}},
        },
    )
    config.save_pretrained(tmp_path)
    for loaded in (
        MmemoConfig.from_pretrained(tmp_path),
        MmemoConfig(**json.loads(config.to_json_string())),
        MmemoConfig.from_dict(config.to_dict()),
    ):
        assert loaded.tasks == config.tasks
        assert all(loaded.task(name) == config.task(name) for name in config.tasks)
        assert loaded.task("mood").labels == ("no", "maybe", "yes")
        assert loaded.task("mood").modalities == ("face", "text")
        assert loaded.task("hate").uncertain_band == (0.4, 0.5)
        assert loaded.task("hate").calibration == {"text": (1.5, -0.25)}
        assert loaded.task("hate").decisions == {"text": (0.2, 0.3, 0.35)}
        assert loaded.task("mood").calibration == {}
        assert loaded.text_pooling == "first"
        assert loaded.modalities == ("text", "image", "face")
        kinds = (BertConfig, CLIPVisionConfig, TimmWrapperConfig)
        for modality, kind in zip(loaded.modalities, kinds, strict=True):
            assert isinstance(loaded.encoder_config(modality), kind)
        assert loaded.text_config.hidden_size == config.text_config.hidden_size
        assert loaded.face_config.architecture == "test_resnet"


def test_config_lists_only_modalities_with_encoder():
    assert make_config(face_config=picture_config("test_resnet")).modalities == ("face",)
    assert make_config().modalities == ()


@pytest.mark.parametrize(("label", "expected"), [("yes", 0.3), ("no", 0.5)])
def test_task_threshold_is_half_where_not_named(label, expected):
    assert TaskConfig.from_dict(task(("text",), thresholds={"yes": 0.3})).threshold(label) == expected


def test_task_threshold_refuses_unknown_label():
    with pytest.raises(ValueError, match="unknown label 'perhaps': expected one of no, maybe, yes"):
        TaskConfig.from_dict(task(("text",))).threshold("perhaps")


def test_a_decision_goes_by_what_a_sample_has():
    task_config = TaskConfig(
        labels=("yes",),
        modalities=("text", "image"),
        problem_type="multi_label_classification",
        thresholds={"yes": 0.4},
        uncertain_band=(0.3, 0.5),
        decisions={"text+image": (0.5, 0.6, 0.8)},
    )
    assert (task_config.threshold("yes", ("image", "face", "text")), task_config.band(("text", "image"))) == (
        0.6,
        (0.5, 0.8),
    )
    for modalities in ((), ("text",), ("image", "face")):
        assert (task_config.threshold("yes", modalities), task_config.band(modalities)) == (0.4, (0.3, 0.5))
