"""The `mmemo` command: analyses, conversations, serving; training and what belongs to it.

Conventions: results go to standard output, everything else to standard error. Exit code 0 is success, 1 a batch in
which some items failed, 2 bad input, which is told in one line `mmemo: error: ...`. torch and transformers are imported
by the command that needs them, so that `--help` answers at once.
"""

import argparse
import json
import logging
import os
import shlex
import sys
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from mmemo import __version__
from mmemo.explain.narrative import percent
from mmemo.explain.report import render
from mmemo.labels import TASK_LABELS
from mmemo.results import AnalysisFailure

if TYPE_CHECKING:
    from PIL.Image import Image

    from mmemo.conversation import Conversation, Turn
    from mmemo.pipeline import MmemoPipeline

TRAIN_PACKAGES = ("accelerate", "matplotlib", "sklearn", "tensorboard", "torchmetrics", "yaml")
"""Packages of the `train` extra that its commands cannot do without, by the names they are imported under."""

MAX_PORT = 65_535

RECIPE_OPTIONS = {
    "model": "text_emotion: bert, roberta, distilbert or minilm",
    "head": "text_emotion: linear, ffn or lstm",
    "dataset": "text_emotion: goemotions, meld, iemocap or mosei",
}
"""Options of recipes that `mmemo train` takes, and what its help says of them."""

EXAMPLES = """\
examples:
  mmemo analyze meme.jpg --text "when the code works"
  mmemo analyze meme.jpg --json > result.json
  mmemo batch pictures/ --output results.jsonl
  mmemo serve
  mmemo train resnet18_fer --data data --output runs/resnet18_fer
  mmemo evaluate --model runs/resnet18_fer --task face_emotion --dataset fer2013 \\
      --data data --output runs/resnet18_fer/fer2013

`mmemo COMMAND --help` tells more of each. Training commands need: pip install "mmemo[train]"
"""


class CommandError(Exception):
    """Something the user can put right; its message becomes the one line of the error."""


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Print the line and leave with code 2."""
        self.exit(2, f"mmemo: error: {message} (see: {self.prog} --help)\n")


@contextmanager
def _told_in_one_line(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors of these kinds into a `CommandError`."""
    try:
        yield
    except kinds as error:
        raise CommandError(str(error) or type(error).__name__) from error


