"""TweetEval: five classification sets of tweets (Barbieri et al. 2020).

Layout of cardiffnlp/tweeteval: one folder a set with `{train,val,test}_text.txt`, `{train,val,test}_labels.txt` (one
line a tweet) and `mapping.txt` (id, tab, name), which must agree with the names here when it is there.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from mmemo.data.files import find_file, read_lines, read_tsv, row_error
from mmemo.data.records import DataError, DatasetReader, Example, task_classes

IRONY = ("not irony", "irony")
"""The irony set's own task; the project has none for it."""

NAMES: dict[str, dict[str, str]] = {
    "emotion": {"anger": "angry", "joy": "happy", "optimism": "happy", "sadness": "sad"},
    "hate": {"not-hate": "not hateful", "hate": "hateful"},
    "offensive": {"not-offensive": "not offensive", "offensive": "offensive"},
    "irony": {"non_irony": "not irony", "irony": "irony"},
    "sentiment": {"negative": "negative", "neutral": "neutral", "positive": "positive"},
}
"""Set (which is also the task) -> publisher's names in the order of their ids -> labels."""


def _check_mapping(folder: Path, names: list[str]) -> None:
    path = folder / "mapping.txt"
    rows = read_tsv(path, width=2) if path.is_file() else []
    for line, (number, name) in rows:
        if line > len(names) or number != str(line - 1) or name.strip() != names[line - 1]:
            expected = f"{line - 1} and {names[line - 1]}" if line <= len(names) else "the end of the file"
            raise row_error(path, line, expected, f"{number} {name}")


def read(folder: Path, split: str, task: str) -> list[Example]:
    """One example a tweet; the publisher's label name is kept in `extra["raw_label"]`."""
    names = list(NAMES[task])
    _check_mapping(folder, names)
    part = "val" if split == "dev" else split
    text_file = find_file(folder, [f"{part}_text.txt"], split)
    label_file = find_file(folder, [f"{part}_labels.txt"], split)
    texts, numbers = read_lines(text_file), [number.strip() for number in read_lines(label_file)]
    if len(texts) != len(numbers):
        raise DataError(f"{label_file}: expected {len(texts)} lines, as in {text_file.name}, got {len(numbers)}")
    examples = []
    for line, (text, number) in enumerate(zip(texts, numbers, strict=True), start=1):
        if not number.isdecimal() or int(number) >= len(names):
            raise row_error(label_file, line, f"a label id from 0 to {len(names) - 1}", number)
        name = names[int(number)]
        label = NAMES[task][name]
        examples.append(Example(id=f"{split}-{line}", text=text, labels={task: label}, extra={"raw_label": name}))
    return examples


def _reader(task: str, summary: str) -> DatasetReader:
    order = IRONY if task == "irony" else task_classes(task)
    return DatasetReader(
        name=f"tweeteval_{task}",
        summary=f"TweetEval {task}: {summary} (cardiffnlp/tweeteval)",
        terms="X (Twitter) developer terms; research use",
        tasks={task: tuple(label for label in order if label in NAMES[task].values())},
        folders=(f"tweeteval/{task}", f"tweeteval/datasets/{task}", f"datasets/{task}", f"tweeteval_{task}", task),
        marks=("train_text.txt", "val_text.txt", "test_text.txt"),
        read=partial(read, task=task),
    )


TWEETEVAL = (
    _reader("emotion", "anger, joy and optimism (both happy), sadness"),
    _reader("hate", "hate speech against women and immigrants, or not"),
    _reader("offensive", "offensive or not"),
    _reader("irony", "ironic or not, a task of this set alone"),
    _reader("sentiment", "negative, neutral, positive"),
)
