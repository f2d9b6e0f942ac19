"""What the operating system lets processes of ours do."""

import ctypes
import resource
import signal

_PR_SET_PDEATHSIG = 1
# Loaded before a fork: between fork and exec nothing may be loaded.
_libc = ctypes.CDLL(None)


def die_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Called in a child: the kernel sends it a signal when the thread that started it ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, number)


def most_files(wanted: int) -> int:
    """How many files a process may open that asks for so many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
