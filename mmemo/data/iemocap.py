"""IEMOCAP: acted dialogues in five sessions (Busso et al. 2008), read from the release's own folders.

Layout: `Session{1..5}/dialog/EmoEvaluation/Ses*.txt` (times, utterance, code, valence-activation-dominance) and
`Session{1..5}/dialog/transcriptions/Ses*.txt` (utterance, times, words).

Splits: test is session 5, as is usual; dev is the 1st, 11th, 21st, ... of the dialogues of sessions 1 to 4 sorted by
name, train the others, so that no dialogue is in two splits.

Codes: ang -> angry, hap and exc -> happy, sad -> sad, neu -> neutral, fea -> fear, sur -> surprise, dis -> disgust, and
fru -> angry, as GoEmotions groups annoyance. Utterances without agreement (xxx) or of another emotion (oth) are left
out. The code stays in `extra["raw_label"]`, for the usual four-way and six-way evaluations.
"""

from __future__ import annotations

import re
from pathlib import Path

from mmemo.data.files import read_lines, row_error
from mmemo.data.records import DataError, DatasetReader, Example, MissingSplitError, task_classes

CODES: dict[str, str | None] = {
    "ang": "angry",
    "dis": "disgust",
    "exc": "happy",
    "fea": "fear",
    "fru": "angry",
    "hap": "happy",
    "neu": "neutral",
    "oth": None,
    "sad": "sad",
    "sur": "surprise",
    "xxx": None,
}
TEST_SESSION = 5
DEV_EVERY = 10

_LABEL_LINE = re.compile(r"\[(?P<start>[\d.]+) - (?P<end>[\d.]+)\]\t(?P<id>\S+)\t(?P<code>\w+)\t\[.*\]")
_WORDS_LINE = re.compile(r"(?P<id>Ses\S+) \[[\d.]+-[\d.]+\]: ?(?P<text>.*)")


def _dialogue_files(folder: Path, split: str) -> list[Path]:
    """The label files of a split, sorted by dialogue."""
    sessions = [TEST_SESSION] if split == "test" else [n for n in range(1, 6) if n != TEST_SESSION]
    files = []
    for session in sessions:
        place = folder / f"Session{session}" / "dialog" / "EmoEvaluation"
        found = list(place.glob("Ses*.txt"))
        if not found:
            raise MissingSplitError(f"{place}: expected files Ses*.txt for the split {split!r}, got none")
        files += found
    files.sort(key=lambda path: path.name)
    if split == "test":
        return files
    return [file for number, file in enumerate(files) if (number % DEV_EVERY == 0) == (split == "dev")]


def _words(path: Path) -> dict[str, str]:
    """Utterance -> its words; lines of other forms are asides of the transcribers."""
    matches = (_WORDS_LINE.match(line) for line in read_lines(path))
    return {match["id"]: match["text"].strip() for match in matches if match}


def _read_dialogue(path: Path) -> list[Example]:
    words_file = path.parent.parent / "transcriptions" / path.name
    words = _words(words_file)
    examples = []
    for line, content in enumerate(read_lines(path), start=1):
        if not content.startswith("["):
            continue
        match = _LABEL_LINE.match(content)
        if match is None:
            raise row_error(
                path, line, "'[start - end]', utterance, code and [V, A, D] with tabs between them", content
            )
        if match["code"] not in CODES:
            raise row_error(path, line, f"one of the codes {', '.join(CODES)}", match["code"])
        if match["id"] not in words:
            raise DataError(f"{path}, line {line}: expected words of {match['id']} in {words_file}, got none")
        label = CODES[match["code"]]
        if label is not None:
            examples.append(_example(match, label, words[match["id"]], path.stem))
    return examples


def _example(match: re.Match[str], label: str, words: str, dialogue: str) -> Example:
    return Example(
        id=match["id"],
        text=words,
        labels={"emotion": label},
        group=dialogue,
        extra={"raw_label": match["code"], "start_s": float(match["start"]), "end_s": float(match["end"])},
    )


def read(folder: Path, split: str) -> list[Example]:
    """Utterances in the order of their dialogue's label file; the group is the dialogue."""
    return [example for path in _dialogue_files(folder, split) for example in _read_dialogue(path)]


IEMOCAP = DatasetReader(
    name="iemocap",
    summary="IEMOCAP, utterances of acted dialogues: seven emotions (USC SAIL)",
    terms="licence of the University of Southern California, on request",
    tasks={"emotion": task_classes("emotion")},
    folders=("iemocap/IEMOCAP_full_release", "IEMOCAP_full_release", "iemocap", "IEMOCAP"),
    marks=("Session*/dialog/EmoEvaluation",),
    rare=("disgust", "fear"),  # 2 and 40 of the release's 10,039 utterances
    read=read,
)
