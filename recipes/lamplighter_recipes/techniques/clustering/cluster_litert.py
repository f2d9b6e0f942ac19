"""Weight clustering for LiteRT, as `cluster` does it for onnxruntime.

Saves bytes on the wire and nothing else (Han, Mao, Dally, Deep Compression, ICLR 2016).
"""

from pathlib import Path

from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.techniques.clustering.sharing import ClusterContext, Sharing, sharer


@technique(Sharing)
def cluster_litert(source: Path, target: Path, config: Sharing, context: ClusterContext) -> None:
    """Write the models in `source` with few values a layer to `target`.

    Raises:
        RecipeError: a number is out of range; `key` names it.
    """
    from lamplighter_recipes.runtimes.litert.shared_values import change_weights

    change_weights(source, target, sharer(config, context))
