"""How long a traffic light's cycle is, from how many objects are in sight: pure.

Queues grow while it is red and empty while it is green, so the number of objects is like itself one
cycle later: the first clear peak of its autocorrelation. A street without a light has none.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Junctions have cycles of 30 to 150 s; a peak of these may lie a little beside.
SHORTEST_S, LONGEST_S = 28, 160
# Fewer repetitions than this may be chance; ten minutes show the longest cycle four times.
LEAST_CYCLES = 3
HISTORY_S = 600.0
STEP_S = 1.0
# A single car is no queue: counts are smoothed over this many steps.
SMOOTH = 5
# Noise alone reaches 0.3 in ten minutes; a queue that half drowns in it still reaches this.
CLEAR = 0.5
# Twice the cycle is as good a peak as the cycle itself: the first that comes this near the best.
AS_GOOD = 0.9

Floats = NDArray[np.float64]


def signal_cycle_s(crowd: Sequence[tuple[float, float]]) -> float:
    """Seconds of a cycle; 0.0 while none shows clearly.

    Args:
        crowd: (time in seconds, objects in sight), in order of time.
    """
    if len(crowd) < LEAST_CYCLES * SHORTEST_S / STEP_S / 2:
        return 0.0
    at, objects = np.array(crowd, np.float64).T
    longest = int(min(LONGEST_S, (at[-1] - at[0]) / LEAST_CYCLES))
    values = _levelled(np.interp(np.arange(at[0], at[-1], STEP_S), at, objects))
    likeness = np.array([_likeness(values, lag) for lag in range(longest + 2)])
    peaks = [lag for lag in range(SHORTEST_S, longest + 1) if _is_peak(likeness, lag)]
    best = max((likeness[lag] for lag in peaks), default=0.0)
    return next((lag * STEP_S for lag in peaks if likeness[lag] >= AS_GOOD * best), 0.0)


def _levelled(values: Floats) -> Floats:
    """Smoothed, and without the slope of a street that fills."""
    smooth = np.convolve(values, np.ones(SMOOTH) / SMOOTH, mode="valid")
    place = np.arange(len(smooth))
    return np.asarray(smooth - np.polyval(np.polyfit(place, smooth, 1), place))


def _likeness(values: Floats, lag: int) -> float:
    """Correlation of the values with themselves `lag` steps later; 0 where nothing moves."""
    early, late = values[: len(values) - lag], values[lag:]
    scale = float(np.sqrt((early @ early) * (late @ late)))
    return float(early @ late) / scale if scale > 1e-9 else 0.0


def _is_peak(likeness: Floats, lag: int) -> bool:
    """Clear, higher than both neighbours, and with the opposite phase in between."""
    here = likeness[lag]
    higher = here >= likeness[lag - 1] and here >= likeness[lag + 1]
    return bool(here >= CLEAR and higher and likeness[:lag].min() < 0)
