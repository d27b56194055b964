"""Calibration anew: the decisions change, the weights do not."""

import json
import shutil

import pytest

from mmemo.cli import main
from mmemo.models import MmemoConfig
from mmemo.training.recalibrate import recalibrate
from mmemo.training.recipes import RecipeError
from mmemo.training.train import train
from tests.training.test_train import MEMES, make_recipe

__all__ = ["make_recipe"]


@pytest.fixture(scope="module")
def trained(make_recipe, data_root, tmp_path_factory):
    output = tmp_path_factory.mktemp("trained") / "memes"
    train(make_recipe({"epochs": 1}, **MEMES), data_root, output, use_cpu=True)
    return output


def test_recalibrate_fits_anew_what_was_spoilt(trained, data_root, tmp_path, capsys):
    model = shutil.copytree(trained, tmp_path / "model")
    before = MmemoConfig.from_pretrained(model).task("hate")
    spoilt = json.loads((model / "config.json").read_text())
    spoilt["tasks"]["hate"] |= {"temperature": 7.0, "thresholds": {"hateful": 0.9}, "uncertain_band": None}
    (model / "config.json").write_text(json.dumps(spoilt))
    assert main(["calibrate", "--model", str(model), "--data", str(data_root), "--device", "cpu"]) == 0
    assert "hate/hateful_memes" in capsys.readouterr().out
    after = MmemoConfig.from_pretrained(model).task("hate")
    assert after.temperature == pytest.approx(before.temperature, rel=0.05)  # the finished weights are bfloat16
    assert after.threshold("hateful") == pytest.approx(before.threshold("hateful"), abs=0.05)
    assert after.uncertain_band is not None
    assert (model / "model.safetensors").read_bytes() == (trained / "model.safetensors").read_bytes()
    assert {path.name for path in model.iterdir()} == {path.name for path in trained.iterdir()}


@pytest.mark.parametrize(
    ("report", "message"),
    [
        (None, "training.json: expected what a training leaves"),
        ("{}", "training.json: expected what a training leaves"),
        ('{"recipe": {"kind": "tfidf"}}', "training.json: expected the recipe of a network"),
    ],
)
def test_recalibrate_refuses_what_no_training_left(report, message, data_root, tmp_path):
    if report is not None:
        (tmp_path / "training.json").write_text(report)
    with pytest.raises(RecipeError, match=message):
        recalibrate(tmp_path, data_root)


def test_recalibrate_names_the_picture_that_cannot_be_read(trained, data_root, tmp_path, capsys):
    data, model = shutil.copytree(data_root, tmp_path / "data"), shutil.copytree(trained, tmp_path / "model")
    broken = data / "hateful_memes/img/dev1.png"
    broken.write_bytes(b"no picture")
    assert main(["calibrate", "--model", str(model), "--data", str(data), "--device", "cpu"]) == 2
    assert f"mmemo: error: {broken} (example 'dev1'): expected a picture, got" in capsys.readouterr().err
