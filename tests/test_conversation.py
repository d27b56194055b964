"""Conversations: how turns are read, and what is said of them together."""

import json

import pytest
from PIL import Image

from mmemo import ConversationError, MmemoPipeline, Turn
from mmemo.conversation import Conversation, TurnResult, as_turns, parse_dialogue, read_dialogues, valence
from mmemo.labels import EMOTIONS
from mmemo.results import Analysis, AnalysisFailure, RecognisedText, Scores
from tests.perception.drawing import draw_meme


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann: hello\nBob: hi there", [("Ann", "hello"), ("Bob", "hi there")]),
        ("Ann: hello\n\n  and more \nBob: hi", [("Ann", "hello and more"), ("Bob", "hi")]),
        ("one\ntwo", [(None, "one"), (None, "two")]),
        ("before\nstill\nAnn: hello", [(None, "before still"), ("Ann", "hello")]),
        ("Ann:\nhello", [("Ann", "hello")]),
        ("Ann:", [("Ann", "")]),
        ("I came. Then: a point is no name", [(None, "I came. Then: a point is no name")]),
        ("Dr. Green: hi\nMr. J. R. Ross: yes", [("Dr. Green", "hi"), ("Mr. J. R. Ross", "yes")]),
        ("[18:05] Ann: hi\n[24.12.25, 18:05:10] Bob: hello", [("Ann", "hi"), ("Bob", "hello")]),
        ("12/24/25, 6:05\u202fPM - Ann: hi\n2025-12-24 18:06 - Bob: at 10:30", [("Ann", "hi"), ("Bob", "at 10:30")]),
        ("\u200e[24.12.25, 18:05:10] Ann: hi", [("Ann", "hi")]),
        ("[18:05] we meet\n18:05 - no one said it", [(None, "[18:05] we meet"), (None, "18:05 - no one said it")]),
        ("http://example.org/x", [(None, "http://example.org/x")]),
        ("Ann: see http://example.org: it works", [("Ann", "see http://example.org: it works")]),
        ("10:30 we meet", [(None, "10:30 we meet")]),
        ("Zoë O'Neil-Smith : hi", [("Zoë O'Neil-Smith", "hi")]),
        ("Ann： fullwidth", [("Ann", "fullwidth")]),
        ("I said this to them: no name", [(None, "I said this to them: no name")]),
        (f"{'a' * 41}: too long", [(None, f"{'a' * 41}: too long")]),
        ("Ann: a\r\nBob: b", [("Ann", "a"), ("Bob", "b")]),
        (" \n\n", []),
    ],
)
def test_parse_dialogue(text, expected):
    assert [(turn.speaker, turn.text) for turn in parse_dialogue(text)] == expected


@pytest.mark.timeout(30)
def test_parse_dialogue_takes_a_turn_of_many_lines():
    (turn,) = parse_dialogue("Ann:\n" + "yyyy\n" * 800_000)
    assert turn.text == " ".join(["yyyy"] * 800_000)


def test_turns_name_their_pictures():
    text = "Ann: look [Cat one.JFIF]\nBob: [b.png]\nAnn: a list [1]\nBob: [a.png] first\nAnn: gone [c.png]"
    turns = as_turns(text, {"Cat one.JFIF": b"1", "b.png": b"2"})
    assert [(turn.text, turn.image) for turn in turns[:4]] == [
        ("look", b"1"),
        ("", b"2"),
        ("a list [1]", None),
        ("[a.png] first", None),
    ]
    assert turns[4].error == "expected the picture 'c.png', got none of this name"
    (table,) = read_dialogues(b"Utterance,image\nhi,b.png\nho,\n").values()
    assert [turn.image for turn in as_turns(table, {"b.png": b"2"})] == [b"2", None]


def test_text_alone_opens_no_file(repository):
    path = repository / "mmemo/ui/examples/sun.jpg"
    (turn,) = as_turns(f"Ann: look [{path}]")
    assert turn.image is None and turn.error is not None


