"""What the data sets that this project makes from templates share: groups of people, tables written and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from mmemo.data.files import find_file, read_choice, read_tsv
from mmemo.data.records import Example, task_classes

SPLITS = ("train", "dev", "test")

GROUPS: tuple[tuple[str, str, str], ...] = (
    ("Black", "a Black", "Black people"),
    ("white", "a white", "white people"),
    ("Asian", "an Asian", "Asian people"),
    ("Chinese", "a Chinese", "Chinese people"),
    ("Indian", "an Indian", "Indians"),
    ("Pakistani", "a Pakistani", "Pakistanis"),
    ("Mexican", "a Mexican", "Mexicans"),
    ("Latino", "a Latino", "Latinos"),
    ("African", "an African", "Africans"),
    ("Arab", "an Arab", "Arabs"),
    ("Turkish", "a Turkish", "Turks"),
    ("Roma", "a Roma", "Roma people"),
    ("Native American", "a Native American", "Native Americans"),
    ("Jewish", "a Jewish", "Jews"),
    ("Muslim", "a Muslim", "Muslims"),
    ("Christian", "a Christian", "Christians"),
    ("Hindu", "a Hindu", "Hindus"),
    ("gay", "a gay", "gay people"),
    ("lesbian", "a lesbian", "lesbians"),
    ("bisexual", "a bisexual", "bisexual people"),
    ("transgender", "a transgender", "transgender people"),
    ("queer", "a queer", "queer people"),
    ("disabled", "a disabled", "disabled people"),
    ("deaf", "a deaf", "deaf people"),
    ("autistic", "an autistic", "autistic people"),
    ("immigrant", "an immigrant", "immigrants"),
    ("refugee", "a refugee", "refugees"),
    ("homeless", "a homeless", "homeless people"),
    ("elderly", "an elderly", "elderly people"),
    ("young", "a young", "young people"),
)
"""Adjective, adjective with article, and plural of each group."""


def with_groups(template: str) -> list[str]:
    """A template that has a place for a group, with every group."""
    return [
        template.format(adjective=adjective, article=article, plural=plural) for adjective, article, plural in GROUPS
    ]


def write_sentences(folder: Path, name: str, sentences: Callable[[str], Sequence[tuple[str, str]]]) -> Path:
    """Write the splits of a set as tables under `folder/name`, and say where.

    Args:
        folder: Data root.
        name: The set's.
        sentences: Split to (label, text) of its sentences.
    """
    home = folder / name
    home.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        lines = ["label\ttext", *(f"{label}\t{text}" for label, text in sentences(split))]
        (home / f"{split}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return home


def read_sentences(folder: Path, split: str) -> list[Example]:
    """The sentences of one split."""
    path = find_file(folder, (f"{split}.tsv",), split)
    return [
        Example(id=f"{split}-{line}", text=text, labels={"hate": read_choice(label, task_classes("hate"), path, line)})
        for line, (label, text) in read_tsv(path, columns=("label", "text"))
    ]
