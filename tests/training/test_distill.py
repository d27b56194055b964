"""What votes say of labels: wrong labels are outvoted, people's disagreement is kept, votes of others refused."""

import shutil

import numpy as np
import pytest
import torch

from mmemo.data import DataError
from mmemo.data.fer2013 import CSV_EMOTIONS
from mmemo.data.ferplus import VOTES
from mmemo.training.distill import add_teachers, label_chances
from mmemo.training.recipes import load_recipe
from mmemo.training.sources import load_source

COUNT = 2000


@pytest.fixture
def voted(data_root, tmp_path):
    """FER2013 with every fourth training label wrong, and nine votes of ten for the right one."""
    home = tmp_path / "fer2013"
    shutil.copytree(data_root / "fer2013", home)
    header, *rows = (home / "fer2013.csv").read_text().splitlines()
    labels, votes = [], [f"Usage,Image name,{','.join(VOTES)}"]
    for place, row in enumerate(rows):
        number, pixels, usage = row.split(",")
        right = CSV_EMOTIONS[int(number)]
        wrong = (int(number) + 1) % len(CSV_EMOTIONS)
        labels.append(f"{wrong if place % 4 == 0 and usage == 'Training' else number},{pixels},{usage}")
        counts = [9 if name == right else int(name is None and column == "unknown") for column, name in VOTES.items()]
        votes.append(f"{usage},fer{place:07d}.png,{','.join(map(str, counts))}")
    (home / "fer2013.csv").write_text("\n".join([header, *labels]) + "\n")
    (home / "fer2013new.csv").write_text("\n".join(votes) + "\n")
    return tmp_path


def taught_source(data, **changes):
    recipe = load_recipe("compact_face", changes)
    return recipe, load_source(recipe, recipe.sources[0], data, "train")


def test_votes_outvote_wrong_labels(voted):
    recipe, source = taught_source(voted)
    (found,) = add_teachers(recipe, [source], [], voted, use_cpu=True)
    chances, labels = found.taught["face_emotion"], recipe.task_config("face_emotion").labels
    said = [labels[place] for place in chances.argmax(dim=1).tolist()]
    right = [CSV_EMOTIONS[int(example.id[3:]) // (len(source.examples) // 7)] for example in source.examples]
    assert said == right
    given = [example.labels["face_emotion"] for example in source.examples]
    assert 0.2 < np.mean([a != b for a, b in zip(given, right, strict=True)]) < 0.3
    assert torch.allclose(chances.sum(dim=1), torch.ones(len(chances)))


def test_votes_teach_a_task_that_learns_from_the_labels_of_another(voted):
    plain, source = taught_source(voted)
    tasks = {"emotion": {"modalities": ["face"]}}
    sources = [{"dataset": "fer2013", "tasks": ["face_emotion->emotion"], "taught": ["emotion"], "votes": "ferplus"}]
    recipe, other = taught_source(voted, tasks=tasks, sources=sources)
    ((expected,), (found,)) = (
        add_teachers(each, [items], [], voted, use_cpu=True) for each, items in ((plain, source), (recipe, other))
    )
    assert torch.equal(found.taught["emotion"], expected.taught["face_emotion"])


def test_faces_without_votes_are_refused_and_counted(voted):
    path = voted / "fer2013/fer2013new.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:-40]) + "\n")
    keep = [line for line in path.read_text().splitlines() if "fer0000003" not in line]
    path.write_text("\n".join(keep) + "\n")
    recipe, source = taught_source(voted)
    with pytest.raises(
        DataError, match=r"expected votes of ferplus on every face of fer2013 train, got none on 1 of 84"
    ):
        add_teachers(recipe, [source], [], voted, use_cpu=True)


def test_chances_are_how_often_the_votes_go_with_the_label():
    generator = np.random.default_rng(0)
    kinds = generator.integers(2, size=COUNT)
    votes = np.where(kinds[:, None] == 0, [10, 0, 0], [5, 0, 5])
    odds = np.where(kinds == 0, 0.9, 0.6)
    labels = np.where(generator.random(COUNT) < odds, 0, 2)
    chances = label_chances(votes, labels, 4)
    assert chances.shape == (COUNT, 4)
    assert chances[kinds == 0, 0] == pytest.approx(0.9, abs=0.03)
    assert chances[kinds == 1, 0] == pytest.approx(0.6, abs=0.04)
    assert (chances[:, [1, 3]] == 0).all()
    unknown = np.where(np.arange(COUNT) % 2 == 0, labels, -100)
    assert label_chances(votes, unknown, 4) == pytest.approx(chances, abs=0.05)
    assert label_chances(3 * votes, labels, 4) == pytest.approx(chances)
