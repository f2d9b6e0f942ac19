"""A still of a frame, as its privacy says."""

import msgspec
import numpy as np
from lamplighter_wire.messages import Still
from lamplighter_wire.policy.picture_limits import LONGEST_SIDE_PX, fitted_size
from lamplighter_wire.policy.still_limits import PREVIEW_SIDE_PX, StillPrivacy
from lamplighter_wire.tasks.task import Answer

from lamplighter_agent.camera.encoding import jpeg_of_rgb
from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.camera.pictures.reducing import Boxes, Picture, edges, pixelated

# Sides of what leaves the device. A plate of an eighth of the picture's width has 20 dots in a
# blurred one and 30 in outlines, fewer than three for each of its signs.
LONGEST_PX = {
    StillPrivacy.EDGES: 240,
    StillPrivacy.BLURRED: PREVIEW_SIDE_PX,
    StillPrivacy.FULL: LONGEST_SIDE_PX,
}
BOX_COLUMNS = 6  # x1, y1, x2, y2, score, class


def make_still(frame: Frame, answer: Answer, privacy: StillPrivacy) -> Still:
    """What leaves the device of a frame; `answer`: what its network found, in camera pixels.

    Raises:
        SourceError: the picture cannot be converted or encoded.
    """
    boxes = boxes_of(answer)
    picture = _reduced(frame, boxes, privacy, LONGEST_PX[privacy])
    preview = _reduced(frame, boxes, privacy, PREVIEW_SIDE_PX)
    return Still(
        privacy=privacy,
        width=frame.width,
        height=frame.height,
        blurred=0 if privacy is StillPrivacy.FULL else len(boxes),
        jpeg=jpeg_of_rgb(picture),
        preview=preview.tobytes(),
        preview_width=preview.shape[1],
        preview_height=preview.shape[0],
    )


def boxes_of(answer: Answer) -> Boxes:
    """The boxes of an answer; none where the task is not about boxes."""
    is_boxes = answer.ndim == 2 and answer.shape[1] == BOX_COLUMNS
    return answer[:, :4] if is_boxes else np.zeros((0, 4), np.float32)


def _reduced(frame: Frame, boxes: Boxes, privacy: StillPrivacy, longest_px: int) -> Picture:
    width, height = fitted_size(frame.width, frame.height, longest_px)
    picture = frame.rgb(width, height)
    across, down = width / frame.width, height / frame.height
    within = boxes * np.array([across, down, across, down], np.float32)
    if privacy is StillPrivacy.EDGES:
        return edges(picture, within)
    return pixelated(picture, within) if privacy is StillPrivacy.BLURRED else picture


def refused_still(reason: str) -> Still:
    """The answer where there is no picture."""
    return Still(refused=reason)


def addressed(still: Still, device: str, stream: str, order: str, at: float) -> Still:
    """With whose it is, and what it answers."""
    return msgspec.structs.replace(still, device=device, stream=stream, order=order, at=at)
