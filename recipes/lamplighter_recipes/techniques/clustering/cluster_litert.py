"""Weight clustering for LiteRT, as `cluster` does it for onnxruntime.

Saves bytes on the wire and nothing else (Han, Mao, Dally, Deep Compression, ICLR 2016).
"""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.techniques.clustering.sharing import Sharing, share_values, sharing_for


class ClusterContext(Protocol):
    """What clustering needs to know from outside."""

    @property
    def runtime(self) -> str:
        """The name of the runtime that opens the result."""


@technique(Sharing)
def cluster_litert(source: Path, target: Path, config: Sharing, context: ClusterContext) -> None:
    """Write the models in `source` with few values a layer to `target`.

    Raises:
        RecipeError: a number is out of range; `key` names it.
    """
    from lamplighter_recipes.runtimes.litert.shared_values import change_weights

    sharing = sharing_for(config, context.runtime)

    def share(weights: NDArray[np.float32]) -> NDArray[np.float32]:
        return share_values(weights, sharing)

    change_weights(source, target, share)
