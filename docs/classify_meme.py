"""A meme classified with plain transformers: `python classify_meme.py USER/mmemo-meme COMMIT meme.jpg "its words"`."""

import sys

from PIL import Image
from transformers import AutoModel, AutoProcessor

repo, commit, picture, words = sys.argv[1:]
source = {"pretrained_model_name_or_path": repo, "revision": commit, "trust_remote_code": True}
model, processor = AutoModel.from_pretrained(**source, dtype="float32"), AutoProcessor.from_pretrained(**source)
output = model(**processor(text=[words], images=[Image.open(picture).convert("RGB")]))
for task, values in model.probabilities(output.logits, output.present).items():
    print(task, dict(zip(model.config.task(task).labels, values[0].tolist(), strict=True)))
