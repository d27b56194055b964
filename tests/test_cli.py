"""The command: what it prints, its exit codes, one line for each error, and a quick `--help`."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from PIL import Image

import mmemo
from mmemo import MmemoPipeline, cli
from mmemo.cli import main
from mmemo.data.pairs import COLUMNS
from mmemo.labels import EMOTIONS
from mmemo.results import Analysis
from mmemo.ui.settings import DTYPES
from tests.batch import zips
from tests.perception.drawing import draw_meme

EXAMPLES = Path("mmemo/ui/examples")
COMMANDS = (
    ["analyze"],
    ["batch"],
    ["conversation"],
    ["serve"],
    ["train"],
    ["evaluate"],
    ["data"],
    ["data", "describe"],
    ["prepare-data"],
)
SLOW_MODULES = ("torch", "transformers", "gradio", "matplotlib", "sklearn", "cv2", "PIL", "numpy")


@pytest.fixture(scope="module")
def shipped():
    return MmemoPipeline.from_pretrained(dtype="float32")


@pytest.fixture
def loaded(shipped, monkeypatch):
    """The options of each loading, which all give the one pipeline."""
    calls = []

    def from_pretrained(model=None, **options):
        calls.append({"model": model, **options})
        return shipped

    monkeypatch.setattr(MmemoPipeline, "from_pretrained", from_pretrained)
    return calls


@pytest.fixture
def words_file(tmp_path):
    """A picture that holds no words, beside a table."""
    Image.new("RGB", (64, 48), "white").save(tmp_path / "plain.png")
    return tmp_path


def run(*arguments, **options):
    command = [sys.executable, "-m", "mmemo", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def results(text):
    return [json.loads(line) for line in text.splitlines()]


# --- the frame -------------------------------------------------------------------------------------------------------


def test_help_names_every_command(capsys):
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    for command in COMMANDS:
        assert f"\n    {command[0]} " in printed or f"\n    {command[0]}\n" in printed
    assert max(map(len, printed.splitlines())) <= 100


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_command_shows_an_example(capsys, command):
    assert main([*command, "--help"]) == 0
    printed = capsys.readouterr().out
    assert f"usage: mmemo {' '.join(command)} " in printed
    assert "examples:\n  mmemo " in printed


def test_help_imports_nothing_slow():
    code = (
        "import sys; from mmemo.cli import main;"
        f"codes = [main([*command, '--help']) for command in ([], *{COMMANDS!r})];"
        f"print(codes, [name for name in {SLOW_MODULES!r} if name in sys.modules], file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stderr.strip() == f"{[0] * (len(COMMANDS) + 1)} []"


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"mmemo {mmemo.__version__}\n"


def test_main_without_command_shows_help(capsys):
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("usage: mmemo")


def test_module_is_the_command(repository, capsys):
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["scripts"]["mmemo"] == f"{main.__module__}:{main.__name__}"
    code = main(["data", "describe", "nope", "."])
    found = run("data", "describe", "nope", ".")
    assert (found.returncode, found.stdout, found.stderr) == (code, *capsys.readouterr())


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dance"], "invalid choice: 'dance'"),
        (["analyze"], "expected a picture, --text, or both, got neither"),
        (["analyze", "--colour"], "unrecognized arguments: --colour"),
        (["analyze", "{tmp}/none.jpg"], "no such picture file"),
        (["analyze", "{tmp}/notes.txt"], "expected JPEG, PNG, WebP, GIF or BMP, but"),
        (["analyze", "https://example.org/a.jpg"], "URLs are not fetched"),
        (["analyze", "--text", "a\udcff"], "expected UTF-8 as --text"),
        (["analyze", "--text", "a", "--model", "{tmp}/none"], "cannot load"),
        (["analyze", "--text", "a", "--model", "nobody/nothing"], "cannot load 'nobody/nothing'"),
        (["analyze", "--text", "a", "--device", "abacus"], "cannot use device 'abacus'"),
        (["analyze", "--text", "a", "--dtype", "int8"], "invalid choice: 'int8'"),
        (["analyze", "--text", "a", "--part", "hate"], "--part expects NAME=VALUE, got 'hate'"),
        (
            ["analyze", "--text", "a", "--part", "device=cpu"],
            "unknown part 'device': expected one of meme, emotion, hate",
        ),
        (["batch", "{tmp}/none"], "got nothing of that name"),
        (["batch", "{tmp}/notes.txt"], "got another kind of file"),
        (["batch", "{tmp}/empty"], "expected pictures"),
        (["batch", "{tmp}/columns.csv"], "expected a column image, text, or both, got picture, words"),
        (["batch", "{tmp}/steering.csv"], "expected a column image, text, or both, got a [31mred ]0;title b, c"),
        (["batch", "{tmp}/\x1b[31mnone"], " [31mnone: "),
        (["batch", "{tmp}/header.csv"], "expected rows, got none"),
        (["batch", "{tmp}/row.csv", "--batch-size", "0"], "expected a whole number of 1 or more, got '0'"),
        (["batch", "{tmp}/row.csv", "--output", "{tmp}/empty"], "expected a file to write, got a folder"),
        (["batch", "{tmp}/row.csv", "--output", "{tmp}/notes.txt/a"], "notes.txt"),
        (["batch", "{tmp}/fake.zip"], "expected a ZIP archive, got another kind of file"),
        (["conversation", "{tmp}/none.txt"], "none.txt"),
        (["conversation", "{tmp}/empty"], "expected a dialogue as text, or a .csv table, got a folder"),
        (["conversation", "{tmp}/rows.jsonl"], "expected a dialogue as text, or a .csv table, got a .jsonl file"),
        (["conversation", "{tmp}/notes.txt", "--dialogue", "1"], "--dialogue is for tables"),
        (["conversation", "{tmp}/columns.csv"], "expected a column Utterance or text"),
        (["conversation", "{tmp}/row.csv", "--dialogue", "5"], "unknown dialogue '5': expected one of 1"),
        (["serve", "--port", "0"], "expected a port from 1 to 65535, got '0'"),
        (["serve", "--port", "65536"], "expected a port from 1 to 65535, got '65536'"),
        (["train", "nope", "--data", "{tmp}", "--output", "{tmp}/o"], "unknown recipe 'nope'"),
        (["train", "resnet18_fer", "--data", "{tmp}/none", "--output", "{tmp}/o"], "got no folder"),
        (["train", "resnet18_fer", "--data", "{tmp}", "--output", "{tmp}/o"], "fer2013"),
        (["train", "compact_emotion", "--data", "{tmp}", "--output", "{tmp}/o"], "--start-from compact_text=DIR"),
        (
            ["train", "resnet18_fer", "--data", "{tmp}", "--output", "{tmp}/o", "--start-from", "a=b"],
            "starts from none",
        ),
        (["train", "compact_face", "--data", "{tmp}", "--output", "{tmp}/o", "--set", "training.epoch=1"], "got 1"),
        (["train", "compact_face", "--data", "{tmp}", "--output", "{tmp}/o", "--set", "training.epochs=["], "parsing"),
        (
            ["evaluate", "--model", "{tmp}/empty", "--task", "hate", "--dataset", "harmeme", "--data", "{tmp}"],
            "--output",
        ),
        (
            "evaluate --model {tmp}/empty --task hate --dataset harmeme --data {tmp} --output {tmp}/o".split(),
            "expected the folder of a finished checkpoint",
        ),
        (["data", "describe", "nope", "{tmp}"], "unknown data set 'nope'"),
        (["data", "describe", "meld", "{tmp}"], "meld"),
        (["data"], "ACTION"),
        ("prepare-data {tmp}/none --texts meld --data {tmp} --output {tmp}/d.csv".split(), "meld"),
    ],
)
def test_bad_input_is_one_line_and_code_2(tmp_path, capsys, arguments, words):
    (tmp_path / "empty").mkdir()
    (tmp_path / "fake.zip").write_text("no archive")
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "columns.csv").write_text("picture,words\na,b\n")
    (tmp_path / "steering.csv").write_text("a\x1b[31mred\x1b]0;title\x07b,c\nd,e\n")
    (tmp_path / "header.csv").write_text("image,text\n")
    (tmp_path / "row.csv").write_text("text\nhello\n")
    assert main([argument.replace("{tmp}", str(tmp_path)) for argument in arguments]) == 2
    printed = capsys.readouterr()
    (line,) = [line for line in printed.err.splitlines() if line]
    assert line.startswith("mmemo: error: ")
    assert words in line
    assert line.isprintable()
    assert printed.out == ""


def test_missing_extra_names_the_pip_command(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name == "accelerate" else object())
    assert main(["train", "compact_face", "--data", str(tmp_path), "--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        'mmemo: error: this command needs packages that are not installed (accelerate): pip install "mmemo[train]"\n'
    )


def test_interrupt_is_told_without_traceback(monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(MmemoPipeline, "from_pretrained", interrupted)
    assert main(["analyze", "--text", "a"]) == 130
    assert capsys.readouterr().err == "mmemo: interrupted\n"


# --- analyze ---------------------------------------------------------------------------------------------------------


def test_analyze_json_is_the_analysis(loaded, shipped, capsys):
    picture = EXAMPLES / "smile.jpg"
    assert main(["analyze", str(picture), "--text", "what a day", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    expected = shipped(picture, "what a day").to_dict()
    assert printed == json.loads(json.dumps(expected))
    assert list(printed) == list(expected)


def test_analyze_prints_for_people(loaded, capsys):
    assert main(["analyze", str(EXAMPLES / "smile.jpg"), "--text", "what a day"]) == 0
    printed = capsys.readouterr()
    for heading in ("Words", "Hate", "Emotion", "Sentiment", "Faces", "Why"):
        assert f"\n{heading} " in f"\n{printed.out}"
    assert '"what a day" (given)' in printed.out
    assert max(map(len, printed.out.splitlines())) <= 96
    assert "\033" not in printed.out
    assert printed.err == ""


def test_analyze_passes_models_on(loaded, capsys):
    options = ["--model", "a/b", "--part", "hate=c/d", "--part", "meme=e", "--device", "cpu", "--dtype", "float32"]
    assert main(["analyze", "--text", "hello", "--json", "--explain", "none", *options]) == 0
    assert loaded == [{"model": "a/b", "device": "cpu", "dtype": "float32", "hate": "c/d", "meme": "e"}]
    assert json.loads(capsys.readouterr().out)["explanation"] is None


@pytest.mark.parametrize("dtype", DTYPES)
def test_analyze_takes_each_number_type_of_the_app(dtype, loaded):
    assert main(["analyze", "--text", "hello", "--explain", "none", "--dtype", dtype]) == 0
    assert loaded == [{"model": None, "device": None, "dtype": dtype}]


def test_analyze_passes_the_rephrasing_model_on(loaded, capsys):
    assert main(["analyze", "--text", "hello", "--rephrase-with", "a/b@main"]) == 0
    assert loaded == [{"model": None, "device": None, "dtype": "auto", "rephrase_with": "a/b@main"}]


def test_analyze_refuses_too_long_text(loaded, capsys):
    assert main(["analyze", "--text", "a" * 20_001]) == 2
    assert capsys.readouterr().err == "mmemo: error: text must have at most 20000 characters, got 20001\n"


def test_analyze_in_a_process_of_its_own_is_quiet():
    picture = EXAMPLES / "smile.jpg"
    found = run("analyze", "-", "--text", "what a day 🙂", "--json", stdin=picture.open("rb"))
    assert (found.returncode, found.stderr) == (0, "")
    values = json.loads(found.stdout)
    assert list(values) == list(Analysis.__dataclass_fields__)
    with Image.open(picture) as image:
        assert values["image_size"] == list(image.size)
    assert values["text"]["value"] == "what a day 🙂"


# --- batch -----------------------------------------------------------------------------------------------------------


def test_batch_goes_on_after_bad_rows(loaded, words_file, capsys):
    rows = [b"image,text", b"plain.png,first", b"none.png,x", b"plain.png", b",", b"\xff\xfe,y", b'"no\xc3\xa9l.png",z']
    rows += [b",last \xe2\x98\x83"]
    (words_file / "memes.csv").write_bytes(b"\n".join(rows) + b"\n")
    output = words_file / "out" / "results.jsonl"
    assert main(["batch", str(words_file / "memes.csv"), "--output", str(output), "--batch-size", "2"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines()[-1] == f"mmemo: 2 analysed, 5 failed, written to {output}"
    found = results(output.read_text(encoding="utf-8"))
    assert [tuple(line)[2] for line in found] == ["analysis", *["error"] * 5, "analysis"]
    assert [line["error"]["index"] for line in found[1:-1]] == [1, 2, 3, 4, 5]
    assert [line["error"]["kind"] for line in found[1:-1]] == ["ImageError", *["RowError"] * 3, "ImageError"]
    assert (found[0]["image"], found[0]["text"]) == ("plain.png", "first")
    assert (found[-1]["image"], found[-1]["text"]) == (None, "last ☃")
    assert found[-1]["analysis"]["text"]["value"] == "last ☃"
    assert os.listdir(output.parent) == ["results.jsonl"]


def test_batch_of_a_folder_is_in_order(loaded, tmp_path, capsys):
    (tmp_path / "more").mkdir()
    for name in ("b.png", "a.png", "more/c.png", ".hidden.png"):
        Image.new("RGB", (40, 40), "white").save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    assert main(["batch", str(tmp_path), "--explain", "none"]) == 0
    printed = capsys.readouterr()
    found = results(printed.out)
    assert [line["image"] for line in found] == ["a.png", "b.png", "more/c.png"]
    assert found[0]["analysis"]["explanation"] is None
    assert printed.err.splitlines()[-1] == "mmemo: 3 analysed, 0 failed"


def test_batch_of_an_archive_reads_its_table(loaded, tmp_path, capsys):
    rows = b'{"image": "b.png", "text": "second"}\n{"text": "words"}\n'
    (tmp_path / "a.zip").write_bytes(zips.zipped({"rows.jsonl": rows, "a.png": b"", "b.png": b"broken"}))
    assert main(["batch", str(tmp_path / "a.zip"), "--explain", "none"]) == 1
    printed = capsys.readouterr()
    first, second = results(printed.out)
    assert "mmemo: pictures that the table does not name, left out: 1\n" in printed.err
    assert (first["image"], first["error"]["kind"]) == ("b.png", "ImageError")
    assert second["analysis"]["text"]["value"] == "words"


def test_conversation_prints_turns(loaded, shipped, words_file, capsys):
    (words_file / "talk.txt").write_text(
        "Ann: I love this!\nBen: so sad\x1b[2J\nAnn: look [plain.png]\nBen: [none.png]\nAnn: [said.png]\n"
    )
    draw_meme("MONDAY").save(words_file / "said.png")
    assert main(["conversation", str(words_file / "talk.txt")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("  1  happy ") and lines[0].endswith("Ann: I love this!")
    assert "valence -" in lines[1] and "\x1b" not in lines[1]
    assert lines[2].endswith("Ann: look")
    assert "not analysed: no such picture file" in lines[3]
    assert lines[4].endswith("Ann: [read from the picture] MONDAY")


def test_conversation_json_is_that_of_python(loaded, shipped, tmp_path, capsys):
    (tmp_path / "talk.csv").write_text("Utterance,Speaker,Dialogue_ID\nhi,Ann,1\nI am afraid,Ben,2\n")
    assert main(["conversation", str(tmp_path / "talk.csv"), "--dialogue", "2", "--json"]) == 0
    expected = shipped.conversation([("Ben", "I am afraid")]).to_dict()
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(expected))


def test_batch_gives_what_analyze_gives(loaded, shipped, words_file, capsys):
    (words_file / "one.jsonl").write_text('{"image": "plain.png", "text": "you disgust me"}\n')
    assert main(["batch", str(words_file / "one.jsonl")]) == 0
    (found,) = results(capsys.readouterr().out)
    expected = shipped(words_file / "plain.png", "you disgust me").to_dict()
    assert found["analysis"] == json.loads(json.dumps(expected))


def test_batch_leaves_earlier_output_when_stopped(loaded, shipped, words_file, monkeypatch, capsys):
    (words_file / "rows.csv").write_text("text\nhello\n")
    output = words_file / "results.jsonl"
    output.write_text("earlier")

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(shipped, "batch", interrupted)
    assert main(["batch", str(words_file / "rows.csv"), "--output", str(output)]) == 130
    assert output.read_text() == "earlier"
    assert sorted(os.listdir(words_file)) == ["plain.png", "results.jsonl", "rows.csv"]


# --- serve, train, data ----------------------------------------------------------------------------------------------


def test_serve_launches_the_app(loaded, monkeypatch, tmp_path):
    from mmemo import ui

    calls = []
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(ui.serving, "exit_cleanly_when_terminated", lambda: calls.append("signal"))
    monkeypatch.setenv("MMEMO_QUEUE_SIZE", "5")
    monkeypatch.setenv("MMEMO_DTYPE", "float32")
    monkeypatch.setattr(ui, "build_demo", lambda pipeline, settings: "demo")
    monkeypatch.setattr(ui, "launch", lambda demo, settings, **options: calls.append((demo, settings, options)))
    assert main(["serve", "--port", "8123", "--host", "0.0.0.0"]) == 0
    signal, (demo, settings, options) = calls
    assert signal == "signal"
    assert (demo, settings.queue_size, loaded[0]["dtype"]) == ("demo", 5, "float32")
    assert (options["server_name"], options["server_port"], options["share"]) == ("0.0.0.0", 8123, False)


@pytest.mark.parametrize("option", [[], ["--start-from", "compact_face={tmp}/elsewhere"]])
def test_train_finds_what_it_starts_from(monkeypatch, tmp_path, capsys, option):
    from mmemo.training import train

    face = tmp_path / ("elsewhere" if option else "compact_face")
    starts = [tmp_path / "compact_text", face]
    for folder in starts:
        folder.mkdir()
        (folder / "config.json").write_text("{}")
    calls = []

    def record(recipe, data, output, **options):
        calls.append((recipe, options))
        return {"dev": {"emotion/meld": {"accuracy": 0.5, "macro_f1": 0.25, "roc_auc": float("nan"), "ece": 0.1}}}

    monkeypatch.setattr(train, "train", record)
    arguments = ["train", "compact_emotion", "--data", str(tmp_path), "--output", str(tmp_path / "emotion")]
    option = [value.replace("{tmp}", str(tmp_path)) for value in option]
    assert main([*arguments, *option, "--resume", "--cpu", "--workers", "1", "--set", "training.epochs=7"]) == 0
    ((recipe, options),) = calls
    assert recipe.training.epochs == 7
    assert options == {"starts": starts, "teachers": [], "resume": True, "use_cpu": True, "num_workers": 1}
    assert "emotion/meld" in capsys.readouterr().out


def write_meld(folder):
    folder.mkdir(parents=True)
    names = ("anger", "disgust", "fear", "joy", "neutral", "sadness", "surprise")
    header = "Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
    rows = [f"line {n},Ross,{name},neutral,0,{n},4,7,00:00:01,00:00:02" for n, name in enumerate(names)]
    (folder / "train_sent_emo.csv").write_text("\n".join([header, *rows]) + "\n")


def test_data_describe_counts_and_draws(tmp_path, capsys):
    write_meld(tmp_path / "meld")
    assert main(["data", "describe", "meld", str(tmp_path), "--plot", str(tmp_path / "meld.png")]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("meld: ")
    assert "no split test" in printed
    with Image.open(tmp_path / "meld.png") as image:
        assert image.format == "PNG"


def test_data_make_sentences_writes_what_its_readers_read(tmp_path, capsys):
    assert main(["data", "make-sentences", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    for name in ("identity", "contempt"):
        assert str(tmp_path / name) in printed
        assert main(["data", "describe", name, str(tmp_path)]) == 0
        assert "not hateful" in capsys.readouterr().out


def test_prepare_data_writes_pairs_and_says_what_they_are(tmp_path, capsys):
    write_meld(tmp_path / "data" / "meld")
    for emotion in EMOTIONS:
        (tmp_path / "faces" / emotion).mkdir(parents=True)
        Image.new("L", (48, 48), 99).save(tmp_path / "faces" / emotion / "a.png")
    output = tmp_path / "dataset.csv"
    arguments = ["prepare-data", str(tmp_path / "faces"), "--texts", "meld", "--data", str(tmp_path / "data")]
    assert main([*arguments, "--output", str(output)]) == 0
    assert "not real pairs" in capsys.readouterr().out
    header, *rows = output.read_text(encoding="utf-8").splitlines()
    assert header == ",".join(COLUMNS)
    assert len(rows) == len(EMOTIONS)
