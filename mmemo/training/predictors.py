"""Finished checkpoints of every kind behind one interface: from a source's examples to logits and targets.

A checkpoint is a folder whose `config.json` names its `model_type`: `mmemo` (an `MmemoModel`, also by Hub id),
`mmemo_tfidf` (`mmemo.training.tfidf`) or `mmemo_late_fusion` (`mmemo.training.late_fusion`).
"""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from transformers import AutoConfig

from mmemo.models import MmemoModel, MmemoProcessor
from mmemo.training import late_fusion, tfidf
from mmemo.training.batches import Collator, Source
from mmemo.training.checkpoints import CONFIG_FILE
from mmemo.training.predict import Predictor, TaskOutputs, predict


class EvaluationError(ValueError):
    """A checkpoint or a request that cannot be evaluated; one line with what was expected and what came."""


class NetworkPredictor:
    """An `MmemoModel` with its processor."""

    def __init__(self, model: MmemoModel, processor: MmemoProcessor) -> None:
        """Take a loaded model and the processor that was saved with it."""
        self.model, self.processor = model, processor
        self.tasks = {name: model.config.task(name) for name in model.tasks}

    def outputs(self, source: Source, task: str) -> TaskOutputs:
        """Logits and targets of a source's examples, in their order."""
        collator = Collator(processor=self.processor, config=self.model.config, sources=[source])
        return predict(self.model, collator, source, (task,))[task]


def load_checkpoint(model: str, device: str | None = None) -> tuple[MmemoModel, MmemoProcessor]:
    """Model in float32 and its processor.

    Raises:
        EvaluationError: There is no such folder or Hub id, it is no model of mmemo's, or the device cannot be used.
    """
    place = device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        kind = AutoConfig.from_pretrained(model, trust_remote_code=False).model_type
        if kind != "mmemo":
            raise EvaluationError(f"{model}: expected a model of mmemo's, got a {kind} model")
        network = MmemoModel.from_pretrained(model, dtype=torch.float32, use_safetensors=True).eval()
        processor = MmemoProcessor.from_pretrained(model)
        torch.nn.Module.to(network, place)
    except EvaluationError:
        raise
    except (OSError, ValueError, KeyError, RuntimeError, AssertionError, SafetensorError) as error:
        raise _no_checkpoint(model, error) from error
    return network, processor


def _no_checkpoint(model: str, error: Exception) -> EvaluationError:
    reason = " ".join(str(error).split())[:200]
    return EvaluationError(f"{model}: expected the folder of a finished checkpoint, got: {reason}")


def _model_type(folder: Path) -> str:
    """The kind that a local folder's `config.json` names, empty where there is none to read."""
    try:
        values = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(values.get("model_type", "")) if isinstance(values, dict) else ""


def load_predictor(model: str, device: str | None = None) -> Predictor:
    """Predictor of a checkpoint's folder, or of a Hub id of an `MmemoModel`.

    Raises:
        EvaluationError: There is no such checkpoint, or the device cannot be used.
    """
    kind = _model_type(Path(model))
    try:
        if kind == tfidf.MODEL_TYPE:
            return tfidf.load_tfidf(Path(model))
        if kind == late_fusion.MODEL_TYPE:
            settings = late_fusion.read_settings(Path(model))
            folders = {modality: Path(model) / modality for modality in settings.parts}
            parts = {modality: load_predictor(str(folder), device) for modality, folder in folders.items()}
            return late_fusion.LateFusionModel(settings=settings, predictors=parts)
    except EvaluationError:
        raise
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise _no_checkpoint(model, error) from error
    return NetworkPredictor(*load_checkpoint(model, device))
