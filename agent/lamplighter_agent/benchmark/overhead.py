"""What the agent costs over a bare loop around the same network.

Speed is compared inside one process, a few frames of one and a few of the other in turn, so that a
busy machine slows both alike. The overhead is one of CPU time, which neither loop spends waiting;
that of wall time stands beside it. Memory is compared between two fresh processes: a whole agent,
with its session to a broker in memory, outbox and journal, and the bare loop. Imports are timed in
fresh interpreters.
"""

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import psutil
from lamplighter_wire import topics
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.command_line.edge import FAILED, Ending, run_command
from lamplighter_wire.decoders.decoder import OWN, Decoder
from lamplighter_wire.errors import WireError
from lamplighter_wire.messages import OperatingPoint, Rung
from lamplighter_wire.signing import KeySet, SigningKey
from lamplighter_wire.statistics import percentile
from lamplighter_wire.tasks.detection import DETECTION
from lamplighter_wire.tasks.registry import task_reading
from lamplighter_wire.transport.loopback import LoopbackBroker

from lamplighter_agent.agent import Agent
from lamplighter_agent.benchmark.bare_loop import MEMORY_FRAMES, bare_loop
from lamplighter_agent.benchmark.confirming import confirm
from lamplighter_agent.bootstrap import assemble
from lamplighter_agent.camera.recorded import clip_source
from lamplighter_agent.errors import AgentError
from lamplighter_agent.inference.idle_slots import IdleSlots
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.serve_loop import Listeners, ServeLoop
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.inference.stream import Stream
from lamplighter_agent.monitoring.monitors.street_monitor import StreetMonitor
from lamplighter_agent.monitoring.process import DeviceMeter
from lamplighter_agent.monitoring.sensors.energy import find_energy_reader
from lamplighter_agent.own_street import CountLine
from lamplighter_agent.runtimes.onnxruntime import OnnxEngine
from lamplighter_agent.settings import AgentSettings

BLOCK = 5  # frames in turn
WARM_UP = 10
IMPORTS = 5
POLL_S = 0.01
LINES = (CountLine("middle", 320, 0, 320, 480), CountLine("across", 0, 240, 640, 240))
# Everything that a running agent imports, as far as it is installed.
RUNNING = (
    *("lamplighter_agent.__main__", "lamplighter_agent.agent", "lamplighter_agent.bootstrap"),
    *("lamplighter_agent.inference.serve_loop", "lamplighter_agent.device.probe"),
    "lamplighter_agent.link.session",
    *("lamplighter_wire.transport.mqtt", "lamplighter_wire.signing", "lamplighter_wire.blobs"),
)
TARGETS = {
    "overhead": 0.03,
    "above_bare_bytes": 50_000_000,
    "agent_rss_bytes": 180_000_000,
    "import_s": 0.5,
}

Step = Callable[[], object]


def bench_agent(
    model_path: Path,
    clip: Path,
    seconds: float = 20.0,
    point: OperatingPoint | None = None,
    decoder: Decoder = OWN,
) -> dict[str, Any]:
    """Overhead, memory and import time of the agent, beside their targets. `decoder`: the model's.

    Raises:
        EngineError: the model cannot be run.
        SourceError: the clip cannot be read.
    """
    point = point or OperatingPoint()
    loop = compare_loops(model_path, clip, seconds, point, decoder)
    memory = {kind: _child(kind, model_path, clip, point, decoder) for kind in ("bare", "agent")}
    import_s = import_seconds()
    measured = {
        "overhead": loop["overhead"],
        "above_bare_bytes": memory["agent"] - memory["bare"],
        "agent_rss_bytes": memory["agent"],
        "import_s": import_s,
    }
    return {
        "width": point.width,
        "height": point.height,
        **loop,
        "bare_rss_bytes": memory["bare"],
        **measured,
        "load_1m": os.getloadavg()[0],  # above the number of cores the figures are blurred
        "targets": TARGETS,
        "met": {name: measured[name] <= limit for name, limit in TARGETS.items()},
    }


def compare_loops(
    model_path: Path, clip: Path, seconds: float, point: OperatingPoint, decoder: Decoder = OWN
) -> dict[str, Any]:
    """Both loops on the same clip, as `compare` states them."""
    bare = bare_loop(model_path, clip, (point.width, point.height), point.threads, decoder)
    return compare(agent_loop(model_path, clip, point, decoder), bare, seconds)


def compare(agent: Step, bare: Step, seconds: float) -> dict[str, Any]:
    """Milliseconds per frame of both, taken in turn; quartiles of blocks."""
    for _ in range(WARM_UP):
        agent()
        bare()
    blocks: list[dict[str, _Block]] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(blocks) < 4:
        # Who comes first changes, so that neither always finds the caches warm.
        order = [("agent", agent), ("bare", bare)][:: 1 if len(blocks) % 2 else -1]
        blocks.append({name: _timed(step) for name, step in order})
    times = {
        name: [ms for block in blocks for ms in block[name].times_ms] for name in ("agent", "bare")
    }
    wall = [sum(block["agent"].times_ms) / sum(block["bare"].times_ms) for block in blocks]
    cpu = [block["agent"].cpu_s / block["bare"].cpu_s for block in blocks]
    return {
        "frames": len(times["agent"]),
        "agent_p50_ms": percentile(times["agent"], 50),
        "agent_p95_ms": percentile(times["agent"], 95),
        "bare_p50_ms": percentile(times["bare"], 50),
        "bare_p95_ms": percentile(times["bare"], 95),
        "overhead": _total_cpu_s(blocks, "agent") / _total_cpu_s(blocks, "bare") - 1,
        "overhead_low": percentile(cpu, 25) - 1,
        "overhead_high": percentile(cpu, 75) - 1,
        "overhead_wall": statistics.median(wall) - 1,
    }


