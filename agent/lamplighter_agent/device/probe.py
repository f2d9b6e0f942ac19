"""What the capabilities are worth: a short benchmark on the device itself.

Tiny networks (dense and depthwise 3x3 convolutions) give rates of arithmetic of each runtime that
works here, in each precision that it computes in; a large copy gives the memory's bandwidth, and
one load gives the price of a session. The planner turns these rates into a prediction for any
network.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from lamplighter_wire.clock import Clock, SystemClock
from lamplighter_wire.enums import Precision
from lamplighter_wire.messages import Probe, ProbeEntry
from lamplighter_wire.statistics import percentile

from lamplighter_agent.device.capabilities import cpu_quota
from lamplighter_agent.errors import EngineError
from lamplighter_agent.runtimes.onnxruntime import OnnxRuntime, create_session
from lamplighter_agent.runtimes.runtime import Runtime, Runtimes, probe_network
from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)

# Each benchmark ends at this time or count, whichever is first, but not before LEAST_RUNS: about
# 2.5 s in all with one runtime, 4 s with two or more.
SECONDS_EACH = 0.4
SECONDS_ALL = 3.0  # of the networks together
RUNS_EACH = 60
# Several periods of the quotas that containers are given for short latencies (10 ms).
SPAN_S = 0.04
WARM_UP = 2
LEAST_RUNS = 3
# What is measured by the clock lasts for so many periods of a CPU quota: it would slip through it
# otherwise, or pay for others. By processor time that is a round over all networks.
QUOTA_PERIODS = 2
LEAST_BATCH_S = 0.02
# Larger than the caches of small devices, small beside their memory.
COPY_BYTES = 24 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProbeNet:
    """A network that ships for each runtime, with its work per run."""

    name: str
    work_mmac: float
    bytes_moved: int  # weights once, and each layer's input and output


class Batch(NamedTuple):
    """Some runs in a row: by the clock, and of this thread's processor time."""

    runs: int
    wall_ms: float
    cpu_ms: float


# Written by `probe_networks` of each runtime of lamplighter_recipes: four layers on 36 x 48 pixels,
# 48 channels dense, 96 channels depthwise. Work, values between layers and of weights.
KINDS = {
    "dense": (143.327232, 4 * 2 * 48 * 1728, 20_736),
    "depthwise": (5.971968, 4 * 2 * 96 * 1728, 864),
}
BYTES_EACH: dict[str, int] = {Precision.INT8: 1, Precision.BF16: 2, Precision.FP16: 2}


def probe_nets(precisions: Sequence[str]) -> list[ProbeNet]:
    """The networks of a runtime that computes in these precisions."""
    return [
        ProbeNet(f"{kind}_{precision}", work, (values + weights) * BYTES_EACH.get(precision, 4))
        for kind, (work, values, weights) in KINDS.items()
        for precision in precisions
    ]


def run_probe(settings: AgentSettings, runtimes: Runtimes, clock: Clock | None = None) -> Probe:
    """Benchmark this device with the threads and session entries it serves with.

    Raises:
        EngineError: the runtime cannot run one of the networks, or there is no room to measure.
    """
    clock = clock or SystemClock()
    at, started = clock.time(), time.perf_counter()
    entries = _net_entries(settings, runtimes)
    entries += [_session_entry(settings), measure_memory()]
    return Probe(
        device=settings.device,
        at=at,
        seconds=time.perf_counter() - started,
        threads=settings.threads,
        entries=entries,
    )


def _net_entries(settings: AgentSettings, runtimes: Runtimes) -> list[ProbeEntry]:
    """All networks in turn, so that a quota or a busy core falls on each alike.

    Those of onnxruntime come last: a controller of before other runtimes takes the last of a name.
    """
    runs = [run for runtime in runtimes.installed()[::-1] for run in _runs(runtime, settings)]
    if not runs:
        raise EngineError("no runtime works here; the log says why")
    batch_s = seconds_of_batch(cpu_quota().period_s, len(runs), settings.threads)
    for _, _, run in runs * WARM_UP:
        run()
    batches: list[list[Batch]] = [[] for _ in runs]
    started = time.perf_counter()
    while len(batches[0]) < RUNS_EACH:
        for (_, _, run), done in zip(runs, batches, strict=True):
            done.append(_batch(run, batch_s))
        spent_s = time.perf_counter() - started
        enough_s = min(SECONDS_EACH * len(runs), SECONDS_ALL)
        if spent_s > enough_s and len(batches[0]) >= LEAST_RUNS:
            break
    times_ms = undisturbed_ms(batches, settings.threads)
    return [
        _entry(
            net.name, times, runtime=runtime, work_mmac=net.work_mmac, bytes_moved=net.bytes_moved
        )
        for (runtime, net, _), times in zip(runs, times_ms, strict=True)
    ]


