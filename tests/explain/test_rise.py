"""RISE: masks, hiding, and relevance that finds the one place a score depends on."""

import pytest
import torch

from mmemo.explain import rise


def test_masks_come_with_their_opposites_and_are_always_the_same() -> None:
    masks = rise.random_masks()
    assert masks.shape == (rise.NUM_MASKS, rise.GRID, rise.GRID)
    assert torch.equal(masks, rise.random_masks())
    first, second = masks.chunk(2)
    assert torch.equal(first, ~second)
    assert len({tuple(mask.flatten().tolist()) for mask in masks}) == rise.NUM_MASKS


def test_hidden_places_have_the_mean_colour() -> None:
    torch.manual_seed(0)
    pixels = torch.rand(1, 3, 28, 28)
    masks = rise.random_masks()[:2]
    hidden = rise.hide(pixels, masks)
    assert hidden.shape == (2, 3, 28, 28)
    for row, mask in zip(hidden, masks, strict=True):
        seen = mask.repeat_interleave(4, 0).repeat_interleave(4, 1)
        assert torch.equal(row[:, seen], pixels[0][:, seen])
        for channel in range(3):
            assert row[channel, ~seen].unique().item() == pytest.approx(float(pixels[0, channel].mean()))


@pytest.mark.parametrize("place", [(0, 0), (3, 5)])
def test_relevance_is_what_seeing_a_place_adds_to_the_score(place: tuple[int, int]) -> None:
    masks = rise.random_masks()
    scores = 0.2 + 0.5 * masks[:, place[0], place[1]].float()
    relevance = rise.place_relevance(masks, scores)
    assert relevance.shape == (rise.GRID, rise.GRID)
    assert float(relevance[place]) == pytest.approx(0.5)
    assert int(relevance.argmax()) == place[0] * rise.GRID + place[1]
    assert torch.equal(rise.place_relevance(masks, torch.full((rise.NUM_MASKS,), 0.7)).abs() < 1e-6, masks[0] | True)
