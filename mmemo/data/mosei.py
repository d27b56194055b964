"""CMU-MOSEI: opinions in online videos with sentiment and six emotions (Zadeh et al. 2018).

Layout: `label.csv` as MMSA distributes it beside the clips (thuiar/MMSA), one row a clip with at least the columns
`video_id, clip_id, text, label, mode`: the words, the sentiment in [-3, 3], and train, valid or test (standard folds).

`sentiment` is the sign of `label`: below 0 negative, 0 neutral, above 0 positive. MMSA leaves the emotions out; when
the six intensities of the release's label file stand there as the columns `happy, sad, anger, surprise, disgust, fear`,
`emotion` is the strongest of them (the first of equals), and neutral when all are 0.
"""

from __future__ import annotations

from pathlib import Path

from mmemo.data.files import find_file, read_choice, read_csv, read_label, read_number, row_error
from mmemo.data.records import DatasetReader, Example, Label, task_classes

COLUMNS = ("video_id", "clip_id", "text", "label", "mode")
INTENSITIES = ("happy", "sad", "anger", "surprise", "disgust", "fear")
MODES = {"train": "train", "valid": "dev", "test": "test"}
MAX_SENTIMENT = 3


def _emotion(row: dict[str, str], path: Path, line: int) -> str:
    values = {name: read_number(row[name], path, line, name) for name in INTENSITIES}
    strongest = max(INTENSITIES, key=lambda name: values[name])
    return read_label(strongest, "emotion", path, line) if values[strongest] > 0 else "neutral"


def _example(row: dict[str, str], path: Path, line: int) -> Example:
    score = read_number(row["label"], path, line, "label")
    if abs(score) > MAX_SENTIMENT:
        raise row_error(path, line, "a sentiment from -3 to 3 as label", row["label"])
    labels: dict[str, Label] = {"sentiment": "negative" if score < 0 else "positive" if score > 0 else "neutral"}
    if all(name in row for name in INTENSITIES):
        labels["emotion"] = _emotion(row, path, line)
    return Example(
        id=f"{row['video_id']}_{row['clip_id']}",
        text=row["text"],
        labels=labels,
        group=row["video_id"],
        extra={"score": score},
    )


def read(folder: Path, split: str) -> list[Example]:
    """Clips of one fold in the file's order; the group is the video, the score stays in `extra`."""
    path = find_file(folder, ["label.csv"])
    return [
        _example(row, path, line)
        for line, row in read_csv(path, COLUMNS)
        if MODES[read_choice(row["mode"], tuple(MODES), path, line)] == split
    ]


MOSEI = DatasetReader(
    name="mosei",
    summary="CMU-MOSEI, opinions in online videos: sentiment, and emotions where given (CMU MultiComp, thuiar/MMSA)",
    terms="CMU-MOSEI's terms of use; research",
    tasks={"sentiment": task_classes("sentiment"), "emotion": task_classes("emotion")},
    folders=("mosei", "MOSEI", "CMU-MOSEI", "CMU_MOSEI"),
    marks=("label.csv",),
    read=read,
)