def seconds_of_batch(period_s: float, networks: int, threads: int) -> float:
    """How long the runs of a network last that are timed together, under a quota's period."""
    at_once = networks if threads == 1 else 1  # see `undisturbed_ms`
    return max(LEAST_BATCH_S, QUOTA_PERIODS * period_s / at_once)


def _runs(
    runtime: Runtime, settings: AgentSettings
) -> list[tuple[str, ProbeNet, Callable[[], object]]]:
    """The networks of one runtime. One that is there beside onnxruntime and does not work is left
    out: nothing is planned for it then."""
    config = settings.session_config
    try:
        return [
            (runtime.name, net, runtime.probe_run(net.name, settings.threads, config))
            for net in probe_nets(runtime.precisions())
        ]
    except EngineError as error:
        if runtime.name == OnnxRuntime.name:
            raise
        log.warning("runtime %s is not probed: %s", runtime.name, error)
        return []


def undisturbed_ms(batches: Sequence[Sequence[Batch]], threads: int) -> list[list[float]]:
    """Milliseconds per run of each network, so that their ratios are those of the work.

    What a quota and neighbours add falls on all networks alike, but by chance on one batch more
    than on another: 20 batches tell ratios of wall times to a fifth only, those of processor times
    to a few percent. So each network's processor time is stretched by what each round over all of
    them saw, which is as long as a frame of a slow device. With several threads the processor time
    of one says too little; there wall times stand as they are.
    """
    if threads > 1:
        return [[batch.wall_ms / batch.runs for batch in done] for done in batches]
    works_ms = [percentile([batch.cpu_ms / batch.runs for batch in done], 50) for done in batches]
    stretches = [
        sum(batch.wall_ms for batch in at_once) / max(sum(batch.cpu_ms for batch in at_once), 1e-6)
        for at_once in zip(*batches, strict=True)
    ]
    return [[work_ms * stretch for stretch in stretches] for work_ms in works_ms]


def _batch(run: Callable[[], object], batch_s: float) -> Batch:
    """One that is long enough to feel a quota as a long network does."""
    begun, cpu_begun, count = time.perf_counter(), time.thread_time(), 0
    while (spent_s := time.perf_counter() - begun) < batch_s or not count:
        run()
        count += 1
    cpu_s = time.thread_time() - cpu_begun
    return Batch(count, spent_s * 1e3, cpu_s * 1e3)


def _session_entry(settings: AgentSettings) -> ProbeEntry:
    model = probe_network("dense_int8.onnx")
    times_ms = measure(
        lambda: create_session(model, settings.threads, settings.session_config), most=8
    )
    return _entry("session", times_ms, bytes_moved=len(model))


def measure_memory(copy_bytes: int = COPY_BYTES) -> ProbeEntry:
    """The price of a large copy, which gives the memory's bandwidth.

    Raises:
        EngineError: there is no room for it.
    """
    try:
        source = np.ones(copy_bytes, np.uint8)
        target = np.empty_like(source)
    except MemoryError as error:
        raise EngineError(f"no room to measure the memory: {error}") from error
    times_ms = measure(lambda: np.copyto(target, source), most=10)
    return _entry("memory", times_ms, runtime="", bytes_moved=2 * copy_bytes)


def measure(run: Callable[[], object], most: int = RUNS_EACH) -> list[float]:
    """Milliseconds per run, after a warm-up; each value is the mean over a span of runs.

    A processor quota lets a short run pass untouched and stops a later one for the whole rest of
    its period. Only over several periods does a run cost what a network of many such runs costs.
    """
    started = time.perf_counter()
    for _ in range(WARM_UP):
        run()
    times_ms: list[float] = []
    while len(times_ms) < most:
        begun = ended = time.perf_counter()
        runs = 0
        while ended - begun < SPAN_S:
            run()
            runs += 1
            ended = time.perf_counter()
        times_ms.append((ended - begun) / runs * 1e3)
        if ended - started > SECONDS_EACH and len(times_ms) >= LEAST_RUNS:
            break
    return times_ms


def _entry(
    name: str,
    times_ms: list[float],
    *,
    runtime: str = OnnxRuntime.name,
    work_mmac: float = 0.0,
    bytes_moved: int = 0,
) -> ProbeEntry:
    return ProbeEntry(
        name=name,
        runtime=runtime,
        latency_p50_ms=percentile(times_ms, 50),
        latency_p95_ms=percentile(times_ms, 95),
        work_mmac=work_mmac,
        bytes_moved=bytes_moved,
    )
