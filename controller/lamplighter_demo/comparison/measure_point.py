"""Measure operating points inside a device's envelope: a program of its own, run there.

`python -m lamplighter_demo.comparison.measure_point CONFIG RUNTIME=OUTPUTS=MODEL=WIDTHxHEIGHT …`
prints one line of JSON per point; OUTPUTS are names between commas. It loads as little as an agent
does, so that it fits where an agent fits.
"""

import json
import sys
import time
from pathlib import Path

import msgspec
import numpy as np
from lamplighter_recipes.runtimes.runtime import Infer, find_runtime
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.tasks.detection import TENSORS
from lamplighter_wire.tasks.tensor_names import TensorNames

# Until either is reached; a slow point on a small quota needs seconds for a few runs.
MAX_RUNS = 24
MAX_SECONDS = 1.5
WARM_UP_RUNS = 2


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of a point takes; `cpu_s` is processor time."""

    latency_p50_ms: float
    latency_p95_ms: float
    cpu_s: float


def main(arguments: list[str]) -> int:
    """Exit code 0 when every point was measured."""
    config: dict[str, str] = json.loads(arguments[0])
    for target in arguments[1:]:
        runtime, outputs, rest = target.split("=", 2)
        model, _, size = rest.rpartition("=")
        tensors = TensorNames(TENSORS.input, tuple(outputs.split(",")))
        infer = find_runtime(runtime).open(Path(model), tensors, config)
        cost = _measure(infer, *parse_size(size))
        print(msgspec.json.encode(cost).decode(), flush=True)  # noqa: T201
    return 0


def _measure(infer: Infer, width: int, height: int) -> Cost:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (1, height, width, 3), dtype=np.uint8)
    for _ in range(WARM_UP_RUNS):
        infer(image)
    wall_ms: list[float] = []
    busy_s: list[float] = []
    deadline = time.perf_counter() + MAX_SECONDS
    while len(wall_ms) < MAX_RUNS and (time.perf_counter() < deadline or len(wall_ms) < 3):
        began, cpu_began = time.perf_counter(), time.process_time()
        infer(image)
        wall_ms.append((time.perf_counter() - began) * 1e3)
        busy_s.append(time.process_time() - cpu_began)
    return Cost(
        latency_p50_ms=float(np.percentile(wall_ms, 50)),
        latency_p95_ms=float(np.percentile(wall_ms, 95)),
        cpu_s=float(np.median(busy_s)),
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
