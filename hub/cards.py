"""Model cards: the prose of `model_cards/`, with figures from `benchmarks/metrics` as tables and as metadata.

`python -m hub.cards` writes `README.md` beside the weights of each compact model. A card whose figure has no metrics
file is not written: the error names the file.
"""

from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from benchmarks.accuracy import CHECKPOINTS, MEASUREMENTS, Measurement, load

PROSE = Path(__file__).parent.parent / "model_cards"
FIGURES = "{{ figures }}"
LIBRARIES: dict[str, Any] = {"library_name": "transformers", "license": "apache-2.0", "language": "en"}
METADATA: dict[str, dict[str, Any]] = {
    "meme": {
        "pipeline_tag": "image-text-to-text",
        "tags": ["mmemo", "memes", "hate-speech-detection", "multimodal", "offensive-language"],
        "base_model": ["sentence-transformers/all-MiniLM-L6-v2", "timm/tf_efficientnet_lite0.in1k"],
    },
    "emotion": {
        "pipeline_tag": "text-classification",
        "tags": ["mmemo", "emotion-recognition", "facial-expression-recognition", "sentiment-analysis", "multimodal"],
        "base_model": ["sentence-transformers/all-MiniLM-L6-v2"],
    },
}


class CardError(ValueError):
    """A card that cannot be built; the message names what is missing."""


def figures(measurements: list[Measurement]) -> str:
    """Table of the figures with their intervals."""
    lines = ["| task | test split | measure | value | 95 % interval | ece |", "|---|---|---|---|---|---|"]
    for measurement in measurements:
        values = load(measurement)
        low, high = values["intervals"][measurement.measure]
        judged = f", {' and '.join(values['modalities'])}" if measurement.modalities else ""
        lines.append(
            f"| {measurement.task} | {measurement.dataset}{judged} ({values['num_items']:,}) | {measurement.measure} "
            f"| {values[measurement.measure]:.3f} | {low:.3f} to {high:.3f} | {values['ece']:.3f} |"
        )
    return "\n".join(lines)


def eval_results(measurements: list[Measurement]) -> list[EvalResult]:
    """The same figures as metadata, those of a part of the modalities left out."""
    return [
        EvalResult(
            task_type="text-classification" if load(measurement)["modalities"] == ["text"] else "image-classification",
            task_name=measurement.task,
            dataset_type=measurement.dataset.replace("+", "-"),
            dataset_name=measurement.dataset,
            dataset_config=measurement.task,  # keeps two tasks on one set apart: the Hub merges the rest
            dataset_split="test",
            metric_type=measurement.measure,
            metric_value=round(load(measurement)[measurement.measure], 4),
        )
        for measurement in measurements
        if not measurement.modalities
    ]


def build_card(model: str) -> ModelCard:
    """Card of one compact model.

    Raises:
        CardError: A figure has not been measured, or the prose has no place for the figures.
    """
    measurements = [measurement for measurement in MEASUREMENTS if measurement.model == model]
    for measurement in measurements:
        if not measurement.file.is_file():
            raise CardError(
                f"{measurement.name} has no figures: expected {measurement.file}, run {measurement.command}"
            )
    prose = (PROSE / f"{model}.md").read_text(encoding="utf-8")
    if FIGURES not in prose:
        raise CardError(f"model_cards/{model}.md: expected a line {FIGURES}, found none")
    metadata = ModelCardData(
        **LIBRARIES, **METADATA[model], model_name=f"mmemo-{model}", eval_results=eval_results(measurements)
    )
    return ModelCard(f"---\n{metadata.to_yaml()}\n---\n\n{prose.replace(FIGURES, figures(measurements))}")


def main() -> None:
    """Write the cards."""
    for model in METADATA:
        card = build_card(model)
        card.save(CHECKPOINTS / model / "README.md")
        print(f"wrote {CHECKPOINTS / model / 'README.md'}")


if __name__ == "__main__":
    main()
