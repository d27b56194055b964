"""The contract of every registered data set, found by listing, on a tiny copy in its publisher's layout."""

import pytest

from mmemo.data import DATASETS, DataError, Example, check_classes, dataset_names, load_dataset
from mmemo.data.describe import describe
from mmemo.data.examples import find_folder, label_names
from mmemo.data.records import task_classes
from mmemo.labels import BINARY_TASKS, EMOTIONS, TASK_LABELS

EVERY = dataset_names()


def test_dataset_names_are_the_designs():
    names = "harmeme multioff metmeme hateful_memes fer2013 ferplus goemotions meld tweeteval_emotion tweeteval_hate "
    names += "tweeteval_offensive tweeteval_irony tweeteval_sentiment hatexplain iemocap mosei identity contempt pairs "
    names += "meld_faces"
    assert " ".join(EVERY) == names


def test_every_dataset_has_a_tiny_copy(written_names):
    assert sorted(written_names) == sorted(EVERY)


@pytest.mark.parametrize("name", EVERY)
def test_dataset_examples_keep_the_contract(name, layout):
    root, reader = layout(name), DATASETS[name]
    for split in (*reader.splits, *reader.aliases):
        examples = load_dataset(name, root, split)
        assert len({example.id for example in examples}) == len(examples)
        for example in examples:
            assert example.text or example.image or example.face
            assert all(path.is_file() for path in (example.image, example.face) if path is not None)
            assert example.labels.keys() == reader.tasks.keys()
            assert all(set(label_names(example, task)) <= set(classes) for task, classes in reader.tasks.items())
            assert all(isinstance(value, str | int | float) for value in example.extra.values())


@pytest.mark.parametrize("name", EVERY)
def test_dataset_has_every_class_in_every_split(name, layout):
    root, reader = layout(name), DATASETS[name]
    for split in reader.splits:
        for task, classes in reader.tasks.items():
            check_classes(load_dataset(name, root, split), task, f"{name} {split}", classes)


@pytest.mark.parametrize("name", EVERY)
def test_dataset_splits_are_apart(name, layout):
    root = layout(name)
    seen = [
        (example.id if example.text is None or example.image else example.text, example.image, example.face, example.id)
        for split in ("train", "dev", "test")
        for example in load_dataset(name, root, split)
    ]
    per_split = [len(load_dataset(name, root, split)) for split in ("train", "dev", "test")]
    assert len(set(seen)) == sum(per_split)


@pytest.mark.parametrize("name", EVERY)
def test_dataset_declares_what_it_is(name):
    reader = DATASETS[name]
    assert reader.name == name
    assert reader.summary
    assert reader.terms
    assert {"train", "dev", "test"} <= set(reader.splits)
    assert set(reader.aliases.values()) <= set(reader.splits)
    for task, classes in reader.tasks.items():
        assert task == "irony" or set(classes) <= set(task_classes(task))
        if task in TASK_LABELS:
            assert list(classes) == [label for label in task_classes(task) if label in classes]


@pytest.mark.parametrize("name", EVERY)
def test_dataset_is_found_in_its_own_folder(name, layout):
    root = layout(name)
    home = find_folder(name, root)
    assert home != root
    assert load_dataset(name, home, "dev") == load_dataset(name, root, "dev")


@pytest.mark.parametrize("name", EVERY)
def test_dataset_missing_is_one_line(name, tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(DataError) as caught:
            load_dataset(name, folder, "train")
        assert str(folder) in str(caught.value)
        assert "expected" in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", EVERY)
def test_dataset_unknown_split_names_the_known(name, layout):
    with pytest.raises(DataError, match=r"unknown split 'nope' .* expected one of train, dev, test"):
        load_dataset(name, layout(name), "nope")


@pytest.mark.parametrize("name", EVERY)
def test_describe_shows_counts_and_draws(name, layout, tmp_path):
    plot = tmp_path / "plots" / "classes.png"
    text = describe(name, layout(name), plot)
    assert all(word in text for word in (name, "train", "dev", "test", *DATASETS[name].tasks))
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_load_dataset_unknown_name(tmp_path):
    with pytest.raises(DataError, match="unknown data set 'nope': expected one of harmeme, multioff"):
        load_dataset("nope", tmp_path, "train")


def _examples(*labels):
    return [Example(id=str(number), labels={"task": label}) for number, label in enumerate(labels)]


@pytest.mark.parametrize(
    ("task", "missing"),
    [("hate", "hateful"), ("hate", "not hateful"), ("face_emotion", "disgust"), ("text_emotion", "grief")],
)
def test_check_classes_names_the_empty_class(task, missing):
    there = [label for label in task_classes(task) if label != missing]
    multi = task == "text_emotion"
    examples = [Example(id=label, labels={task: (label,) if multi else label}) for label in there]
    with pytest.raises(DataError, match=rf"mine dev: expected .* of the task '{task}', got none of \['{missing}'\]"):
        check_classes(examples, task, "mine dev")
    check_classes(examples, task, "mine dev", there)


def test_check_classes_takes_the_classes_of_other_tasks():
    check_classes(_examples("a", "b"), "task", classes=("a", "b"))
    with pytest.raises(DataError, match="unknown task 'task'"):
        check_classes(_examples("a", "b"), "task")
    with pytest.raises(DataError, match="got none of"):
        check_classes([], "emotion")


@pytest.mark.parametrize("task", TASK_LABELS)
def test_task_classes_has_both_sides_of_a_decision(task):
    classes = task_classes(task)
    assert classes == ((f"not {task}", task) if task == "offensive" else classes)
    assert len(classes) == (2 if task in BINARY_TASKS else len(TASK_LABELS[task]))
    assert set(task_classes("emotion")) == set(EMOTIONS)