def agent_loop(model_path: Path, clip: Path, point: OperatingPoint, decoder: Decoder = OWN) -> Step:
    """One turn of the agent's own loop: source, detection, tracks, counts, light, telemetry."""
    clock = HurryingClock()
    source = clip_source(clip, clock, realtime=False, loop=True)
    settings = AgentSettings(lines=LINES, threads=point.threads)
    stream = Stream(settings, source, StreetMonitor(settings))
    in_service, idle = InService(clock, [stream]), IdleSlots(clock)
    meter = DeviceMeter(find_energy_reader(settings, clock), clock)
    # Nobody listens: sending is not part of a frame.
    loop = ServeLoop(settings, clock, stream, in_service, idle, meter, Listeners())
    in_service.swap(_serving(model_path, point, decoder))
    return loop.step


def _serving(model_path: Path, point: OperatingPoint, decoder: Decoder) -> Serving:
    tensors = task_reading(DETECTION, decoder).tensors
    engine = OnnxEngine(model_path, tensors, point.threads)
    return Serving(Rung(point=point), Manifest(decoder=decoder), engine)


class HurryingClock(SystemClock):
    """Skips every wait, so that a loop that keeps a rate runs as fast as it can."""

    def __init__(self) -> None:
        self._skipped_s = 0.0

    def time(self) -> float:
        return super().time() + self._skipped_s

    def monotonic(self) -> float:
        return super().monotonic() + self._skipped_s

    def sleep(self, seconds: float) -> None:
        self._skipped_s += max(seconds, 0.0)


def import_seconds(clock: str = "perf_counter") -> float:
    """Least of five times to import a whole agent in a fresh interpreter, in seconds.

    `clock`: a function of `time`; process_time leaves out what the machine does beside it.
    """
    names = ", ".join(name for name in RUNNING if find_spec(name) is not None)
    code = f"from time import {clock} as now; t = now(); import {names}; print(now() - t)"
    return min(float(_python("-c", code)) for _ in range(IMPORTS))


def agent_rss(model_path: Path, clip: Path, point: OperatingPoint, decoder: Decoder = OWN) -> int:
    """Resident bytes of this process after serving some frames; meant for a fresh process.

    The agent is whole: it probes, connects, serves and sends, on threads of its own.
    """
    for name in RUNNING:
        if find_spec(name) is not None:
            importlib.import_module(name)
    serving = _serving(model_path, point, decoder)
    with TemporaryDirectory() as home:
        agent = whole_agent(clip, point, Path(home))
        agent.start()
        agent.serve.swap(serving)
        while agent.serve.frames < MEMORY_FRAMES and agent.alive:
            time.sleep(POLL_S)
        held = int(psutil.Process().memory_info().rss)
        agent.stop()
    return held


def whole_agent(clip: Path, point: OperatingPoint, home: Path) -> Agent:
    """All parts of a running agent over a clip; only the broker is one in memory."""
    clock = HurryingClock()
    settings = AgentSettings(device="bench", state_dir=home, lines=LINES, threads=point.threads)
    source = clip_source(clip, clock, realtime=False, loop=True)
    keys = KeySet.of(SigningKey.generate())
    broker = LoopbackBroker()
    controller = broker.client()
    controller.connect()
    controller.on_message(partial(confirm, controller))
    controller.subscribe(topics.ALL_UP)
    return assemble(settings, lambda: keys, broker.client(), clock, sources={"": source})


@dataclass(frozen=True, slots=True)
class _Block:
    times_ms: list[float]
    cpu_s: float


def _timed(step: Step) -> _Block:
    """A block of frames, by the wall and by the CPU time of the process."""
    times_ms, cpu_begun = [], time.process_time()
    for _ in range(BLOCK):
        begun = time.perf_counter()
        step()
        times_ms.append((time.perf_counter() - begun) * 1e3)
    return _Block(times_ms, time.process_time() - cpu_begun)


def _total_cpu_s(blocks: list[dict[str, _Block]], name: str) -> float:
    return sum(block[name].cpu_s for block in blocks)


def _child(kind: str, model_path: Path, clip: Path, point: OperatingPoint, decoder: Decoder) -> int:
    """Resident bytes of a fresh process."""
    size = f"{point.width}x{point.height}"
    options = ["--size", size, "--threads", str(point.threads)]
    options += ["--decoder", msgspec.json.encode(decoder).decode()]
    module = "lamplighter_agent.benchmark.bare_loop"
    if kind == "agent":
        module, options = "lamplighter_agent.benchmark.overhead", [*options, "--rss"]
    return int(_python("-m", module, str(model_path), str(clip), *options))


def _python(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def main(arguments: list[str] | None = None) -> None:
    """Print the result of `bench_agent` as JSON; with --rss, an agent's resident bytes."""
    program = "python -m lamplighter_agent.benchmark.overhead"
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--size", default="384x288")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--decoder", default="{}", help="JSON, as in manifests")
    parser.add_argument("--rss", action="store_true", help="used by the bench itself")
    given = parser.parse_args(arguments)
    width, height = (int(side) for side in given.size.split("x"))
    point = OperatingPoint(width=width, height=height, threads=given.threads)
    decoder = msgspec.json.decode(given.decoder, type=Decoder)
    if given.rss:
        sys.stdout.write(f"{agent_rss(given.model, given.clip, point, decoder)}\n")
        return
    result = bench_agent(given.model, given.clip, given.seconds, point, decoder)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


def _ending(error: Exception) -> Ending | None:
    return Ending(FAILED, str(error)) if isinstance(error, AgentError | WireError) else None


def _program() -> int:
    main()
    return 0


if __name__ == "__main__":
    sys.exit(run_command("bench agent", _program, _ending))
