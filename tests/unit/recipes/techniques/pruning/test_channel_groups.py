"""Groups of channels of real networks."""

import pytest
import torch
from lamplighter_recipes.preparing.layer_rates import SERVER_CORE
from lamplighter_recipes.techniques.pruning.channel_groups import (
    ChannelGroups,
    channel_groups,
    narrowed,
    output_layers,
)
from lamplighter_recipes.techniques.pruning.cost_model import CostModel

from tests.simulators.recipe_rig import Detector, NanoDet

pytestmark = pytest.mark.torch
SIZE = (128, 96)


def _groups(detector: Detector) -> ChannelGroups:
    return channel_groups(detector.net, output_layers(detector.net), SIZE)


def test_what_additions_bind_together_is_one_group(tiny: Detector) -> None:
    members = list(_groups(tiny).members.values())
    laterals = {f"neck.laterals.{level}" for level in range(3)}
    assert laterals in [set(names) for names in members]
    assert not any("heads.0.1" in names for names in members), "outputs stay"


def test_layers_are_counted_at_the_size(tiny: Detector) -> None:
    layers = {layer.name: layer for layer in _groups(tiny).layers}
    assert layers["stem.0"].pixels_in == 128 * 96
    assert layers["stem.0"].pixels_out == 64 * 48
    assert layers["stem.0"].inputs == 3
    joined = layers["stages.1.enter.0"]
    assert len(joined.input_groups) == 2, "it reads a concatenation"


@pytest.mark.parametrize("full", [False, True])
def test_a_narrowed_network_costs_what_was_predicted_of_its_widths(
    tiny: Detector, full: bool
) -> None:
    detector = Detector(NanoDet()).eval() if full else tiny
    groups = _groups(detector)
    generator = torch.Generator().manual_seed(0)
    keep = {
        group: sorted(torch.randperm(n, generator=generator)[: 1 + n // (2 + group % 3)].tolist())
        for group, n in groups.channels.items()
    }
    predicted = CostModel(groups.layers, SERVER_CORE).latency_ms(
        {group: len(indices) for group, indices in keep.items()}
    )
    narrowed(detector.net, groups, keep)
    after = _groups(detector)
    assert CostModel(after.layers, SERVER_CORE).latency_ms(after.channels) == pytest.approx(
        predicted
    )


def test_channels_that_stay_keep_their_weights(tiny: Detector) -> None:
    groups = _groups(tiny)
    group = next(g for g, names in groups.members.items() if names == ["heads.0.0.0"])
    before = tiny.net.get_submodule("heads.0.0.0").weight.detach().clone()
    keep = {g: list(range(n)) for g, n in groups.channels.items()} | {group: [1, 4, 7]}
    narrowed(tiny.net, groups, keep)
    assert torch.equal(tiny.net.get_submodule("heads.0.0.0").weight, before[[1, 4, 7]])
