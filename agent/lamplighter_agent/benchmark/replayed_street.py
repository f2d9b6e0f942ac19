"""What the agent would serve and count of a clip, as fast as this machine can.

Prints the digest of its code, then reads lines of JSON from standard input, a `Job` each, and
prints a `Replayed` for each. The agent's own serve loop runs on a clock that moves as it sleeps:
frames are asked for, looked at twice, left out and counted as on a device that keeps up with its
camera.
"""

import sys
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import IO

import msgspec
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.decoders.decoder import OWN, Decoder
from lamplighter_wire.messages import OperatingPoint, Rung, Telemetry
from lamplighter_wire.policy.device_policy import DevicePolicy
from lamplighter_wire.tasks.detection import DETECTION
from lamplighter_wire.tasks.registry import task_reading

from lamplighter_agent.benchmark.code_digest import code_digest
from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.camera.recorded import PlaylistSource, clip_source
from lamplighter_agent.inference.idle_slots import IdleSlots
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.serve_loop import Listeners, ServeLoop
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.inference.stream import Stream
from lamplighter_agent.monitoring.monitors.street_monitor import StreetMonitor
from lamplighter_agent.monitoring.process import DeviceMeter
from lamplighter_agent.monitoring.sensors.energy import cpu_time_estimate
from lamplighter_agent.own_street import CountLine
from lamplighter_agent.perception.frame_inference import FrameResult
from lamplighter_agent.perception.resting.change_gate import ChangeGate
from lamplighter_agent.runtimes.engine import Engine
from lamplighter_agent.runtimes.installed import installed_runtimes
from lamplighter_agent.runtimes.runtime import Runtimes
from lamplighter_agent.settings import AgentSettings

WINDOW_S = 1.0


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A clip, the lines in it, and what serves it.

    Attributes:
        folder: the variant's files, as in a slot.
        point: size, bound of the frame rate, scores.
        policy: whether and how long the network rests.
        still_share: of the time before the clip, with nobody in view.
    """

    clip: str
    lines: list[CountLine]
    folder: str
    runtime: str
    decoder: Decoder = OWN
    session_config: dict[str, str] = {}
    point: OperatingPoint = OperatingPoint()
    policy: DevicePolicy = DevicePolicy()
    still_share: float = 0.0


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it.

    Attributes:
        frames, rested: that the network saw, and that it was spared.
        counts: "line/direction" -> class -> crossings.
        network_ms: processor time of the network for a frame, median.
        gate_s: processor seconds of all that decides whether it may rest.
    """

    seconds: float
    frames: int
    rested: int
    counts: dict[str, dict[str, int]]
    network_ms: float
    gate_s: float


class _TimedGate(ChangeGate):
    """Notes what it takes itself."""

    spent_s = 0.0

    def may_rest(self, frame: Frame, is_empty: bool) -> bool:
        began = time.thread_time()
        try:
            return super().may_rest(frame, is_empty)
        finally:
            self.spent_s += time.thread_time() - began


class Replay:
    """Keeps engines open from one job to the next."""

    def __init__(self, runtimes: Runtimes | None = None) -> None:
        self._runtimes = runtimes or installed_runtimes()
        self._engines: dict[str, Engine] = {}

    def run(self, job: Job) -> Replayed:
        """Serve the clip once.

        Raises:
            EngineError: the variant cannot be opened.
            SourceError: the clip cannot be read.
        """
        windows, cpu_s = list[Telemetry](), list[float]()

        def on_frame(_frame: Frame, result: FrameResult, _serving: Serving) -> None:
            cpu_s.append(result.cpu_s)

        listeners = Listeners(on_window=windows.append, on_frame=on_frame)
        clock = ManualClock()
        camera = clip_source(Path(job.clip), clock)
        gate = _TimedGate(lambda: job.policy, job.still_share)
        loop = self._loop(job, clock, camera, listeners, gate)
        while camera.state != "ended":
            loop.step()
        ended_at = clock.monotonic()
        while clock.monotonic() < ended_at + 2 * WINDOW_S:  # the last window is told, too
            loop.step()
        camera.close()
        return Replayed(
            seconds=camera.timeline.seconds,
            frames=sum(window.frames for window in windows),
            rested=sum(window.rested for window in windows),
            counts=_added(windows),
            network_ms=1e3 * median(cpu_s) if cpu_s else 0.0,
            gate_s=gate.spent_s,
        )

    def _loop(
        self,
        job: Job,
        clock: ManualClock,
        camera: PlaylistSource,
        listeners: Listeners,
        gate: ChangeGate,
    ) -> ServeLoop:
        settings = AgentSettings(lines=tuple(job.lines), telemetry_s=WINDOW_S, reference_every=0)
        stream = Stream(settings, camera, StreetMonitor(settings))
        in_service = InService(clock, [stream])
        in_service.swap(self._serving(job))
        meter, idle = DeviceMeter(cpu_time_estimate(settings, clock)), IdleSlots(clock)
        return ServeLoop(settings, clock, stream, in_service, idle, meter, listeners, gate=gate)

    def _serving(self, job: Job) -> Serving:
        manifest = Manifest(decoder=job.decoder, runtime=job.runtime)
        key = f"{job.runtime} {job.folder} {sorted(job.session_config.items())}"
        if key not in self._engines:
            tensors = task_reading(DETECTION, job.decoder).tensors
            runtime = self._runtimes.find(job.runtime)
            self._engines[key] = runtime.open(Path(job.folder), tensors, 1, job.session_config)
        return Serving(Rung(point=job.point), manifest, self._engines[key])


def _added(windows: list[Telemetry]) -> dict[str, dict[str, int]]:
    total: dict[str, Counter[str]] = {}
    for window in windows:
        for movement, by_class in window.counts.items():
            total.setdefault(movement, Counter()).update(by_class)
    return {movement: dict(by_class) for movement, by_class in total.items()}


def main(jobs: IO[str] = sys.stdin, out: IO[str] = sys.stdout) -> None:
    """The code's digest, then one answer for each job, in order."""
    replay = Replay()
    out.write(code_digest() + "\n")
    out.flush()
    for line in jobs:
        out.write(msgspec.json.encode(replay.run(msgspec.json.decode(line, type=Job))).decode())
        out.write("\n")
        out.flush()


if __name__ == "__main__":
    main()
