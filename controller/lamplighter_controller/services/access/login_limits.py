"""Who tries token after token is let try no more for a while."""

import ipaddress
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from lamplighter_wire.clock import Clock

from lamplighter_controller.errors import TooManyError

# So many wrong tokens at once, then one in so many seconds.
MOST_FAILURES = 20
RETRY_S = 6.0
MOST_SOURCES = 10_000
MOST_KNOWN = 100  # tokens of one address
V6_NETWORK_BITS = 64  # within which whoever has one address has all


@dataclass
class _Source:
    """What came from an address: failures that still count, and tokens that were good."""

    failures: float = 0.0
    at: float = 0.0
    known: OrderedDict[str, None] = field(default_factory=OrderedDict)


class LoginLimits:
    """Counts by address. A token that was good there before is let in all the same: who guesses
    keeps no colleague out. Safe to use from any thread."""

    def __init__(self, clock: Clock, what: str = "wrong tokens") -> None:
        self._clock, self._what = clock, what
        self._lock = threading.Lock()
        self._sources: OrderedDict[str, _Source] = OrderedDict()

    def check(self, address: str, token: str) -> None:
        """Before a token is looked up.

        Args:
            token: its hash.

        Raises:
            TooManyError: too many wrong ones came from there.
        """
        with self._lock:
            source = self._sources.get(_network(address))
            if source is None or token in source.known:
                return
            if self._failures(source) >= MOST_FAILURES:
                raise TooManyError(
                    f"too many {self._what} from {address}; try again in {RETRY_S:.0f} s"
                )

    def note_failure(self, address: str) -> None:
        """A token that is none of ours came from there."""
        with self._lock:
            source = self._source(address)
            source.failures = self._failures(source) + 1
            source.at = self._clock.monotonic()

    def note_success(self, address: str, token: str) -> None:
        """A token of ours came from there."""
        with self._lock:
            known = self._source(address).known
            known[token] = None
            known.move_to_end(token)
            if len(known) > MOST_KNOWN:
                known.popitem(last=False)

    def _source(self, address: str) -> _Source:
        network = _network(address)
        source = self._sources.setdefault(network, _Source())
        self._sources.move_to_end(network)
        if len(self._sources) > MOST_SOURCES:
            self._sources.popitem(last=False)
        return source

    def _failures(self, source: _Source) -> float:
        """Those that have not been forgiven by now."""
        return max(0.0, source.failures - (self._clock.monotonic() - source.at) / RETRY_S)


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, V6_NETWORK_BITS), strict=False))
