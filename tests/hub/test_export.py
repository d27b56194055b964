"""Exported repositories: complete, the same every time, and loaded three ways with the same logits."""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import ModelCard

from hub.cards import CardError
from hub.export import AUTO_MAP, ExportError, export_model, export_pipeline, main
from mmemo.models import MmemoModel, MmemoProcessor
from mmemo.publishing import make_plan, publish
from tests.hub.server import LocalHub, card_errors

pytestmark = pytest.mark.timeout(300)  # fresh processes are slow on a busy machine

LOADS = {
    "mmemo": "from mmemo import MmemoModel as Model, MmemoProcessor as Processor\nremote = {}",
    "auto": "import mmemo\nfrom transformers import AutoModel as Model, AutoProcessor as Processor\nremote = {}",
    "remote": (
        "import importlib.util\nassert importlib.util.find_spec('mmemo') is None\n"
        "from transformers import AutoModel as Model, AutoProcessor as Processor\nremote = {'trust_remote_code': True}"
    ),
}
LOGITS = """
import hashlib, json, sys
{imports}
import torch
from PIL import Image

torch.set_num_threads(1)
repo, revision = sys.argv[1:]
model = Model.from_pretrained(repo, revision=revision, dtype=torch.float32, **remote)
processor = Processor.from_pretrained(repo, revision=revision, **remote)
inputs = processor(text=["what a lovely day", "you"], faces=[Image.linear_gradient("L").convert("RGB"), None])
with torch.inference_mode():
    logits = model(**inputs).logits
digest = hashlib.sha256()
for name, values in sorted(model.state_dict().items()):
    digest.update(name.encode() + values.numpy().tobytes())
flat = [value for task in sorted(logits) for value in logits[task].flatten().tolist()]
print(json.dumps([type(model).__module__, digest.hexdigest(), sorted(logits), flat]))
"""


