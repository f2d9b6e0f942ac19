"""What a device has seen of its street: how tall road users stand in its pictures. Pure.

Kept for each point that it served and each regime, because every network misses others. Of cameras
of one device all together: they share its network. What is older weighs half from time to time, so
that a camera that was turned is known anew after some hours.
"""

from typing import Any

import msgspec
from lamplighter_wire.messages import SeenHeights, Telemetry
from lamplighter_wire.rules.sizes import point_key
from lamplighter_wire.street.object_heights import BINS, SCALE

CELLS = 2 * BINS
# About one a second is looked at; from so many on, those so far weigh half.
MOST_PICTURES = 7200
# Of one device: more kinds of a street at more points are no honest device's.
MOST_SIGHTS = 48
# Names are the device's own words.
LONGEST_NAME = 120
# More road users than any picture shows.
MOST_EACH = 1000


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What one point showed in one regime.

    Attributes:
        scale: number of the definition of the bins.
        threshold: score from which a box was taken, when it was last told.
        pictures: that were looked at, older ones by their weight.
        cells: road users by height, CELLS long: those that stand free, then those that are covered
            in part.
        reference: the point that it was compared with.
        agreements: sum of the windows' mean F1 with it, each times the boxes of a picture: where
            many stand it tells more. `agreed_boxes`: these alone.
        compared: windows with an agreement.
    """

    point: str
    regime: str
    scale: int = SCALE
    threshold: float = 0.0
    pictures: int = 0
    cells: tuple[int, ...] = ()
    reference: str = ""
    agreements: float = 0.0
    agreed_boxes: float = 0.0
    compared: float = 0.0

    @property
    def agreement(self) -> float:
        """F1 over all boxes; 0 where nothing was compared."""
        return self.agreements / self.agreed_boxes if self.agreed_boxes else 0.0


Sights = tuple[Sight, ...]


def is_told(heights: SeenHeights) -> bool:
    """Whether it is a count in bins that are known here, and one that can be."""
    cells = [*heights.free, *heights.covered]
    return (
        heights.scale == SCALE
        and heights.pictures > 0
        and len(heights.free) == len(heights.covered) == BINS
        and min(cells) >= 0
        and sum(cells) <= MOST_EACH * heights.pictures
    )


def seen_more(sights: Sights, window: Telemetry, regime: str) -> Sights:
    """With what a window tells, the newest last; as before, where it tells nothing."""
    serving, heights = window.serving, window.heights
    key = point_key(serving.variant, serving.width, serving.height), regime
    is_named = serving.variant and max(map(len, key)) <= LONGEST_NAME
    if not (is_named and is_told(heights)):
        return sights
    before = next((one for one in sights if (one.point, one.regime) == key), None)
    others = tuple(one for one in sights if one is not before)[-(MOST_SIGHTS - 1) :]
    return (*others, _added(before or Sight(point=key[0], regime=regime), window))


def _added(before: Sight, window: Telemetry) -> Sight:
    told, heights = (*window.heights.free, *window.heights.covered), window.heights
    half = 2 if before.pictures + heights.pictures > MOST_PICTURES else 1
    is_same = before.scale == SCALE and len(before.cells) == CELLS
    kept = before.cells if is_same else (0,) * CELLS
    agreed = _agreed(before, window, half)
    return Sight(
        **agreed,
        point=before.point,
        regime=before.regime,
        threshold=window.threshold,
        pictures=(before.pictures if is_same else 0) // half + heights.pictures,
        cells=tuple(k // half + t for k, t in zip(kept, told, strict=True)),
    )


def _agreed(before: Sight, window: Telemetry, half: int) -> dict[str, Any]:
    """With the window's agreement; of another reference than before, what was is forgotten."""
    told, reference, heights = window.reference_agreement_f1, window.reference, window.heights
    sums: tuple[float, ...] = (before.agreements, before.agreed_boxes, before.compared)
    is_named = 0 < len(reference) <= LONGEST_NAME
    if is_named and told is not None and 0.0 <= told <= 1.0:
        kept = sums if reference == before.reference else (0.0, 0.0, 0.0)
        boxes = (sum(heights.free) + sum(heights.covered)) / heights.pictures
        more = told * boxes, boxes, 1.0
        sums = tuple(k / half + m for k, m in zip(kept, more, strict=True))
    else:
        reference = before.reference
    agreements, agreed_boxes, compared = sums
    return {
        "reference": reference,
        "agreements": agreements,
        "agreed_boxes": agreed_boxes,
        "compared": compared,
    }
