"""Tiny data sets and a tiny pretrained encoder, written once; and one thread, as more only wait for each other."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoModel

from mmemo.data.fer2013 import CSV_EMOTIONS, SIDE
from tests.models.tiny import make_tokenizer, text_config

SIZES = {"train": 12, "dev": 4, "test": 2}
"""Items of each class."""
USAGES = {"train": "Training", "dev": "PublicTest", "test": "PrivateTest"}
SIGNS = {"negative": "disgust", "neutral": "now", "positive": "lovely"}
"""The word that tells each sentiment."""
FILLERS = ("a", "day", "you", "me", "so", "much")


@pytest.fixture(scope="package", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def draw_class(number: int, generator: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """A noisy grey square with the class's number of upright or level stripes, (side, side) uint8."""
    count, is_upright = 2 ** (1 + number // 2), number % 2 == 1
    stripes = 100 + 80 * np.sin(np.arange(side) * 2 * np.pi * count / side)
    pixels = generator.integers(0, 60, (side, side)) + (stripes if is_upright else stripes[:, None])
    return pixels.astype(np.uint8)


def write_fer2013(folder: Path) -> None:
    generator = np.random.default_rng(0)
    rows = ["emotion,pixels,Usage"]
    for split, usage in USAGES.items():
        for number in range(len(CSV_EMOTIONS)):
            for _ in range(SIZES[split]):
                pixels = " ".join(map(str, draw_class(number, generator).flatten()))
                rows.append(f"{number},{pixels},{usage}")
    folder.mkdir()
    (folder / "fer2013.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def make_sentence(word: str, generator: random.Random) -> str:
    words = [word] * 3 + generator.choices(FILLERS, k=4)
    generator.shuffle(words)
    return " ".join(words)


def write_sentiment(folder: Path) -> None:
    generator = random.Random(0)
    folder.mkdir(parents=True)
    words = list(SIGNS.values())
    for split, part in (("train", "train"), ("dev", "val"), ("test", "test")):
        labels = [label for _ in range(SIZES[split]) for label in range(len(words))]
        texts = [make_sentence(words[label], generator) for label in labels]
        (folder / f"{part}_text.txt").write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        (folder / f"{part}_labels.txt").write_text("".join(f"{label}\n" for label in labels), encoding="utf-8")


def write_hateful_memes(folder: Path) -> None:
    generator, words = np.random.default_rng(0), random.Random(0)
    (folder / "img").mkdir(parents=True)
    for split, file in (("train", "train"), ("dev", "dev_seen"), ("test", "test_seen")):
        rows = []
        for i in range(2 * SIZES[split]):
            name, label = f"img/{split}{i}.png", i % 2
            pixels = draw_class(label, generator)
            Image.fromarray(pixels).save(folder / name)
            text = make_sentence("disgust" if label else "lovely", words)
            rows.append(json.dumps({"id": f"{split}{i}", "img": name, "text": text, "label": label}))
        (folder / f"{file}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")


@pytest.fixture(scope="package")
def data_root(tmp_path_factory) -> Path:
    """FER2013, TweetEval sentiment and Hateful Memes in their publishers' layouts, each of them easy to learn."""
    root = tmp_path_factory.mktemp("data")
    write_fer2013(root / "fer2013")
    write_sentiment(root / "tweeteval" / "sentiment")
    write_hateful_memes(root / "hateful_memes")
    return root


@pytest.fixture(scope="package")
def base(tmp_path_factory) -> Path:
    """A tiny BERT and its tokenizer, as a folder of pretrained weights."""
    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(0)
    AutoModel.from_config(text_config("bert")).save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return folder
