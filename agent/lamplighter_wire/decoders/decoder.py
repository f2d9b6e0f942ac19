"""How the outputs of a network are read, as data in its manifest."""

import msgspec


class Prior(msgspec.Struct, frozen=True, array_like=True):
    """Width and height of an anchor, as fractions of the picture."""

    width: float = 0.0
    height: float = 0.0


class Decoder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decoder by its name, and what it must know of the network. Hashable.

    Attributes:
        name: "": the outputs are the task's own, decoded in the graph.
        classes: what the answer's classes are called, for a task that has none of its own.
        class_map: for each class of the network, in its order, the task's; -1: none of them.
        box: what the four numbers of a box are, in order: xyxy, yxyx, xywh (centre), yxhw (centre).
        unit: of places: pixels of the input, fractions of it, or strides (of distances).
        activation: what scores still need: sigmoid, softmax, or nothing.
        objectness: whether a row holds a score of its own for being any object.
        strides: of the feature maps, in the order of the rows.
        centre: where in its cell a row stands, in strides.
        priors: the anchors of a cell, by feature map.
        variances: what encoded places and sizes are multiplied by.
        suppressed: whether boxes of one object are already one.
    """

    name: str = ""
    classes: tuple[str, ...] = ()
    class_map: tuple[int, ...] = ()
    box: str = "xyxy"
    unit: str = "pixels"
    activation: str = ""
    objectness: bool = False
    strides: tuple[int, ...] = ()
    centre: float = 0.5
    priors: tuple[tuple[Prior, ...], ...] = ()
    variances: tuple[float, float] = (1.0, 1.0)
    suppressed: bool = False


OWN = Decoder()
# Of our own families' networks since they end in what their cells say: see `distributions`.
DISTRIBUTIONS = "distributions"


def is_foreign(decoder: Decoder) -> bool:
    """Whether it reads a network of somebody else's make: one that was added, for certain sizes."""
    return decoder.name not in (OWN.name, DISTRIBUTIONS)


def decoder_need(name: str) -> str:
    """What a variant needs of a device to be read there; see `unmet_needs`."""
    return f"decoder:{name}"
