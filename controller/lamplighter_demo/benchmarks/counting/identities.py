"""Whether tracks keep to their objects: IDF1 (Ristani et al., 2016) and identity switches."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from lamplighter_wire.tasks.detection import iou_matrix
from numpy.typing import NDArray

from lamplighter_demo.comparison.device_counts import Followed

LEAST_OVERLAP = 0.5


class Identities(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over frames; they add up over clips.

    Attributes:
        hits: boxes whose track is the one that suits their object best over the whole clip.
        true, tracked: boxes of objects, and of tracks.
        switches: how often an object's box came to another track than before.
    """

    hits: int
    true: int
    tracked: int
    switches: int

    def __add__(self, other: "Identities") -> "Identities":
        return Identities(
            hits=self.hits + other.hits,
            true=self.true + other.true,
            tracked=self.tracked + other.tracked,
            switches=self.switches + other.switches,
        )

    @property
    def idf1(self) -> float:
        """0 to 1."""
        return 2 * self.hits / max(self.true + self.tracked, 1)


def identities(truth: dict[str, Any], frames: Sequence[int], followed: Followed) -> Identities:
    """Of a clip's truth and the tracks in those of its `frames` that were looked at."""
    together: Counter[tuple[int, int]] = Counter()
    last: dict[int, int] = {}
    switches = true = 0
    for number, frame in enumerate(frames):
        rows = np.array(truth["frames"][frame], np.float32).reshape(-1, 6)
        mine = followed.frames == number
        true += len(rows)
        for row, track in _pairs(rows, followed.boxes[mine], followed.ids[mine]):
            switches += last.get(row, track) != track
            last[row] = track
            together[row, track] += 1
    hits = _best_hits(together)
    return Identities(hits=hits, true=true, tracked=len(followed.ids), switches=switches)


def _pairs(
    rows: NDArray[np.float32], boxes: NDArray[np.float32], ids: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Object numbers with the tracks whose boxes overlap theirs most, each once."""
    from scipy.optimize import linear_sum_assignment

    if not len(rows) or not len(boxes):
        return []
    overlap = iou_matrix(rows, boxes)
    pairs = zip(*linear_sum_assignment(-overlap), strict=True)
    return [(int(rows[i, 5]), int(ids[j])) for i, j in pairs if overlap[i, j] >= LEAST_OVERLAP]


def _best_hits(together: Counter[tuple[int, int]]) -> int:
    """Most boxes that one track for each object can have."""
    from scipy.optimize import linear_sum_assignment

    if not together:
        return 0
    objects = {n: i for i, n in enumerate(sorted({one for one, _ in together}))}
    tracks = {n: i for i, n in enumerate(sorted({one for _, one in together}))}
    table = np.zeros((len(objects), len(tracks)))
    for (one, track), count in together.items():
        table[objects[one], tracks[track]] = count
    return int(table[linear_sum_assignment(-table)].sum())