def _one_line(text: str) -> str:
    """The text without line breaks and what would steer a terminal: it may quote files that came from anywhere."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: Arguments without the program's name; None for those of this process.

    Returns:
        The exit code.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    parser = build_parser()
    try:
        args = parser.parse_args(given)
    except SystemExit as stop:  # --help, --version or an error that is already printed
        return stop.code if isinstance(stop.code, int) else 0
    if args.run is None:
        parser.print_help(sys.stderr)
        return 2
    args.command_line = shlex.join(["mmemo", *given])
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except CommandError as error:
        print(f"mmemo: error: {_one_line(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mmemo: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader has gone, as in `mmemo batch ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


# --- arguments -------------------------------------------------------------------------------------------------------


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = _Parser(
        prog="mmemo",
        description="What a meme, a photo or a webcam frame and its words express: hate, emotions, where\n"
        "they disagree, and why.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"mmemo {__version__}")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    _add_analyze(commands)
    _add_batch(commands)
    _add_conversation(commands)
    _add_serve(commands)
    _add_train(commands)
    _add_evaluate(commands)
    _add_compare(commands)
    _add_average(commands)
    _add_calibrate(commands)
    _add_data(commands)
    _add_prepare_data(commands)
    return parser


def _add_command(commands: Any, name: str, summary: str, examples: str, run: Any) -> argparse.ArgumentParser:  # noqa: ANN401 - argparse's own class is private
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"examples:\n{textwrap.indent(textwrap.dedent(examples).strip(), '  ')}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    return parser


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("models")
    group.add_argument(
        "--model", metavar="ID", help="folder or Hub id of one model for all tasks (default: compact pair)"
    )
    group.add_argument(
        "--part",
        metavar="NAME=ID",
        action="append",
        default=[],
        help="a model for one part: meme, emotion, or a task's name, such as "
        "face_emotion=trpakov/vit-face-expression; may be repeated",
    )
    group.add_argument(
        "--rephrase-with",
        metavar="ID",
        help="folder or Hub id of a text-generation model that words explanations anew, where it keeps what they claim",
    )
    group.add_argument("--device", help="such as cpu or cuda:0 (default: CUDA when it is there)")
    group.add_argument(
        "--dtype",
        choices=("auto", "float32", "bfloat16", "float16"),
        default="auto",
        help="number type (default: auto)",
    )


def _add_explain_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--explain",
        choices=("none", "fast", "full"),
        default="fast",
        help="why: fast takes one pass, full many, and tells what would change a verdict (default: fast)",
    )
    parser.add_argument("--language", choices=("en", "de", "es"), default="en", help="of the explanation (default: en)")


def _add_analyze(commands: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    parser = _add_command(
        commands,
        "analyze",
        "analyse a picture, words, or both",
        """
        mmemo analyze meme.jpg
        mmemo analyze meme.jpg --text "when the code works"
        mmemo analyze --text "best day ever" --json
        curl -s https://example.org/meme.jpg | mmemo analyze -
        """,
        _run_analyze,
    )
    parser.add_argument(
        "image",
        nargs="?",
        metavar="IMAGE",
        help="JPEG, PNG, WebP, GIF or BMP file, of an animation the first frame; - for standard input",
    )
    parser.add_argument("--text", metavar="T", help='the words (default: read from the picture; "" for none)')
    parser.add_argument("--json", action="store_true", help="print JSON, as Analysis.to_dict() gives it")
    _add_explain_options(parser)
    _add_model_options(parser)


def _add_batch(commands: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    parser = _add_command(
        commands,
        "batch",
        "analyse many items, one line of JSON each",
        """
        mmemo batch pictures/ --output results.jsonl
        mmemo batch memes.csv --batch-size 32 > results.jsonl

        A table has a column image (paths relative to its file), text, or both; where text is empty the
        words are read from the picture. Each line of the result has image, text and either analysis or
        error. The exit code is 1 when some items failed.
        """,
        _run_batch,
    )
    parser.add_argument(
        "input", metavar="INPUT", type=Path, help="folder or .zip of pictures, or a .csv or .jsonl file"
    )
    parser.add_argument("--output", metavar="FILE", type=Path, help="JSON lines file (default: standard output)")
    parser.add_argument("--batch-size", metavar="N", type=_count, default=16, help="items at a time (default: 16)")
    _add_explain_options(parser)
    _add_model_options(parser)


def _add_conversation(commands: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    parser = _add_command(
        commands,
        "conversation",
        "analyse a dialogue turn by turn",
        """
        mmemo conversation talk.txt
        mmemo conversation test_sent_emo.csv --dialogue 12 --json

        A text file has a line for each turn, such as `Ann: hello`; a line without a speaker goes on with the
        turn above, and a picture's file name in square brackets at the end of a turn adds the picture. A CSV
        file has the columns of MELD: Utterance, Speaker, Dialogue_ID, Utterance_ID. The exit code is 1 when
        some turns failed.
        """,
        _run_conversation,
    )
    parser.add_argument("input", metavar="FILE", type=Path, help="text file, or .csv file in the manner of MELD")
    parser.add_argument("--dialogue", metavar="ID", help="which dialogue of a table (default: the first)")
    parser.add_argument("--json", action="store_true", help="print JSON, as Conversation.to_dict() gives it")
    _add_model_options(parser)


def _add_serve(commands: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    parser = _add_command(
        commands, "serve", "open the app in a browser", "mmemo serve\nmmemo serve --port 8080", _run_serve
    )
    parser.add_argument("--host", help="address to listen on (default: GRADIO_SERVER_NAME, or this machine only)")
    parser.add_argument("--port", type=_port, help="port (default: GRADIO_SERVER_PORT, or the first free from 7860)")
    parser.add_argument("--share", action="store_true", help="make a public link through Gradio's servers")
    _add_model_options(parser)


def _add_train(commands: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    parser = _add_command(
        commands,
        "train",
        "train a model from a recipe",
        """
        mmemo train resnet18_fer --data data --output runs/resnet18_fer
        mmemo train resnet18_fer --data data --output runs/resnet18_fer --resume
        mmemo train text_emotion --model minilm --head lstm --dataset meld --data data --output runs/meld
        mmemo train compact_emotion --data data --output runs/emotion --start-from compact_text=runs/text
        mmemo train my_recipe.yaml --data data --output runs/mine --set training.epochs=1
        torchrun --nproc-per-node 2 -m mmemo train compact_meme --data data --output runs/compact_meme
        """,
        _run_train,
    )
    parser.add_argument("recipe", metavar="RECIPE", help="name of a recipe that comes with mmemo, or a YAML file")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, required=True, help="folder with a folder for each data set"
    )
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder of the finished checkpoint")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in the output")
    parser.add_argument(
        "--start-from",
        metavar="NAME=DIR",
        action="append",
        default=[],
        help="finished checkpoint that the recipe starts or learns from (default: folder NAME beside the output)",
    )
    for option, example in RECIPE_OPTIONS.items():
        parser.add_argument(f"--{option}", metavar="NAME", help=f"choice that the recipe offers, as {example}")
    parser.add_argument("--cpu", action="store_true", help="leave an accelerator alone")
    parser.add_argument("--workers", metavar="N", type=_count_or_zero, default=0, help="processes that prepare batches")
    parser.add_argument(
        "--set", metavar="SETTING=VALUE", action="append", default=[], help="another value for a setting of the recipe"
    )


def _add_evaluate(commands: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    parser = _add_command(
        commands,
        "evaluate",
        "measure a checkpoint on a data set: metrics.json, plots and a table",
        """
        mmemo evaluate --model runs/compact_text --task sentiment --dataset tweeteval_sentiment \\
            --data data --output runs/compact_text/sentiment
        mmemo evaluate --model runs/compact_emotion --task emotion --dataset fer2013+meld --modalities text \\
            --data data --output runs/compact_emotion/pairs_text

        faces+texts, such as fer2013+meld, pairs two data sets by label, the same way every time.
        """,
        _run_evaluate,
    )
    parser.add_argument("--model", metavar="DIR", required=True, help="folder of a finished checkpoint, or a Hub id")
    parser.add_argument("--task", metavar="T", required=True, help="one of the model's tasks")
    parser.add_argument("--dataset", metavar="NAME", required=True, help="data set, or faces+texts")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, required=True, help="folder with a folder for each data set"
    )
    parser.add_argument("--split", default="test", help="split (default: test)")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder for metrics.json and plots")
    parser.add_argument("--modalities", metavar="A,B", help="what the model may look at (default: all the task takes)")
    parser.add_argument(
        "--bootstrap", metavar="N", type=_count_or_zero, default=1000, help="resamples for intervals (default: 1000)"
    )
    parser.add_argument("--device", help="such as cpu or cuda:0 (default: CUDA when it is there)")
    parser.add_argument(
        "--slices", action="store_true", help="measure also by text length, with or without a face, by number of faces"
    )


def _add_compare(commands: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    parser = _add_command(
        commands,
        "compare",
        "set two evaluations of the same items side by side",
        """
        mmemo compare runs/text/meld runs/tfidf/meld

        A and B are outputs of mmemo evaluate. The p-value is of a paired bootstrap over the items.
        """,
        _run_compare,
    )
    parser.add_argument("first", metavar="A", type=Path, help="folder that mmemo evaluate wrote")
    parser.add_argument("second", metavar="B", type=Path, help="another")
    parser.add_argument("--bootstrap", metavar="N", type=_count, default=1000, help="resamples (default: 1000)")


def _add_average(commands: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    parser = _add_command(
        commands,
        "average",
        "write the mean of the weights of several checkpoints of one recipe",
        "mmemo average runs/seed0 runs/seed1 --output runs/mean\nmmemo calibrate --model runs/mean --data data",
        _run_average,
    )
    parser.add_argument("checkpoints", metavar="DIR", type=Path, nargs="+", help="folders of finished checkpoints")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder to write")


def _add_calibrate(commands: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    parser = _add_command(
        commands,
        "calibrate",
        "fit temperatures and thresholds of a finished checkpoint anew on its dev splits",
        "mmemo calibrate --model runs/compact_meme --data data",
        _run_calibrate,
    )
    parser.add_argument("--model", metavar="DIR", type=Path, required=True, help="folder of a finished checkpoint")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, required=True, help="folder with a folder for each data set"
    )
    parser.add_argument("--device", help="such as cpu or cuda:0 (default: CUDA when it is there)")


def _add_data(commands: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    parser = _add_command(
        commands, "data", "tell what a data set holds", "mmemo data describe meld data --plot meld.png", None
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", parser_class=_Parser, required=True)
    describe = _add_command(
        actions,
        "describe",
        "count the items of each split and class",
        "mmemo data describe fer2013 data\nmmemo data describe meld data/meld --plot meld.png",
        _run_describe,
    )
    describe.add_argument("name", metavar="NAME", help="name of the data set")
    describe.add_argument("folder", metavar="DIR", type=Path, help="data root, or the set's own folder")
    describe.add_argument("--plot", metavar="FILE", type=Path, help="draw the class distribution to this file")
    cut_faces = _add_command(
        actions,
        "cut-faces",
        "cut the faces from key frames of MELD's clips, for the data set meld_faces",
        "mmemo data cut-faces data/MELD.Raw --split train --clips data/MELD.Raw",
        _run_cut_faces,
    )
    cut_faces.add_argument("folder", metavar="DIR", type=Path, help="data root, or MELD's own folder")
    cut_faces.add_argument("--clips", metavar="DIR", type=Path, required=True, help="folder of the clips or episodes")
    cut_faces.add_argument("--split", choices=("train", "dev", "test"), default="train", help="split (default: train)")
    cut_faces.add_argument("--frames", metavar="N", type=_count, default=3, help="key frames an utterance (default: 3)")
    make_sentences = _add_command(
        actions,
        "make-sentences",
        "write the data sets identity and contempt, sentences about groups of people, from their templates",
        "mmemo data make-sentences data",
        _run_make_sentences,
    )
    make_sentences.add_argument("folder", metavar="DIR", type=Path, help="data root")


def _add_prepare_data(commands: Any) -> None:  # noqa: ANN401 - argparse's own class is private
    parser = _add_command(
        commands,
        "prepare-data",
        "pair pictures of class folders with texts by label into a dataset.csv",
        "mmemo prepare-data faces/train --texts meld --data data --output faces/dataset.csv",
        _run_prepare_data,
    )
    parser.add_argument("image_root", metavar="IMAGE_ROOT", type=Path, help="folder with one folder for each emotion")
    parser.add_argument("--texts", metavar="NAME", required=True, help="data set of texts with emotions, such as meld")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, required=True, help="folder with a folder for each data set"
    )
    parser.add_argument("--output", metavar="FILE", type=Path, required=True, help="the dataset.csv to write")
    parser.add_argument("--split", default="train", help="split of the texts (default: train)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the pairing (default: 0)")


def _count(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, got {value!r}")
    return int(value)


def _count_or_zero(value: str) -> int:
    return 0 if value == "0" else _count(value)


def _port(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"expected a port from 1 to {MAX_PORT}, got {value!r}")
    return int(value)


def _assignments(option: str, values: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` of a repeated option, as a dict."""
    found = {}
    for value in values:
        name, equals, right = value.partition("=")
        if not equals or not name or not right:
            raise CommandError(f"{option} expects NAME=VALUE, got {value!r}")
        found[name] = right
    return found


