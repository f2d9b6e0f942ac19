"""Processor times of functions that run in turn: other programs hardly change them, and what they
do change, by the caches, falls on all alike."""

import time
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import TypeVar

import numpy as np
from lamplighter_wire.rules.sizes import MAIN_SIZE, parse_size

from lamplighter_recipes.runtimes.runtime import Images, Infer

Key = TypeVar("Key", bound=Hashable)
WARM_UP_RUNS = 3


def times_ms(
    runs: Mapping[Key, Callable[[int], object]], rounds: int, in_a_row: int = 1
) -> dict[Key, list[float]]:
    """Milliseconds of processor time, of all threads, per call of each function, which is given the
    number of the round.

    `in_a_row`: calls of one function before the next one's turn. Of several the first, which finds
    the caches filled by others, does not count; the median of the rest is the round's.
    """
    times: dict[Key, list[float]] = {name: [] for name in runs}
    for number in range(rounds + WARM_UP_RUNS):
        for name, run in runs.items():
            row = [_call_ms(run, number) for _ in range(in_a_row)]
            if number >= WARM_UP_RUNS:
                times[name].append(float(np.median(row[1:] or row)))
    return times


def _call_ms(run: Callable[[int], object], number: int) -> float:
    began = time.process_time()
    run(number)
    return (time.process_time() - began) * 1e3


def cpu_ms(infers: Mapping[Key, Infer], rounds: int, size: str = MAIN_SIZE) -> dict[Key, float]:
    """Median processor time of a picture of each network, in turn."""
    width, height = parse_size(size)
    picture = np.random.default_rng(0).integers(0, 255, (1, height, width, 3), dtype=np.uint8)
    runs = {key: partial(_run, infer, picture) for key, infer in infers.items()}
    return {key: float(np.median(values)) for key, values in times_ms(runs, rounds).items()}


def _run(infer: Infer, picture: Images, _round: int) -> object:
    return infer(picture)
