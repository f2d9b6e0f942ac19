"""The serve loop: frame, detections, tracks, counts, telemetry, shift; nothing here waits for the
network or for a deployment.

The loop holds one reference to what it serves. Whoever exchanges it (a ladder switch, a swap of
the runner) changes what the next frame runs on; the frame under way ends on the old engine.
"""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import OperatingPoint, Regime, Shift, Telemetry, Workload

from lamplighter_agent.camera.burst import APART_S, LookState, after_frame
from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.camera.frame_source import FrameSource
from lamplighter_agent.camera.pacer import Pacer
from lamplighter_agent.errors import EngineError, SourceError
from lamplighter_agent.inference.beside_run import BesideRun
from lamplighter_agent.inference.idle_slots import IdleSlots
from lamplighter_agent.inference.serving import ANY, Serving
from lamplighter_agent.monitoring.energy import find_energy_reader
from lamplighter_agent.monitoring.shift_detector import ShiftDetector, ShiftSettings, WorkloadSample
from lamplighter_agent.monitoring.telemetry import WindowBuilder
from lamplighter_agent.perception.counting import LineCounter
from lamplighter_agent.perception.detecting import Detections, agreement
from lamplighter_agent.perception.frame_rate_demand import MotionWindow
from lamplighter_agent.perception.light_and_rain import Observer
from lamplighter_agent.perception.tracking import Tracker
from lamplighter_agent.settings import AgentSettings

log = logging.getLogger(__name__)

# Frames kept for trials: enough variety, and at 640x480 below four megabytes.
RECENT_FRAMES = 8
# While nothing is served, frames are still read this often, for the first trial.
IDLE_FPS = 1.0
ENDED_WAIT_S = 0.5
LATENCIES_KEPT = 1000


class Listener(Protocol):
    """Who hears of the loop. Called on the loop's thread: must return at once."""

    def on_window(self, window: Telemetry) -> None: ...

    def on_shift(self, shift: Shift) -> None: ...

    def on_source(self, state: str) -> None: ...

    def on_frame(self, frame: Frame, found: Detections, serving: Serving) -> None: ...


@dataclass(frozen=True, slots=True)
class Served:
    """What has been served since the last exchange, as the watch of a probation sees it."""

    frames: int
    seconds: float
    latencies_ms: tuple[float, ...]  # the last thousand at most
    errors: int
    dropped: int


