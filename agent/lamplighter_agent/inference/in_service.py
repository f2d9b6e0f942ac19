"""What is in service: the one reference to what serves all streams, and what came of it.

Any thread may exchange it and read; the serve loops note every frame. Whoever exchanges it (a step
of the ladder, a swap of a deployment) changes what the next frame runs on; the frame under way ends
on the old engine.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, zip_longest

from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import Regime, Shift, Workload
from lamplighter_wire.rules.regimes import ANY
from lamplighter_wire.rules.workload import total_workload

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.inference.beside_run import BesideRun
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.inference.stream import Stream
from lamplighter_agent.inference.tally import Served, Tally

# A stream that asks for fewer frames than this is waited for no longer.
LEAST_FPS = 0.1


class InService:
    """What serves, for all threads and all streams.

    `references` is what rare frames are compared with, the best first; `beside_cores` what serving
    takes beside inference (0 while that is not known).
    """

    def __init__(self, clock: Clock, streams: Sequence[Stream]) -> None:
        self._clock, self.streams = clock, tuple(streams)
        self._serving: Serving | None = None
        self._beside: BesideRun | None = None
        self.references: tuple[Serving, ...] = ()
        self.beside_cores = 0.0
        self._proving = False
        self._lock = threading.Lock()  # of the figures
        self._total = Tally(clock)
        self._tallies = {stream.name: Tally(clock) for stream in self.streams}

    # --- what serves

    @property
    def serving(self) -> Serving | None:
        return self._serving

    def swap(self, serving: Serving | None) -> float:
        """Serve something else from the next frame on; milliseconds the exchange took."""
        started = self._clock.monotonic()
        with self._lock:
            self._serving = serving
            for tally in (self._total, *self._tallies.values()):
                tally.begin()
        return (self._clock.monotonic() - started) * 1e3

    def threshold(self, regime: Regime) -> float:
        """Score threshold of a frame in a regime, of classes without one of their own.

        0 while there is no model.
        """
        serving = self._serving
        return serving.thresholds(regime)[ANY] if serving else 0.0

    # --- what is asked of it

    @property
    def regime(self) -> Regime:
        """That of most of the frames, as last accepted by the monitors."""
        return total_workload(stream.workload for stream in self.streams).regime

    def workload_after(self, shift: Shift) -> Workload:
        """What all streams ask for together once one has shifted."""
        return total_workload(
            shift.after if stream.name == shift.stream else stream.workload
            for stream in self.streams
        )

    def fps_of(self, stream: Stream) -> float:
        """Frames per second aimed at: as demanded, within its share of the point's rate."""
        serving, demand = self._serving, stream.demand_fps
        cap = serving.point.fps if serving else 0.0
        total = sum(s.demand_fps for s in self.streams if s is stream or s.is_alive)
        return cap * demand / total if 0 < cap < total else demand

    def fps_accepted_of(self, stream: Stream) -> float:
        """The same, but no more than was accepted as the street's demand: what limits are judged
        at, because a moment's motion is no reason to refuse a model."""
        fps = self.fps_of(stream)
        return min(fps, stream.monitor.accepted_fps(fps))

    @property
    def fps_accepted(self) -> float:
        """Of all streams together."""
        return sum(map(self.fps_accepted_of, self.streams))

    @property
    def next_frame_s(self) -> float:
        """Seconds until the next frame of the busiest stream at the latest."""
        return 1 / max(*map(self.fps_of, self.streams), LEAST_FPS)

    # --- what came of it

    @property
    def frames(self) -> int:
        """Served since the start."""
        return sum(stream.frames for stream in self.streams)

    @property
    def dropped(self) -> int:
        """Not served since the start."""
        return sum(stream.dropped for stream in self.streams)

    @property
    def recent(self) -> list[Frame]:
        """The newest frames, in turn of each stream."""
        rows = zip_longest(*(list(stream.recent) for stream in self.streams))
        return [frame for frame in chain.from_iterable(rows) if frame is not None]

    def served(self, stream: Stream | None = None) -> Served:
        """Since the last exchange: all, or of one stream."""
        with self._lock:
            tally = self._total if stream is None else self._tallies[stream.name]
            return tally.served()

    def add_frame(
        self, stream: Stream, serving: Serving, latency_ms: float, wait_ms: float = 0.0
    ) -> None:
        """A frame was served. What no longer serves moves no figure of what does."""
        with self._lock:
            stream.frames += 1
            if serving is self._serving:
                self._total.add_frame(latency_ms, wait_ms)
                self._tallies[stream.name].add_frame(latency_ms, wait_ms)

    def add_error(self, stream: Stream, serving: Serving) -> None:
        """A frame was lost because `serving` failed on it."""
        self.add_dropped(stream, serving, frames=1, errors=1)

    def add_dropped(self, stream: Stream, serving: Serving, frames: int, errors: int = 0) -> None:
        """Frames were missed because `serving` was busy, or failed on so many of them."""
        with self._lock:
            stream.dropped += frames
            if serving is self._serving:
                self._total.add_dropped(frames, errors)
                self._tallies[stream.name].add_dropped(frames, errors)

    # --- what runs beside it

    @contextmanager
    def beside_next_frame(self, run: BesideRun) -> Iterator[None]:
        """Hand the next frame of any stream to `run`, once; after the block it is not called."""
        self._beside = run
        try:
            yield
        finally:
            self._beside = None

    @contextmanager
    def proving(self) -> Iterator[None]:
        """In the block every frame is served: what serves is judged by them."""
        self._proving = True
        try:
            yield
        finally:
            self._proving = False

    @property
    def may_rest(self) -> bool:
        """Whether nobody waits for the next frame to be served."""
        return self._beside is None and not self._proving

    def take_beside(self) -> BesideRun | None:
        """What is to run beside the frame at hand, for a serve loop whose turn it is."""
        run, self._beside = self._beside, None
        return run
