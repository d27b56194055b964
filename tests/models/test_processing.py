"""`MmemoProcessor`: parts that may be missing, samples that may miss a modality, faces as their encoder knows them."""

import resource
from itertools import product

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import BertTokenizer

from mmemo.models import MmemoProcessor
from tests.models.tiny import CLS, PAD, SEP, SIDE, WORDS, make_image_processor, make_tokenizer

FACE_SIDE = 24


def draw(seed: int, side: int = 40) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8))


def make_processor(text: bool = True, image: bool = True, face: bool = True, **settings) -> MmemoProcessor:
    return MmemoProcessor(
        tokenizer=make_tokenizer() if text else None,
        image_processor=make_image_processor() if image else None,
        face_image_processor=make_image_processor(FACE_SIDE) if face else None,
        **settings,
    )


GIVEN = {"text": ["what a lovely day", "me"], "images": [draw(0), draw(1)], "faces": [draw(2), draw(3)]}
PARTS = [parts for parts in product((True, False), repeat=3) if any(parts)]


@pytest.mark.parametrize("parts", PARTS)
def test_processor_returns_from_folder_as_it_was(tmp_path, parts):
    processor = make_processor(*parts, max_length=7, face_grayscale=True, face_resolution=12)
    processor.save_pretrained(tmp_path)
    loaded = MmemoProcessor.from_pretrained(tmp_path)
    pieces = (loaded.tokenizer, loaded.image_processor, loaded.face_image_processor)
    assert tuple(piece is not None for piece in pieces) == parts
    assert (loaded.max_length, loaded.face_grayscale, loaded.face_resolution) == (7, True, 12)
    given = {name: items for (name, items), part in zip(GIVEN.items(), parts, strict=True) if part}
    before, after = processor(**given), loaded(**given)
    assert set(before) == set(after)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_processor_returns_with_bert_tokenizer(tmp_path):
    tokenizer = BertTokenizer(vocab={word: i for i, word in enumerate(WORDS)})
    MmemoProcessor(tokenizer=tokenizer).save_pretrained(tmp_path)
    ids = MmemoProcessor.from_pretrained(tmp_path)(text="What a day")["input_ids"]
    assert ids.tolist() == [[CLS, WORDS.index("what"), WORDS.index("a"), WORDS.index("day"), SEP]]


def test_processor_says_that_saving_does_not_push(tmp_path):
    with pytest.raises(ValueError, match=r"expected push_to_hub=False, or call push_to_hub\(\)"):
        make_processor().save_pretrained(tmp_path / "saved", push_to_hub=True)
    assert not (tmp_path / "saved").exists()


def test_processor_gives_shapes_and_masks():
    batch = make_processor()(**GIVEN)
    assert batch["input_ids"].tolist() == [
        [CLS, *(WORDS.index(word) for word in "what a lovely day".split()), SEP],
        [CLS, WORDS.index("me"), SEP, PAD, PAD, PAD],
    ]
    assert batch["attention_mask"].tolist() == [[1] * 6, [1] * 3 + [0] * 3]
    assert batch["pixel_values"].shape == (2, 3, SIDE, SIDE)
    assert batch["face_pixel_values"].shape == (2, 3, FACE_SIDE, FACE_SIDE)
    assert batch["image_mask"].tolist() == batch["face_mask"].tolist() == [True, True]


def test_processor_masks_missing_items():
    batch = make_processor()(text=[" ", "me", None], images=[draw(0), None, None], faces=[None, None, draw(1)])
    assert batch["attention_mask"].any(dim=1).tolist() == [False, True, False]
    assert batch["image_mask"].tolist() == [True, False, False]
    assert batch["face_mask"].tolist() == [False, False, True]
    assert batch["pixel_values"][1:].count_nonzero() == 0
    alone = make_processor()(images=draw(0), faces=draw(1))
    assert torch.equal(batch["pixel_values"][:1], alone["pixel_values"])
    assert torch.equal(batch["face_pixel_values"][2:], alone["face_pixel_values"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"text": "me"}, {"input_ids", "attention_mask"}),
        ({"images": draw(0)}, {"pixel_values", "image_mask"}),
        ({"faces": draw(0)}, {"face_pixel_values", "face_mask"}),
        ({"text": [None], "images": [draw(0)], "faces": [None]}, {"pixel_values", "image_mask"}),
        ({"text": ["", None], "images": [None, None]}, {"input_ids", "attention_mask"}),
    ],
)
def test_processor_leaves_out_what_no_sample_has(given, expected):
    processor = make_processor()
    batch = processor(**given)
    assert set(batch) == expected
    assert expected <= set(processor.model_input_names)


