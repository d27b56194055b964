"""Export a model's encoders and tasks to ONNX: `python -m hub.onnx CHECKPOINT --output DIR`.

Conventions: one file for each encoder (`encoder_text.onnx`, `encoder_image.onnx`, `encoder_face.onnx`) and one for each
task (`task_hate.onnx`), float32, with any batch size and any length of text. An encoder gives `tokens` (B, L, D) and
`mask` (B, L); a task takes those of each of its modalities, `text_tokens`, `text_mask` and so on, and gives `logits`
(B, N). A sample lacks a modality where its mask is False. `onnx.json` names labels, temperatures and modalities.
Needs the `onnx` extra. The result is compared with PyTorch on real inputs before the command ends.
"""

import argparse
import json
import shutil
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from PIL import Image
from torch import Tensor, nn
from torch.export import Dim

from mmemo.engines import MmemoEngine, load_engine
from mmemo.models import MmemoModel, MmemoProcessor
from mmemo.perception import crop_face, load_face_detector, load_image
from mmemo.pipeline import CHECKPOINTS, PARTS
from mmemo.repository import ModelError
from mmemo.ui.gallery import load_examples

TOLERANCE = 1e-4
NUM_CHECKED = 50
INDEX = "onnx.json"
PIXELS = {"image": ("pixel_values", "image_mask"), "face": ("face_pixel_values", "face_mask")}
SENTENCES = (
    "what a day",
    "no",
    "I love this, best day ever!",
    "when the code works on the first try and nobody is there to see it",
    "they said it would take five minutes, that was three hours ago, and I am still waiting here, my coffee is cold",
    "why would anybody do that to you?",
    "thank you so much",
    "so happy for you, really",
)


class OnnxError(RuntimeError):
    """A model that cannot be exported, or whose export gives other results."""


