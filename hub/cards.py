"""Model cards: the prose of `model_cards/`, with figures from `metrics.json` files as tables and as metadata.

`python -m hub.cards` writes `README.md` beside the weights of each compact model. A card whose figure has no metrics
file is not written: the error names the file. `own_model.md` is the template for a model that somebody trained with
mmemo, `pipeline.md` the card of both compact models as one pipeline.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from benchmarks.accuracy import CHECKPOINTS, MEASUREMENTS, Measurement, load, verdict_table

PROSE = Path(__file__).parent.parent / "model_cards"
FIGURES = "{{ figures }}"
VERDICTS = "{{ verdicts }}"
SLICES = "{{ slices }}"
ENVIRONMENT = "{{ environment }}"
PACKAGES = ("torch", "torchvision", "transformers", "timm", "safetensors", "gradio", "rapidocr", "onnxruntime")
"""What a card's environment names, with the ranges of `requirements.txt`."""
REQUIREMENTS = Path(__file__).parent.parent / "requirements.txt"
LIBRARIES: dict[str, Any] = {"library_name": "mmemo", "license": "apache-2.0", "language": "en"}
"""Not `transformers`: the Hub would offer its pipelines, none of which has several tasks."""
METADATA: dict[str, dict[str, Any]] = {
    "meme": {
        "pipeline_tag": "image-classification",
        "tags": ["transformers", "memes", "hate-speech-detection", "multimodal", "offensive-language"],
        "base_model": ["sentence-transformers/all-MiniLM-L6-v2", "timm/tf_efficientnet_lite0.in1k"],
    },
    "emotion": {
        "pipeline_tag": "text-classification",
        "tags": [
            "transformers",
            "emotion-recognition",
            "facial-expression-recognition",
            "sentiment-analysis",
            "multimodal",
        ],
        "base_model": ["sentence-transformers/all-MiniLM-L6-v2"],
    },
}


class CardError(ValueError):
    """A card that cannot be built; the message names what is missing."""


Figure = tuple[str, dict[str, Any], bool]
"""A measure, the content of its `metrics.json`, and whether a part of the task's modalities alone was judged."""


def _figure(measure: str, values: dict[str, Any], modalities: Sequence[str]) -> Figure:
    return measure, values, set(values["modalities"]) != set(modalities)


def _figures_of(measurements: Sequence[Measurement]) -> list[Figure]:
    found = [(item.measure, load(item)) for item in measurements]
    return [_figure(measure, values, values["task_config"]["modalities"]) for measure, values in found]


def _dataset_of(values: Mapping[str, Any], is_part: bool) -> str:
    """The data set, and what alone was judged of it."""
    return f"{values['dataset']}, {' and '.join(values['modalities'])} alone" if is_part else values["dataset"]


def figures(found: Sequence[Figure]) -> str:
    """Table of the figures with their intervals."""
    lines = ["| task | test split | measure | value | 95 % interval | ece |", "|---|---|---|---|---|---|"]
    for measure, values, is_part in found:
        lines.append(
            f"| {values['task']} | {_dataset_of(values, is_part)} ({values['num_items']:,}) | {measure} "
            f"| {values[measure]:.3f} | {_interval(values, measure)} | {_number(values.get('ece'))} |"
        )
    return "\n".join(lines)


def verdicts(found: Sequence[Figure]) -> str:
    """Table of how often the answers of yes/no tasks are right."""
    measured = [values for _, values, _ in found if values.get("verdicts")]
    return "\n".join(verdict_table(measured)) if measured else "No yes/no verdicts have been measured."


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _interval(values: Mapping[str, Any], measure: str) -> str:
    bounds = (values.get("intervals") or {}).get(measure)
    return "not measured" if not bounds or None in bounds else f"{bounds[0]:.3f} to {bounds[1]:.3f}"


def slices(found: Sequence[Figure]) -> str:
    """Table of the figures by slice, where they were evaluated with `--slices`."""
    rows = [
        f"| {values['task']} | {values['dataset']} "
        f"| {kind.removeprefix('num_').replace('_', ' ')}: {name} ({part['num_items']:,}) "
        f"| {measure} | {_number(part.get(measure))} |"
        for measure, values, _ in found
        for kind, parts in (values.get("slices") or {}).items()
        for name, part in parts.items()
    ]
    if not rows:
        return "No figures by slice have been measured yet."
    heading = ["| task | test split | slice | measure | value |", "|---|---|---|---|---|"]
    return "\n".join([*heading, *rows])


def environment(found: Sequence[Figure]) -> str:
    """Packages that the model needs, and on what its figures were measured."""
    ranges = [line for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines() if line.startswith(PACKAGES)]
    stamps = {tuple(values["measured_on"].values()) for _, values, _ in found if "measured_on" in values}
    measured = [f"Measured at commit {commit} on {processor}, {date}." for commit, processor, date in sorted(stamps)]
    return "\n".join([f"Python 3.11 or newer; `{'`, `'.join(ranges)}`.", *measured])


