"""What is read of a network, in one form for all runtimes. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from lamplighter_wire.errors import GraphError

# No network for a street camera has more.
MOST_GRAPH_BYTES = 64 * 1024 * 1024
MOST_OPERATORS = 20_000


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of fixed shape; `bits` of one element."""

    name: str
    shape: tuple[int, ...]
    bits: int = 32

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return math.prod(self.shape) * self.bits // 8


@dataclass(frozen=True, slots=True)
class Outside:
    """Where the bytes of a tensor lie, outside of the graph."""

    tensor: Tensor
    file: str
    offset: int
    size_bytes: int


@dataclass(slots=True)
class GraphFacts:
    """Operators by kind ("" is a runtime's own domain), tensors, and what lies elsewhere.

    `control`: how parts of it may be run again or not at all; a loop need not end.
    """

    operators: set[tuple[str, str]] = field(default_factory=set)
    count: int = 0
    tensors: list[Tensor] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)
    control: set[str] = field(default_factory=set)

    def add_operator(self, domain: str, kind: str) -> None:
        """One more of a kind.

        Raises:
            GraphError: there are too many.
        """
        self.operators.add((domain, kind))
        self.count += 1
        if self.count > MOST_OPERATORS:
            raise GraphError(f"the network has more than {MOST_OPERATORS} operators")

    def add_tensor(self, name: str, shape: Sequence[int], bits: int) -> Tensor:
        """One more.

        Raises:
            GraphError: it has a negative side.
        """
        if any(side < 0 for side in shape):
            raise GraphError(f"tensor {shown(name)} has the shape {list(shape)}")
        tensor = Tensor(shown(name), tuple(shape), bits)
        self.tensors.append(tensor)
        return tensor


def shown(name: str) -> str:
    """A name from outside, as it may stand in a message."""
    return repr(name[:60])
