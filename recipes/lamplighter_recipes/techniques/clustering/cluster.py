"""Weight clustering: all weights of a layer share a few values.

Saves bytes on the wire and nothing else: the device expands what it gets into the same graph, with
the same latency, energy and memory. In floating point or, after quantization, as 8-bit integers
whose scales stay as they are: then real values are shared, and each channel rounds them by its
scale. Deep Compression (Han, Mao, Dally, ICLR 2016) takes 256 values for a convolution and 32 for a
fully connected layer. Here large layers take 64, and small ones 256: they hold a tenth of the
bytes, and would cost most of the accuracy.
"""

from pathlib import Path

from lamplighter_recipes.recipe.technique_registry import technique
from lamplighter_recipes.runtimes.onnxruntime.shared_values import change_weights
from lamplighter_recipes.techniques.clustering.sharing import ClusterContext, Sharing, sharer


@technique(Sharing)
def cluster(source: Path, target: Path, config: Sharing, context: ClusterContext) -> None:
    """Write the graph `source` with few values a layer to `target`.

    Raises:
        RecipeError: a number is out of range; `key` names it.
    """
    change_weights(source, target, sharer(config, context))
