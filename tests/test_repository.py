"""What stands in the repository: no pickles, small weights, one list of requirements, drawn examples."""

import json
import re
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image

MB = 10**6
MAX_FILE_BYTES = 80 * MB
MAX_CHECKPOINTS_BYTES = 140 * MB
MAX_EXAMPLE_BYTES = 60_000
PICKLE_SUFFIXES = {".bin", ".ckpt", ".dill", ".joblib", ".pickle", ".pkl", ".pt", ".pth"}


def is_pickle(path: Path) -> bool:
    """Whether a file is a pickle or a torch archive, by its name or by its first bytes."""
    if path.suffix.lower() in PICKLE_SUFFIXES:
        return True
    if path.suffix == ".safetensors":  # starts with a length, which may look like anything
        return False
    with path.open("rb") as file:
        head = file.read(2)
    if head[:1] == b"\x80" and 2 <= head[-1] <= 5:
        return True
    if head != b"PK":
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith(".pkl") for name in archive.namelist())


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


@pytest.fixture(scope="module")
def files(repository) -> list[Path]:
    """Files that git tracks, or would with `git add .`; all visible files where there is no git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [str(path.relative_to(repository)) for path in repository.rglob("*")]
        listed = [name for name in listed if not any(part.startswith(".") for part in Path(name).parts)]
    return [path for name in listed if name and (path := repository / name).is_file()]


@pytest.fixture(scope="module")
def project(repository) -> dict:
    return tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def requirements(repository) -> list[str]:
    lines = (repository / "requirements.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_no_file_is_a_pickle(files):
    assert [path for path in files if is_pickle(path)] == []


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("weights.pth", b"", True),
        ("weights.dat", b"\x80\x04\x95", True),
        ("weights.safetensors", b"\x80\x04\x00\x00\x00\x00\x00\x00{}", False),
        ("notes.txt", b"PS", False),
        ("empty", b"", False),
    ],
)
def test_is_pickle(tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    assert is_pickle(tmp_path / name) is expected


def test_is_pickle_knows_torch_archives(tmp_path):
    with zipfile.ZipFile(tmp_path / "weights", "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    assert is_pickle(tmp_path / "weights")


def test_files_are_small(files):
    assert [path for path in files if path.stat().st_size > MAX_FILE_BYTES] == []


def test_checkpoints_are_small_together(files, repository):
    inside = [path for path in files if (repository / "mmemo/checkpoints") in path.parents]
    assert sum(path.stat().st_size for path in inside) < MAX_CHECKPOINTS_BYTES


def test_readme_names_both_commands(repository):
    readme = (repository / "README.md").read_text("utf-8")
    assert "make demo" in readme
    assert "make test" in readme


README_FIGURES = {
    "hateful memes": ("meme/hate-harmeme", "roc_auc"),
    "hateful words": ("meme/hate-hatexplain", "roc_auc"),
    "offensive memes": ("meme/offensive-multioff", "macro_f1"),
    "emotion of a meme, 7": ("meme/meme_emotion-metmeme", "macro_f1"),
    "emotions of words, 28": ("emotion/text_emotion-goemotions", "macro_f1"),
    "emotion of an utterance, 7": ("emotion/emotion-meld", "weighted_f1"),
    "sentiment, 3": ("emotion/sentiment-tweeteval_sentiment", "macro_recall"),
    "emotion of a face, 7": ("emotion/face_emotion-fer2013", "accuracy"),
    "face and words together, 7": ("emotion/emotion-fer2013+meld", "accuracy"),
}


def test_readme_figures_are_the_measured_ones(repository):
    readme = (repository / "README.md").read_text("utf-8")
    shown = dict(re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \| (0\.\d{3}) \|", readme, re.MULTILINE))
    measured = {
        row: json.loads((repository / f"benchmarks/metrics/{file}.json").read_text("utf-8"))[measure]
        for row, (file, measure) in README_FIGURES.items()
    }
    assert shown == {row: f"{value:.3f}" for row, value in measured.items()}


def test_readme_tells_how_often_verdicts_are_right_as_measured(repository):
    readme = " ".join((repository / "README.md").read_text("utf-8").split())
    given = json.loads((repository / "benchmarks/metrics/meme/hate-harmeme.json").read_text("utf-8"))["verdicts"]
    yes, no, uncertain = given["hateful"]["right"], given["not hateful"]["right"], given["uncertain"]["share"]
    assert (
        f"`hateful` is right {yes:.0%} of the time, `not hateful` {no:.0%}, and {uncertain:.0%} are"
        in readme.replace(" %", "%")
    )


def test_readme_tells_how_true_explanations_are_as_measured(repository):
    readme = " ".join((repository / "README.md").read_text("utf-8").split())
    table = (repository / "benchmarks/faithfulness.md").read_text("utf-8")
    times = dict(re.findall(r"^\| (\w+) \| gradient_activation \|[^|]+\|[^|]+\| (\d+\.\d+) \[", table, re.MULTILINE))
    words, meme = (round(float(times[data])) for data in ("goemotions", "harmeme"))
    assert f"an emotion loses {words} times and a verdict on a meme {meme} times the probability" in readme


def test_readme_and_card_tell_what_read_words_cost_as_measured(repository):
    table = (repository / "benchmarks/reading.md").read_text("utf-8")
    (auc,) = re.findall(r"^\| harmeme, `hate` \| read, spaces put back \|.* (0\.\d{3}) \|$", table, re.MULTILINE)
    for name in ("README.md", "model_cards/pipeline.md"):
        assert f"HarMeme's ROC-AUC is {auc} " in " ".join((repository / name).read_text("utf-8").split())


def test_readme_tells_what_the_functional_test_found(repository):
    readme = " ".join((repository / "README.md").read_text("utf-8").split())
    table = (repository / "benchmarks/functions.md").read_text("utf-8")
    (shares,) = re.findall(r"^\| everything \|  \| (\d+) \| (\d+)% \| (\d+)% \| (\d+)% \|$", table, re.MULTILINE)
    count, right, uncertain, wrong = map(int, shares)
    assert f"Of {count:,} sentences that tell contempt" in readme
    assert f"{right} % get the right verdict, {uncertain} % are `uncertain` and {wrong} % get the wrong one" in readme


def test_requirements_are_free_of_train_and_test_packages(requirements, project):
    extras = project["optional-dependencies"]
    assert names(requirements) & (names(extras["train"]) | names(extras["dev"])) == set()


def test_requirements_have_upper_bounds(requirements, project):
    every = requirements + sum(project["optional-dependencies"].values(), [])
    assert [line for line in every if not any(s.operator in ("<", "==") for s in Requirement(line).specifier)] == []


def test_torch_and_torchvision_are_pinned_as_a_pair(requirements):
    minors = {r.name: re.findall(r"\.(\d+)", str(r.specifier)) for r in map(Requirement, requirements)}
    for name in ("torch", "torchvision"):
        low, high = sorted(map(int, minors[name]))
        assert high == low + 1, f"{name} may move away from its partner"


def test_citation_gives_the_version(repository, project):
    assert f"version: {project['version']}\n" in (repository / "CITATION.cff").read_text("utf-8")


def test_examples_are_listed_and_small(repository):
    folder = repository / "mmemo/ui/examples"
    examples = json.loads((folder / "examples.json").read_text("utf-8"))
    assert sorted(example["file"] for example in examples) == sorted(
        path.name for path in folder.iterdir() if path.suffix in (".jpg", ".png")
    )
    for example in examples:
        path = folder / example["file"]
        assert path.stat().st_size < MAX_EXAMPLE_BYTES
        with Image.open(path) as image:
            assert 512 <= max(image.size) <= 640
        assert example["words"] is None or example["words"].strip()