# --- analyze and batch -----------------------------------------------------------------------------------------------


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep progress bars and notes of transformers and the Hub, and library warnings, off standard error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from huggingface_hub.utils import logging as hub_logging
        from transformers.utils import logging as transformers_logging

        loggers = (transformers_logging, hub_logging)
        levels, has_bars = (
            [logger.get_verbosity() for logger in loggers],
            transformers_logging.is_progress_bar_enabled(),
        )
        for logger in loggers:
            logger.set_verbosity_error()
        transformers_logging.disable_progress_bar()
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.set_verbosity(level)
            if has_bars:
                transformers_logging.enable_progress_bar()


def _load_pipeline(args: argparse.Namespace) -> "MmemoPipeline":
    parts = _assignments("--part", args.part)
    from mmemo.pipeline import PARTS, MmemoPipeline

    accepted = (*PARTS, *TASK_LABELS)
    for name in parts:
        if name not in accepted:
            raise CommandError(f"unknown part {name!r}: expected one of {', '.join(accepted)}")
    options: dict[str, Any] = {"device": args.device, "dtype": args.dtype, **parts}
    if args.rephrase_with is not None:
        options["rephrase_with"] = args.rephrase_with
    with _told_in_one_line(ValueError, OSError):
        return MmemoPipeline.from_pretrained(args.model, **options)