MELD = (
    "Sr No.,Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID\n"
    '1,"Oh my God, he\'s lost it.",Phoebe,sadness,0,1\n'
    "2,Why?,Joey,neutral,0,0\n"
    "3,No!,Ross,anger,7,0\n"
)


def test_read_dialogues_reads_meld():
    dialogues = read_dialogues(MELD.encode("utf-8-sig"))
    assert {name: [(turn.speaker, turn.text) for turn in turns] for name, turns in dialogues.items()} == {
        "0": [("Joey", "Why?"), ("Phoebe", "Oh my God, he's lost it.")],
        "7": [("Ross", "No!")],
    }


def test_read_dialogues_needs_only_the_words():
    assert read_dialogues(b"TEXT\nhello\n\n bye \n") == {"1": (Turn(text="hello"), Turn(text="bye"))}


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_read_dialogues_reads_cells_parted_otherwise(delimiter):
    rows = f'\ufeff"Utterance"{delimiter}Speaker\nWhy, Joey?{delimiter}Ann\n'
    assert read_dialogues(rows.encode()) == {"1": (Turn(speaker="Ann", text="Why, Joey?"),)}


def test_read_dialogues_goes_on_after_bad_rows():
    rows = b"Utterance,Speaker,Utterance_ID\nhi,Ann,0\nho,Bob,first\nonly\nbye,Ann,3\n"
    (turns,) = read_dialogues(rows).values()
    assert [turn.error for turn in turns] == [
        None,
        "line 3: expected a whole number of at most 18 digits as Utterance_ID, got 'first'",
        "line 4: expected 3 cells, got 1",
        None,
    ]
    assert [turn.speaker for turn in turns] == ["Ann", "Bob", None, "Ann"]


@pytest.mark.parametrize("num_digits", [19, 5000])
def test_read_dialogues_goes_on_after_a_number_that_is_too_long(num_digits):
    rows = f"Utterance,Utterance_ID\nhi,{'9' * num_digits}\nbye,{'9' * 18}\n"
    first, second = read_dialogues(rows.encode())["1"]
    shown = repr("9" * min(num_digits, 40))
    assert first.error == f"line 2: expected a whole number of at most 18 digits as Utterance_ID, got {shown}"
    assert second == Turn(text="bye")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "expected a column Utterance or text, got no header"),
        (b"a,b\n1,2\n", "expected a column Utterance or text, got a, b"),
        (b"a;b\n1;2\n", "expected a column Utterance or text, got a;b"),
        (b"text\n", "expected rows, got none"),
        (b"text\n\x92\n", "expected UTF-8, got the byte 0x92"),
        (b'text\n"open\n', "expected a CSV row, got a broken one"),
    ],
)
def test_read_dialogues_refuses(data, words):
    with pytest.raises(ConversationError, match=words):
        read_dialogues(data)


def test_read_dialogues_stops_at_a_limit():
    rows = b"Utterance\na\n\nb\n"
    assert len(read_dialogues(rows, max_rows=2)["1"]) == 2
    with pytest.raises(ConversationError, match="the table: expected at most 2 rows, got more"):
        read_dialogues(rows + b'c\n"broken', max_rows=2)


def test_as_turns_takes_every_form():
    expected = (Turn(speaker="Ann", text="hi"),)
    for given in ("Ann: hi", [Turn(speaker="Ann", text="hi")], [("Ann", "hi")], [{"speaker": "Ann", "text": "hi"}]):
        assert as_turns(given) == expected
    assert as_turns([{"text": 5}])[0].error == "expected a string as text, got int"


@pytest.mark.parametrize(
    ("given", "words"),
    [("", "at least one turn"), ([], "at least one turn"), ([5], "got int"), ([{"words": "x"}], "unknown key 'words'")],
)
def test_as_turns_refuses(given, words):
    with pytest.raises(ConversationError, match=words):
        as_turns(given)


def scores(**shares: float) -> Scores:
    return Scores(scores={label: shares.get(label, 0.0) for label in EMOTIONS}, modalities=("text",))


