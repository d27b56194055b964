"""The feature cache gives what the backbone gives, and other views in training."""

import numpy as np
import pytest
import torch
from PIL import Image

from mmemo.models import MmemoProcessor
from mmemo.models.modeling_mmemo import picture_outputs
from mmemo.training.feature_cache import build_cache
from tests.models.tiny import make_config, make_image_processor, make_model, picture_config, task

VIEWS = 3


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    paths = [folder / f"{i}.png" for i in range(4)]
    for i, path in enumerate(paths):
        pixels = np.random.default_rng(i).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((48, 40)).save(path)
    return paths


@pytest.fixture(scope="module", params=["test_resnet", "clip"])
def model(request):
    return make_model(make_config(image_config=picture_config(request.param), tasks={"hate": task(("image",))}))


@pytest.fixture(scope="module")
def processor():
    return MmemoProcessor(image_processor=make_image_processor())


@pytest.fixture(scope="module")
def cache(model, processor, pictures):
    return build_cache(model.encoders["image"].backbone, processor, pictures, views=VIEWS, seed=0)


@pytest.fixture(scope="module")
def pixels(processor, pictures):
    return processor(images=[Image.open(path) for path in pictures])["pixel_values"]


def test_cache_gives_the_backbones_outputs(model, cache, pixels):
    with torch.inference_mode():
        summary, tokens = picture_outputs(model.encoders["image"].backbone(pixel_values=pixels))
        cached = cache.eval()(torch.tensor([2, 0]))
    close = {"rtol": 2**-7, "atol": 1e-3}
    torch.testing.assert_close(cached.last_hidden_state, tokens[[2, 0]], **close)
    torch.testing.assert_close(cached.pooler_output, summary[[2, 0]], **close)


def test_cache_stands_in_the_models_backbone(model, cache, pixels, pictures):
    encoder = model.encoders["image"]
    with torch.inference_mode():
        expected = model(pixel_values=pixels).logits["hate"]
        encoder.backbone = cache.eval()
        try:
            rows = torch.tensor([cache.rows[path] for path in pictures])
            cached = model(pixel_values=rows, image_mask=torch.tensor([True, True, False, True])).logits["hate"]
        finally:
            encoder.backbone = cache.backbone
    present = torch.tensor([0, 1, 3])
    torch.testing.assert_close(cached[present], expected[present], rtol=0.05, atol=0.05)
    torch.testing.assert_close(cached[2:3], model.classify({})["hate"])


def test_cache_draws_views_in_training_alone(cache):
    rows = torch.zeros(64, dtype=torch.long)
    torch.manual_seed(0)
    drawn = cache.train()(rows).pooler_output.unique(dim=0)
    assert len(drawn) == VIEWS
    assert len(cache.eval()(rows).pooler_output.unique(dim=0)) == 1


def test_cache_is_the_same_for_the_same_seed(model, processor, pictures, cache):
    backbone = model.encoders["image"].backbone
    again = build_cache(backbone, processor, pictures, views=VIEWS, seed=0)
    other = build_cache(backbone, processor, pictures, views=VIEWS, seed=1)
    assert torch.equal(again.values, cache.values)
    assert torch.equal(other.values[:, 0], cache.values[:, 0])
    assert not torch.equal(other.values[:, 1:], cache.values[:, 1:])


def test_cache_saves_no_weights_of_its_own(cache):
    assert not cache.state_dict()
    assert not list(cache.parameters())


def test_cache_refuses_no_views(model, processor, pictures):
    with pytest.raises(ValueError, match="views must be 1 or more, got 0"):
        build_cache(model.encoders["image"].backbone, processor, pictures, views=0, seed=0)
