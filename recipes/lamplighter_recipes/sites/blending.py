"""Between two networks: weights that lie between those a training began with and those it gave.

On the way back to the start what was learnt of a site may be lost more slowly than what is known of
the rest comes back (WiSE-FT: Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022).
Saves nothing: it keeps what a training forgets.
"""

import copy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def blended(start: "nn.Module", learnt: "nn.Module", share: float) -> "nn.Module":
    """A new network, `share` of the way from one to the other; both have the same layers."""
    before = start.state_dict()
    network = copy.deepcopy(learnt)
    network.load_state_dict(
        {
            name: before[name] + share * (tensor - before[name])
            if tensor.is_floating_point()
            else tensor
            for name, tensor in learnt.state_dict().items()
        }
    )
    return network