def _run_analyze(args: argparse.Namespace) -> int:
    if args.image is None and args.text is None:
        raise CommandError("nothing to analyse: expected a picture, --text, or both, got neither")
    _check_text(args.text)
    picture = None if args.image is None else _load_picture(args.image)  # before the models, which take seconds
    with _quiet():
        pipeline = _load_pipeline(args)
        with _told_in_one_line(ValueError):
            analysis = pipeline(picture, args.text, explain=args.explain, language=args.language)
    if args.json:
        print(_json(analysis.to_dict(), sys.stdout, indent=2))
    else:
        print(_printable(render(analysis, is_bold=_is_terminal(sys.stdout)), sys.stdout))
    return 0


def _check_text(text: str | None) -> None:
    from mmemo.perception import is_unicode

    if text is not None and not is_unicode(text):
        raise CommandError("expected UTF-8 as --text, got other bytes")


def _load_picture(image: str) -> "Image":
    """Picture of a path, or of the bytes on standard input."""
    from mmemo.perception import load_image
    from mmemo.perception.images import MAX_BYTES

    with _told_in_one_line(ValueError):
        return load_image(sys.stdin.buffer.read(MAX_BYTES + 1) if image == "-" else image)


def _printable(text: str, stream: TextIO) -> str:
    """The text with what the stream's encoding lacks replaced."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _json(value: Any, stream: TextIO, indent: int | None = None) -> str:  # noqa: ANN401 - any JSON value
    """JSON that the stream can take: characters as they are, escaped where its encoding lacks one."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, indent=indent)
    return text