def result(text: str, emotion: Scores | None) -> Analysis:
    return Analysis(text=RecognisedText(value=text, source="given"), image_size=None, emotion=emotion)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({"happy": 1.0}, 1.0),
        ({"sad": 0.5, "fear": 0.5}, -1.0),
        ({"neutral": 0.6, "surprise": 0.4}, 0.0),
        ({"happy": 0.5, "angry": 0.2, "disgust": 0.1, "neutral": 0.2}, 0.2),
    ],
)
def test_valence(shares, expected):
    assert valence(scores(**shares).scores) == pytest.approx(expected)


def test_conversation_sums_up_speakers():
    failure = AnalysisFailure(index=2, kind="TurnError", message="no words")
    talk = Conversation(
        turns=(
            TurnResult(speaker="Ann", text="a", result=result("a", scores(happy=0.8, sad=0.2))),
            TurnResult(speaker="Bob", text="b", result=result("b", scores(sad=1.0))),
            TurnResult(speaker="Ann", text="", result=failure),
            TurnResult(speaker="Ann", text="c", result=result("c", scores(happy=0.4, neutral=0.6))),
        )
    )
    ann, bob = talk.speakers
    assert (ann.speaker, ann.num_turns, ann.emotions) == ("Ann", 3, {"happy": 1, "neutral": 1})
    assert ann.scores["happy"] == pytest.approx(0.6) and ann.valence == pytest.approx(0.5)
    assert (bob.num_turns, bob.valence) == (1, -1.0)
    assert talk.arc == pytest.approx((0.6, -1.0, None, 0.4))
    found = talk.to_dict()
    assert json.loads(json.dumps(found)) == found
    assert list(found) == ["turns", "arc", "speakers"]
    assert found["turns"][2] == {"speaker": "Ann", "text": "", "valence": None, **failure.to_dict()}


def test_speaker_without_emotions_has_no_means():
    failure = AnalysisFailure(index=0, kind="TurnError", message="no words")
    (summary,) = Conversation(turns=(TurnResult(speaker=None, text="", result=failure),)).speakers
    assert (summary.emotions, summary.scores, summary.valence) == ({}, {}, None)


class NoFaces:
    name = "none"

    def detect(self, image):
        return ()


def test_pipeline_reads_the_picture_of_a_turn_without_words():
    pipeline = MmemoPipeline({}, face_detector=NoFaces())
    pictures = {"a.png": draw_meme("MONDAY AGAIN"), "b.png": Image.new("RGB", (90, 90))}
    talk = pipeline.conversation("Ann: [a.png]\nBen: not now [a.png]\nAnn: [b.png]", pictures=pictures)
    found = [(turn.text, turn.words_read, turn.result.text.value, turn.result.text.source) for turn in talk.turns]
    read = talk.turns[0].words_read
    assert read.replace(" ", "") == "MONDAYAGAIN"
    assert found == [("", read, read, "ocr"), ("not now", "", "not now", "given"), ("", "", "", "none")]
    (turn,) = pipeline.conversation([{"speaker": "Ann", "text": " ", "image": pictures["a.png"]}]).turns
    assert turn.words_read == read


def test_pipeline_keeps_turns_in_order_and_bad_ones_apart():
    pipeline = MmemoPipeline({}, face_detector=NoFaces())
    talk = pipeline.conversation(
        [("Ann", "hi"), ("Bob", " "), {"text": "look", "image": b"broken"}, {"text": 5}, ("Ann", "bye")], batch_size=2
    )
    assert [turn.speaker for turn in talk.turns] == ["Ann", "Bob", None, None, "Ann"]
    assert [turn.result.ok for turn in talk.turns] == [True, False, False, False, True]
    assert [turn.result.index for turn in talk.turns if not turn.result.ok] == [1, 2, 3]
    assert [turn.result.kind for turn in talk.turns if not turn.result.ok] == ["TurnError", "ImageError", "TurnError"]
    assert [turn.result.text.value for turn in talk.turns if turn.result.ok] == ["hi", "bye"]
