"""The decoder of classes: from a network's scores to the answer's classes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lamplighter_wire.decoders.arrays import Array, activated, mapped_classes
from lamplighter_wire.decoders.decoder import Decoder

NAME = "classes"
OUTPUTS = ("scores",)


def probabilities(scores: NDArray[Any], decoder: Decoder) -> Array:
    """Of scores [classes of the network]: the probability of each class of the answer.

    Those of the network's classes that are one class of the answer are added; what it sees beside
    them is left out, so that the rest says which of the answer's classes it is.
    """
    values = activated(np.asarray(scores, np.float32).reshape(1, -1), decoder.activation)[0]
    columns, classes = mapped_classes(decoder)
    found = np.bincount(classes, values[columns], minlength=len(decoder.classes))
    total = float(found.sum())
    return np.asarray(found / total if total > 0 else found, np.float32)
