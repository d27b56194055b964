"""Tiny copies of every data set in its publisher's layout, written by the tests."""

import csv
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from mmemo.data import contempt, identity
from mmemo.data.templates import write_sentences
from mmemo.labels import EMOTIONS, GOEMOTIONS, MEME_EMOTIONS

SPLITS = ("train", "dev", "test")
USAGES = ("Training", "PublicTest", "PrivateTest")
FERPLUS_VOTES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
FERPLUS_OF = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happiness",
    "neutral": "neutral",
    "sad": "sadness",
    "surprise": "surprise",
}


def write_lines(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def write_csv(path: Path, header: list[str], rows: list[list]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def write_picture(path: Path, shade: int, size: int = 48) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (size, size), shade).save(path)


def _write_memes(folder: Path, splits: dict[str, str], extra: Callable[[int], dict], rows: int = 2) -> None:
    for number, (split, name) in enumerate(splits.items()):
        lines = []
        for row in range(rows):
            image = f"img/{split}{row}.png"
            write_picture(folder / image, 10 * number + row)
            lines.append({"id": f"{split}{row}", "img": image, "text": f"words {row}", "label": row % 2} | extra(row))
        write_lines(folder / name, [json.dumps(line) for line in lines])


def write_harmeme(root: Path) -> None:
    files = {split: f"{split}.jsonl" for split in SPLITS}
    _write_memes(root / "harmeme", files, lambda row: {"level": "not harmful", "target": None})


def write_multioff(root: Path) -> None:
    _write_memes(root / "multioff", {split: f"{split}.jsonl" for split in SPLITS}, lambda row: {})


def write_metmeme(root: Path) -> None:
    files = {split: f"{split}.jsonl" for split in SPLITS}
    extra = {"offensive_level": 0}
    _write_memes(root / "metmeme", files, lambda row: extra | {"emotion": MEME_EMOTIONS[row]}, rows=len(MEME_EMOTIONS))


def write_hateful_memes(root: Path) -> None:
    names = ("train", "dev_seen", "dev_unseen", "test_seen", "test_unseen")
    _write_memes(root / "hateful_memes", {name: f"{name}.jsonl" for name in names}, lambda row: {})


def write_fer2013(root: Path) -> None:
    """Kaggle's class folders with the usage and vote file; two pictures a class and usage, the second without votes."""
    rows = []
    for number, usage in enumerate(USAGES):
        for place, emotion in enumerate(EMOTIONS):
            for copy in range(2):
                path = f"{'train' if usage == 'Training' else 'test'}/{emotion}/{usage}{copy}.png"
                write_picture(root / "fer2013" / path, 60 * number + 8 * place + copy)
                votes = [8 if FERPLUS_OF[emotion] == name and copy == 0 else 0 for name in FERPLUS_VOTES]
                rows.append([path, usage, *votes])
    header = ["path", "usage", *(f"fp_{name}" for name in FERPLUS_VOTES)]
    write_csv(root / "fer2013" / "usage_and_ferplus_votes.csv", header, rows)


def write_goemotions(root: Path) -> None:
    for split in SPLITS:
        lines = [f"comment on {name}\t{number}\t{split}{number}" for number, name in enumerate(GOEMOTIONS)]
        write_lines(root / "goemotions" / f"{split}.tsv", [*lines, f"two at once\t0,27\t{split}x"])
    write_lines(root / "goemotions" / "labels.txt", list(GOEMOTIONS))


MELD_HEADER = ["Sr No.", "Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID", "Season"]
MELD_HEADER += ["Episode", "StartTime", "EndTime"]
MELD_EMOTIONS = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")


def meld_rows() -> list[list]:
    sentiments = ("negative", "negative", "negative", "positive", "neutral", "negative", "positive")
    return [
        [n + 1, f"Well, line {n}" + "\nof the “script”" * (n == 5), "Ross", emotion, sentiment, n // 4, n % 4, 4, 7]
        + [f"00:00:0{n},500", f"00:00:0{n + 1},250"]
        for n, (emotion, sentiment) in enumerate(zip(MELD_EMOTIONS, sentiments, strict=True))
    ]


def write_meld(root: Path) -> None:
    for split in SPLITS:
        write_csv(root / "meld" / f"{split}_sent_emo.csv", MELD_HEADER, meld_rows())


TWEETEVAL_MAPPINGS = {
    "emotion": ("anger", "joy", "optimism", "sadness"),
    "hate": ("not-hate", "hate"),
    "offensive": ("not-offensive", "offensive"),
    "irony": ("non_irony", "irony"),
    "sentiment": ("negative", "neutral", "positive"),
}


def write_tweeteval(root: Path) -> None:
    for task, names in TWEETEVAL_MAPPINGS.items():
        folder = root / "tweeteval" / task
        write_lines(folder / "mapping.txt", [f"{number}\t{name}" for number, name in enumerate(names)])
        for part in ("train", "val", "test"):
            write_lines(folder / f"{part}_text.txt", [f"@user {name}\u2028of {part}" for name in names])
            write_lines(folder / f"{part}_labels.txt", [str(number) for number in range(len(names))])


def write_hatexplain(root: Path) -> None:
    for name in ("train", "val", "test"):
        rows = [f'{label}\tthis "is {label}' for label in ("hatespeech", "offensive", "normal")]
        write_lines(root / "hatexplain" / f"{name}.tsv", ["label\ttext", *rows])


IEMOCAP_CODES = ("ang", "dis", "fea", "hap", "neu", "sad", "sur", "exc", "fru", "xxx", "oth")


def write_iemocap(root: Path) -> None:
    for session in range(1, 6):
        for dialogue in (f"Ses0{session}F_impro01", f"Ses0{session}M_script01_1"):
            place = root / "IEMOCAP_full_release" / f"Session{session}" / "dialog"
            labels, words = ["% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]", ""], []
            for number, code in enumerate(IEMOCAP_CODES):
                name = f"{dialogue}_F{number:03d}"
                labels += [f"[{number}.2901 - {number + 1}.0000]\t{name}\t{code}\t[2.5000, 2.5000, 2.5000]"]
                labels += ["C-E2:\tNeutral;\t()", ""]
                words += [f"{name} [00{number}.2901-00{number + 1}.0000]: Line {number}.", "M: [LAUGHTER]"]
            write_lines(place / "EmoEvaluation" / f"{dialogue}.txt", labels)
            write_lines(place / "transcriptions" / f"{dialogue}.txt", words)


MOSEI_HEADER = ["video_id", "clip_id", "text", "label", "annotation", "mode"]
MOSEI_HEADER += ["happy", "sad", "anger", "surprise", "disgust", "fear"]


def write_mosei(root: Path) -> None:
    rows = []
    for mode in ("train", "valid", "test"):
        for clip in range(7):
            intensities = [2 / 3 if clip == place else 0.0 for place in range(6)]
            rows.append([f"{mode}video", clip, f"clip, {clip}", (clip % 3 - 1) * 1.5, "", mode, *intensities])
    write_csv(root / "mosei" / "label.csv", MOSEI_HEADER, rows)


def write_pairs(root: Path) -> None:
    """Class folders, and a table for each split whose texts are the split's own."""
    for split in SPLITS:
        rows = []
        for place, emotion in enumerate(EMOTIONS):
            write_picture(root / "pairs" / split / f"{emotion}.png", 20 * place + len(split))
            rows.append([f"{split}/{emotion}.png", f"{emotion} words of {split}", emotion])
        write_csv(root / "pairs" / f"{split}.csv", ["image_path", "text", "label"], rows)


def write_meld_faces(root: Path) -> None:
    """MELD with two faces for each utterance of a split, from its first and its second frame."""
    write_meld(root)
    for number, split in enumerate(SPLITS):
        for row in range(len(MELD_EMOTIONS)):
            for frame in range(2):
                name = f"{split}_dia{row // 4}_utt{row % 4}_f{frame}.png"
                write_picture(root / "meld" / "faces" / split / name, 70 * number + 2 * row + frame)


WRITERS: dict[str, Callable[[Path], object]] = {
    "harmeme": write_harmeme,
    "multioff": write_multioff,
    "metmeme": write_metmeme,
    "hateful_memes": write_hateful_memes,
    "fer2013": write_fer2013,
    "ferplus": write_fer2013,
    "goemotions": write_goemotions,
    "meld": write_meld,
    **{f"tweeteval_{task}": write_tweeteval for task in TWEETEVAL_MAPPINGS},
    "hatexplain": write_hatexplain,
    "identity": partial(write_sentences, name="identity", sentences=identity.sentences),
    "contempt": partial(write_sentences, name="contempt", sentences=contempt.sentences),
    "iemocap": write_iemocap,
    "mosei": write_mosei,
    "pairs": write_pairs,
    "meld_faces": write_meld_faces,
}


@pytest.fixture
def layout(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a tiny copy of the named set below a data root and returns the root."""

    def write(name: str) -> Path:
        root = tmp_path / "data"
        WRITERS[name](root)
        return root

    return write


@pytest.fixture(scope="session")
def written_names() -> tuple[str, ...]:
    """The sets that `layout` can write."""
    return tuple(WRITERS)
