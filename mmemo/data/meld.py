"""MELD: utterances of the series Friends with emotion and sentiment, in dialogues (Poria et al. 2019).

Layout: `train_sent_emo.csv dev_sent_emo.csv test_sent_emo.csv` of declare-lab/MELD, in UTF-8. Dialogue ids start again
in each split, so ids and groups carry the split's name.
"""

from __future__ import annotations

from pathlib import Path

from mmemo.data.files import find_file, read_csv, read_label, row_error
from mmemo.data.records import DatasetReader, Example, task_classes

COLUMNS = ("Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID", "Season", "Episode")
TIMES = ("StartTime", "EndTime")


def _seconds(value: str, path: Path, line: int) -> float:
    """`00:20:57,256` -> 1257.256 (the releases write the fraction with a comma or a point)."""
    parts = value.strip().replace(",", ".").split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError as error:
        raise row_error(path, line, "a time as HH:MM:SS,mmm", value) from error
    return round(hours * 3600 + minutes * 60 + seconds, 3)


def _number(row: dict[str, str], column: str, path: Path, line: int) -> int:
    if not row[column].strip().isdecimal():
        raise row_error(path, line, f"a whole number as {column}", row[column])
    return int(row[column])


def _example(row: dict[str, str], split: str, path: Path, line: int) -> Example:
    dialogue, utterance = (_number(row, column, path, line) for column in ("Dialogue_ID", "Utterance_ID"))
    return Example(
        id=f"{split}_dia{dialogue}_utt{utterance}",
        text=row["Utterance"],
        labels={task.lower(): read_label(row[task], task.lower(), path, line) for task in ("Emotion", "Sentiment")},
        group=f"{split}_dia{dialogue}",
        extra={
            "speaker": row["Speaker"],
            "dialogue": dialogue,
            "utterance": utterance,
            "season": _number(row, "Season", path, line),
            "episode": _number(row, "Episode", path, line),
            "start_s": _seconds(row["StartTime"], path, line),
            "end_s": _seconds(row["EndTime"], path, line),
        },
    )


def read(folder: Path, split: str) -> list[Example]:
    """Utterances in the file's order; `extra` holds the speaker, the place in the series and the times in seconds."""
    path = find_file(folder, [f"{split}_sent_emo.csv"], split)
    return [_example(row, split, path, line) for line, row in read_csv(path, (*COLUMNS, *TIMES))]


MELD = DatasetReader(
    name="meld",
    summary="MELD, utterances of the series Friends: seven emotions and three sentiments (declare-lab/MELD)",
    terms="GPL-3.0",
    tasks={"emotion": task_classes("emotion"), "sentiment": task_classes("sentiment")},
    folders=("meld", "MELD", "MELD.Raw"),
    marks=("*_sent_emo.csv",),
    read=read,
)
