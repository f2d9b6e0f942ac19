"""onnxruntime: open a graph, run it, time it.

Imports no more than a device does: peak memory is measured in a process that loads this module.
"""

import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from lamplighter_wire.rules.onnxruntime_options import ENVIRONMENT, PROVIDERS, set_options
from numpy.typing import NDArray

INPUT = "images"
OUTPUTS = ("scores", "distances")
WARM_UP_RUNS = 3

Images = NDArray[np.uint8]
Outputs = tuple[NDArray[np.float32], NDArray[np.float32]]


def load(path: Path, config_entries: Mapping[str, str] | None = None) -> Any:
    """A session on one thread under the options that devices serve with."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    set_options(options, extra_entries=config_entries)
    return onnxruntime.InferenceSession(str(path), options, providers=list(PROVIDERS))


def infer(session: Any, images: Images) -> Outputs:
    """scores [N,A,7] and distances [N,A,4] of images [N,H,W,3]."""
    scores, distances = session.run(list(OUTPUTS), {INPUT: images})
    return scores, distances


def open_infer(path: Path) -> Callable[[Images], Outputs]:
    """A graph on disk as a function from images to scores and distances."""
    return partial(infer, load(path))


def measure(sessions: dict[str, Any], images: Images, rounds: int) -> dict[str, list[float]]:
    """Milliseconds per run of each session, interleaved so that outside load hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in sessions}
    for number in range(rounds + WARM_UP_RUNS):
        image = images[number % len(images)][None]
        for name, session in sessions.items():
            began = time.perf_counter()
            session.run(None, {session.get_inputs()[0].name: image})
            if number >= WARM_UP_RUNS:
                times[name].append((time.perf_counter() - began) * 1e3)
    return times
