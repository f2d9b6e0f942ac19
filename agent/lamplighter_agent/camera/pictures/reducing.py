"""What is left of a picture when nobody shall be known in it. Pure numpy.

Whether a face or a plate can be read depends on how many dots it has. Both reductions bound the
dots of the whole picture, so they hold for those too whom the network has not found.
"""

import math

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # RGB [height, width, 3]
Boxes = NDArray[np.float32]  # [n, ≥4]: x1, y1, x2, y2 in pixels of the picture

# A found road user is as coarse as this along its longer side, whatever its size.
CELLS_OF_A_BOX = 6
GROWN = 0.1  # of a box's sides, at each end: boxes sit tight, plates are at their ends
LEAST_EDGE = 24.0  # of brightness, 0 to 255: below it is noise


def pixelated(picture: Picture, boxes: Boxes) -> Picture:
    """The picture with each box of it in a few cells of one colour."""
    coarse = picture.copy()
    for left, top, right, bottom in _spans(picture, boxes):
        cell = max(2, math.ceil(max(right - left, bottom - top) / CELLS_OF_A_BOX))
        for y in range(top, bottom, cell):
            for x in range(left, right, cell):
                part = np.s_[y : min(y + cell, bottom), x : min(x + cell, right)]
                coarse[part] = picture[part].mean(axis=(0, 1)).astype(np.uint8)
    return coarse


def edges(picture: Picture, boxes: Boxes) -> Picture:
    """White outlines on black, without those of the boxes: one bit for each dot."""
    light = picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    padded = np.pad(light, 1, mode="edge")
    across = _smoothed(padded[:, 2:] - padded[:, :-2], axis=0)
    down = _smoothed(padded[2:] - padded[:-2], axis=1)
    steep = np.hypot(across, down)
    outlines = steep > max(LEAST_EDGE, float(steep.mean() + steep.std()))
    for left, top, right, bottom in _spans(picture, boxes):
        outlines[top:bottom, left:right] = False
    return np.repeat((outlines * np.uint8(255))[..., None], 3, axis=2)


def _smoothed(slope: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """The other half of Sobel's filter: 1, 2, 1 along an axis, of which the ends are taken off."""
    parts = [np.take(slope, range(at, slope.shape[axis] - 2 + at), axis) for at in range(3)]
    return np.asarray((parts[0] + 2 * parts[1] + parts[2]) / 4, np.float32)


def _spans(picture: Picture, boxes: Boxes) -> list[tuple[int, int, int, int]]:
    """Left, top, right and bottom of the grown boxes within the picture; none is empty."""
    height, width = picture.shape[:2]
    spans = []
    for x1, y1, x2, y2 in boxes[:, :4].astype(float):
        more_x, more_y = GROWN * (x2 - x1) + 1, GROWN * (y2 - y1) + 1
        left, top = max(0, math.floor(x1 - more_x)), max(0, math.floor(y1 - more_y))
        right, bottom = min(width, math.ceil(x2 + more_x)), min(height, math.ceil(y2 + more_y))
        if left < right and top < bottom:
            spans.append((left, top, right, bottom))
    # The largest last: nobody is finer within another.
    return sorted(spans, key=lambda one: (one[2] - one[0]) * (one[3] - one[1]))