class ServeLoop:
    """Runs on its own thread. `serving` may be exchanged from any thread by `swap`.

    Args:
        known: the workload as last accepted, before a restart.
    """

    def __init__(
        self,
        settings: AgentSettings,
        clock: Clock,
        source: FrameSource,
        idle: IdleSlots,
        listener: Listener,
        known: Workload | None = None,
    ) -> None:
        self._settings, self._clock, self._source = settings, clock, source
        self._idle, self._listener = idle, listener
        self._pacer = Pacer(clock)
        shifts = ShiftSettings().scaled(settings.time_scale)
        energy = find_energy_reader(settings, clock)
        self._window = WindowBuilder(settings, clock, energy)
        self._tracker = Tracker(settings.camera_width, settings.camera_height)
        self._counter = LineCounter(settings.lines)
        self._motion = MotionWindow(shifts.motion_s)
        self._look = LookState()
        self._observer = Observer(min(shifts.sample_s, 1.0))
        self._detector = ShiftDetector(shifts)
        detector = self._detector
        self._shifts = detector.resume(known) if known else detector.start(Workload())
        self._serving: Serving | None = None
        self._beside: BesideRun | None = None
        self.reference: Serving | None = None  # rare frames are compared with it
        self.demand_fps = settings.fps_floor
        self.recent: deque[Frame] = deque(maxlen=RECENT_FRAMES)
        self.frames = self.dropped = 0
        self._state = "ok"
        self._lock = threading.Lock()  # of the figures since the last exchange
        self._since = clock.monotonic()
        self._latencies: deque[float] = deque(maxlen=LATENCIES_KEPT)
        self._frames_since = self._errors = self._dropped_since = 0

    # --- for other threads

    @property
    def serving(self) -> Serving | None:
        return self._serving

    @property
    def regime(self) -> Regime:
        """As last accepted by the shift detector."""
        workload = self._shifts.workload or self._shifts.assumed
        return workload.regime if workload else Regime()

    @property
    def threshold(self) -> float:
        """Score threshold of the next frame, of classes without one of their own; 0: no model."""
        serving = self._serving
        return serving.thresholds(self.regime)[ANY] if serving else 0.0

    @property
    def fps(self) -> float:
        """Frames per second aimed at: as demanded, within camera and operating point."""
        serving = self._serving
        limits = [self.demand_fps, self._settings.fps_cap]
        limits += [fps for fps in (self._source.fps, serving.point.fps if serving else 0) if fps]
        return min(limits)

    @property
    def fps_accepted(self) -> float:
        """The same, but no more than was accepted as the street's demand: what limits are judged
        at, because a moment's motion is no reason to refuse a model."""
        return min(self.fps, self._detector.accepted_fps(self._shifts, self.fps))

    @property
    def beside_cores(self) -> float:
        """Cores that serving takes beside detection; 0 while that is not known."""
        return self._window.beside_cores

    def swap(self, serving: Serving | None) -> float:
        """Serve something else from the next frame on; milliseconds the exchange took."""
        started = self._clock.monotonic()
        with self._lock:
            self._serving = serving
            self._latencies.clear()
            self._frames_since = self._errors = self._dropped_since = 0
            self._since = self._clock.monotonic()
        return (self._clock.monotonic() - started) * 1e3

    def served(self) -> Served:
        """Since the last exchange."""
        with self._lock:
            return Served(
                self._frames_since,
                self._clock.monotonic() - self._since,
                tuple(self._latencies),
                self._errors,
                self._dropped_since,
            )

    @contextmanager
    def beside_next_frame(self, run: BesideRun) -> Iterator[None]:
        """Hand the next frame to `run`, once; after the block it is not called any more."""
        self._beside = run
        try:
            yield
        finally:
            self._beside = None

    # --- the loop

    def run(self, stop: threading.Event) -> None:
        """Until `stop`. A failing engine or a lost camera does not end it."""
        while not stop.is_set():
            self.step()
        self._source.close()

    def step(self) -> None:
        """One frame, or one wait for it."""
        serving = self._serving
        fps = self.fps if serving else min(IDLE_FPS, self.fps)
        missed = self._pacer.wait(fps)
        frame = self._source.read()
        self._note_state()
        if frame is not None:
            if serving is not None:
                self._drop(missed)
                self._serve(frame, serving)
            self.recent.append(frame)
            self._idle.offer(self._rest_s(1 / max(fps, 0.1)))
        elif self._source.state == "ended":
            self._clock.sleep(ENDED_WAIT_S)
        if self._window.due:
            self._close_window()

    def _rest_s(self, period_s: float) -> float:
        """Seconds to the next frame: soon, where something new must be seen twice."""
        self._look = after_frame(self._look, self._tracker.fresh, period_s)
        if not self._look.looking:
            return period_s
        self._pacer.hasten(APART_S)
        return APART_S

    def _serve(self, frame: Frame, serving: Serving) -> None:
        try:
            with self._idle.turn:
                found = self._detect(frame, serving)
        except (EngineError, SourceError) as error:
            self._errors += 1
            self._drop(1)
            log.warning("frame not served: %s", error)
            return
        self.frames += 1
        with self._lock:
            if self._serving is serving:
                self._latencies.append(found.latency_ms)
                self._frames_since += 1
        self._window.add(found)
        tracks = self._tracker.update(found.boxes, frame.at)
        self._counter.update(tracks)
        self._motion.add(tracks)
        self._listener.on_frame(frame, found, serving)
        self._compare(frame, found, serving)
        self._watch_the_street(frame, found)

    def _detect(self, frame: Frame, serving: Serving) -> Detections:
        beside, self._beside = self._beside, None
        if beside is None:
            return serving.detect(frame, self.regime)
        return beside.detect(frame, self.regime, serving)

    def _compare(self, frame: Frame, found: Detections, serving: Serving) -> None:
        """Run a rare frame again with the best variant held."""
        every, reference = self._settings.reference_every, self.reference
        if not every or reference is None or self.frames % every:
            return
        if reference.engine is serving.engine and reference.point == serving.point:
            return
        try:
            with self._idle.turn:
                best = reference.detect(frame, self.regime)
        except (EngineError, SourceError):
            return
        self._window.add_agreement(agreement(found.boxes, best.boxes))

    def _watch_the_street(self, frame: Frame, found: Detections) -> None:
        """Light, weather, density and motion: has the street changed?"""
        try:
            seen = self._observer.look(frame)
        except SourceError as error:
            log.warning("light and weather not seen: %s", error)
            return
        if seen is None:
            return
        self._window.add_observation(seen)
        self.demand_fps = self._motion.demand(self._settings.fps_floor, self._settings.fps_cap)
        sample = WorkloadSample(
            at=frame.at,
            objects=len(found.boxes),
            brightness=seen.brightness,
            rain=seen.rain,
            fps_demand=self.demand_fps,
            motion=self._motion.motion(),
        )
        self._shifts, shift = self._detector.step(self._shifts, sample)
        if shift is not None:
            self._listener.on_shift(shift)

    def _drop(self, frames: int) -> None:
        if frames:
            self.dropped += frames
            self._dropped_since += frames
            self._window.add_dropped(frames)

    def _note_state(self) -> None:
        if self._source.state != self._state:
            self._state = self._source.state
            self._listener.on_source(self._state)

    def _close_window(self) -> None:
        serving = self._serving
        window = self._window.close(
            serving.point if serving else OperatingPoint(),
            Workload(regime=self.regime, fps_demand=self.demand_fps),
            counts=self._counter.take(),
            track_breaks=self._tracker.take_breaks(),
            motion=self._motion.motion(),
            source_state=self._state,
            threshold=self.threshold,
        )
        self._listener.on_window(window)
