"""Peak memory of a process that serves an artifact, measured in a process of its own.

Run as `python -m lamplighter_recipes.runtimes.peak_memory RUNTIME ARTIFACT WIDTHxHEIGHT INPUT
OUTPUT...`; prints bytes.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.runtimes.runtime import find_runtime

TIMEOUT_S = 60.0
RUNS = 3


def peak_memory_bytes(runtime: str, artifact: Path, tensors: TensorNames, size: str) -> int:
    """Peak resident bytes of an interpreter that runs an artifact at a size, as a device would."""
    arguments = [runtime, str(artifact), size, tensors.input, *tensors.outputs]
    command = [sys.executable, "-m", __name__, *arguments]
    output = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=True)
    return int(output.stdout)


def _serve(runtime: str, artifact: str, size: str, name: str, *outputs: str) -> int:
    infer = find_runtime(runtime).open(Path(artifact), TensorNames(name, outputs))
    width, height = parse_size(size)
    images = np.zeros((1, height, width, 3), np.uint8)
    for _ in range(RUNS):
        infer(images)
    # Not getrusage: its peak includes what the parent process held when it started this one.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    sys.stdout.write(str(_serve(*sys.argv[1:])))