def eval_results(found: Sequence[Figure]) -> list[EvalResult]:
    """The same figures as metadata."""
    return [
        EvalResult(
            task_type="text-classification" if values["modalities"] == ["text"] else "image-classification",
            task_name=values["task"],
            dataset_type=values["dataset"].replace("+", "-"),
            dataset_name=_dataset_of(values, is_part),
            # Keeps two tasks on one set apart, and parts of it: the Hub merges the rest.
            dataset_config="-".join([values["task"], *(values["modalities"] if is_part else ())]),
            dataset_split=values["split"],
            metric_type=measure,
            metric_value=round(values[measure], 4),
        )
        for measure, values, is_part in found
    ]


def build_card(model: str) -> ModelCard:
    """Card of one compact model.

    Raises:
        CardError: A figure has not been measured, or the prose has no place for the figures.
    """
    found = _measured([measurement for measurement in MEASUREMENTS if measurement.model == model])
    return _card(f"{model}.md", found, f"mmemo-{model}", METADATA[model])


def build_pipeline_card() -> ModelCard:
    """Card of both compact models as one pipeline.

    Raises:
        CardError: As `build_card`.
    """
    bases = sorted({base for metadata in METADATA.values() for base in metadata["base_model"]})
    tags = sorted({tag for metadata in METADATA.values() for tag in metadata["tags"]})
    metadata = {"pipeline_tag": "image-classification", "tags": tags, "base_model": bases}
    return _card("pipeline.md", _measured(MEASUREMENTS), "mmemo", metadata)


def build_own_card(checkpoint: Path, metrics: Sequence[Path], name: str | None = None) -> ModelCard:
    """Card of a model that somebody trained, from its configuration, its `training.json` and its evaluations.

    Args:
        checkpoint: Folder of the model.
        metrics: `metrics.json` files that `mmemo evaluate` wrote for it, at least one.
        name: Of the model; None for the folder's name.

    Raises:
        CardError: There is no evaluation, or one is of another task.
    """
    if not metrics:
        raise CardError(
            f"{checkpoint} has no figures: expected one or more metrics.json files, run mmemo evaluate --model "
            f"{checkpoint} and name them with --metrics"
        )
    config = _read_json(checkpoint / "config.json")
    found: list[Figure] = []
    for path in metrics:
        values = _read_json(path)
        if values.get("task") not in config["tasks"]:
            raise CardError(f"{path}: expected figures of {', '.join(config['tasks'])}, got {values.get('task')!r}")
        measure = "accuracy" if values.get("roc_auc") is None else "roc_auc"
        found.append(_figure(measure, values, config["tasks"][values["task"]]["modalities"]))
    training = _read_json(checkpoint / "training.json") if (checkpoint / "training.json").is_file() else {}
    recipe = training.get("recipe", {})
    bases = [base for item in recipe.get("encoders", {}).values() if (base := item.get("base"))]
    fields = {
        "name": name or checkpoint.name,
        "description": recipe.get("description", "Trained with mmemo."),
        "tasks": _task_table(config),
        "data": "\n".join(f"- {source} ({count:,} items)" for source, count in training.get("train_items", {}).items())
        or "- not recorded: name the data and its terms here",
    }
    tag = "text-classification" if config.get("image_config") is None else "image-classification"
    metadata = {"pipeline_tag": tag, "tags": ["transformers", "multimodal"], "base_model": sorted(set(bases))}
    return _card("own_model.md", found, fields["name"], metadata, fields)


def _task_table(config: Mapping[str, Any]) -> str:
    rows = [
        f"| {name} | {' + '.join(task['modalities'])} | {task['fusion']}, {task['head']} "
        f"| {', '.join(task['labels'])} |"
        for name, task in config["tasks"].items()
    ]
    return "\n".join(["| task | from | fusion, head | labels |", "|---|---|---|---|", *rows])


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CardError(f"cannot read {path}: expected a JSON file; {error}") from error


def _measured(measurements: Sequence[Measurement]) -> list[Figure]:
    """Figures of measurements that have all been made."""
    for measurement in measurements:
        if not measurement.file.is_file():
            raise CardError(
                f"{measurement.name} has no figures: expected {measurement.file}, run {measurement.command}"
            )
    return _figures_of(measurements)


def _card(
    prose_file: str,
    found: Sequence[Figure],
    model_name: str,
    metadata: Mapping[str, Any],
    fields: Mapping[str, str] | None = None,
) -> ModelCard:
    """Prose with its places filled in, under metadata that is checked by huggingface_hub's own class."""
    prose = (PROSE / prose_file).read_text(encoding="utf-8")
    if FIGURES not in prose:
        raise CardError(f"model_cards/{prose_file}: expected a line {FIGURES}, found none")
    data = ModelCardData(**{**LIBRARIES, **metadata}, model_name=model_name, eval_results=eval_results(found))
    for place, text in ((FIGURES, figures), (VERDICTS, verdicts), (SLICES, slices), (ENVIRONMENT, environment)):
        prose = prose.replace(place, text(found))
    if fields is not None:
        prose = Template(prose).substitute(fields)
    return ModelCard(f"---\n{data.to_yaml()}\n---\n\n{prose}")


def main() -> None:
    """Write the cards."""
    for model in METADATA:
        card = build_card(model)
        card.save(CHECKPOINTS / model / "README.md")
        print(f"wrote {CHECKPOINTS / model / 'README.md'}")


if __name__ == "__main__":
    main()
