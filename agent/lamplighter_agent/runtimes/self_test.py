"""Whether a runtime works on this device: it runs a small network, in a process of its own.

What is installed may still not load here, or end its process by an instruction that the processor
lacks. Run as `python -m lamplighter_agent.runtimes.self_test NAME`, it ends with 0 where it works.
"""

import subprocess
import sys
from functools import lru_cache

from lamplighter_agent.errors import EngineError

NETWORK = "dense_fp32"
# Loading a large library from a slow card takes a minute on a busy core, and slowness must not pass
# for a failure. One that hangs is not waited for.
TIMEOUT_S = 300.0


@lru_cache(maxsize=16)
def failure_of(name: str, _version: str) -> str:
    """Why a runtime cannot serve here; empty where it can. Each version is tried once."""
    command = [sys.executable, "-m", __name__, name]
    try:
        tried = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S
        )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if tried.returncode == 0:
        return ""
    lines = tried.stderr.strip().splitlines()
    return lines[-1] if lines else f"its process ended with {tried.returncode}"


def run_small_network(name: str) -> None:
    """Load a runtime and run a network of the probe in it.

    Raises:
        EngineError: it is not installed, does not load, or cannot run the network.
    """
    from lamplighter_agent.runtimes.installed import installed_runtimes

    run = installed_runtimes().find(name).probe_run(NETWORK, 1, {})
    run()


if __name__ == "__main__":
    try:
        run_small_network(sys.argv[1])
    except EngineError as error:
        sys.exit(str(error))