def _run_batch(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from mmemo.batch import BatchError, analyse_items, read_items

    with _told_in_one_line(BatchError, OSError):
        items = read_items(args.input)
    options = {"explain": args.explain, "language": args.language}
    num_failed = 0
    with _output(args.output) as file, _quiet():
        pipeline = _load_pipeline(args)
        rows = analyse_items(pipeline, items, batch_size=args.batch_size, **options)
        for row in tqdm(rows, total=len(items), unit="item", disable=None):  # no bar where standard error is a file
            print(_json(row.to_dict(), file), file=file)
            num_failed += not row.result.ok
    if items.num_left_out:
        print(f"mmemo: pictures that the table does not name, left out: {items.num_left_out}", file=sys.stderr)
    where = "" if args.output is None else f", written to {args.output}"
    print(f"mmemo: {len(items) - num_failed} analysed, {num_failed} failed{where}", file=sys.stderr)
    return 1 if num_failed else 0


def _run_conversation(args: argparse.Namespace) -> int:
    from mmemo.conversation import ConversationError, as_turns

    with _told_in_one_line(ConversationError, OSError):
        turns = _read_turns(args.input, args.dialogue)
        names = {turn.image_name for turn in turns if turn.image_name is not None}
        turns = as_turns(turns, {name: args.input.parent / name for name in names})
    with _quiet():
        found = _load_pipeline(args).conversation(turns)
    if args.json:
        print(_json(found.to_dict(), sys.stdout, indent=2))
    else:
        print(_printable("\n".join(_turn_lines(found)), sys.stdout))
    return 0 if all(turn.result.ok for turn in found.turns) else 1


def _turn_lines(found: "Conversation") -> Iterator[str]:
    """A line for each turn: number, emotion, valence, speaker and words; nothing that would steer a terminal."""
    for number, turn in enumerate(found.turns, start=1):
        if isinstance(turn.result, AnalysisFailure):
            feeling = f"not analysed: {turn.result.message}"
        elif turn.emotion is None or turn.valence is None:
            feeling = "no emotion"
        else:
            label = turn.emotion.label
            feeling = f"{label} {percent(turn.emotion.scores[label])}, valence {turn.valence:+.2f}"
        said = f"[read from the picture] {turn.words_read}" if turn.words_read else turn.text
        words = f"{turn.speaker}: {said}" if turn.speaker else said
        line = f"{number:>3}  {feeling:<28}  {words}"
        yield "".join(character if character.isprintable() else " " for character in line).rstrip()


def _read_turns(path: Path, dialogue: str | None) -> "Sequence[Turn]":
    from mmemo.conversation import ConversationError, parse_dialogue, read_dialogues

    suffix = path.suffix.lower()
    if path.is_dir() or suffix in (".json", ".jsonl"):
        came = "a folder" if path.is_dir() else f"a {suffix} file"
        raise CommandError(f"{path}: expected a dialogue as text, or a .csv table, got {came}")
    if suffix != ".csv":
        if dialogue is not None:
            raise CommandError("--dialogue is for tables, got a text file")
        try:
            return parse_dialogue(path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise ConversationError(f"{path}: expected UTF-8, got other bytes") from error
    dialogues = read_dialogues(path.read_bytes())
    name = next(iter(dialogues)) if dialogue is None else dialogue
    if name not in dialogues:
        raise CommandError(f"unknown dialogue {name!r}: expected one of {', '.join(dialogues)[:80]}")
    return dialogues[name]


@contextmanager
def _output(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that appears whole or not at all."""
    if path is None:
        yield sys.stdout
        return
    if path.is_dir():
        raise CommandError(f"{path}: expected a file to write, got a folder")
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with _told_in_one_line(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = part.open("w", encoding="utf-8")
    try:
        with file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ


def _run_serve(args: argparse.Namespace) -> int:
    from mmemo.ui import Settings, SettingsError, build_demo, launch, serving

    with _told_in_one_line(SettingsError):
        settings = Settings.from_environment()
    serving.use_own_upload_folder()
    serving.exit_cleanly_when_terminated()
    args.model = args.model or settings.model
    args.device = args.device or settings.device
    args.dtype = settings.dtype if args.dtype == "auto" else args.dtype
    with _quiet():
        pipeline = _load_pipeline(args)
    options: dict[str, Any] = {"server_name": args.host, "server_port": args.port, "share": args.share}
    with _told_in_one_line(OSError):
        launch(build_demo(pipeline, settings), settings, inbrowser=serving.browser_is_likely(), **options)
    return 0


# --- training, evaluation and data -----------------------------------------------------------------------------------


def _require_train_extra() -> None:
    missing = [name for name in TRAIN_PACKAGES if find_spec(name) is None]
    if missing:
        raise CommandError(
            f'this command needs packages that are not installed ({", ".join(missing)}): pip install "mmemo[train]"'
        )


def _run_train(args: argparse.Namespace) -> int:
    _require_train_extra()
    import yaml

    from mmemo.data import DataError
    from mmemo.training.recipes import RecipeError, load_recipe

    with _told_in_one_line(RecipeError, OSError, yaml.YAMLError):
        overrides = {name: yaml.safe_load(value) for name, value in _assignments("--set", args.set).items()}
        chosen = {name: getattr(args, name) for name in RECIPE_OPTIONS if getattr(args, name) is not None}
        recipe = load_recipe(args.recipe, overrides, chosen)
    starts = _starts(recipe.checkpoints, _assignments("--start-from", args.start_from), args.output)
    if not args.data.is_dir():
        raise CommandError(f"{args.data}: expected a folder with a folder for each data set, got no folder")
    from mmemo.training.predictors import EvaluationError
    from mmemo.training.run import run_recipe

    logging.basicConfig(format="%(message)s")
    logging.getLogger("mmemo").setLevel(logging.INFO)
    with _told_in_one_line(DataError, RecipeError, EvaluationError, OSError):
        report = run_recipe(
            recipe,
            args.data,
            args.output,
            starts=starts,
            resume=args.resume,
            use_cpu=args.cpu,
            num_workers=args.workers,
        )
    if os.environ.get("RANK", "0") == "0":  # one of the processes of accelerate or torchrun
        print(_dev_table(report["dev"]))
        print(f"finished: {args.output}")
    return 0


def _starts(names: Sequence[str], given: dict[str, str], output: Path) -> list[Path]:
    """Folders of the checkpoints that a recipe reads, in its order."""
    for name in given:
        if name not in names:
            expected = f"expected one of {', '.join(names)}" if names else "the recipe starts from none"
            raise CommandError(f"--start-from names {name!r}: {expected}")
    folders = [Path(given[name]) if name in given else output.resolve().parent / name for name in names]
    for name, folder in zip(names, folders, strict=True):
        if not (folder / "config.json").is_file():
            raise CommandError(
                f"{folder}: expected the finished checkpoint of {name!r}, got none: "
                f"train it first, or name its folder with --start-from {name}=DIR"
            )
    return folders


def _dev_table(dev: dict[str, dict[str, float]]) -> str:
    """Dev measures, a line for each task and data set."""
    names = ("accuracy", "macro_f1", "roc_auc", "ece")
    lines = [f"{'dev':<40}" + "".join(f"{name:>10}" for name in names)]
    for key, values in dev.items():
        lines.append(f"{key:<40}" + "".join(f"{values[name]:>10.4f}" for name in names))
    return "\n".join(lines)


def _run_evaluate(args: argparse.Namespace) -> int:
    _require_train_extra()
    from mmemo.data import DataError
    from mmemo.training.evaluate import EvaluationError, EvaluationSettings, evaluate, table, write

    modalities = None
    if args.modalities is not None:
        modalities = tuple(name.strip() for name in args.modalities.split(","))
    with _quiet(), _told_in_one_line(DataError, EvaluationError, OSError):
        settings = EvaluationSettings(
            model=args.model,
            task=args.task,
            dataset=args.dataset,
            data=args.data,
            split=args.split,
            modalities=modalities,
            num_bootstrap=args.bootstrap,
            device=args.device,
            has_slices=args.slices,
        )
        evaluation = evaluate(settings, report=lambda line: print(f"mmemo: {line}", file=sys.stderr))
        files = write(evaluation, args.output, args.command_line)
    print(table(evaluation))
    print(f"\nwritten to {args.output}: {', '.join(files)}")
    return 0


def _run_compare(args: argparse.Namespace) -> int:
    _require_train_extra()
    from mmemo.training.compare import compare, read_evaluation, table
    from mmemo.training.predictors import EvaluationError

    with _told_in_one_line(EvaluationError):
        first, second = read_evaluation(args.first), read_evaluation(args.second)
        differences = compare(first, second, rounds=args.bootstrap)
    print(table(first, second, differences))
    return 0


def _run_average(args: argparse.Namespace) -> int:
    from mmemo.training.average import AverageError, average

    with _told_in_one_line(AverageError, OSError):
        average(args.checkpoints, args.output)
    print(f"written: {args.output}; calibrate it next")
    return 0


def _run_calibrate(args: argparse.Namespace) -> int:
    _require_train_extra()
    from mmemo.data import DataError
    from mmemo.training.predictors import EvaluationError
    from mmemo.training.recalibrate import recalibrate
    from mmemo.training.recipes import RecipeError

    with _quiet(), _told_in_one_line(DataError, EvaluationError, RecipeError, OSError):
        dev = recalibrate(args.model, args.data, args.device)
    print(_dev_table(dev))
    print(f"calibrated: {args.model}")
    return 0


def _run_cut_faces(args: argparse.Namespace) -> int:
    from mmemo.data import DataError, load_dataset
    from mmemo.data.clips import cut_faces
    from mmemo.data.examples import find_folder
    from mmemo.data.meld_faces import face_folder
    from mmemo.perception.faces import load_face_detector

    with _told_in_one_line(DataError, ImportError, OSError):
        home = find_folder("meld", args.folder)
        utterances = load_dataset("meld", home, args.split)
        output = face_folder(home, args.split)
        _, summary = cut_faces(utterances, args.clips, args.split, load_face_detector(), output, args.frames)
    print(f"{summary}, written to {output}")
    return 0


def _run_describe(args: argparse.Namespace) -> int:
    from mmemo.data import DataError
    from mmemo.data.describe import describe

    if args.plot is not None:
        _require_train_extra()
    with _told_in_one_line(DataError, OSError):
        text = describe(args.name, args.folder, args.plot)
    print(text)
    return 0


def _run_make_sentences(args: argparse.Namespace) -> int:
    from mmemo.data import contempt, identity
    from mmemo.data.templates import SPLITS, write_sentences

    for name, sentences in (("identity", identity.sentences), ("contempt", contempt.sentences)):
        with _told_in_one_line(OSError):
            home = write_sentences(args.folder, name, sentences)
        print(f"mmemo: {sum(len(sentences(split)) for split in SPLITS)} sentences written to {home}")
    return 0


def _run_prepare_data(args: argparse.Namespace) -> int:
    from mmemo.data import DataError, load_dataset
    from mmemo.data.pairs import prepare_pairs

    with _told_in_one_line(DataError, OSError):
        texts = load_dataset(args.texts, args.data, args.split)
        summary = prepare_pairs(args.image_root, texts, args.output, args.seed)
    print(summary)
    return 0


__all__ = ["CommandError", "build_parser", "main"]
