"""Export a checkpoint as a complete repository for the Hub: `python -m hub.export CHECKPOINT --output DIR`.

Conventions: files are copied byte for byte or written with sorted keys and without a date, so that the same checkpoint
gives the same repository. The model files of `mmemo/models` travel along, flat, and `auto_map` in `config.json` and
`processor_config.json` names them, for readers who load with `trust_remote_code=True` and do not have mmemo.
`pipeline` in the place of a checkpoint exports the whole compact pipeline.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mmemo.models
from hub.cards import METADATA, PROSE, CardError, build_card, build_own_card, build_pipeline_card
from mmemo.engines import load_engine
from mmemo.pipeline import CHECKPOINTS, PARTS
from mmemo.repository import INDEX_FILE, ModelError, Part, PipelineIndex

AUTO_MAP = {
    "AutoConfig": "configuration_mmemo.MmemoConfig",
    "AutoModel": "modeling_mmemo.MmemoModel",
    "AutoProcessor": "processing_mmemo.MmemoProcessor",
}
MODEL_CODE = Path(mmemo.models.__file__).parent
EXAMPLES = Path(mmemo.models.__file__).parent.parent / "ui" / "examples"
LICENSE = Path(__file__).parent.parent / "LICENSE"
COPIED = ("model.safetensors", "tokenizer*", "vocab.*", "merges.txt", "special_tokens_map.json", "training.json")
"""Files of a checkpoint that are copied as they are; others, such as a trainer's state, stay behind."""
NUM_EXAMPLES = 3
PIPELINE = "pipeline"


class ExportError(ValueError):
    """A checkpoint that cannot be exported, or a place where it cannot go."""


def export_model(checkpoint: Path, output: Path, *, metrics: Sequence[Path] = (), name: str | None = None) -> Path:
    """Write a model repository.

    Args:
        checkpoint: Folder of a finished checkpoint, or the name of one that ships with the project.
        output: Folder that is empty, missing, or an earlier export, which is replaced.
        metrics: `metrics.json` files of evaluations, for the card of a model that is not the project's own.
        name: Of the model on its card; None for the folder's name.

    Returns:
        The output.

    Raises:
        ExportError: The output holds something else.
        ModelError: The checkpoint cannot be loaded.
        CardError: Its card cannot be built.
    """
    checkpoint = _checkpoint(checkpoint)
    card = build_card(checkpoint.name) if _is_shipped(checkpoint) else build_own_card(checkpoint, metrics, name)
    _check_loads(checkpoint)
    with TemporaryDirectory(prefix="mmemo-export-") as scratch:
        folder = Path(scratch) / "repository"
        folder.mkdir()
        _copy_model(checkpoint, folder)
        _write_text(folder / "README.md", str(card))
        _write_notice(folder, card.data.to_dict().get("base_model") or ())
        _copy_examples(folder)
        return _put(folder, output)


def export_pipeline(output: Path, parts: Mapping[str, str] | None = None) -> Path:
    """Write a repository that holds the compact pipeline: both models, the index, a card.

    Args:
        output: As in `export_model`.
        parts: Part to `user/name@commit` on the Hub, in the place of a folder here.

    Raises:
        ExportError: A part is unknown or not pinned by a full commit, or the output holds something else.
    """
    pinned = dict(parts or {})
    if unknown := set(pinned) - set(PARTS):
        raise ExportError(f"unknown part {', '.join(sorted(unknown))}: expected one of {', '.join(PARTS)}")
    with TemporaryDirectory(prefix="mmemo-export-") as scratch:
        folder = Path(scratch) / "repository"
        folder.mkdir()
        index: dict[str, Part] = {}
        for name in PARTS:
            tasks = tuple(json.loads((CHECKPOINTS / name / "config.json").read_text(encoding="utf-8"))["tasks"])
            if name in pinned:
                index[name] = _pinned_part(name, pinned[name], tasks)
            else:
                (folder / name).mkdir()
                _copy_model(CHECKPOINTS / name, folder / name)
                _write_text(folder / name / "README.md", str(build_card(name)))
                index[name] = Part(tasks=tasks, folder=name)
        _write_text(folder / INDEX_FILE, PipelineIndex(parts=index).to_json())
        _write_text(folder / "README.md", str(build_pipeline_card()))
        _write_notice(folder, sorted({base for name in PARTS for base in METADATA[name]["base_model"]}))
        _copy_examples(folder)
        return _put(folder, output)


def _checkpoint(given: Path) -> Path:
    """Folder of a checkpoint, by path or by the name of a shipped one."""
    shipped = CHECKPOINTS / given
    return shipped if str(given) in PARTS and not given.is_dir() else given


def _is_shipped(checkpoint: Path) -> bool:
    return checkpoint.resolve().parent == CHECKPOINTS.resolve()


