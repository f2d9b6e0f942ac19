"""Peak memory of a process that serves an artifact, measured in a process of its own.

Run as `python -m lamplighter_recipes.runtimes.litert.memory ARTIFACT INPUT WIDTHxHEIGHT`; prints
bytes.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.tasks.tensor_names import TensorNames

from lamplighter_recipes.runtimes.litert.session import open_infer

TIMEOUT_S = 60.0
RUNS = 3


def peak_memory_bytes(artifact: Path, tensors: TensorNames, size: str) -> int:
    """Peak resident bytes of an interpreter that runs an artifact at a size, as a device would."""
    command = [sys.executable, "-m", __name__, str(artifact), tensors.input, size]
    output = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=True)
    return int(output.stdout)


def _serve(artifact: str, name: str, size: str) -> int:
    infer = open_infer(Path(artifact), TensorNames(name, ()))
    width, height = parse_size(size)
    images = np.zeros((1, height, width, 3), np.uint8)
    for _ in range(RUNS):
        infer(images)
    # Not getrusage: its peak includes what the parent process held when it started this one.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    sys.stdout.write(str(_serve(*sys.argv[1:])))
