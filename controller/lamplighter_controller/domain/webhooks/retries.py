"""When a delivery that failed is tried again, and when it is given up. Pure."""

# Seconds from one try to the next: soon at first, then for about a day.
WAITS_S = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 28_800.0)
# Of many that fail at once not all come back at once.
JITTER = 0.2
GONE = 410


def wait_s(failures: int, chance: float) -> float | None:
    """Seconds until the next try after so many have failed; None: it is given up.

    Args:
        chance: 0 to 1, drawn anew each time.
    """
    if failures > len(WAITS_S):
        return None
    return WAITS_S[failures - 1] * (1 + JITTER * (2 * chance - 1))
