import pytest
from PIL import Image

from mmemo.data import DataError, Example
from mmemo.data.duplicates import drop_test_copies


def words(name, text, label="happy"):
    return Example(id=name, text=text, labels={"emotion": label})


def face(tmp_path, name, shade, label="happy", suffix="png"):
    path = tmp_path / f"{name}.{suffix}"
    Image.new("L", (48, 48), shade).save(path)
    return Example(id=name, face=path, labels={"face_emotion": label})


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        ("The cat sat on the mat", True),
        ("  the CAT sat, on the mat!! ", True),
        ("The cat sat on a mat", False),
        ("Oh my God!", False),  # too short to be a copy
        (None, False),
    ],
)
def test_drop_test_copies_by_words(text, dropped):
    others = [words("t1", "The cat sat on the mat."), words("t2", "Oh my God!")]
    kept, report = drop_test_copies([words("a", text), words("b", "something else that nobody said")], others)
    assert [example.id for example in kept] == (["b"] if dropped else ["a", "b"])
    assert report.num_kept == len(kept)


def test_drop_test_copies_by_pixels(tmp_path):
    train = [face(tmp_path, "a", 10, "sad"), face(tmp_path, "b", 20), face(tmp_path, "c", 30, suffix="bmp")]
    train += [face(tmp_path, "d", 40), face(tmp_path, "e", 40, "fear")]
    kept, report = drop_test_copies(train, [face(tmp_path, "x", 10)], [face(tmp_path, "y", 30)])
    assert [example.id for example in kept] == ["b", "d", "e"]
    assert [(copy.train_id, copy.other_id, copy.by, copy.same_labels) for copy in report.copies] == [
        ("a", "x", "picture", False),
        ("c", "y", "picture", True),
    ]
    assert (report.num_repeated, report.num_conflicting) == (1, 2)
    assert "2 of 5 training items left out as copies of 2 dev and test items (2 by picture, 0 by words" in str(report)


def test_drop_test_copies_sees_transparency_on_white(tmp_path):
    for name, colour in (("clear", (0, 0, 0, 0)), ("white", (255, 255, 255, 255)), ("black", (0, 0, 0, 255))):
        Image.new("RGBA", (48, 48), colour).save(tmp_path / f"{name}.png")
    clear, white, black = (
        Example(id=name, image=tmp_path / f"{name}.png", labels={}) for name in ("clear", "white", "black")
    )
    assert drop_test_copies([white, black], [clear])[0] == [black]


def test_drop_test_copies_keeps_same_words_on_another_picture(tmp_path):
    image, other = face(tmp_path, "a", 1).face, face(tmp_path, "b", 2).face
    text = "words that stand on both of them"
    train = [Example(id="a", text=text, image=image, labels={})]
    kept, _ = drop_test_copies(train, [Example(id="b", text=text, image=other, labels={})])
    assert kept == train


def test_drop_test_copies_without_others_keeps_all():
    train = [words("a", "one two three four five")]
    assert drop_test_copies(train)[0] == train


def test_drop_test_copies_names_a_broken_picture(tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"broken.png \(example 'a'\): expected a picture, got .* 'broken.png' is text"):
        drop_test_copies([Example(id="a", face=path, labels={})])
