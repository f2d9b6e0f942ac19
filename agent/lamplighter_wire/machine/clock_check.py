"""Whether this machine's clock can be right, and whether something keeps it so."""

import ctypes
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from lamplighter_wire.machine.checkup import Finding, failed, ok, warning

# No clock that is right is behind the making of this program.
MADE_AT = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
FAR_S = 20 * 365 * 86400.0
SET_IT = "let it be set from the network: sudo timedatectl set-ntp true (or install chrony)"
_TIME_ERROR = 5  # what adjtimex(2) answers where nothing keeps the clock
_TIMEX_BYTES = 256  # more than struct timex has


def clock_findings(now: float, is_kept: bool | None) -> Iterable[Finding]:
    """What is to be said of a clock.

    Args:
        now: what it shows, seconds since 1970.
        is_kept: whether something sets it from the network; None: not known.
    """
    shown = datetime.fromtimestamp(max(0.0, min(now, 2**33)), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if not MADE_AT < now < MADE_AT + FAR_S:
        found = (
            f"{shown} cannot be right: certificates are refused, times of what it says are wrong"
        )
        yield failed("clock", "this machine's clock", found, SET_IT)
    elif is_kept is False:
        found = f"{shown}, but nothing keeps it right"
        yield warning("clock", "this machine's clock", found, SET_IT)
    else:
        kept = ", set from the network" if is_kept else ""
        yield ok("clock", "this machine's clock", f"{shown}{kept}")


def check_clock() -> Iterable[Finding]:
    """Of this machine."""
    return clock_findings(time.time(), is_clock_kept())


def is_clock_kept() -> bool | None:
    """Whether the kernel's clock is kept by NTP or alike; None where that cannot be asked."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        answer = libc.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if answer < 0 else bool(answer != _TIME_ERROR)
