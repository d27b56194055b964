import pytest
import torch
from safetensors.torch import load_file, save_file

from mmemo.cli import main


def _checkpoint(folder, value, **more):
    folder.mkdir()
    save_file({"a": torch.full((2,), value), "n": torch.tensor(3), **more}, folder / "model.safetensors")
    (folder / "config.json").write_text(str(value))
    (folder / "run").mkdir()
    return str(folder)


def test_average_is_the_mean_and_keeps_the_last_ones_files(tmp_path):
    folders = [_checkpoint(tmp_path / name, value) for name, value in (("one", 1.0), ("two", 4.0))]
    assert main(["average", *folders, "--output", str(tmp_path / "mean")]) == 0
    weights = load_file(tmp_path / "mean" / "model.safetensors")
    assert weights["a"].tolist() == [2.5, 2.5]
    assert weights["n"].item() == 3
    assert (tmp_path / "mean" / "config.json").read_text() == "4.0"
    assert not (tmp_path / "mean" / "run").exists()


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (None, "expected two checkpoints or more, got 1"),
        ("empty", "expected a finished checkpoint with model.safetensors, got none"),
        ("other", "expected the weights that"),
    ],
)
def test_average_of_what_has_none_is_one_line(tmp_path, capsys, second, message):
    folders = [_checkpoint(tmp_path / "one", 1.0)]
    if second is not None:
        (tmp_path / "empty").mkdir()
        _checkpoint(tmp_path / "other", 1.0, b=torch.zeros(1))
        folders.append(str(tmp_path / second))
    assert main(["average", *folders, "--output", str(tmp_path / "mean")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "mean").exists()
