"""What readers are told of a street: its last quarter of an hour that is over."""

from typing import Any

import msgspec
from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.street.intervals import INTERVAL_S
from lamplighter_controller.domain.telemetry.summary import stretch_of
from lamplighter_controller.link.access.access_rules import READ_ROOT
from lamplighter_controller.services.street.counts import StreetCounts

# Windows are seconds long, and come within one or two.
GRACE_S = 120.0


def street_topic(device: str) -> str:
    """Where a device's street is read."""
    return f"{READ_ROOT}/{device}/street"


class StreetDocuments:
    """Read once for each quarter of an hour: what a device tells later than `GRACE_S` is in the
    API, not here. Used by one thread."""

    def __init__(self, counts: StreetCounts, clock: Clock) -> None:
        self._counts, self._clock = counts, clock
        self._made: dict[str, dict[str, Any]] = {}
        self._of = 0.0  # when the quarter begins that these are of

    def document(self, device: str) -> dict[str, Any]:
        """The intervals of all its cameras; `counts` is null where nothing was watched."""
        begin = stretch_of(self._clock.time() - GRACE_S, INTERVAL_S) - INTERVAL_S
        if begin != self._of:
            self._of, self._made = begin, {}
        if device not in self._made:
            listed = self._counts.counts(device, begin, begin + INTERVAL_S)
            self._made[device] = {"device": device, "intervals": msgspec.to_builtins(listed)}
        return self._made[device]
