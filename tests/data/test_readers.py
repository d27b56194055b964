"""What each reader makes of its publisher's rows, and of rows that are broken."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from mmemo.data import DataError, MissingSplitError, contempt, identity, load_dataset
from mmemo.data.describe import describe
from mmemo.data.ferplus import majority, read_votes
from mmemo.data.templates import GROUPS, SPLITS
from mmemo.labels import EMOTIONS
from tests.data.conftest import write_picture


def edit(path: Path, line: int, text: str) -> None:
    """Replace the 1-based line of a file."""
    lines = path.read_text("utf-8").split("\n")
    lines[line - 1] = text
    path.write_text("\n".join(lines), encoding="utf-8")


def one(examples):
    return examples[0]


@pytest.mark.parametrize(
    ("name", "index", "text", "labels", "extra"),
    [
        ("harmeme", 1, "words 1", {"hate": "hateful"}, {"level": "not harmful"}),
        ("multioff", 0, "words 0", {"offensive": "not offensive"}, {}),
        (
            "metmeme",
            3,
            "words 3",
            {"offensive": "offensive", "meme_emotion": "sorrow"},
            {"offensive_level": 0, "emotion": "sorrow"},
        ),
        ("hateful_memes", 1, "words 1", {"hate": "hateful"}, {}),
        ("goemotions", 0, "comment on admiration", {"text_emotion": ("admiration",)}, {}),
        ("goemotions", -1, "two at once", {"text_emotion": ("admiration", "neutral")}, {}),
        ("tweeteval_emotion", 2, "@user optimism\u2028of train", {"emotion": "happy"}, {"raw_label": "optimism"}),
        ("tweeteval_hate", 1, "@user hate\u2028of train", {"hate": "hateful"}, {"raw_label": "hate"}),
        ("tweeteval_irony", 0, "@user non_irony\u2028of train", {"irony": "not irony"}, {"raw_label": "non_irony"}),
        (
            "tweeteval_sentiment",
            2,
            "@user positive\u2028of train",
            {"sentiment": "positive"},
            {"raw_label": "positive"},
        ),
        ("hatexplain", 1, 'this "is offensive', {"hate": "not hateful"}, {"raw_label": "offensive"}),
        ("mosei", 6, "clip, 6", {"sentiment": "negative", "emotion": "neutral"}, {"score": -1.5}),
        ("mosei", 2, "clip, 2", {"sentiment": "positive", "emotion": "angry"}, {"score": 1.5}),
        ("iemocap", 7, "Line 7.", {"emotion": "happy"}, {"raw_label": "exc", "start_s": 7.2901, "end_s": 8.0}),
        ("iemocap", 8, "Line 8.", {"emotion": "angry"}, {"raw_label": "fru", "start_s": 8.2901, "end_s": 9.0}),
    ],
)
def test_reader_maps_a_row(name, index, text, labels, extra, layout):
    example = load_dataset(name, layout(name), "train")[index]
    assert (example.text, example.labels, example.extra) == (text, labels, extra)


def test_meld_row(layout):
    example = load_dataset("meld", layout("meld"), "dev")[5]
    assert example.id == "dev_dia1_utt1"
    assert example.group == "dev_dia1"
    assert example.text == "Well, line 5\nof the “script”"
    assert example.labels == {"emotion": "sad", "sentiment": "negative"}
    assert (example.extra["start_s"], example.extra["end_s"], example.extra["speaker"]) == (5.5, 6.25, "Ross")


FAULTS = [
    ("harmeme", "train.jsonl", 2, "{broken", r"line 2: expected a JSON object \(.*\), got '{broken'"),
    ("harmeme", "train.jsonl", 1, "[1]", r"line 1: expected a JSON object, got \[1\]"),
    ("harmeme", "train.jsonl", 1, '{"id": "1"}', "line 1: expected a field 'img', got no such field among id"),
    (
        "multioff",
        "train.jsonl",
        2,
        '{"id": 1, "img": "img/train1.png", "text": "a", "label": 2}',
        "line 2: expected 0 or",
    ),
    (
        "multioff",
        "train.jsonl",
        2,
        '{"id": 1, "img": "img/train1.png", "text": 3, "label": 1}',
        "a string as 'text', got 3",
    ),
    (
        "multioff",
        "train.jsonl",
        2,
        '{"id": 1, "img": "img/no.png", "text": "a", "label": 1}',
        "line 2: .* no file .*no.png",
    ),
    (
        "harmeme",
        "train.jsonl",
        2,
        "[" * 100_000,
        r"line 2: expected a JSON object \(maximum recursion depth .*, got '\[\[",
    ),
    ("harmeme", "train.jsonl", 2, f'{{"id": {"9" * 5000}}}', r"line 2: expected a JSON object \(Exceeds the limit"),
    (
        "multioff",
        "train.jsonl",
        2,
        r'{"id": 1, "img": "img/train1.png", "text": "a \ud800 b", "label": 1}',
        r"line 2: expected text in Unicode .*, got '\{",
    ),
    (
        "multioff",
        "train.jsonl",
        2,
        '{"id": 1, "img": "img/train1.png", "text": "a", "label": 0.5}',
        "line 2: expected 0 or 1 as 'label', got 0.5",
    ),
    ("goemotions", "train.tsv", 3, "words\t28\tid", "line 3: expected label ids from 0 to 27 .*, got '28'"),
    ("goemotions", "train.tsv", 3, "words\t1", "line 3: expected 3 cells with tabs between them, got 2"),
    ("goemotions", "labels.txt", 2, "anger", "labels.txt, line 2: expected amusement, got 'anger'"),
    (
        "meld",
        "train_sent_emo.csv",
        4,
        "2,x,Ross,bliss,neutral,0,1,4,7,00:00:01,00:00:02",
        "line 4: unknown label 'bliss'",
    ),
    ("meld", "train_sent_emo.csv", 4, "2,x,Ross,joy,neutral,0,1,4,7,soon,00:00:02", "line 4: expected a time .*'soon'"),
    (
        "meld",
        "train_sent_emo.csv",
        4,
        "2,x,Ross,joy,neutral,a,1,4,7,00:00:01,00:00:02",
        "a whole number as Dialogue_ID",
    ),
    ("meld", "train_sent_emo.csv", 4, "2,x,Ross", "line 4: expected 11 cells, got 3"),
    (
        "meld",
        "train_sent_emo.csv",
        1,
        "Sr No.,Utterance",
        "line 1: expected a column 'Speaker', got no such column among",
    ),
    ("meld", "train_sent_emo.csv", 9, '7,"unclosed', "line 9: expected a CSV row, got a broken one"),
    (
        "tweeteval_hate",
        "train_labels.txt",
        2,
        "7",
        "train_labels.txt, line 2: expected a label id from 0 to 1, got '7'",
    ),
    (
        "tweeteval_hate",
        "train_labels.txt",
        2,
        "1\n1",
        "train_labels.txt: expected 2 lines, as in train_text.txt, got 3",
    ),
    ("tweeteval_hate", "mapping.txt", 1, "0\thate", "mapping.txt, line 1: expected 0 and not-hate, got '0 hate'"),
    ("hatexplain", "train.tsv", 3, "rude\tyou", "line 3: expected one of hatespeech, offensive, normal, got 'rude'"),
    ("hatexplain", "train.tsv", 1, "tag\ttext", "line 1: expected a column 'label'"),
    (
        "fer2013",
        "usage_and_ferplus_votes.csv",
        2,
        "train/angry/x.png,Training" + ",0" * 10,
        "line 2: .* no file .*x.png",
    ),
    (
        "fer2013",
        "usage_and_ferplus_votes.csv",
        2,
        "train/angry/x.png,Test" + ",0" * 10,
        "expected one of Training, Pub",
    ),
    (
        "ferplus",
        "usage_and_ferplus_votes.csv",
        2,
        "train/angry/Training0.png,Training,x" + ",0" * 9,
        "votes as fp_neutral",
    ),
    ("mosei", "label.csv", 2, "v,0,words,high,,train" + ",0" * 6, "line 2: expected a number as label, got 'high'"),
    ("mosei", "label.csv", 2, "v,0,words,nan,,train" + ",0" * 6, "line 2: expected a finite number"),
    ("mosei", "label.csv", 2, "v,0,words,9,,train" + ",0" * 6, "line 2: expected a sentiment from -3 to 3"),
    ("mosei", "label.csv", 2, "v,0,words,1,,dev" + ",0" * 6, "line 2: expected one of train, valid, test, got 'dev'"),
]


@pytest.mark.parametrize(("name", "file", "line", "text", "message"), FAULTS)
def test_reader_names_file_and_row(name, file, line, text, message, layout):
    (path,) = [
        p for p in layout(name).rglob(file) if name.removeprefix("tweeteval_") in str(p.parent) or name == "ferplus"
    ]
    edit(path, line, text)
    with pytest.raises(DataError, match=message) as caught:
        load_dataset(name, path.parent, "train")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "text", "message"),
    [
        (3, "[1 - 2]\tSes01F", "line 3: expected '.start - end.', utterance, code"),
        (
            3,
            "[0.1 - 0.2]\tSes01M_script01_1_F000\tjoy\t[1, 2, 3]",
            "line 3: expected one of the codes ang, .* got 'joy'",
        ),
        (
            3,
            "[0.1 - 0.2]\tSes01M_none_F000\tang\t[1, 2, 3]",
            "line 3: expected words of Ses01M_none_F000 in .*, got none",
        ),
    ],
)
def test_iemocap_names_file_and_row(line, text, message, layout):
    root = layout("iemocap")
    path = root / "IEMOCAP_full_release/Session1/dialog/EmoEvaluation/Ses01M_script01_1.txt"
    edit(path, line, text)
    with pytest.raises(DataError, match=message) as caught:
        load_dataset("iemocap", root, "train")
    assert str(path) in str(caught.value)


def test_iemocap_splits_by_session_and_dialogue(layout):
    root = layout("iemocap")
    groups = {split: {e.group for e in load_dataset("iemocap", root, split)} for split in ("train", "dev", "test")}
    assert groups["test"] == {"Ses05F_impro01", "Ses05M_script01_1"}
    assert groups["dev"] == {"Ses01F_impro01"}
    assert len(groups["train"]) == 7
    assert groups["train"].isdisjoint(groups["dev"])


@pytest.mark.parametrize("name", ["meld", "goemotions", "tweeteval_hate", "harmeme", "hatexplain"])
def test_wrong_encoding_names_file_and_row(name, layout):
    root = layout(name)
    files = {"meld": "meld/train_sent_emo.csv", "tweeteval_hate": "tweeteval/hate/train_text.txt"}
    files |= {
        "goemotions": "goemotions/train.tsv",
        "harmeme": "harmeme/train.jsonl",
        "hatexplain": "hatexplain/train.tsv",
    }
    path = root / files[name]
    lines = path.read_bytes().split(b"\n")
    lines[1] = b"it\x92s in Windows-1252"
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(DataError, match=rf"{path.name}, line 2: expected UTF-8, got byte 0x92; .*iconv -f CP1252"):
        load_dataset(name, root, "train")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_told_by_its_byte_order_mark(encoding, layout):
    root = layout("meld")
    path = root / "meld/train_sent_emo.csv"
    mark = "" if encoding == "utf-16" else "\ufeff"
    path.write_bytes((mark + path.read_text("utf-8")).encode(encoding))
    with pytest.raises(DataError, match=rf"{path.name}: expected UTF-8, got UTF-16; .*: iconv -f UTF-16 -t UTF-8$"):
        load_dataset("meld", root, "train")


def test_byte_order_mark_is_not_a_column(layout):
    root = layout("meld")
    path = root / "meld/train_sent_emo.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(load_dataset("meld", root, "train")) == 7


def test_empty_split_is_an_error(layout):
    root = layout("goemotions")
    (root / "goemotions/dev.tsv").write_text("")
    with pytest.raises(DataError, match="split 'dev' of goemotions, got an empty split"):
        load_dataset("goemotions", root, "dev")


def test_missing_split_is_described(layout):
    root = layout("goemotions")
    (root / "goemotions/dev.tsv").unlink()
    with pytest.raises(MissingSplitError, match="expected a file dev.tsv for the split 'dev'"):
        load_dataset("goemotions", root, "dev")
    assert "no split dev: " in describe("goemotions", root)


def test_hateful_memes_without_pictures_is_words_only(layout):
    home = layout("hateful_memes") / "hateful_memes"
    words_only = home.with_name("hateful_memes_text")
    words_only.mkdir()
    for path in home.glob("*.jsonl"):
        path.rename(words_only / path.name)
    assert {example.image for example in load_dataset("hateful_memes", words_only, "test_unseen")} == {None}


@pytest.mark.parametrize("name", ["hateful_memes", "harmeme"])
def test_memes_with_a_lost_picture_are_an_error(name, layout):
    home = layout(name) / name
    (home / "img/train1.png").unlink()
    with pytest.raises(DataError, match=r"train.jsonl, line 2: expected a picture file, got no file .*train1.png"):
        load_dataset(name, home, "train")


def test_label_of_a_meme_may_be_a_whole_float_and_its_words_any_character(layout):
    home = layout("multioff") / "multioff"
    row = r'{"id": "0", "img": "img/train0.png", "text": "\ud83d\ude00", "label": 1.0}'
    edit(home / "train.jsonl", 1, row)
    example = one(load_dataset("multioff", home, "train"))
    assert (example.text, example.labels) == ("\U0001f600", {"offensive": "offensive"})


@pytest.mark.parametrize(
    ("name", "file", "line", "text"),
    [
        ("multioff", "multioff/train.jsonl", 1, '{"id": "0", "img": "img/train0.png", "text": " ", "label": 0}'),
        ("goemotions", "goemotions/train.tsv", 1, "\t0\tid"),
        ("hatexplain", "hatexplain/train.tsv", 2, "normal\t "),
        ("tweeteval_sentiment", "tweeteval/sentiment/train_text.txt", 1, ""),
        ("identity", "identity/train.tsv", 2, "hateful\t"),
    ],
)
def test_blank_words_are_none(name, file, line, text, layout):
    root = layout(name)
    edit(root / file, line, text)
    assert one(load_dataset(name, root, "train")).text is None


def test_hatexplain_json_takes_the_majority(tmp_path):
    def post(*labels):
        return {"post_tokens": ["some", "words"], "annotators": [{"label": label} for label in labels]}

    posts = {
        "1_gab": post("hatespeech", "hatespeech", "normal"),
        "2_gab": post("hatespeech", "offensive", "normal"),
        "3_gab": post("normal", "offensive", "offensive"),
    }
    (tmp_path / "dataset.json").write_text(json.dumps(posts))
    (tmp_path / "post_id_divisions.json").write_text(json.dumps({"train": list(posts), "val": ["4_gab"], "test": []}))
    examples = load_dataset("hatexplain", tmp_path, "train")
    assert [(e.id, e.labels["hate"]) for e in examples] == [("1_gab", "hateful"), ("3_gab", "not hateful")]
    with pytest.raises(DataError, match="post '4_gab': expected annotators and post_tokens"):
        load_dataset("hatexplain", tmp_path, "dev")


def write_fer_csv(folder: Path, rows: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *rows]) + "\n")


def test_fer2013_csv_writes_its_pictures_once(tmp_path):
    usages = ("Training", "PublicTest", "PrivateTest")
    rows = [f"{n},{' '.join([str(10 * n + k)] * 2304)},{usage}" for k, usage in enumerate(usages) for n in range(7)]
    write_fer_csv(tmp_path / "fer2013", rows)
    train = load_dataset("fer2013", tmp_path, "train")
    order = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
    assert [example.labels["face_emotion"] for example in train] == order
    written = train[3].face.stat().st_mtime_ns
    assert Image.open(train[3].face).getpixel((0, 0)) == 30
    assert len(load_dataset("fer2013", tmp_path, "test_all")) == 14
    assert load_dataset("fer2013", tmp_path, "train") == train
    assert train[3].face.stat().st_mtime_ns == written
    assert not list(tmp_path.rglob("*.part"))


def test_fer2013_csv_that_changed_has_new_pictures(tmp_path):
    def rows(*shades):
        return [
            f"3,{' '.join([str(shade)] * 2304)},{usage}" for shade in shades for usage in ("Training", "PublicTest")
        ]

    def shades(split):
        return [Image.open(example.face).getpixel((0, 0)) for example in load_dataset("fer2013", tmp_path, split)]

    write_fer_csv(tmp_path / "fer2013", rows(1, 2))
    assert shades("train") == [1, 2]
    write_fer_csv(tmp_path / "fer2013", [*rows(7), "3,0 1,Training"])  # of no use: pictures are half this file's
    with pytest.raises(DataError, match="line 4: expected 2304 pixels"):
        load_dataset("fer2013", tmp_path, "train")
    write_fer_csv(tmp_path / "fer2013", rows(8))
    assert (shades("train"), shades("dev")) == ([8], [8])
    assert len(list((tmp_path / "fer2013" / "fer2013_png").glob("*.png"))) == 2
    next((tmp_path / "fer2013" / "fer2013_png").glob("*.png")).unlink()
    assert (shades("train"), shades("dev")) == ([8], [8])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("7," + " ".join(["0"] * 2304) + ",Training", "line 2: expected one of 0, 1, 2, 3, 4, 5, 6, got '7'"),
        ("1,0 1 2,Training", "line 2: expected 2304 pixels from 0 to 255 .*, got 3 values"),
        ("1," + " ".join(["256"] * 2304) + ",Training", "line 2: .*, got 2304 values with '256' among them"),
    ],
)
def test_fer2013_csv_names_file_and_row(row, message, tmp_path):
    write_fer_csv(tmp_path / "fer2013", [row])
    with pytest.raises(DataError, match=message):
        load_dataset("fer2013", tmp_path, "train")


def test_fer2013_class_folders_alone(layout):
    home = layout("fer2013") / "fer2013"
    (home / "usage_and_ferplus_votes.csv").unlink()
    for emotion in EMOTIONS:
        for number in range(98):
            write_picture(home / "train" / emotion / f"{number}.png", number)
    parts = {split: load_dataset("fer2013", home, split) for split in ("train", "dev", "test", "test_all")}
    ids = {split: {example.id for example in examples} for split, examples in parts.items()}
    assert ids["train"] | ids["dev"] == {str(path.relative_to(home)) for path in home.glob("train/*/*.png")}
    assert ids["train"].isdisjoint(ids["dev"])
    assert 50 <= len(ids["dev"]) <= 90
    assert {example.labels["face_emotion"] for example in parts["dev"]} == set(EMOTIONS)
    assert ids["test"] == ids["test_all"] == {str(path.relative_to(home)) for path in home.glob("test/*/*.png")}
    assert "\nnote: without usage_and_ferplus_votes.csv or fer2013.csv" in describe("fer2013", home)

    (home / "train/sad/new.png").write_bytes((home / "train/sad/1.png").read_bytes())
    assert ids["dev"] <= {example.id for example in load_dataset("fer2013", home, "dev")}, "names alone decide"
    shutil.rmtree(home / "test")
    with pytest.raises(MissingSplitError, match="test: expected a folder of class folders, got none"):
        load_dataset("fer2013", home, "test")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        ("empty", r"train: expected pictures of the class 'sad', got none"),
        ("unknown", r"bored: unknown label 'bored'"),
    ],
)
def test_fer2013_class_folders_faults(make, message, layout):
    home = layout("fer2013") / "fer2013"
    (home / "usage_and_ferplus_votes.csv").unlink()
    if make == "unknown":
        (home / "train/bored").mkdir()
    else:
        for path in (home / "train/sad").iterdir():
            path.unlink()
    with pytest.raises(DataError, match=message):
        load_dataset("fer2013", home, "train")


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ({"happiness": 10}, "happy"),
        ({"happiness": 4, "neutral": 1, "sadness": 1, "fear": 1, "anger": 1, "disgust": 1, "surprise": 1}, "happy"),
        ({"happiness": 5, "neutral": 5}, None),
        ({"happiness": 4, "neutral": 3, "sadness": 3}, None),
        ({"contempt": 8, "anger": 2}, None),
        ({"NF": 10}, None),
        ({"unknown": 6, "sadness": 4}, None),
        ({}, None),
    ],
)
def test_ferplus_majority(votes, expected):
    assert majority(votes) == expected


def test_ferplus_leaves_out_pictures_without_majority(layout):
    root = layout("ferplus")
    examples = load_dataset("ferplus", root, "test")
    assert [example.labels["face_emotion"] for example in examples] == list(EMOTIONS)
    assert one(examples).extra["votes_anger"] == 8
    votes = read_votes(root / "fer2013", "test")
    assert sorted(map(sum, votes.values())) == [0] * 7 + [8] * 7
    assert votes.keys() == {example.face for example in load_dataset("fer2013", root, "test")}


@pytest.mark.parametrize("pixels", [False, True])
def test_ferplus_published_layout(pixels, tmp_path):
    columns = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    rows = ["Training,fer0000000.png,0,9,0,0,0,0,0,0,1,0", "Training,,0,0,0,0,0,0,0,0,0,10"]
    (tmp_path / "fer2013new.csv").write_text("\n".join([f"Usage,Image name,{columns}", *rows]) + "\n")
    if pixels:
        write_fer_csv(tmp_path, [f"{n},{' '.join(['9'] * 2304)},Training" for n in (3, 0)])
    else:
        (tmp_path / "FER2013Train").mkdir()
        Image.new("L", (48, 48)).save(tmp_path / "FER2013Train/fer0000000.png")
    (example,) = load_dataset("ferplus", tmp_path, "train")
    assert example.labels == {"face_emotion": "happy"}
    assert example.face.is_file()
    assert read_votes(tmp_path, "train") == {example.face: (0, 9, 0, 0, 0, 0, 0, 0, 1, 0)}


@pytest.mark.parametrize("made", [identity, contempt], ids=["identity", "contempt"])
def test_made_splits_share_no_sentence_and_name_every_group(made):
    texts = {split: [text for _, text in made.sentences(split)] for split in SPLITS}
    everything = [text for part in texts.values() for text in part]
    assert len(set(everything)) == len(everything)
    for part in texts.values():
        for adjective, _, plural in GROUPS:
            assert any(plural in text or adjective in text for text in part)
    assert not any("{" in text for text in everything)


def test_contempt_has_both_labels_in_odd_spelling_too():
    found = dict((text, label) for label, text in contempt.sentences("train"))
    assert found["your kind ruins everything"] == "hateful"
    assert found[contempt.misspelt("your kind ruins everything")] == "hateful"
    assert found["I can't stand mosquitoes"] == "not hateful"
    assert found["no, Arabs are not criminals"] == "not hateful"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("they are bad", "th3y are bad"),
        ("go home now", "gohome now"),
        ("people like them", "poeple like them"),
        ("leave us alone", "l e a v e us alone"),
    ],
)
def test_misspelt_sentences_keep_their_letters(text, expected):
    assert contempt.misspelt(text) == expected