class _TextGraph(nn.Module):
    def __init__(self, model: MmemoModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Token ids and mask (B, L) to tokens (B, 1 + L, D) and mask (B, 1 + L)."""
        return self.model.encode(input_ids=input_ids, attention_mask=attention_mask)["text"]


class _PictureGraph(nn.Module):
    def __init__(self, model: MmemoModel, modality: str) -> None:
        super().__init__()
        self.encoder = model.encoders[modality]

    def forward(self, pixels: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels (B, 3, H, W) and which samples have a picture (B,) to tokens (B, L, D) and mask (B, L)."""
        tokens = self.encoder(pixels)
        return tokens, present.unsqueeze(1).expand(tokens.shape[:2])


class _TaskGraph(nn.Module):
    def __init__(self, model: MmemoModel, task: str) -> None:
        super().__init__()
        self.fusion, self.head = model.fusions[task], model.heads[task]
        self.modalities = model.config.task(task).modalities

    def forward(self, *encoded: Tensor) -> Tensor:
        """Tokens and mask of each modality, one after the other, to logits (B, N)."""
        pairs = zip(encoded[::2], encoded[1::2], strict=True)
        seen = dict(zip(self.modalities, pairs, strict=True))
        return self.head(self.fusion(seen), seen)


def export_onnx(checkpoint: Path, output: Path) -> Path:
    """Write the graphs of a model and the files of its processor.

    Args:
        checkpoint: Folder, or the name of one that ships with the project.
        output: Folder, made if missing.

    Returns:
        The output.

    Raises:
        OnnxError: The model has a head that ONNX cannot hold.
        ModelError: It cannot be loaded.
    """
    engine = _load(checkpoint)
    model = engine.model
    if any(model.config.task(name).head == "lstm" for name in model.tasks):
        raise OnnxError(
            "an lstm head reads texts of different lengths one by one, which a graph cannot: retrain with ffn"
        )
    output.mkdir(parents=True, exist_ok=True)
    batch, length = Dim("batch", max=4096), Dim("length", min=2, max=512)
    encoded: dict[str, tuple[Tensor, Tensor]] = {}
    for modality in model.encoders:
        graph, inputs, names = _encoder_graph(engine, modality)
        shapes = tuple({0: batch, 1: length} if modality == "text" else {0: batch} for _ in inputs)
        _write(graph, inputs, output / f"encoder_{modality}.onnx", names, ["tokens", "mask"], shapes)
        with torch.inference_mode():
            encoded[modality] = graph(*inputs)
    for task in model.tasks:
        modalities = model.config.task(task).modalities
        given = tuple(value.clone() for modality in modalities for value in encoded[modality])
        names = [f"{modality}_{kind}" for modality in modalities for kind in ("tokens", "mask")]
        dims = [{0: batch, 1: Dim(f"{modality}_length", max=1024)} for modality in modalities for _ in range(2)]
        _write(_TaskGraph(model, task), given, output / f"task_{task}.onnx", names, ["logits"], (tuple(dims),))
    tasks = {name: model.config.task(name).to_dict() for name in model.tasks}
    index = {"encoders": list(model.encoders), "hidden_size": model.config.hidden_size, "tasks": tasks}
    (output / INDEX).write_text(json.dumps(index, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    engine.processor.save_pretrained(output)
    for name in ("LICENSE", "NOTICE"):
        if (checkpoint / name).is_file():
            shutil.copyfile(checkpoint / name, output / name)
    return output


def _load(checkpoint: Path) -> MmemoEngine:
    folder = CHECKPOINTS / checkpoint if str(checkpoint) in PARTS and not checkpoint.is_dir() else checkpoint
    engine = load_engine(str(folder), device=torch.device("cpu"), dtype=torch.float32)
    if not isinstance(engine, MmemoEngine):
        raise OnnxError(f"expected a model of mmemo's, got {checkpoint}")
    engine.model.to(memory_format=torch.contiguous_format)
    return engine


def _encoder_graph(engine: MmemoEngine, modality: str) -> tuple[nn.Module, tuple[Tensor, ...], list[str]]:
    """Graph of an encoder, example inputs of two samples, and the inputs' names."""
    blank = [Image.new("RGB", (64, 64))] * 2
    if modality == "text":
        batch = engine.processor(text=["what a day", "no"])
        names = ["input_ids", "attention_mask"]
        return _TextGraph(engine.model), tuple(batch[name] for name in names), names
    names = list(PIXELS[modality])
    batch = engine.processor(images=blank) if modality == "image" else engine.processor(faces=blank)
    return _PictureGraph(engine.model, modality), tuple(batch[name] for name in names), names


def _write(
    graph: nn.Module,
    inputs: tuple[Tensor, ...],
    path: Path,
    names: list[str],
    outputs: list[str],
    shapes: tuple[Any, ...],
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph.eval(),
            inputs,
            str(path),
            input_names=names,
            output_names=outputs,
            dynamic_shapes=shapes,
            dynamo=True,
            external_data=False,
            verbose=False,
        )


class OnnxModel:
    """The graphs on onnxruntime, for comparison and as an example of a reader."""

    def __init__(self, folder: Path) -> None:
        """Load what `export_onnx` wrote."""
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        self.modalities = {name: task["modalities"] for name, task in index["tasks"].items()}
        self.width: int = index["hidden_size"]
        self.encoders = {name: _session(folder / f"encoder_{name}.onnx") for name in index["encoders"]}
        self.tasks = {name: _session(folder / f"task_{name}.onnx") for name in index["tasks"]}

    def __call__(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Inputs as the processor gives them, of any of the modalities, to logits (B, N) of each task."""
        batch_size = len(next(iter(inputs.values())))
        missing = np.zeros((batch_size, 1, self.width), np.float32), np.zeros((batch_size, 1), bool)
        encoded = {}
        for name, session in self.encoders.items():
            wanted = [value.name for value in session.get_inputs()]
            if all(key in inputs for key in wanted):
                encoded[name] = session.run(["tokens", "mask"], {key: inputs[key] for key in wanted})
        logits = {}
        for task, session in self.tasks.items():
            given = {}
            for name in self.modalities[task]:
                given[f"{name}_tokens"], given[f"{name}_mask"] = encoded.get(name, missing)
            (logits[task],) = session.run(["logits"], given)
        return logits


def _session(path: Path) -> "onnxruntime.InferenceSession":
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def real_inputs(count: int) -> list[dict[str, Any]]:
    """Words, drawn pictures and the faces that are found in them, in turn; some samples lack one of the three."""
    pictures = [load_image(example.path) for example in load_examples()]
    detector = load_face_detector("centerface")
    faces = [crop_face(picture, face.box) for picture in pictures for face in detector.detect(picture)]
    samples = []
    for number in range(count):
        words, picture, face = (
            SENTENCES[number % len(SENTENCES)],
            pictures[number % len(pictures)],
            faces[number % len(faces)],
        )
        left_out = number % 5
        samples.append(
            {
                "text": None if left_out == 3 else f"{words} {number}",
                "images": None if left_out == 4 else picture,
                "faces": None if left_out == 2 else face,
            }
        )
    return samples


def largest_difference(checkpoint: Path, folder: Path, count: int = NUM_CHECKED) -> float:
    """Largest difference of a logit between PyTorch and ONNX, over real inputs in batches of one to four."""
    engine = _load(checkpoint)
    exported = OnnxModel(folder)
    samples, worst, start, size = real_inputs(count), 0.0, 0, 1
    while start < len(samples):
        group = samples[start : start + size]
        inputs = _prepare(engine.processor, engine.model, group)
        with torch.inference_mode():
            expected = engine.model(**inputs).logits
        found = exported({name: value.numpy() for name, value in inputs.items()})
        worst = max(worst, *(float(np.abs(found[name] - expected[name].numpy()).max()) for name in expected))
        start, size = start + size, size % 4 + 1
    return worst


def _prepare(processor: MmemoProcessor, model: MmemoModel, group: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
    keys = {"text": "text", "image": "images", "face": "faces"}
    given: dict[str, Any] = {keys[name]: [sample[keys[name]] for sample in group] for name in model.encoders}
    return dict(processor(**given))


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m hub.onnx", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", metavar="CHECKPOINT", type=Path, help=f"folder, or one of {', '.join(PARTS)}")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="folder of the graphs")
    parser.add_argument("--check", metavar="N", type=int, default=NUM_CHECKED, help=f"inputs (default: {NUM_CHECKED})")
    args = parser.parse_args(argv)
    try:
        folder = export_onnx(args.checkpoint, args.output)
        worst = largest_difference(args.checkpoint, folder, args.check)
    except (ModelError, OnnxError) as error:
        print(f"hub.onnx: error: {error}", file=sys.stderr)
        return 1
    for path in sorted(folder.glob("*.onnx")):
        print(f"{path.stat().st_size:>12,}  {path.name}")
    print(f"largest difference of a logit from PyTorch on {args.check} inputs: {worst:.1e} (allowed: {TOLERANCE:.0e})")
    return 0 if worst <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
