"""Memory that a network gives back between two pictures, and needs again for the next."""

import ctypes

# Above all buffers of a picture and its answers at the sizes served, and not worth giving back.
KEPT_BYTES = 16 << 20
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)


def keep_freed_memory() -> bool:
    """Let this process keep up to 16 MiB that it has freed; whether its C library can.

    By its own choice glibc gives a buffer of some megabytes back to the kernel after each picture,
    and takes some hundred page faults to have it again: a fifth of the time of a small network at
    512x384 in LiteRT.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    # Either one alone would fix the other at its small default.
    kept = mallopt(_M_MMAP_THRESHOLD, KEPT_BYTES), mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES)
    return kept == (1, 1)
