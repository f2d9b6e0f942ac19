"""The rungs that are open on this device, and which of them serves.

Only the deploy thread opens and closes engines. The serve thread steps between open rungs, so
what may be stepped to is written before an engine that is left out is closed.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from lamplighter_wire.clock import Clock
from lamplighter_wire.messages import Limits, OperatingPoint, Rung, Workload
from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy
from lamplighter_wire.rules.limits import work_limits

from lamplighter_agent.deployment.failure_reasons import FAULTS
from lamplighter_agent.deployment.journal import Record, known_rungs
from lamplighter_agent.inference.engine_pool import EnginePool
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.operating_points import Work, same_work, work_of
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.ladder.choice import PACE_FRAMES, Requirements, by_accuracy, choose, pace

log = logging.getLogger(__name__)

# Frames that tell the pace of what serves.
PACE_WINDOW = 100


@dataclass(frozen=True, slots=True)
class LadderStep:
    """The device stepped by itself: to which point, from which, and how long the exchange took."""

    point: OperatingPoint
    before: OperatingPoint | None
    switch_ms: float


class ResidentModels:
    """Opens the known rungs and exchanges what serves. `idle_w`: power of the idle device.

    What it remembers is about memory and is gone with the process; the record says what is known.
    `_open` are the rungs that are open now, which a step chooses from; `_ladder` are those that
    were open when it last settled, and will be again.

    | state   | open                  | steps by itself        | entered by           |
    |---------|-----------------------|------------------------|----------------------|
    | settled | the ladder            | yes                    | `resume`, `settle`   |
    | cramped | at most the incumbent | no: there is one only  | `keep_only`, `clear` |
    | resting | either                | no: a candidate serves | `begin_trial`        |

    The end of a deployment leads back to settled: `settle`, or `fall_back` and `reopen`.
    """

    def __init__(self, pool: EnginePool, serve: InService, clock: Clock, idle_w: float) -> None:
        self._pool, self._serve, self._clock, self._idle_w = pool, serve, clock, idle_w
        self._open: list[Serving] = []
        self._ladder: list[Rung] = []
        self._resting = False
        self._switch = threading.Lock()  # held to step, and to change what may be stepped to
        self._served_ms: dict[Work, Sequence[float]] = {}  # latencies when it served last

    # --- which serves

    def answer_shift(
        self, workload: Workload, limits: Limits, policy: DevicePolicy = DEFAULTS
    ) -> LadderStep | None:
        """Step to the rung for a workload; None when what serves is the best there is."""
        with self._switch:
            current = self._serve.serving
            required = self._requirements(workload, limits, policy, current)
            chosen = choose(self._open, required, current)
            if self._resting or chosen is None or (current and current.rung == chosen.rung):
                return None
            switch_ms = self._serve.swap(chosen)
            return LadderStep(chosen.point, current.point if current else None, switch_ms)

    def _requirements(
        self, workload: Workload, limits: Limits, policy: DevicePolicy, current: Serving | None
    ) -> Requirements:
        """The paces are those of what serves now, and of the open rungs that have served before."""
        now = self._remember_pace(current)
        paces = {
            work_of(serving.point): pace(latencies, serving.rung.predicted.latency_p95_ms)
            for serving in self._open
            if (latencies := self._served_ms.get(work_of(serving.point)))
        }
        limits = work_limits(limits, len(self._serve.streams))
        return Requirements(
            workload=workload,
            limits=limits,
            policy=policy,
            idle_w=self._idle_w,
            pace=now,
            paces=paces,
        )

    def _remember_pace(self, current: Serving | None) -> float:
        """Keep what serving took, for the next time; the pace of what serves now."""
        latencies = self._serve.served().latencies_ms[-PACE_WINDOW:]
        if current is None:
            return 1.0
        if len(latencies) >= PACE_FRAMES:
            self._served_ms[work_of(current.point)] = latencies
        return pace(latencies, current.rung.predicted.latency_p95_ms)

    def begin_trial(self, rung: Rung) -> float:
        """The candidate serves and the ladder rests; milliseconds the exchange took.

        Raises:
            EngineError, SignatureError: it cannot be opened.
        """
        candidate = self.open(rung)
        with self._switch:
            self._resting = True
            self._remember_pace(self._serve.serving)
            return self._serve.swap(candidate)

    def fall_back(self, record: Record) -> float:
        """The known-good serves, or any rung when it cannot be opened; milliseconds of the gap."""
        with self._switch:
            self._resting = False
        good, started = record.known_good, self._clock.monotonic()
        cold = good is not None and not self._pool.holds(good.point)
        if cold:  # it had to leave for the candidate: there is room for one of them only
            self.clear()
        known = map(self.try_open, known_rungs(record))
        switch_ms = self._serve.swap(next((s for s in known if s is not None), None))
        return (self._clock.monotonic() - started) * 1e3 if cold else switch_ms

    # --- which are open

    def resume(self, record: Record) -> bool:
        """Serve what is known-good, or any proven rung; False when none can be opened."""
        rungs = known_rungs(record)
        opened = self._settle_on(rungs)
        if opened:
            self._serve.swap(opened[0])
        return bool(opened) or not rungs

    def settle(self, record: Record) -> None:
        """The known rungs that are open are the ladder from now on.

        What serves gives way to one of them when it is not known: its engine may be closed any
        time.
        """
        rungs = known_rungs(record)
        opened = self._settle_on([rung for rung in rungs if self._pool.holds(rung.point)])
        with self._switch:
            current = self._serve.serving
            if current is not None and opened and current.rung not in rungs:
                alike = (s for s in opened if same_work(s.point, current.point))
                self._serve.swap(next(alike, opened[0]))

    def reopen(self, record: Record) -> None:
        """The candidate is closed, and the known rungs that made room for it are open again."""
        rungs, current = known_rungs(record), self._serve.serving
        self._set_open([serving for serving in self._open if serving.rung in rungs], self._resting)
        self._pool.keep([rung.point for rung in rungs] + ([current.point] if current else []))
        for rung in rungs:
            if rung in self._ladder:
                self.try_open(rung)
        self.settle(record)

    def keep_only(self, serving: Serving | None) -> None:
        """Close all engines but one: the ladder makes room until `reopen`."""
        self._set_open([serving] if serving else [], self._resting)
        self._pool.keep([serving.point] if serving else [])

    def clear(self) -> None:
        """Nothing serves and nothing is open."""
        self._serve.swap(None)
        self.keep_only(None)

    def open(self, rung: Rung) -> Serving:
        """The rung with its engine.

        Raises:
            EngineError, SignatureError: as EnginePool says.
        """
        return self._pool.serving(rung)

    def try_open(self, rung: Rung) -> Serving | None:
        """The rung with its engine; None, and a line in the log, when it cannot be opened."""
        try:
            return self.open(rung)
        except FAULTS as error:
            log.warning("variant %s cannot be opened: %s", rung.point.variant, error)
            return None

    def _settle_on(self, rungs: Sequence[Rung]) -> list[Serving]:
        """Make those that can be opened the ladder, which may step again."""
        opened = [serving for serving in map(self.try_open, rungs) if serving is not None]
        self._set_open(opened, resting=False)
        self._ladder = [serving.rung for serving in opened]
        works = {work_of(rung.point) for rung in self._ladder}
        self._served_ms = {work: ms for work, ms in self._served_ms.items() if work in works}
        return opened

    def _set_open(self, rungs: list[Serving], resting: bool) -> None:
        """What may be stepped to from now on; rare frames are compared with the best of it, those
        of the best one with the next."""
        with self._switch:
            self._open, self._resting = rungs, resting
            self._serve.references = tuple(by_accuracy(rungs, self._serve.regime))
