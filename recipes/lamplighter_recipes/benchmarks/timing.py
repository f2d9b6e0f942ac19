"""Times of functions that run in turn, so that outside load falls on all alike."""

import time
from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

import numpy as np
from lamplighter_wire.rules.sizes import MAIN_SIZE, parse_size

from lamplighter_recipes.runtimes.runtime import Infer

Key = TypeVar("Key", bound=Hashable)
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


def cpu_ms(infers: Mapping[Key, Infer], rounds: int, size: str = MAIN_SIZE) -> dict[Key, float]:
    """Median processor time of a picture of each network, in turn."""
    width, height = parse_size(size)
    picture = np.random.default_rng(0).integers(0, 255, (1, height, width, 3), dtype=np.uint8)
    times: dict[Key, list[float]] = {key: [] for key in infers}
    for number in range(rounds + WARM_UP_RUNS):
        for key, infer in infers.items():
            began = time.process_time()
            infer(picture)
            if number >= WARM_UP_RUNS:
                times[key].append((time.process_time() - began) * 1e3)
    return {key: float(np.median(values)) for key, values in times.items()}
