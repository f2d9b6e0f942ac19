"""How much of each channel a device may use: what is beyond its share waits or is left out.

Of what a device says of its state (that it is there, what it is, how far a deployment is) the
newest waits until there is room again, so nothing stays wrong. What it tells of moments (events,
windows, pictures, requests) is left out, counted and told.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lamplighter_wire.clock import Clock

from lamplighter_controller.link.quotas.allowance import Allowance
from lamplighter_controller.link.quotas.misconduct import Misconduct

log = logging.getLogger(__name__)

Handle = Callable[[], None]
# Of these the newest counts, and says all that those before it said.
DECIDED = "request that is decided"  # all but those for chunks, which are many
NEWEST = frozenset({"birth", "status", "capabilities", "probe", "reported", DECIDED})
LOOK_S = 1.0


@dataclass(frozen=True)
class Share:
    """So much at once, and then so much a second."""

    at_once: float
    per_s: float


# Each several times what the busiest honest device uses, also after a day without a link.
SHARES: Mapping[str, Share] = {
    "birth": Share(30, 0.1),
    "status": Share(60, 0.2),
    "capabilities": Share(20, 1 / 60),
    "probe": Share(20, 1 / 60),
    "reported": Share(500, 1.0),
    "request": Share(2_000, 20.0),
    DECIDED: Share(60, 1 / 120),
    "picture": Share(500, 5.0),
    "still": Share(20, 0.2),
    "log": Share(20, 0.5),
}
# After an outage a device may say at once what it has kept since.
EVENTS_AT_ONCE_H = 8.0
WINDOWS_AT_ONCE_S = 10_000.0


def shares_of(events_per_hour: float, windows_per_s: float) -> Mapping[str, Share]:
    """Those of all channels; of events and windows the settings say them."""
    return {
        **SHARES,
        "event": Share(EVENTS_AT_ONCE_H * events_per_hour, events_per_hour / 3600),
        "telemetry": Share(WINDOWS_AT_ONCE_S * windows_per_s, windows_per_s),
    }


class FairShares:
    """Safe to use from any thread; what waited is handled on a thread of its own.

    Args:
        misconduct: who used more, for operators.
        shares: of each channel; one that is not named has no bounds.
    """

    def __init__(self, clock: Clock, misconduct: Misconduct, shares: Mapping[str, Share]) -> None:
        self._clock, self._misconduct, self._shares = clock, misconduct, shares
        self._allowances: dict[tuple[str, str], Allowance] = {}
        self._waiting: dict[tuple[str, str], Handle] = {}
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shares", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._closing.set()
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def admit(self, device: str, channel: str, handle: Handle) -> bool:
        """Whether to handle a message now; otherwise `handle` is called later, or never."""
        now = self._clock.monotonic()
        with self._changed:
            if self._take(device, channel, now):
                self._waiting.pop((device, channel), None)  # older than this one
                return True
            if channel in NEWEST:
                self._waiting[device, channel] = handle
                self._changed.notify()
        self._misconduct.note(device, f"messages of {channel} beyond its share", now)
        return False

    def forget(self, device: str) -> None:
        """It is retired."""
        with self._changed:
            for channel in self._shares:
                self._allowances.pop((device, channel), None)
                self._waiting.pop((device, channel), None)

    def flush(self) -> None:
        """Handle what has waited and has room now."""
        now = self._clock.monotonic()
        with self._changed:
            due = [key for key in self._waiting if self._take(*key, now)]
            handles = [self._waiting.pop(key) for key in due]
        for handle in handles:
            try:
                handle()
            except Exception:  # one device's trouble must not strand the others
                log.exception("what had waited could not be handled")

    def _take(self, device: str, channel: str, now: float) -> bool:
        share = self._shares.get(channel)
        if share is None:
            return True
        key = device, channel
        if key not in self._allowances:
            self._allowances[key] = Allowance(share.at_once, share.per_s)
        return self._allowances[key].take(1, now) == 1

    def _run(self) -> None:
        while not self._closing.is_set():
            with self._changed:
                while not self._waiting and not self._closing.is_set():
                    self._changed.wait()
            self._closing.wait(LOOK_S)
            self.flush()
