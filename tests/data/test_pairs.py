import csv

import pytest
from PIL import Image

from mmemo.data import DataError, Example, load_dataset
from mmemo.data.pairs import pair_by_label, prepare_pairs, read_pairs, split_of
from mmemo.labels import EMOTIONS


def texts(count=3):
    return [
        Example(id=f"{label}-{n}", text=f"{label}, text {n}", labels={"emotion": label, "sentiment": "neutral"})
        for label in EMOTIONS
        for n in range(count)
    ]


@pytest.fixture
def class_root(tmp_path):
    root = tmp_path / "faces"
    for label in EMOTIONS:
        for n in range(2):
            (root / label).mkdir(parents=True, exist_ok=True)
            Image.new("L", (8, 8), n).save(root / label / f"{n}.png")
    return root


def faces(class_root):
    return [
        Example(id=f"{label}{n}", face=class_root / label / f"{n}.png", labels={"face_emotion": label})
        for label in EMOTIONS
        for n in range(2)
    ]


def test_prepare_pairs_writes_what_read_pairs_reads(class_root, tmp_path):
    path = tmp_path / "out" / "dataset.csv"
    summary = prepare_pairs(class_root, texts(), path, seed=0)
    examples = read_pairs(path)
    assert summary.num_pairs == len(examples) == 14
    assert summary.counts == dict.fromkeys(EMOTIONS, 2)
    assert all(e.face.parent.name == e.labels["emotion"] == e.text.split(",")[0] for e in examples)
    assert next(csv.reader(path.open())) == ["image_path", "text", "label"]
    assert "made by label" in str(summary)
    assert "not real pairs" in str(summary)
    assert [p.name for p in path.parent.iterdir()] == ["dataset.csv"]


def test_prepare_pairs_is_the_same_for_a_seed(class_root, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        prepare_pairs(class_root, texts(9), tmp_path / f"{name}.csv", seed)
    a, b, c = ((tmp_path / f"{name}.csv").read_text() for name in "abc")
    assert a == b != c


def test_pair_by_label_joins_equal_labels_and_deals_texts_evenly(class_root):
    pairs = pair_by_label(faces(class_root) * 2, texts(2), seed=3)
    assert [pair.face for pair in pairs] == [face.face for face in faces(class_root) * 2]
    assert all(pair.text.startswith(pair.labels["emotion"]) for pair in pairs)
    assert all(pair.extra["pairing"] == "by label" for pair in pairs)
    used = [pair.extra["text_id"] for pair in pairs]
    assert {used.count(name) for name in used} == {2}


@pytest.mark.parametrize(
    ("drop", "message"),
    [("sad", "expected texts of the class 'sad', got none"), (None, "expected one label of emotion, got")],
)
def test_pair_by_label_errors(drop, message, class_root):
    given = [text for text in texts() if text.labels["emotion"] != drop]
    if drop is None:
        given.append(Example(id="odd", text="words", labels={"hate": "hateful"}))
    with pytest.raises(DataError, match=message):
        pair_by_label(faces(class_root), given, seed=0)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("image_path,text", "line 1: expected a column 'label'"),
        ("image_path,text,label\nno.png,words,sad", "line 2: expected a picture file, got no file"),
        ("image_path,text,label\nfaces/sad/0.png,words,bored", "line 2: unknown label 'bored'"),
        ("image_path,text,label", "expected rows, got only the header"),
        ("image_path,text,label\nfaces/sad/0.png,words", "line 2: expected 3 cells, got 2"),
    ],
)
def test_read_pairs_names_file_and_row(row, message, class_root, tmp_path):
    path = tmp_path / "dataset.csv"
    path.write_text(row + "\n")
    with pytest.raises(DataError, match=message) as caught:
        read_pairs(path)
    assert str(path) in str(caught.value)


def test_pair_by_label_names_where_texts_are_wanted(class_root):
    with pytest.raises(DataError, match=r"^data/meld: meld dev: expected texts of the class 'angry', got none"):
        pair_by_label(faces(class_root), texts()[3:], seed=0, where="data/meld: meld dev")


def test_prepare_pairs_leaves_nothing_where_it_cannot_write(class_root, tmp_path, monkeypatch):
    with pytest.raises(DataError, match="faces: expected a file to write, got a folder$"):
        prepare_pairs(class_root, texts(), class_root, seed=0)

    def fail(*args):
        raise OSError("no space left")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="no space left"):
        patch.setattr("mmemo.data.pairs.os.path.relpath", fail)
        prepare_pairs(class_root, texts(), tmp_path / "dataset.csv", seed=0)
    assert [path.name for path in tmp_path.iterdir()] == ["faces"]


def test_prepare_pairs_names_an_empty_class(class_root, tmp_path):
    for path in (class_root / "fear").iterdir():
        path.unlink()
    with pytest.raises(DataError, match="faces: expected pictures of the class 'fear', got none"):
        prepare_pairs(class_root, texts(), tmp_path / "dataset.csv", seed=0)
    assert not (tmp_path / "dataset.csv").exists()


def test_one_dataset_csv_is_dealt_to_the_splits_by_its_texts(class_root, tmp_path):
    prepare_pairs(class_root, texts(200), tmp_path / "pairs" / "dataset.csv", seed=0)
    table = tmp_path / "pairs" / "dataset.csv"
    table.write_text(table.read_text() + "".join(f"../faces/sad/0.png,sad text {n},sad\n" for n in range(300)))
    parts = {split: load_dataset("pairs", tmp_path, split) for split in ("train", "dev", "test")}
    assert sum(map(len, parts.values())) == 314
    for split, examples in parts.items():
        assert {split_of(example.text) for example in examples} == {split}
    assert 15 <= len(parts["dev"]) <= 50