@pytest.mark.parametrize(
    ("parts", "given", "message"),
    [
        ({}, {}, "nothing to prepare: expected text, images or faces, got none"),
        ({}, {"text": []}, "nothing to prepare"),
        ({}, {"text": ["a", "b"], "images": [draw(0)]}, "must be of one length, got {'text': 2, 'images': 1}"),
        ({"text": False}, {"text": ["a"]}, "this processor takes no text: its model has no text encoder"),
        ({"image": False}, {"images": [draw(0)]}, "this processor takes no image: its model has no image encoder"),
        ({"face": False}, {"faces": [draw(0)]}, "this processor takes no face: its model has no face encoder"),
    ],
)
def test_processor_refuses(parts, given, message):
    with pytest.raises(ValueError) as error:
        make_processor(**parts)(**given)
    assert message in str(error.value)


def test_processor_keeps_the_size_of_a_batch_of_nothing():
    batch = make_processor(text=False)(images=[None, None], faces=[None, None])
    assert batch["pixel_values"].shape == (2, 3, SIDE, SIDE)
    assert batch["image_mask"].tolist() == [False, False]
    assert not batch["pixel_values"].any()
    assert make_processor()(text=[None, " "])["attention_mask"].tolist() == [[0, 0], [0, 0]]


def test_words_that_the_tokenizer_knows_nothing_of_count_as_none():
    batch = make_processor()(text=["😡🖕 xyzzy", "me 😡"])
    assert batch["attention_mask"].any(dim=1).tolist() == [False, True]


def test_processor_takes_the_settings_that_tokenizers_take():
    texts = ["me", "what a lovely day"]
    batch = make_processor()(text=texts, padding="max_length", truncation=True, max_length=4, return_tensors="pt")
    assert batch["input_ids"].shape == (2, 4)
    with pytest.raises(ValueError, match="return_tensors must be 'pt', got 'np'"):
        make_processor()(text=texts, return_tensors="np")


def test_processor_takes_an_array_as_a_picture():
    picture = draw(0)
    batch, same = make_processor()(images=np.asarray(picture)), make_processor()(images=[picture])
    assert torch.equal(batch["pixel_values"], same["pixel_values"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": [draw(0)]}, "a text must be a string or None, got Image"),
        ({"images": ["me"]}, r"a picture must be a PIL image or a uint8 array \(H, W, 3\) or None, got str"),
        ({"faces": [np.zeros((4, 4, 3))]}, "a face must be a PIL image .* got ndarray"),
        ({"images": torch.zeros(3, 4, 4)}, "a picture must be a PIL image .* got Tensor"),
    ],
)
def test_processor_refuses_what_is_neither_text_nor_picture(given, message):
    with pytest.raises(TypeError, match=message):
        make_processor()(**given)


def test_processor_cuts_long_texts():
    batch = make_processor(max_length=5)(text=["me " * 40])
    assert batch["input_ids"].tolist() == [[CLS, *[WORDS.index("me")] * 3, SEP]]


def test_processor_takes_colour_out_of_faces_alone():
    batch = make_processor(face_grayscale=True)(images=draw(0), faces=draw(0))
    red, green, blue = batch["face_pixel_values"][0]
    assert torch.equal(red, green)
    assert torch.equal(green, blue)
    grey = make_processor()(faces=draw(0).convert("L").convert("RGB"))
    assert torch.equal(batch["face_pixel_values"], grey["face_pixel_values"])
    assert not torch.equal(batch["pixel_values"][0, 0], batch["pixel_values"][0, 1])


@pytest.mark.parametrize("size", [(1, 5_000_000), (5_000_000, 1)])
def test_processor_makes_no_large_copy_of_a_line_of_pixels(size):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB
    batch = make_processor()(images=Image.new("RGB", size, "white"), faces=Image.new("RGB", size, "white"))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (batch["pixel_values"] == 1).all()
    assert grown < 300 * 1024


def test_processor_leaves_other_pictures_as_they_are():
    tall = Image.fromarray(np.random.default_rng(0).integers(0, 256, (2000, 20, 3), dtype=np.uint8))
    pixels = make_image_processor()(images=[tall], return_tensors="pt")["pixel_values"]
    assert torch.equal(make_processor()(images=tall)["pixel_values"], pixels)


@pytest.mark.parametrize(("side", "is_reduced"), [(48, True), (12, False), (8, False)])
def test_processor_reduces_only_larger_faces(side, is_reduced):
    crop = draw(0, side)
    seen = crop.resize((12, 12), Image.Resampling.BOX) if is_reduced else crop
    batch = make_processor(face_resolution=12)(faces=crop)
    assert torch.equal(batch["face_pixel_values"], make_processor()(faces=seen)["face_pixel_values"])
