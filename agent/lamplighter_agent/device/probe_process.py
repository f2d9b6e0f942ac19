"""The probe in a process of its own.

It loads every runtime that works here, of which the agent then serves with one: their memory is
given back when the process ends, and a fault that ends it is not the agent's end. Run as
`python -m lamplighter_agent.device.probe_process`, it reads what to measure from its input and
writes the probe.
"""

import os
import subprocess
import sys

import msgspec
from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import Probe

from lamplighter_agent.device.probe import run_probe
from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_agent.settings import AgentSettings

# A slow card and a tenth of a core take a minute to load the libraries. One that hangs is ended.
TIMEOUT_S = 300.0


class ProbeTask(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured: the runtimes named, with the threads and session entries of the agent."""

    device: str
    threads: int
    session_config: dict[str, str]
    runtimes: list[str]


def probe_apart(settings: AgentSettings, runtimes: list[str], clock: Clock) -> Probe:
    """Benchmark this device with the installed `runtimes` of these names.

    Raises:
        EngineError: it failed, was ended, or took too long; says why.
    """
    task = ProbeTask(
        device=settings.device,
        threads=settings.threads,
        session_config=settings.session_config,
        runtimes=runtimes,
    )
    at = clock.time()
    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(
            command, input=msgspec.json.encode(task), capture_output=True, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"the device is too busy: it took more than {TIMEOUT_S:.0f} s") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(f"the probe's process: {error}") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise EngineError(lines[-1] if lines else f"its process ended with {done.returncode}")
    return msgspec.structs.replace(msgspec.json.decode(done.stdout, type=Probe), at=at)


def measure(raw: bytes) -> bytes:
    """The probe, encoded, of an encoded task.

    Raises:
        EngineError: as `run_probe`.
    """
    task = msgspec.json.decode(raw, type=ProbeTask)
    settings = AgentSettings(
        device=task.device, threads=task.threads, session_config=task.session_config
    )
    installed = installed_runtimes()
    others = installed.versions().keys() - set(task.runtimes)
    return msgspec.json.encode(run_probe(settings, installed.without(others)))


def main() -> None:
    """Task in, probe out; what libraries print goes where errors go, and not into the probe."""
    answer = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        probe = measure(sys.stdin.buffer.read())
    except EngineError as error:
        sys.exit(str(error))
    with os.fdopen(answer, "wb") as file:
        file.write(probe)


if __name__ == "__main__":
    main()
