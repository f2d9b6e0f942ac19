"""When a device's certificate is replaced. Pure."""

import hashlib

DAY_S = 86_400.0
# Long enough for a device that is away for a season, and apart from each other for a city that was
# enrolled in one week.
BEFORE_S, SPREAD_S = 150 * DAY_S, 60 * DAY_S
# A renewal that has not happened by then is an operator's matter.
LATE_S = 60 * DAY_S


def is_due(device: str, ends_at: float, now: float) -> bool:
    """Whether to replace a certificate that ends then; 0: not known, and left alone."""
    return bool(ends_at) and now >= ends_at - BEFORE_S - SPREAD_S * _share(device)


def is_late(ends_at: float, now: float) -> bool:
    """Whether somebody should see to it."""
    return bool(ends_at) and now >= ends_at - LATE_S


def _share(device: str) -> float:
    """The same number from 0 to 1 for a device each time, spread evenly over many."""
    return int.from_bytes(hashlib.sha256(device.encode()).digest()[:4], "big") / 2**32
