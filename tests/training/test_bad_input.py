"""Bad input of a training is one line that names file and row, before anything is trained."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from mmemo.cli import main
from tests.training.test_train import SETTINGS

LABELS = "tweeteval/sentiment/train_labels.txt"
TEXTS = "tweeteval/sentiment/train_text.txt"
DEV_LABELS = "tweeteval/sentiment/val_labels.txt"
PIXELS = "fer2013/fer2013.csv"


def drop(path: Path) -> None:
    path.unlink()


def replace_line(line: int, text: bytes) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        lines = path.read_bytes().split(b"\n")
        lines[line - 1] = text
        path.write_bytes(b"\n".join(lines))

    return change


def without(old: bytes, new: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(path.read_bytes().replace(old, new))


BAD = [
    ("missing file", TEXTS, drop, "expected a file train_text.txt for the split 'train', got none of these"),
    ("unknown label", LABELS, replace_line(3, b"7"), "{file}, line 3: expected a label id from 0 to 2, got '7'"),
    ("other encoding", TEXTS, replace_line(2, b"caf\xe9"), "{file}, line 2: expected UTF-8, got byte 0xe9"),
    ("line too many", LABELS, replace_line(1, b"1\n1"), "{file}: expected 36 lines, as in train_text.txt, got 37"),
    (
        "empty class",
        LABELS,
        without(b"1\n", b"0\n"),
        "{file.parent}: tweeteval_sentiment train: expected examples of every class of the task 'sentiment', "
        "got none of ['neutral']",
    ),
    (
        "dev without a class",
        DEV_LABELS,
        without(b"2\n", b"0\n"),
        "{file.parent}: tweeteval_sentiment dev: expected examples of every class of the task 'sentiment', "
        "got none of ['positive']",
    ),
    ("broken row", PIXELS, replace_line(5, b"0,1 2 3,Training"), "{file}, line 5: expected 2304 pixels from 0 to 255"),
    (
        "unknown emotion",
        PIXELS,
        replace_line(2, b"9,0,Training"),
        "{file}, line 2: expected one of 0, 1, 2, 3",
    ),
    ("no such column", PIXELS, replace_line(1, b"label,pixels,Usage"), "{file}, line 1: expected a column 'emotion'"),
    (
        "picture as text",
        PIXELS,
        replace_line(3, b"0,\xff\xd8,Training"),
        "{file}, line 3: expected UTF-8, got byte 0xff",
    ),
]


@pytest.fixture
def copied(data_root, base, tmp_path):
    """A data root of the test's own, and a recipe on it."""
    shutil.copytree(data_root, tmp_path / "data")
    shutil.rmtree(tmp_path / "data" / "fer2013" / "fer2013_png", ignore_errors=True)
    settings = {**SETTINGS, "encoders": {**SETTINGS["encoders"], "text": {"base": str(base)}}}
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("file", "change", "message"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_train_tells_bad_input_in_one_line(file, change, message, copied, capsys):
    change(copied / "data" / file)
    output = copied / "out"
    arguments = ["train", copied / "tiny.yaml", "--data", copied / "data", "--output", output, "--cpu"]
    assert main([*map(str, arguments)]) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("mmemo: error: ")]
    assert len(told) == 1
    assert message.format(file=copied / "data" / file) in told[0]
    assert not output.exists()


def test_train_names_the_set_without_labels_of_the_task(data_root, tmp_path, capsys):
    settings = ["dataset=tweeteval_sentiment", "task=hate"]
    arguments = ["train", "tfidf_logreg", "--data", str(data_root), "--output", str(tmp_path / "out")]
    assert main([*arguments, *(part for setting in settings for part in ("--set", setting))]) == 2
    expected = "the data set 'tweeteval_sentiment' has no labels for the task 'hate': it has sentiment\n"
    assert capsys.readouterr().err.endswith(f"mmemo: error: {expected}")
