"""How often a device may fetch over again what it was ordered."""

from dataclasses import dataclass

from lamplighter_controller.link.quotas.allowance import Allowance

# By so much what was used is given back: all of an order once more.
AGAIN_S = 600.0
# Of a small order some chunks get lost as well.
LEAST = 64


@dataclass
class _Fetching:
    ordered: frozenset[str]
    allowance: Allowance


class FetchShares:
    """A new order gives a device its whole share again. Not safe to use from several threads.

    Args:
        times: how many times over at once.
    """

    def __init__(self, times: float) -> None:
        self._times = times
        self._fetching: dict[str, _Fetching] = {}

    def take(self, device: str, count: int, ordered: frozenset[str], now: float) -> int:
        """How many of `count` chunks are granted, of those that were ordered."""
        if not ordered:
            return count
        known = self._fetching.get(device)
        if known is None or known.ordered != ordered:
            size = max(LEAST, len(ordered))
            allowance = Allowance(self._times * size, size / AGAIN_S)
            known = self._fetching[device] = _Fetching(ordered, allowance)
        return known.allowance.take(count, now)

    def forget(self, device: str) -> None:
        """It is retired."""
        self._fetching.pop(device, None)
