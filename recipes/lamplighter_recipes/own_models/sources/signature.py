"""What a network takes and gives, whatever it is written in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from lamplighter_wire.tasks.tensor_names import TensorNames
from numpy.typing import NDArray

DYNAMIC = 0  # a side that may have any length
BYTES = ("uint8", "int8")  # types of inputs that take pixels as they are


class TensorInfo(NamedTuple):
    """One input or output: its shape with 0 for what is dynamic, and numpy's name of its type."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Signature:
    """All inputs and outputs."""

    inputs: Sequence[TensorInfo]
    outputs: Sequence[TensorInfo]


@dataclass(frozen=True)
class Interface:
    """How a network is to be fitted to its task.

    Attributes:
        picture: the input.
        sizes: the main one first.
        channels_first: whether it takes [N, 3, H, W].
        reversed_channels: whether it takes BGR.
        mean, std: of its three channels, in levels of a pixel.
        outputs: its names of what the decoder reads, in the order of `tensors`.
        ranks: how many axes each of them must have, the batch's included.
        tensors: what the task calls input and outputs.
    """

    picture: TensorInfo
    sizes: tuple[str, ...]
    channels_first: bool
    reversed_channels: bool
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    outputs: tuple[str, ...]
    ranks: tuple[int, ...]
    tensors: TensorNames

    @property
    def takes_bytes(self) -> bool:
        """Whether the pixels go in as they are; signed ones less 128."""
        return self.picture.dtype in BYTES


class Written(NamedTuple):
    """The runtimes that can serve a network, and why another one cannot."""

    runtimes: list[str]
    impossible: Mapping[str, str] = MappingProxyType({})


class Source(Protocol):
    """A network that somebody brings."""

    @property
    def runtime(self) -> str:
        """That runs its float form."""

    def signature(self) -> Signature:
        """What it takes and gives, as far as that is written down.

        Raises:
            RecipeError: it cannot be read.
        """

    def run(self, picture: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        """All outputs for one picture as the network takes it: whether it runs here at all.

        Raises:
            RecipeError: it does not.
        """

    def write(self, interface: Interface, name: str, weights_dir: Path) -> Written:
        """Write it as its task has it, for each runtime that can serve it.

        Raises:
            RecipesError: that cannot be done for any.
        """