def _check_loads(checkpoint: Path) -> None:
    """Refuse what cannot be loaded, in part or at all."""
    import torch

    load_engine(str(checkpoint), device=torch.device("cpu"), dtype=torch.bfloat16)


def _pinned_part(name: str, value: str, tasks: tuple[str, ...]) -> Part:
    repo_id, at, revision = value.partition("@")
    if not at or len(revision) != 40:
        raise ExportError(f"part {name!r} must be user/name@COMMIT with the full commit, got {value!r}")
    return Part(tasks=tasks, repo_id=repo_id, revision=revision)


def _copy_model(checkpoint: Path, folder: Path) -> None:
    """Weights, settings and code of one model."""
    for pattern in COPIED:
        for path in sorted(checkpoint.glob(pattern)):
            shutil.copyfile(path, folder / path.name)
    for name in ("config.json", "processor_config.json"):
        values: dict[str, Any] = json.loads((checkpoint / name).read_text(encoding="utf-8"))
        if name == "config.json":
            _drop_machine_paths(values)
        _write_json(folder / name, values | {"auto_map": AUTO_MAP})
    for path in sorted(MODEL_CODE.glob("*_mmemo.py")):
        shutil.copyfile(path, folder / path.name)


def _drop_machine_paths(config: dict[str, Any]) -> None:
    """A base model that was read from a folder left the folder's name in the configuration; it helps nobody."""
    for value in [config, *(value for value in config.values() if isinstance(value, dict))]:
        if str(value.get("_name_or_path", "")).startswith(("/", "\\", "~", ".")):
            del value["_name_or_path"]


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_json(path: Path, values: Any) -> None:  # noqa: ANN401 - any JSON value
    _write_text(path, json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def _write_notice(folder: Path, base_models: Sequence[str] | str) -> None:
    """`LICENSE` of code and weights, and `NOTICE` with the origin and licence of each base model."""
    shutil.copyfile(LICENSE, folder / "LICENSE")
    notices = ["Base models of these weights\n"]
    for base in [base_models] if isinstance(base_models, str) else base_models:
        path = PROSE / "licenses" / f"{base.replace('/', '--')}.txt"
        known = path.is_file()
        notices.append(path.read_text(encoding="utf-8") if known else f"{base}\nLicence: see its own card on the Hub\n")
    _write_text(folder / "NOTICE", "\n".join(notices))


def _copy_examples(folder: Path) -> None:
    """A few drawn pictures with their words to try the model on."""
    listed = json.loads((EXAMPLES / "examples.json").read_text(encoding="utf-8"))
    chosen = [example for example in listed if example["words"]][:NUM_EXAMPLES]
    (folder / "examples").mkdir()
    for example in chosen:
        shutil.copyfile(EXAMPLES / example["file"], folder / "examples" / example["file"])
    _write_json(folder / "examples" / "examples.json", chosen)


def _put(folder: Path, output: Path) -> Path:
    """Move a finished repository to its place; an earlier export there goes, but for names that start with a dot."""
    if output.exists() and (not output.is_dir() or (any(output.iterdir()) and not _is_export(output))):
        raise ExportError(f"{output} holds something else: expected an empty folder, a new one, or an earlier export")
    output.mkdir(parents=True, exist_ok=True)
    for old in output.iterdir():
        if not old.name.startswith("."):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for new in sorted(folder.iterdir()):
        shutil.move(new, output / new.name)
    return output


def _is_export(folder: Path) -> bool:
    return (folder / "NOTICE").is_file() and (folder / "README.md").is_file()


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hub.export", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "checkpoint", metavar="CHECKPOINT", type=Path, help=f"folder, {', '.join(PARTS)}, or {PIPELINE} for both"
    )
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder of the repository")
    parser.add_argument("--metrics", metavar="FILE", type=Path, nargs="+", default=[], help="metrics.json files")
    parser.add_argument("--name", help="of the model on its card (default: the folder's name)")
    parser.add_argument(
        "--part",
        metavar="NAME=USER/NAME@COMMIT",
        action="append",
        default=[],
        help="for a pipeline: a part that lies in a repository of its own; may be repeated",
    )
    args = parser.parse_args(argv)
    try:
        if str(args.checkpoint) == PIPELINE and not args.checkpoint.is_dir():
            folder = export_pipeline(args.output, dict(value.partition("=")[::2] for value in args.part))
        else:
            folder = export_model(args.checkpoint, args.output, metrics=args.metrics, name=args.name)
    except (CardError, ExportError, ModelError) as error:
        print(f"hub.export: error: {error}", file=sys.stderr)
        return 1
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        print(f"{path.stat().st_size:>12,}  {path.relative_to(folder)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
