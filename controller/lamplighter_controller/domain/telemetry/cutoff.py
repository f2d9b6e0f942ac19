"""How old telemetry must be to be put together or deleted, whatever a device's clock says. Pure."""

from typing import NamedTuple

from lamplighter_controller.domain.telemetry.summary import HOUR_S, stretch_of

# A window that came this much later than it began was not held up by a link.
DELIVERY_S = 600.0


class Cutoff(NamedTuple):
    """Rows beyond it were received before `received_before`, and began before `begun_before` or,
    by a clock that is far ahead, after `begun_after`; all in wall-clock seconds."""

    begun_before: float
    begun_after: float
    received_before: float


def cutoff(now: float, age_s: float) -> Cutoff:
    """What is older than `age_s` at `now`, in whole hours of the device's clock."""
    begun = stretch_of(now - age_s - DELIVERY_S, HOUR_S)
    return Cutoff(begun, now + age_s, now - age_s)
