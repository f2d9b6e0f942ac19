"""Measure every point on every device, by the agent's own programs inside its envelope."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

import msgspec
from lamplighter_wire.messages import Capabilities, Probe
from lamplighter_wire.rules.sizes import Size, size_key
from lamplighter_wire.statistics import percentile

from lamplighter_demo.benchmarks.envelopes.bench_devices import BenchDevice
from lamplighter_demo.benchmarks.envelopes.bench_variants import BenchVariant
from lamplighter_demo.benchmarks.envelopes.measurements import (
    DeviceMeasurements,
    MeasuredLatency,
    key_of,
)
from lamplighter_demo.city.agents import THREAD_LIMITS
from lamplighter_demo.city.envelopes import Realised

# The agent is a program of its own: the controller never imports it.
FACTS = "lamplighter_agent.benchmark.device_facts"
LATENCY = "lamplighter_agent.benchmark.point_latency"
PATIENCE_S = 300.0

Notify = Callable[[str], None]


class DeviceFacts(msgspec.Struct, frozen=True):
    """What the agent's program prints of a device."""

    capabilities: Capabilities
    probe: Probe


class Turn(msgspec.Struct, frozen=True):
    """What the agent's program prints of some frames in a row."""

    latencies_ms: list[float]
    cpu_ms: float

    @property
    def wall_ms(self) -> float:
        """Of all frames."""
        return sum(self.latencies_ms)


class _Worker:
    """Keeps a process that has a variant open, in an envelope of its own like the device's."""

    def __init__(self, variant: BenchVariant, start: Callable[[], "subprocess.Popen[str]"]) -> None:
        self.variant = variant
        self.turns: dict[Size, list[Turn]] = {}
        self.failures: dict[str, str] = {}  # by point
        self._start = start
        self._process = start()

    def take_turn(self, size: Size) -> None:
        """Some frames at a size. One that has ended its process is not tried again."""
        key = key_of(self.variant.spec, *size)
        if key in self.failures:
            return
        line = self._ask(size_key(*size))
        if line:
            self.turns.setdefault(size, []).append(msgspec.json.decode(line, type=Turn))
        else:
            self.failures[key] = f"its process ended with {self._process.wait(PATIENCE_S)}"
            self._process = self._start()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, line: str) -> str:
        """The answer; empty when the process has ended."""
        given, answers = self._process.stdin, self._process.stdout
        try:
            print(line, file=given, flush=True)
            return answers.readline() if answers is not None else ""
        except BrokenPipeError:
            return ""


def measure_device(
    device: BenchDevice,
    variants: Sequence[BenchVariant],
    clip: Path,
    rounds: int,
    notify: Notify,
) -> DeviceMeasurements:
    """Probe it, then run all its variants in turns; each has the envelope to itself meanwhile."""
    realised = Realised(device.id, device.envelope)
    try:
        facts = _facts(device, realised)
    finally:
        realised.close()
    notify(f"{device.id}: probed; {realised.realised_by}")
    of_device = [v for v in variants if v.spec.runtime in device.runtimes]
    with ExitStack() as stack:
        workers = [_open(device, variant, clip, stack) for variant in of_device]
        for number in range(rounds):
            for worker in workers:
                for size in worker.variant.spec.resolutions:
                    worker.take_turn(size)
            notify(f"{device.id}: round {number + 1} of {rounds}")
    return DeviceMeasurements(
        device=device.id,
        stands_for=device.stands_for,
        capabilities=facts.capabilities,
        probe=facts.probe,
        demands_fps=device.demands_fps,
        points=_latencies(workers, device.threads),
        failed={key: why for worker in workers for key, why in worker.failures.items()},
    )


def _facts(device: BenchDevice, realised: Realised) -> DeviceFacts:
    envelope = device.envelope
    settings = {
        "device": device.id,
        "threads": device.threads,
        "session_config": envelope.session_config,
        "power_budget_w": envelope.power_budget_w,
        "idle_w": envelope.idle_w,
        "active_w_per_core": envelope.active_w_per_core,
        "memory_limit_bytes": envelope.memory_bytes,
        "realised_by": realised.realised_by,
    }
    process = _start(FACTS, [json.dumps(settings), *device.runtimes], realised)
    output, _ = process.communicate(timeout=PATIENCE_S)
    return msgspec.json.decode(output, type=DeviceFacts)


def _open(device: BenchDevice, variant: BenchVariant, clip: Path, stack: ExitStack) -> _Worker:
    realised = Realised(f"{device.id}-{variant.spec.id}", device.envelope)
    stack.callback(realised.close)
    config = json.dumps(device.envelope.session_config)
    decoder = msgspec.json.encode(variant.spec.decoder).decode()
    options = [variant.spec.runtime, str(variant.folder), str(clip), str(device.threads)]
    options += [config, decoder]
    worker = _Worker(variant, partial(_start, LATENCY, options, realised))
    stack.callback(worker.close)
    return worker


def _start(module: str, arguments: Sequence[str], realised: Realised) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **THREAD_LIMITS},
        preexec_fn=realised.enter,
    )
    realised.started(process.pid)
    return process


def _latencies(workers: Sequence[_Worker], threads: int) -> dict[str, MeasuredLatency]:
    turns = {
        key_of(worker.variant.spec, *size): of_size
        for worker in workers
        for size, of_size in worker.turns.items()
    }
    return latencies(turns, threads)


def latencies(turns: Mapping[str, Sequence[Turn]], threads: int) -> dict[str, MeasuredLatency]:
    """Of points that took their turns together.

    What a quota and neighbours add falls on all alike, but by chance on one point more than on
    another. So each point's processor time is stretched by what each round over all of them saw, as
    the agent's probe does it. With several threads processor time tells too little: there times are
    those of the clock.
    """
    stretches = _stretches(turns)
    measured = {}
    for key, of_point in turns.items():
        frames = [ms for turn in of_point for ms in turn.latencies_ms]
        cpu_ms = median(turn.cpu_ms / len(turn.latencies_ms) for turn in of_point)
        shown = frames if threads > 1 else [cpu_ms * stretch for stretch in stretches]
        measured[key] = MeasuredLatency(
            latency_p50_ms=percentile(shown, 50),
            latency_p95_ms=percentile(shown, 95),
            wall_p50_ms=percentile(frames, 50),
            cpu_ms=cpu_ms,
        )
    return measured


def _stretches(turns: Mapping[str, Sequence[Turn]]) -> list[float]:
    """Time by the clock over processor time of each round."""
    most = max((len(of_point) for of_point in turns.values()), default=0)
    rounds = zip(*(one for one in turns.values() if len(one) == most), strict=True)
    return [sum(t.wall_ms for t in one) / max(sum(t.cpu_ms for t in one), 1e-6) for one in rounds]
