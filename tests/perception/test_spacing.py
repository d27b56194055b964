"""Lost spaces: put back where only that can be meant, never inside a word that somebody may have written."""

import string

import numpy as np
import pytest

from mmemo.perception import TextReader
from mmemo.perception.spacing import respaced
from tests.perception.drawing import draw_meme


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("SOIBECAMEAFROG", "SO I BECAME A FROG"),
        ("IAM FURIOUS", "I AM FURIOUS"),
        ("Whenyourbosssays: getoff!", "When your boss says: get off!"),
        ("LOOKAT THISIS ITIS", "LOOK AT THIS IS IT IS"),
        ("HAVEA PIECE ofmy cake", "HAVE A PIECE of my cake"),
    ],
)
def test_respaced_puts_lost_spaces_back(read, meant):
    assert respaced([read]) == [meant]


@pytest.mark.parametrize(
    "read",
    [
        "everything together, nobody ELSEWHERE",  # words
        "Weinstein Amit Thea Moderna Zelensky Melania MODI",  # names
        "gettin chillin dont youre theres aint lmao aaaand",  # slang
        "asshole dumbass wetback gangbang crackas",  # abuse
        "lockdown coronavirus Deadpool FACEMASK",  # new words
        "#FeelTheBern @realDonaldTrump thisisit.com https://ofmy/lookat not-ofmy I'MAYOUNG",
        "",
        "42 ??? 100%",
    ],
)
def test_respaced_leaves_what_may_be_meant(read):
    assert respaced([read]) == [read]


def test_respaced_leaves_other_languages():
    lines = ["DONDEESTA MI PERRO", "no me lo puedo creer, comoes posible"]
    assert respaced(lines) == lines
    lines = ["Das istin der Tat", "so nicht gemeint, meine Damen und Herren"]
    assert respaced(lines) == lines


def test_respaced_keeps_lines_and_letters():
    generator = np.random.default_rng(0)
    lines = ["".join(generator.choice([*string.ascii_letters, " ", "."], size=size)) for size in range(80)]
    lines += ["x" * 5000, "ab" * 40]
    for one in lines:
        assert respaced([one])[0].replace(" ", "") == one.replace(" ", "")
    assert len(respaced(lines)) == len(lines)


def test_reader_puts_lost_spaces_back():
    read = TextReader().read(draw_meme("SOIBECAMEAFROG", "ITIS WHAT ITIS"))
    assert read.value == "SO I BECAME A FROG IT IS WHAT IT IS"
    assert [line.text for line in read.lines] == ["SO I BECAME A FROG", "IT IS WHAT IT IS"]
