"""What a task's networks call their input and outputs, in every runtime."""

from typing import NamedTuple


class TensorNames(NamedTuple):
    """Names of the input picture and of the outputs that are read."""

    input: str
    outputs: tuple[str, ...]
