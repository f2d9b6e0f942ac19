"""Pass over who stands in a masked area: parked cars, a private garden, a tree that moves."""

from collections.abc import Sequence

import numpy as np

from lamplighter_agent.own_street import Mask
from lamplighter_agent.perception.occupancy import passed_rightwards
from lamplighter_agent.perception.tracking import Bools, Floats, feet

# A foot point at the border or beyond it is looked for in the middle of the outermost pixels, so
# that a mask which is drawn up to the border holds it.
HALF_PIXEL = 0.5


class Masks:
    """The masked areas of one camera.

    Args:
        masks: as drawn.
        drawn_in: width and height of the pictures that they are drawn in; 0: of the camera's.
    """

    def __init__(self, masks: Sequence[Mask], drawn_in: tuple[int, int]) -> None:
        self._drawn_in = drawn_in
        edges = [_edges(mask) for mask in masks]
        self._edges = np.concatenate([np.zeros((0, 2, 2), np.float32), *edges])
        self._begins = np.cumsum([0, *map(len, edges)])[:-1]  # of each mask's edges

    def unmasked(self, boxes: Floats, size: tuple[int, int]) -> Floats:
        """Boxes [n, >=4] whose foot points no mask has, in pictures of a size (width, height)."""
        if not len(self._edges) or not len(boxes):
            return boxes
        return np.asarray(boxes[~self.hides(feet(boxes), size)])

    def hides(self, points: Floats, size: tuple[int, int]) -> Bools:
        """[n] which of the foot points [n, 2] lie in a mask, in pictures of a size.

        They are brought to the pixels that masks are drawn in.
        """
        if not len(self._edges):
            return np.zeros(len(points), bool)
        outermost = np.array(size, np.float32) - HALF_PIXEL
        points = np.clip(points, HALF_PIXEL, outermost) * self._scale(size)
        passed = passed_rightwards(points, self._edges)
        is_inside = np.add.reduceat(passed, self._begins, axis=1, dtype=np.intp) % 2 == 1
        return np.asarray(is_inside.any(axis=1))

    def _scale(self, size: tuple[int, int]) -> Floats:
        drawn = self._drawn_in if all(self._drawn_in) else size
        return np.array([drawn[0] / size[0], drawn[1] / size[1]], np.float32)


def _edges(mask: Mask) -> Floats:
    """[n, 2 ends, 2] around it."""
    corners = np.array(mask.corners, np.float32).reshape(-1, 2)
    return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
