"""Child processes that do not outlive their parent."""

import ctypes
import signal

_PR_SET_PDEATHSIG = 1
# Loaded before a fork: between fork and exec nothing may be loaded.
_libc = ctypes.CDLL(None)


def die_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Called in a child: the kernel sends it a signal when the thread that started it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, number)
