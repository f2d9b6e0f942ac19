"""A loaded network: the seam that every runtime fits."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from lamplighter_wire.tasks.detection import CLASSES, STRIDES
from numpy.typing import NDArray

Images = NDArray[np.uint8]  # [N, H, W, 3] RGB
Outputs = Mapping[str, NDArray[Any]]  # by the names that the task gives them
Infer = Callable[[Images], Outputs]


class Engine(Protocol):
    """A loaded network."""

    @property
    def threads(self) -> int: ...

    def infer(self, images: Images) -> Outputs:
        """The outputs that the task reads, by name, of images [N, H, W, 3].

        Raises:
            EngineError: the runtime refuses the input or fails.
        """

    def close(self) -> None: ...


@runtime_checkable
class LoadsBySize(Protocol):
    """What an engine has, too, that loads each size by itself, with memory of its own."""

    @property
    def loaded(self) -> Collection[str]:
        """The sizes that are loaded, such as "384x288"."""

    def keep_sizes(self, sizes: Collection[str]) -> None:
        """Give all others back; one is loaded again with the next picture of that size."""


def anchor_count(width: int, height: int) -> int:
    """Number of anchors at an input size in pixels."""
    return sum((height // stride) * (width // stride) for stride in STRIDES)


class FakeEngine:
    """Finds the given boxes (x1, y1, x2, y2, score, class; fractions of the picture) anywhere."""

    def __init__(self, boxes: NDArray[np.float32] | None = None) -> None:
        self.boxes = np.zeros((0, 6), np.float32) if boxes is None else boxes
        self.calls = 0

    @property
    def threads(self) -> int:
        return 1

    def infer(self, images: Images) -> Outputs:
        self.calls += 1
        count, height, width = images.shape[:3]
        anchors = anchor_count(width, height)
        scores = np.zeros((count, anchors, len(CLASSES)), np.float32)
        distances = np.zeros((count, anchors, 4), np.float32)
        for box in self.boxes:
            x1, y1, x2, y2 = box[:4] * (width, height, width, height)
            column, row = int((x1 + x2) / 2 // 8), int((y1 + y2) / 2 // 8)
            anchor = row * (width // 8) + column
            centre_x, centre_y = (column + 0.5) * 8, (row + 0.5) * 8
            scores[:, anchor, int(box[5])] = box[4]
            reach = (centre_x - x1, centre_y - y1, x2 - centre_x, y2 - centre_y)
            distances[:, anchor] = reach
        return {"scores": scores, "distances": distances}

    def close(self) -> None:
        self.boxes = np.zeros((0, 6), np.float32)
