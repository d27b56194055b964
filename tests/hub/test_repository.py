"""Repositories that are read: only safe files, compared with the Hub's hashes, refused with a sentence when broken."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForSequenceClassification, GPT2Config, GPT2LMHeadModel

from mmemo import MmemoModel, MmemoPipeline, ModelError
from mmemo.cli import main
from mmemo.engines import load_engine, load_generator
from mmemo.perception import FaceDetectorError
from mmemo.perception.faces import YUNET_FILE, YUNET_REPO
from mmemo.repository import INDEX_FILE, fetch, read_index
from tests.hub.conftest import EMOTIONS
from tests.hub.server import TOKEN, LocalHub
from tests.models.tiny import make_tokenizer, text_config

COMMIT = "0123456789" * 4
REPO = "user/tiny"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def load(source: str | Path, **options: Any) -> Any:
    return load_engine(str(source), device=torch.device("cpu"), dtype=torch.float32, **options)


@pytest.fixture
def copy(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "copy"))


def rewrite(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def test_fetch_takes_settings_and_weights_and_never_code_or_pickles(hub: LocalHub, tiny_checkpoint: Path) -> None:
    extra = {"modeling_evil.py": b"raise SystemExit", "training_args.bin": b"\x80\x04.", "onnx/model.onnx": b"x"}
    commit = hub.put(REPO, contents(tiny_checkpoint) | extra)
    folder = fetch(REPO)
    assert folder.name == commit
    assert set(contents(folder)) == {name for name in contents(tiny_checkpoint) if not name.endswith(".py")}
    assert not any(".py" in request or ".bin" in request for request in hub.requests)


def test_engine_of_a_hub_id_gives_what_its_folder_gives(hub: LocalHub, tiny_checkpoint: Path) -> None:
    first = hub.put(REPO, contents(tiny_checkpoint))
    hub.put(REPO, {"config.json": b"{}"})
    with pytest.raises(ModelError, match="cannot load 'user/tiny'"):
        load(REPO)
    remote, local = load(REPO, revision=first), load(tiny_checkpoint)
    assert remote.tasks == local.tasks
    for name, values in local.model.state_dict().items():
        assert torch.equal(remote.model.state_dict()[name], values)
    assert load(REPO, revision=first, local_files_only=True).tasks == local.tasks


def test_language_model_of_a_hub_id_is_asked_as_its_folder_is(hub: LocalHub, tmp_path: Path) -> None:
    tokenizer = make_tokenizer()
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }} now{% endfor %}"
    tokenizer.save_pretrained(tmp_path / "words")
    sizes = {"n_positions": 16, "n_embd": 8, "n_layer": 1, "n_head": 1, "bos_token_id": 0, "eos_token_id": 0}
    GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), **sizes)).save_pretrained(tmp_path / "words")
    hub.put(REPO, contents(tmp_path / "words"))
    options: dict[str, Any] = {"device": torch.device("cpu"), "dtype": torch.float32}
    remote, local = load_generator(REPO, **options), load_generator(str(tmp_path / "words"), **options)
    assert remote.tokenizer.chat_template == local.tokenizer.chat_template == tokenizer.chat_template
    chat = [{"role": "user", "content": "what a lovely day"}]
    assert remote(chat, max_new_tokens=4, do_sample=False) == local(chat, max_new_tokens=4, do_sample=False)


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_cached_file_that_was_altered_is_refused(hub: LocalHub, tiny_checkpoint: Path, name: str) -> None:
    hub.put(REPO, contents(tiny_checkpoint))
    path = fetch(REPO) / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.resolve().write_bytes(content)
    with pytest.raises(ModelError, match=f"{name} of 'user/tiny' is not what the Hub lists: expected the hash"):
        load(REPO, local_files_only=True)


def test_repository_of_pickles_alone_is_refused(hub: LocalHub, copy: Path, tmp_path: Path) -> None:
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    sentence = r"offers its weights as pickles alone \(pytorch_model\.bin\), which can run code when they are read"
    with pytest.raises(ModelError, match=sentence):
        load(copy)
    hub.put(REPO, contents(copy))
    with pytest.raises(ModelError, match=sentence):
        load(REPO)
    with pytest.raises(OSError, match="no file named model.safetensors"):
        MmemoModel.from_pretrained(copy)


@pytest.mark.parametrize(
    ("model_id", "revision", "message"),
    [
        ("user/nothing", None, "the Hub has no such repository for you"),
        (REPO, "v9", "the repository has no revision 'v9'"),
        ("no/such/folder", None, "neither a folder that exists nor an id"),
        ("../tiny", None, "neither a folder that exists nor an id"),
    ],
)
def test_fetch_says_what_is_not_there(hub: LocalHub, model_id: str, revision: str | None, message: str) -> None:
    hub.put(REPO, {"config.json": b"{}"})
    with pytest.raises(ModelError, match=message) as caught:
        fetch(model_id, revision=revision)
    assert "\n" not in str(caught.value)


def test_fetch_offline_says_so(hub: LocalHub) -> None:
    with pytest.raises(ModelError, match="not in the cache, or not whole, and the Hub is not asked"):
        fetch(REPO, local_files_only=True)
    assert hub.requests == []


def _truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def _lose_a_weight(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights.pop("heads.emotion.out.weight")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _task(name: str, **settings: Any) -> Callable[[Path], None]:
    def change(values: dict[str, Any]) -> None:
        values["tasks"][name] = {**values["tasks"]["emotion"], **settings}

    return lambda folder: rewrite(folder / "config.json", change)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_truncate, r"model\.safetensors of .* is cut off, altered or no safetensors file"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\x80\x04."), "is cut off, altered or no safetens"),
        (_lose_a_weight, r"are not whole: 1 are missing, such as heads\.emotion\.out\.weight"),
        (lambda folder: (folder / "config.json").unlink(), r"it has no config\.json"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot load"),
        (_task("voice"), "has an unknown task 'voice': expected one of hate, offensive"),
        (_task("emotion", fusion="magic"), "unknown fusion 'magic': expected one of concat"),
        (_task("emotion", labels=EMOTIONS[:6]), "other labels for 'emotion': expected the 7 of .* got the 6 of"),
        (_task("sentiment", labels=EMOTIONS), "other labels for 'sentiment': expected the 3"),
        (_task("emotion", problem_type="multi_label_classification"), "cannot serve 'emotion': expected probabilities"),
        (_task("emotion", temperature=0), "temperature must be a number over 0, got 0"),
    ],
)
def test_broken_model_is_refused(copy: Path, spoil: Callable[[Path], Any], message: str) -> None:
    spoil(copy)
    with pytest.raises(ModelError, match=message) as caught:
        load(copy)
    assert "\n" not in str(caught.value)


def test_code_of_a_repository_is_never_run(hub: LocalHub, tiny_checkpoint: Path, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    code = f"open({str(mark)!r}, 'w')\n".encode()
    config = {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil"}}
    hub.put("user/evil", contents(tiny_checkpoint) | {"evil.py": code, "config.json": json.dumps(config).encode()})
    with pytest.raises(ModelError, match="cannot load 'user/evil'"):
        load("user/evil")
    hidden = {"auto_map": {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil", "AutoProcessor": "evil.Evil"}}
    own = json.loads((tiny_checkpoint / "config.json").read_text()) | hidden
    hub.put("user/own", contents(tiny_checkpoint) | {"evil.py": code, "config.json": json.dumps(own).encode()})
    assert type(load("user/own").model).__module__ == "mmemo.models.modeling_mmemo"
    assert not mark.exists()


# --- whole pipelines -------------------------------------------------------------------------------------------------


@pytest.fixture
def pipe(tiny_checkpoint: Path) -> MmemoPipeline:
    return MmemoPipeline.from_pretrained(tiny_checkpoint, dtype="float32")


def scores(pipe: MmemoPipeline) -> dict[str, float]:
    return pipe(text="what a lovely day", explain="none").to_dict()["emotion"]["scores"]


def test_pipeline_is_saved_and_loaded_again(pipe: MmemoPipeline, tmp_path: Path) -> None:
    pipe.text_reader.min_confidence = 0.8
    folder = pipe.save_pretrained(tmp_path / "saved")
    assert json.loads((folder / INDEX_FILE).read_text()) == {
        "_class_name": "MmemoPipeline",
        "format": 1,
        "parts": {"emotion": {"folder": "emotion", "tasks": ["emotion", "face_emotion", "sentiment"]}},
        "face_detector": "centerface",
        "text_reader": {"min_confidence": 0.8, "max_side": 960},
    }
    again = MmemoPipeline.from_pretrained(folder, dtype="float32")
    assert scores(again) == pytest.approx(scores(pipe), abs=1e-5)
    assert again.text_reader.min_confidence == 0.8
    assert again.face_detector.name == "centerface"


def test_pipeline_with_a_standard_classifier_is_saved_and_loaded_again(tiny_checkpoint: Path, tmp_path: Path) -> None:
    labels = dict(enumerate(("negative", "neutral", "positive")))
    BertForSequenceClassification(BertConfig(**text_config("bert").to_dict() | {"id2label": labels})).save_pretrained(
        tmp_path / "classifier"
    )
    make_tokenizer().save_pretrained(tmp_path / "classifier")
    pipe = MmemoPipeline.from_pretrained(tiny_checkpoint, dtype="float32", sentiment=tmp_path / "classifier")
    folder = pipe.save_pretrained(tmp_path / "saved")
    parts = read_index(folder).parts
    assert {name: part.tasks for name, part in parts.items()} == {
        "emotion": ("emotion", "face_emotion"),
        "sentiment": ("sentiment",),
    }
    again = MmemoPipeline.from_pretrained(folder, dtype="float32")
    first, second = (made(text="what a day", explain="none").sentiment.scores for made in (pipe, again))
    assert second == pytest.approx(first, abs=1e-5)


def test_pipeline_is_pushed_and_loaded_by_its_commit(hub: LocalHub, pipe: MmemoPipeline) -> None:
    commit = pipe.push_to_hub("user/pipe", private=True)
    assert len(hub.repositories["models", "user/pipe"].commits) == 2
    assert 'from_pretrained("user/pipe")' in hub.files("user/pipe")["README.md"].decode()
    assert pipe.push_to_hub("user/pipe") == commit
    hub.put("user/pipe", {INDEX_FILE: b"later"})
    again = MmemoPipeline.from_pretrained("user/pipe", revision=commit, dtype="float32")
    assert scores(again) == pytest.approx(scores(pipe), abs=1e-5)
    assert not any(request.endswith(".py") for request in hub.requests)
    with pytest.raises(ModelError, match=f"{INDEX_FILE}: expected JSON"):
        MmemoPipeline.from_pretrained("user/pipe")


def test_pipeline_takes_parts_at_their_commits(
    hub: LocalHub, pipe: MmemoPipeline, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    commit = hub.put(REPO, contents(tiny_checkpoint))
    hub.put(REPO, {"config.json": b"{}"})
    part = {"repo_id": REPO, "revision": commit, "tasks": ["emotion", "sentiment"]}
    index = {"_class_name": "MmemoPipeline", "format": 1, "parts": {"emotion": part}}
    hub.put("user/pinned", {INDEX_FILE: json.dumps(index).encode()})
    again = MmemoPipeline.from_pretrained("user/pinned", dtype="float32")
    assert again.tasks == ("emotion", "sentiment")
    assert scores(again) == pytest.approx(scores(pipe), abs=1e-5)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"folder": "../emotion"}, r"has the folder '\.\./emotion': expected a plain name"),
        ({"folder": "/etc"}, "expected a plain name"),
        ({"folder": ".."}, "expected a plain name"),
        ({"folder": "a/b"}, "expected a plain name"),
        ({"folder": "a\\b"}, "expected a plain name"),
        ({"folder": ""}, "expected a plain name"),
        ({"folder": "link"}, "expected the folder 'link'"),
        ({"folder": "missing"}, "expected the folder 'missing'"),
        ({"folder": 3}, "expected a plain name"),
        ({"folder": "emotion", "code": "x.py"}, "has unknown keys code"),
        ({"folder": "emotion", "tasks": ["voice"]}, "unknown task 'voice': expected one of"),
        ({"folder": "emotion", "tasks": ["hate"]}, "has no task 'hate': it has emotion"),
        ({"folder": "emotion", "tasks": ["emotion", "emotion"]}, "tasks that differ from each other"),
        ({"folder": "emotion", "tasks": []}, "needs a list of tasks"),
        ({}, "needs either folder or repo_id with revision"),
        ({"folder": "emotion", "repo_id": "a/b"}, "needs either folder or repo_id"),
        ({"repo_id": "a/b", "revision": "main"}, "must be pinned by its full commit"),
        ({"repo_id": "a/b"}, "must be pinned by its full commit"),
        ({"repo_id": "../../etc", "revision": COMMIT}, "needs a Hub id of the form user/name"),
    ],
)
def test_index_with_a_bad_part_is_refused(
    part: dict[str, Any], message: str, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    base = tmp_path / "pipeline"
    base.mkdir()
    os.symlink(tiny_checkpoint, base / "link")
    shutil.copytree(tiny_checkpoint, base / "emotion")
    values = {"_class_name": "MmemoPipeline", "format": 1, "parts": {"a": {"tasks": ["emotion"], **part}}}
    (base / INDEX_FILE).write_text(json.dumps(values))
    with pytest.raises(ModelError, match=message):
        MmemoPipeline.from_pretrained(base)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"_class_name": "StableDiffusionPipeline"}, "expected _class_name 'MmemoPipeline' and format 1"),
        ({"format": 2}, "format 1, got 'MmemoPipeline' and 2"),
        ({"parts": []}, "parts must be a mapping, got list"),
        ({"parts": {}}, "expected parts with tasks"),
        ({"face_detector": 3}, "face_detector must be a name"),
        ({"face_detector": "evil"}, "unknown face detector 'evil'"),
        ({"text_reader": {"engine": "evil"}}, "text_reader: .*unexpected keyword argument 'engine'"),
        ({"text_reader": {"min_confidence": 7}}, "text_reader: min_confidence must lie in"),
    ],
)
def test_index_with_bad_settings_is_refused(
    change: dict[str, Any], message: str, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_checkpoint, tmp_path / "emotion")
    part = {"folder": "emotion", "tasks": ["emotion"]}
    values = {"_class_name": "MmemoPipeline", "format": 1, "parts": {"a": part}} | change
    (tmp_path / INDEX_FILE).write_text(json.dumps(values))
    with pytest.raises(ModelError, match=message):
        MmemoPipeline.from_pretrained(tmp_path)


def test_face_detector_of_the_hub_is_asked_for_as_the_models_are(
    hub: LocalHub, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.put(YUNET_REPO, {YUNET_FILE: b"no network"})
    hub.repositories["models", YUNET_REPO].private = True
    monkeypatch.delenv("HF_TOKEN")
    hub.requests.clear()
    with pytest.raises(FaceDetectorError, match=f"could not get {YUNET_FILE}"):
        MmemoPipeline.from_pretrained(tiny_checkpoint, face_detector="yunet", token=TOKEN, local_files_only=True)
    assert hub.requests == []
    with pytest.raises(FaceDetectorError, match="expected the YuNet weights"):
        MmemoPipeline.from_pretrained(tiny_checkpoint, face_detector="yunet", token=TOKEN)


def test_face_detector_that_cannot_be_had_is_one_line_of_the_command(
    hub: LocalHub, tiny_checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(tiny_checkpoint, tmp_path / "emotion")
    part = {"folder": "emotion", "tasks": ["emotion"]}
    values = {"_class_name": "MmemoPipeline", "format": 1, "parts": {"a": part}, "face_detector": "yunet"}
    (tmp_path / INDEX_FILE).write_text(json.dumps(values))
    assert main(["analyze", "--model", str(tmp_path), "--text", "me"]) == 2
    said = capsys.readouterr().err
    assert f"could not get {YUNET_FILE}" in said
    assert said.count("\n") == 1


def test_index_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / INDEX_FILE).write_text("[1]")
    with pytest.raises(ModelError, match="the index must be a mapping, got list"):
        read_index(tmp_path)
