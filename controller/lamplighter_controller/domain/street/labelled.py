"""What is known of a device's own cameras: what was measured on labelled pictures of them, and what
it has seen."""

from typing import NamedTuple

import msgspec

from lamplighter_controller.domain.street.sights import Sights


class LabelledAccuracy(msgspec.Struct, frozen=True, kw_only=True):
    """Of one point in one regime.

    Attributes:
        ap50: with `low` and `high`, its 95 % interval.
        pictures: that were labelled, with so many `objects`.
        count_error: sum over pictures of |boxes - objects|, over all objects.
    """

    variant: str
    size: str
    regime: str
    ap50: float
    low: float = 0.0
    high: float = 0.0
    pictures: int = 0
    objects: int = 0
    count_error: float = 0.0


class CameraKnown(NamedTuple):
    """Of one device."""

    sights: Sights = ()
    labelled: tuple[LabelledAccuracy, ...] = ()