@pytest.fixture(scope="module")
def metrics_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `mmemo evaluate` writes, as far as a card reads it."""
    values = {
        "task": "sentiment",
        "dataset": "tweeteval_sentiment",
        "split": "test",
        "modalities": ["text"],
        "num_items": 12284,
        "accuracy": 0.5,
        "roc_auc": None,
        "ece": 0.1,
        "intervals": {"accuracy": [0.4, 0.6]},
        "slices": {"text_length": {"1 to 5 words": {"num_items": 100, "accuracy": 0.25}}},
    }
    path = tmp_path_factory.mktemp("metrics") / "metrics.json"
    path.write_text(json.dumps(values))
    return path


@pytest.fixture(scope="module")
def exported(tiny_checkpoint: Path, metrics_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_model(tiny_checkpoint, tmp_path_factory.mktemp("export") / "out", metrics=[metrics_file])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_export_is_complete(exported: Path, tiny_checkpoint: Path) -> None:
    files = contents(exported)
    assert {"README.md", "LICENSE", "NOTICE", "config.json", "processor_config.json", "tokenizer.json"} <= set(files)
    code = {"configuration_mmemo.py", "fusion_mmemo.py", "modeling_mmemo.py", "processing_mmemo.py"}
    assert code == {name for name in files if name.endswith(".py")}
    assert files["model.safetensors"] == (tiny_checkpoint / "model.safetensors").read_bytes()
    config = json.loads(files["config.json"])
    assert config["auto_map"] == AUTO_MAP == json.loads(files["processor_config.json"])["auto_map"]
    assert config["tasks"]["emotion"]["temperature"] == 1.5
    examples = json.loads(files["examples/examples.json"])
    assert examples and all(f"examples/{example['file']}" in files and example["words"] for example in examples)


def test_export_is_the_same_every_time(
    exported: Path, tiny_checkpoint: Path, metrics_file: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    for _ in range(2):  # the second replaces the first
        export_model(tiny_checkpoint, again, metrics=[metrics_file], name="out")
        (again / "stale.txt").write_text("from before")
    (again / "stale.txt").unlink()
    named = tmp_path / "named"
    export_model(tiny_checkpoint, named, metrics=[metrics_file], name="out")
    assert contents(again) == contents(named)
    assert {name for name in contents(exported)} == set(contents(named))


def test_own_card_holds_tasks_figures_and_slices(exported: Path) -> None:
    text = (exported / "README.md").read_text()
    assert "| sentiment | tweeteval_sentiment (12,284) | accuracy | 0.500 | 0.400 to 0.600 | 0.100 |" in text
    assert "| sentiment | tweeteval_sentiment | text length: 1 to 5 words (100) | accuracy | 0.250 |" in text
    assert "| emotion | text + face | concat, linear |" in text
    assert "{{" not in text.replace("{{The mmemo authors}}", "")
    assert "$" not in text
    (result,) = ModelCard.load(exported / "README.md").data.eval_results
    assert (result.dataset_name, result.metric_value) == ("tweeteval_sentiment", 0.5)


@pytest.mark.parametrize("model", ["meme", "emotion"])
def test_shipped_model_is_exported_with_its_own_card(model: str, tmp_path: Path, capsys) -> None:
    assert main([model, "--output", str(tmp_path / model)]) == 0
    assert "model.safetensors" in capsys.readouterr().out
    text = (tmp_path / model / "README.md").read_text()
    assert card_errors(text, "model") == []
    assert ModelCard(text).data.model_name == f"mmemo-{model}"
    notice = (tmp_path / model / "NOTICE").read_text()
    for base in ModelCard(text).data.to_dict()["base_model"]:
        assert base in notice
    assert "see its own card" not in notice


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{none}", "--output", "{out}", "--metrics", "{figures}"], "expected a JSON file"),
        (["{tiny}", "--output", "{out}"], "has no figures: expected one or more metrics.json files"),
        (["meme", "--output", "{tiny}"], "holds something else"),
        (["pipeline", "--output", "{out}", "--part", "meme=a/b@main"], "with the full commit"),
        (["pipeline", "--output", "{out}", "--part", "voice=a/b@main"], "unknown part voice"),
    ],
)
def test_export_refuses(
    arguments: list[str], message: str, tiny_checkpoint: Path, metrics_file: Path, tmp_path: Path, capsys
) -> None:
    places = {"none": tmp_path / "none", "tiny": tiny_checkpoint, "out": tmp_path / "out", "figures": metrics_file}
    assert main([argument.format(**places) for argument in arguments]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_card_refuses_figures_of_another_task(tiny_checkpoint: Path, metrics_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "metrics.json"
    other.write_text(metrics_file.read_text().replace('"sentiment"', '"hate"'))
    with pytest.raises(CardError, match="expected figures of emotion, face_emotion, sentiment, got 'hate'"):
        export_model(tiny_checkpoint, tmp_path / "out", metrics=[other])


def test_three_ways_to_load_give_the_same_logits(
    exported: Path,
    hub: LocalHub,
    python_without_mmemo: Path,
    run_python: Callable[..., str],
    repository: Path,
) -> None:
    """From the Hub at a commit, in fresh processes; the last one again offline, from its cache."""
    commit = publish(make_plan(exported, "user/tiny"), message="first").commit

    def load(name: str) -> list[Any]:
        python, path = (python_without_mmemo, "") if name == "remote" else (Path(sys.executable), str(repository))
        code = LOGITS.format(imports=LOADS[name])
        return json.loads(run_python(python, code, "user/tiny", commit, PYTHONPATH=path))

    with ThreadPoolExecutor(len(LOADS)) as pool:
        modules, weights, tasks, logits = zip(*pool.map(load, LOADS), strict=True)
    assert modules[:2] == ("mmemo.models.modeling_mmemo",) * 2
    assert modules[2].startswith("transformers_modules.")
    assert weights[0] == weights[1] == weights[2]
    assert tasks == (["emotion", "face_emotion", "sentiment"],) * 3
    # Some processors round the last digit by where the weights lie in memory.
    assert logits[1] == pytest.approx(logits[0], abs=1e-6)
    assert logits[2] == pytest.approx(logits[0], abs=1e-6)
    before = len(hub.requests)
    code = LOGITS.format(imports=LOADS["remote"])
    offline = json.loads(run_python(python_without_mmemo, code, "user/tiny", commit, HF_HUB_OFFLINE="1"))
    assert offline[1] == weights[0]
    assert offline[3] == pytest.approx(logits[0], abs=1e-6)
    assert len(hub.requests) == before


def test_what_save_pretrained_writes_loads_without_mmemo(
    exported: Path, python_without_mmemo: Path, run_python: Callable[..., str], repository: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "saved"
    MmemoModel.from_pretrained(exported, dtype=torch.float32).save_pretrained(folder)
    MmemoProcessor.from_pretrained(exported).save_pretrained(folder)
    code = {path.name: path.read_bytes() for path in folder.glob("*.py")}
    assert code == {path.name: path.read_bytes() for path in exported.glob("*.py")}
    own = run_python(
        sys.executable, LOGITS.format(imports=LOADS["mmemo"]), str(exported), "", PYTHONPATH=str(repository)
    )
    remote = run_python(python_without_mmemo, LOGITS.format(imports=LOADS["remote"]), str(folder), "")
    (_, weights, _, logits), (module, same_weights, _, same_logits) = json.loads(own), json.loads(remote)
    assert module.startswith("transformers_modules.")
    assert same_weights == weights
    assert same_logits == pytest.approx(logits, abs=1e-6)


def test_script_of_the_docs_classifies_a_meme_without_mmemo(
    hub: LocalHub, python_without_mmemo: Path, run_python: Callable[..., str], repository: Path, tmp_path: Path
) -> None:
    from mmemo import MmemoPipeline

    folder = export_model(Path("meme"), tmp_path / "meme")
    commit = publish(make_plan(folder, "user/mmemo-meme"), message="first").commit
    script = (repository / "docs" / "classify_meme.py").read_text()
    code = script.partition('"""\n\n')[2]
    assert len([line for line in code.splitlines() if line]) <= 10
    picture, words = folder / "examples" / "smile.jpg", "i am furious i hate this day"
    lines = run_python(python_without_mmemo, script, "user/mmemo-meme", commit, str(picture), words).splitlines()
    printed = {line.partition(" ")[0]: json.loads(line.partition(" ")[2].replace("'", '"')) for line in lines}
    analysis = MmemoPipeline.from_pretrained(dtype="float32")(image=picture, text=words)
    assert printed["hate"]["hateful"] == pytest.approx(analysis.hate.probability, abs=1e-4)
    assert printed["meme_emotion"] == pytest.approx(analysis.meme_emotion.scores, abs=1e-4)


def test_pipeline_export_pins_parts_of_other_repositories(tmp_path: Path) -> None:
    commit = "0123456789" * 4
    parts = {"meme": f"user/mmemo-meme@{commit}", "emotion": f"user/mmemo-emotion@{commit}"}
    folder = export_pipeline(tmp_path / "out", parts)
    index = json.loads((folder / "mmemo_pipeline.json").read_text())
    assert index["parts"]["meme"]["repo_id"] == "user/mmemo-meme"
    assert index["parts"]["emotion"]["revision"] == commit
    assert not (folder / "meme").exists()
    assert card_errors((folder / "README.md").read_text(), "model") == []
    with pytest.raises(ExportError, match="full commit"):
        export_pipeline(tmp_path / "other", {"meme": "user/mmemo-meme"})
