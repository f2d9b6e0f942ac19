"""Times of functions that run in turn, so that outside load falls on all alike."""

import time
from collections.abc import Callable, Mapping

WARM_UP_RUNS = 3


def times_ms(runs: Mapping[str, Callable[[int], object]], rounds: int) -> dict[str, list[float]]:
    """Milliseconds per call of each function, which is given the number of the round."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds + WARM_UP_RUNS):
        for name, run in runs.items():
            began = time.perf_counter()
            run(number)
            if number >= WARM_UP_RUNS:
                times[name].append((time.perf_counter() - began) * 1e3)
    return times
