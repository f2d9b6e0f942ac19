"""Whether a device reproduces the boxes that the manifest promises on its golden frames."""

from collections.abc import Callable

import numpy as np
from lamplighter_wire.messages import Manifest
from lamplighter_wire.tasks.detection import decode, match_f1
from numpy.typing import NDArray

from lamplighter_agent.camera.frame import frame_of
from lamplighter_agent.runtimes.engine import Infer

# Another decoder of pictures moves scores a little: boxes this close to the threshold may come or
# go. A golden box must be found above threshold - margin; only boxes above threshold + margin
# that are not golden count as wrong.
GOLDEN_MARGIN = 0.1
GOLDEN_THRESHOLD = 0.35  # where no golden frame holds a box


def golden_f1(infer: Infer, manifest: Manifest, read: Callable[[str], bytes]) -> float:
    """F1 over all golden frames against the boxes of the manifest; -1 when it has none.

    `infer` runs the candidate as an engine does; `read` gives a picture's bytes by hash. Boxes are
    in input pixels of the frame's size.

    Raises:
        EngineError: the runtime fails.
        SourceError: a picture cannot be decoded.
        BlobError: a picture is missing or damaged.
    """
    scores = [box[4] for frame in manifest.golden for box in frame.boxes]
    threshold = min(scores, default=GOLDEN_THRESHOLD)
    hits = wrong = 0
    for frame in manifest.golden:
        picture = frame_of(read(frame.image)).rgb(frame.width, frame.height)
        outputs = infer(picture[None])
        answers = outputs["scores"][0], outputs["distances"][0]
        least = max(threshold - GOLDEN_MARGIN, 0.01)
        detected = decode(*answers, frame.width, frame.height, least)
        golden = np.array(frame.boxes, np.float32).reshape(-1, 6)
        sure = detected[detected[:, 4] >= threshold + GOLDEN_MARGIN]
        reproduced = _matched(golden, detected)
        hits += reproduced
        wrong += len(golden) - reproduced + len(sure) - _matched(sure, golden)
    if not manifest.golden:
        return -1.0
    return 2 * hits / (2 * hits + wrong) if hits + wrong else 1.0


def _matched(a: NDArray[np.float32], b: NDArray[np.float32]) -> int:
    """How many of the boxes `a` have a partner in `b`, at an overlap of 0.5."""
    return round(match_f1(a, b) * (len(a) + len(b)) / 2) if len(a) and len(b) else 0
