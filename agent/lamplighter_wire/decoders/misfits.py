"""What a decoder meets that it cannot read: a network of another shape than its manifest says."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

from lamplighter_wire.errors import TaskError


@contextmanager
def translating_misfits(decoder: str, outputs: Mapping[str, NDArray[Any]]) -> Iterator[None]:
    """While a decoder reads outputs.

    Raises:
        TaskError: they are not what it reads; says which they are, and what is to be changed.
    """
    try:
        yield
    except (LookupError, ValueError, TypeError, ArithmeticError) as error:
        shapes = ", ".join(f"{name} {list(values.shape)}" for name, values in outputs.items())
        raise TaskError(
            f"the decoder {decoder!r} cannot read {shapes} ({error}): its strides, priors or"
            " class_map are of another network, or of another size"
        ) from error
