"""Gather one window of measurements into a Telemetry message."""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import EnergySource
from lamplighter_wire.messages import OperatingPoint, Telemetry, Workload
from lamplighter_wire.statistics import percentile, summarise

from lamplighter_agent.monitoring.process import DeviceMeter, MeterReading
from lamplighter_agent.monitoring.watched_time import WatchedTime
from lamplighter_agent.perception.frame_inference import FrameResult
from lamplighter_agent.settings import AgentSettings

# Windows whose median says what serving takes beside detection: one may hold a hiccup.
BESIDE_WINDOWS = 5
# Part of a window's CPU time from which on a deployment's work blurs its energy figures.
DISTURBED_PART = 0.05


@dataclass(slots=True)
class _Window:
    start_s: float  # wall
    start: float  # monotonic
    meter: MeterReading
    latencies_ms: list[float] = field(default_factory=list)
    responses_ms: list[float] = field(default_factory=list)
    dropped: int = 0
    rested: int = 0
    agreements: list[float] = field(default_factory=list)
    reference: str = ""
    is_weaker: bool = False


class Power(NamedTuple):
    """Average power in a window, and where it comes from."""

    watts: float
    source: str
    rel_error: float


class WindowBuilder:
    """What is measured on a stream whatever the task is; its monitor completes the window.

    Adding is a few appends; everything that costs time happens in `close`.

    Args:
        meter: of the device, whatever the number of its streams.
    """

    def __init__(
        self, settings: AgentSettings, clock: Clock, meter: DeviceMeter, stream: str = ""
    ) -> None:
        self._settings, self._clock, self._meter = settings, clock, meter
        self._stream = stream
        self._beside: deque[float] = deque(maxlen=BESIDE_WINDOWS)
        self._watched = WatchedTime(clock)
        self._window = self._open()

    def follow_settings(self, settings: AgentSettings) -> None:
        """Go by these from now on."""
        self._settings = settings

    @property
    def age_s(self) -> float:
        """Seconds since the window began."""
        return self._clock.monotonic() - self._window.start

    @property
    def due(self) -> bool:
        """Whether the window is as long as the settings say."""
        return self.age_s >= self._settings.telemetry_s - 1e-6  # sums of frame times

    @property
    def beside_cores(self) -> float:
        """Cores that serving takes beside inference (pictures, tracks, sending); 0: not known."""
        return percentile(self._beside, 50)

    def add(self, result: FrameResult, wait_ms: float = 0.0) -> None:
        """One served frame, and how long it waited for the engine."""
        self._window.latencies_ms.append(result.latency_ms)
        self._window.responses_ms.append(result.latency_ms + wait_ms)
        self._watched.looked()
        self._meter.add(result.cpu_s)

    def add_dropped(self, frames: int) -> None:
        """Frames that were demanded and not served."""
        self._window.dropped += frames

    def add_rested(self) -> None:
        """A frame that the network did not see, as nothing moved."""
        self._window.rested += 1
        self._watched.looked()

    def add_lost(self) -> None:
        """The camera is away, and gave no frame."""
        self._watched.lost()

    def add_unserved(self) -> None:
        """A frame that nothing looked at."""
        self._watched.passed_over()

    def add_agreement(
        self, agreement: float, reference: str = "", *, is_weaker: bool = False
    ) -> None:
        """A frame compared with the reference point; of another one than before, those before are
        left out. `is_weaker`: the best one serves."""
        if reference != self._window.reference:
            self._window.agreements.clear()
        self._window.reference, self._window.is_weaker = reference, is_weaker
        self._window.agreements.append(agreement)

    def close(
        self,
        serving: OperatingPoint,
        workload: Workload,
        *,
        source_state: str = "ok",
        source_reason: str = "",
        threshold: float = 0.0,
    ) -> Telemetry:
        """The finished window; the next one begins now."""
        done, self._window = self._window, self._open()
        seconds = max(self._window.start - done.start, 1e-6)
        taken = self._window.meter.since(done.meter)
        power = self._power(taken, seconds)
        watched = self._watched.take(seconds)
        latency = summarise(done.latencies_ms)
        disturbed = taken.deploy_s > DISTURBED_PART * taken.cpu_s
        if latency.count and not disturbed:  # probing and enrolling is no serving either
            beside_s = taken.cpu_s - taken.deploy_s - taken.inference_s
            self._beside.append(max(beside_s, 0.0) / seconds)
        return Telemetry(
            device=self._settings.device,
            stream=self._stream,
            start=done.start_s,
            seconds=seconds,
            serving=serving,
            regime=workload.regime,
            frames=latency.count,
            dropped=done.dropped,
            fps_demand=workload.fps_demand,
            fps_served=latency.count / seconds,
            latency_p50_ms=latency.p50_ms,
            latency_p95_ms=latency.p95_ms,
            latency_p99_ms=latency.p99_ms,
            response_p95_ms=percentile(done.responses_ms, 95),
            energy_mj_per_frame=self._energy_mj_per_frame(power.watts, taken, seconds)
            if latency.count
            else 0.0,
            energy_source=power.source,
            energy_rel_error=power.rel_error,
            power_w=power.watts,
            cpu_cores=taken.cpu_s / seconds,
            memory_bytes=self._meter.sensed.memory_bytes,
            temperature_c=self._temperature_c(taken, seconds),
            reference_agreement_f1=(
                sum(done.agreements) / len(done.agreements) if done.agreements else None
            ),
            reference=done.reference,
            reference_weaker=done.is_weaker,
            source_state=source_state,
            source_reason=source_reason,
            disturbed=disturbed,
            threshold=threshold,
            rested=done.rested,
            watched_s=watched.watched_s,
            lost_s=watched.lost_s,
        )

    def _power(self, taken: MeterReading, seconds: float) -> Power:
        """Between the two readings; estimated where the sensors have said nothing in this window.

        They are read at times of their own, so that what they counted is not quite the window's.
        """
        sensed, settings = self._meter.sensed, self._settings
        sensed_s = self._sensed_s(taken, seconds)
        if sensed_s > 0:
            watts = taken.energy_j / sensed_s
            return Power(watts, sensed.energy_source, sensed.energy_rel_error)
        watts = settings.idle_w + settings.active_w_per_core * taken.cpu_s / seconds
        return Power(watts, EnergySource.ESTIMATE, settings.energy_rel_error)

    def _temperature_c(self, taken: MeterReading, seconds: float) -> float | None:
        """None, too, where it is older than the window."""
        return self._meter.sensed.temperature_c if self._sensed_s(taken, seconds) > 0 else None

    def _sensed_s(self, taken: MeterReading, seconds: float) -> float:
        """The time between the two readings of the sensors; 0 where there was one only."""
        return taken.sensed_at if self._meter.runs_apart else seconds

    def _energy_mj_per_frame(self, watts: float, taken: MeterReading, seconds: float) -> float:
        """What the agent adds to idling, over the frames of all its streams: average power is
        idle + rate x this."""
        added_j = max(watts - self._settings.idle_w, 0.0) * seconds
        return added_j / max(taken.frames, 1) * 1e3

    def _open(self) -> _Window:
        return _Window(self._clock.time(), self._clock.monotonic(), self._meter.read())
