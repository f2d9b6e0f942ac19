"""What is in service: the one reference to what serves, and what came of it.

Any thread may exchange it and read; the serve loop notes every frame. Whoever exchanges it (a step
of the ladder, a swap of a deployment) changes what the next frame runs on; the frame under way ends
on the old engine.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import Regime
from lamplighter_wire.rules.regimes import ANY

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.camera.frame_source import FrameSource
from lamplighter_agent.inference.beside_run import BesideRun
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.monitoring.monitor import Monitor
from lamplighter_agent.settings import AgentSettings

# Frames kept for trials: enough variety, and at 640x480 below four megabytes.
RECENT_FRAMES = 8
LATENCIES_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Served:
    """What has been served since the last exchange, as the watch of a probation sees it."""

    frames: int
    seconds: float
    latencies_ms: tuple[float, ...]  # the last thousand at most
    errors: int
    dropped: int


class InService:
    """What serves, for all threads.

    `reference` is what rare frames are compared with, `recent` the newest frames, `beside_cores`
    what serving takes beside inference (0 while that is not known).
    """

    def __init__(
        self, settings: AgentSettings, clock: Clock, camera: FrameSource, monitor: Monitor
    ) -> None:
        self._settings, self._clock = settings, clock
        self._camera, self._monitor = camera, monitor
        self._serving: Serving | None = None
        self._beside: BesideRun | None = None
        self.reference: Serving | None = None
        self.recent: deque[Frame] = deque(maxlen=RECENT_FRAMES)
        self.beside_cores = 0.0
        self.frames = self.dropped = 0  # since the start
        self._lock = threading.Lock()  # of the figures since the last exchange
        self._latencies_ms: deque[float] = deque(maxlen=LATENCIES_KEPT)
        self._begin()

    # --- what serves

    @property
    def serving(self) -> Serving | None:
        return self._serving

    def swap(self, serving: Serving | None) -> float:
        """Serve something else from the next frame on; milliseconds the exchange took."""
        started = self._clock.monotonic()
        with self._lock:
            self._serving = serving
            self._begin()
        return (self._clock.monotonic() - started) * 1e3

    @property
    def regime(self) -> Regime:
        """As last accepted by the monitor."""
        return self._monitor.regime

    @property
    def threshold(self) -> float:
        """Score threshold of the next frame, of classes without one of their own; 0: no model."""
        serving = self._serving
        return serving.thresholds(self.regime)[ANY] if serving else 0.0

    @property
    def fps(self) -> float:
        """Frames per second aimed at: as demanded, within camera and operating point."""
        serving = self._serving
        limits = [self._monitor.demand_fps, self._settings.fps_cap]
        limits += [fps for fps in (self._camera.fps, serving.point.fps if serving else 0) if fps]
        return min(limits)

    @property
    def fps_accepted(self) -> float:
        """The same, but no more than was accepted as the street's demand: what limits are judged
        at, because a moment's motion is no reason to refuse a model."""
        return min(self.fps, self._monitor.accepted_fps(self.fps))

    # --- what came of it

    def served(self) -> Served:
        """Since the last exchange."""
        with self._lock:
            return Served(
                self._frames_since,
                self._clock.monotonic() - self._since_s,
                tuple(self._latencies_ms),
                self._errors_since,
                self._dropped_since,
            )

    def add_frame(self, serving: Serving, latency_ms: float) -> None:
        """A frame was served. What no longer serves moves no figure of what does."""
        with self._lock:
            self.frames += 1
            if serving is self._serving:
                self._frames_since += 1
                self._latencies_ms.append(latency_ms)

    def add_error(self, serving: Serving) -> None:
        """A frame was lost because `serving` failed on it."""
        with self._lock:
            self.dropped += 1
            if serving is self._serving:
                self._errors_since += 1
                self._dropped_since += 1

    def add_dropped(self, serving: Serving, frames: int) -> None:
        """Frames were missed because `serving` was busy."""
        with self._lock:
            self.dropped += frames
            if serving is self._serving:
                self._dropped_since += frames

    # --- what runs beside it

    @contextmanager
    def beside_next_frame(self, run: BesideRun) -> Iterator[None]:
        """Hand the next frame to `run`, once; after the block it is not called any more."""
        self._beside = run
        try:
            yield
        finally:
            self._beside = None

    def take_beside(self) -> BesideRun | None:
        """What is to run beside the frame at hand, for the serve loop."""
        run, self._beside = self._beside, None
        return run

    def _begin(self) -> None:
        self._since_s = self._clock.monotonic()
        self._latencies_ms.clear()
        self._frames_since = self._errors_since = self._dropped_since = 0
