"""Networks between two networks."""

import pytest
import torch
from lamplighter_recipes.sites.blending import blended

from tests.simulators.tiny_detectors import KINDS, tiny_of

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_ends_are_both_networks_and_the_middle_is_neither(kind: str) -> None:
    start, learnt = tiny_of(kind, seed=1), tiny_of(kind, seed=2)
    images = torch.randint(0, 256, (1, 64, 64, 3), dtype=torch.uint8)
    with torch.no_grad():
        scores = {share: blended(start, learnt, share)(images)[0] for share in (0.0, 0.5, 1.0)}
        torch.testing.assert_close(scores[0.0], start(images)[0])
        torch.testing.assert_close(scores[1.0], learnt(images)[0])
    assert not torch.allclose(scores[0.5], scores[0.0])
    assert not torch.allclose(scores[0.5], scores[1.0])


def test_neither_network_changes() -> None:
    start, learnt = tiny_of("nanodet", seed=1), tiny_of("nanodet", seed=2)
    before = {name: tensor.clone() for name, tensor in learnt.state_dict().items()}
    blended(start, learnt, 0.3)
    for name, tensor in learnt.state_dict().items():
        assert torch.equal(tensor, before[name])
