"""Two processes on this machine's processor, as `torchrun` starts them (`accelerate launch` does the same on GPUs)."""

import copy
import json
import os
import subprocess
import sys

import pytest
import torch
import yaml
from safetensors.torch import load_file
from transformers import AutoModel

from mmemo.training.recipes import load_recipe
from mmemo.training.train import train
from tests.models.tiny import make_tokenizer, text_config

RECIPE = {
    "name": "two",
    "description": "Words alone, nothing random but the start and the order.",
    "encoders": {"text": {"learning_rate": 0.01}},
    "model": {"hidden_size": 16, "num_attention_heads": 2, "dropout": 0.0, "modality_dropout": 0.0},
    "tasks": {"sentiment": {"modalities": ["text"]}},
    "sources": [{"dataset": "tweeteval_sentiment", "tasks": ["sentiment"], "batch_size": 12}],
    "training": {"epochs": 2, "heads_learning_rate": 0.01, "optimizer": "sgd"},
}
LAUNCHER = ["torch.distributed.run", "--nproc-per-node", "2", "--master-port", "29611", "-m"]


@pytest.fixture(scope="module")
def write_recipe(tmp_path_factory):
    """Writes the recipe with another batch size, on a tiny BERT without dropout."""
    folder = tmp_path_factory.mktemp("two")
    config = text_config("bert")
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    torch.manual_seed(0)
    AutoModel.from_config(config).save_pretrained(folder / "base")
    make_tokenizer().save_pretrained(folder / "base")

    def write(batch_size):
        settings = copy.deepcopy(RECIPE)
        settings["encoders"]["text"]["base"] = str(folder / "base")
        settings["sources"][0]["batch_size"] = batch_size
        path = folder / f"two_{batch_size}.yaml"
        path.write_text(yaml.safe_dump(settings))
        return path

    return write


@pytest.fixture(scope="module")
def alone(write_recipe, data_root, tmp_path_factory):
    """Finished checkpoint of one process with the whole batch."""
    output = tmp_path_factory.mktemp("alone")
    report = train(load_recipe(str(write_recipe(12))), data_root, output, use_cpu=True)
    return output, report


def test_two_processes_train_as_one_with_the_whole_batch(write_recipe, data_root, alone, tmp_path):
    arguments = ["mmemo", "train", write_recipe(6), "--data", data_root, "--output", tmp_path / "out", "--cpu"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    command = [sys.executable, "-m", *LAUNCHER, *map(str, arguments)]
    found = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=110)
    assert found.returncode == 0, found.stderr[-3000:]
    assert found.stdout.count("finished: ") == 1, "one of the processes speaks"
    folder, report = alone
    assert json.loads((tmp_path / "out" / "training.json").read_text())["train_items"] == report["train_items"]
    first, second = (load_file(place / "model.safetensors") for place in (folder, tmp_path / "out"))
    assert first.keys() == second.keys()
    for name, values in first.items():
        torch.testing.assert_close(second[name].float(), values.float(), rtol=0.02, atol=0.002)
