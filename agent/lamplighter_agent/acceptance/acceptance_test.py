"""Runs the acceptance test of a candidate beside what serves: a frame, golden frames, a trial."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Desired, Limits, OperatingPoint, Regime, Rung, Trial
from lamplighter_wire.rules.limits import capped_fps, latency_limit_ms, work_limits
from lamplighter_wire.statistics import percentile

from lamplighter_agent.acceptance.candidates import Candidates
from lamplighter_agent.acceptance.golden_frames import NO_GOLDEN_FRAMES, golden_agreement
from lamplighter_agent.acceptance.paired_run import PairedRun, sample_of
from lamplighter_agent.acceptance.sample import Sample
from lamplighter_agent.acceptance.street_gaps import NEVER_ENDS_S, StreetGaps
from lamplighter_agent.acceptance.trial import Question, judge_first, run_trial
from lamplighter_agent.acceptance.verdict import PASSED, Verdict
from lamplighter_agent.camera.frame import Frame, frame_of
from lamplighter_agent.errors import CalledOffError
from lamplighter_agent.inference.idle_slots import IdleSlots
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.operating_points import accuracy, same_work
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.runtimes.engine import Images, Outputs
from lamplighter_agent.settings import AgentSettings

# The trial waits this long for frames of the camera, then runs on a grey picture.
FRAMES_WAIT_S = 3.0
LEAST_FRAMES = 2
# Frames in service before the trial that make a baseline.
BASELINE_FRAMES = 10


@dataclass(frozen=True, slots=True)
class AcceptanceResult:
    """The verdict on a candidate, and what it rests on.

    `golden_f1` is -1 where the manifest has no golden frames, `trial` None where none was needed.
    """

    verdict: Verdict
    golden_f1: float
    trial: Trial | None = None


# Width and height of what stands for a picture of a camera that gives none.
GREY = (640, 480)


class AcceptanceTest:
    """Golden frames and trials on this device, of candidates that can be stopped at any time."""

    def __init__(
        self,
        settings: AgentSettings,
        clock: Clock,
        read: Callable[[str], bytes],
        candidates: Candidates,
        serve: InService,
        idle: IdleSlots,
    ) -> None:
        self._settings, self._clock, self._read = settings, clock, read
        self._candidates, self._serve, self._idle = candidates, serve, idle

    def follow_settings(self, settings: AgentSettings) -> None:
        """Go by these from now on."""
        self._settings = settings

    def run(
        self, desired: Desired, incumbent: Serving | None, abort: Callable[[], bool]
    ) -> AcceptanceResult:
        """Whether the desired primary may serve in place of the incumbent.

        Raises:
            EngineError: it cannot be loaded or run, or not in time.
            MemoryError: it takes more than is free.
            CalledOffError: `abort` says so.
        """
        with self._candidates.open(desired.primary, abort) as candidate:
            # Where only thresholds or rate differ there is nothing to compare.
            if incumbent is not None and same_work(candidate.point, incumbent.point):
                f1, verdict = self._golden(candidate, self._gaps(candidate, took_s=0.0))
                return AcceptanceResult(verdict, f1)
            question = self._question(desired, candidate, incumbent)
            return self._prove(question, candidate, incumbent, abort)

    def run_for_ladder(
        self, rung: Rung, limits: Limits, abort: Callable[[], bool]
    ) -> AcceptanceResult:
        """Golden frames and hard limits only: a rung is meant for another street than today's.

        Raises:
            EngineError, MemoryError, CalledOffError: as in `run`.
        """
        question = Question(latency_limit_ms=self._limits_of_run(limits).latency_p95_ms)
        with self._candidates.open(rung, abort) as candidate:
            return self._prove(question, candidate, None, abort)

    def _gaps(self, candidate: Serving, took_s: float = NEVER_ENDS_S) -> StreetGaps:
        return StreetGaps(self._serve, self._idle, candidate, took_s)

    def _prove(
        self,
        question: Question,
        candidate: Serving,
        incumbent: Serving | None,
        abort: Callable[[], bool],
    ) -> AcceptanceResult:
        """A single frame first, then golden frames, then the trial: each may be the last."""
        frames, gaps = self._frames(abort), self._gaps(candidate)
        verdict = self._first_frame(question, candidate, frames[-1], gaps)
        if not verdict.passed:
            return AcceptanceResult(verdict, NO_GOLDEN_FRAMES)
        f1, verdict = self._golden(candidate, gaps)
        if not verdict.passed:
            return AcceptanceResult(verdict, f1)
        verdict, trial = self._trial(question, candidate, incumbent, frames, gaps, abort)
        return AcceptanceResult(verdict, f1, trial)

    def _first_frame(
        self, question: Question, candidate: Serving, frame: Frame, gaps: StreetGaps
    ) -> Verdict:
        """What it takes at all, beside the street: nothing is known of it yet.

        Its first run counts only where it is quick: runtimes plan their memory on it.
        """
        times_ms: list[float] = []
        verdict: Verdict | None = None
        while verdict is None:
            times_ms.append(candidate.infer(frame, self._serve.regime).latency_ms)
            verdict = judge_first(question, times_ms, gaps.spare_s * 1e3)
        gaps.took_s = min(times_ms) / 1e3
        return verdict

    def _golden(self, candidate: Serving, gaps: StreetGaps) -> tuple[float, Verdict]:
        def infer(images: Images) -> Outputs:
            def held() -> Outputs:
                with gaps.gap(gaps.took_s):
                    return candidate.engine.infer(images)

            return gaps.run(held, lambda: candidate.engine.infer(images))

        agreement = golden_agreement(candidate.task, infer, candidate.manifest, self._read)
        least = candidate.manifest.golden_min_f1
        if agreement < 0 or agreement >= least:
            return agreement, PASSED
        text = f"{agreement:.3f} agreement on the golden frames, at least {least:.2f} wanted"
        return agreement, Verdict(ReasonCode.LESS_ACCURATE, text)

    def _trial(
        self,
        question: Question,
        candidate: Serving,
        incumbent: Serving | None,
        frames: Sequence[Frame],
        gaps: StreetGaps,
        abort: Callable[[], bool],
    ) -> tuple[Verdict, Trial]:
        dropped, regime = self._serve.dropped, self._serve.regime
        needed_s = gaps.took_s

        def take(index: int) -> Sample:
            nonlocal needed_s
            if abort():
                raise CalledOffError("called off")
            frame = frames[index % len(frames)]

            def held() -> Sample:
                sample = self._beside(candidate, incumbent, index, needed_s)
                if sample is None:
                    with gaps.gap(needed_s):
                        sample = pair(candidate, incumbent, frame, index, regime)
                return sample

            sample = gaps.run(held, lambda: apart(candidate, incumbent, frame, regime, gaps))
            gaps.took_s = sample.candidate_ms / 1e3
            needed_s = (sample.candidate_ms + sample.incumbent_ms) / 1e3
            return sample

        return run_trial(take, question, lambda: self._serve.dropped - dropped)

    def _beside(
        self, candidate: Serving, incumbent: Serving | None, index: int, needed_s: float
    ) -> Sample | None:
        """A pair on the next frame served, where the gaps are too short for one."""
        if incumbent is None or self._serve.serving is not incumbent or self._idle.fits(needed_s):
            return None
        paired = PairedRun(candidate, incumbent, begins=index % 2 == 0)
        with self._serve.beside_next_frame(paired):
            return paired.sample(self._serve.next_frame_s + IdleSlots.PATIENCE_S)

    def _frames(self, abort: Callable[[], bool]) -> list[Frame]:
        """Recent frames of the camera; a grey picture when it gives none."""
        deadline = self._clock.monotonic() + FRAMES_WAIT_S
        while len(self._serve.recent) < LEAST_FRAMES and self._clock.monotonic() < deadline:
            if abort():
                raise CalledOffError("called off")
            self._clock.sleep(0.05)
        settings = self._settings
        size = (settings.camera_height or GREY[1], settings.camera_width or GREY[0], 3)
        return self._serve.recent or [frame_of(np.full(size, 128, np.uint8))]

    def _question(
        self, desired: Desired, candidate: Serving, incumbent: Serving | None
    ) -> Question:
        settings, policy = self._settings, desired.policy
        fps = self._demanded_fps(candidate.point)
        alone = Question(
            predicted=desired.primary.predicted,
            slower_tolerance=policy.slower_tolerance,
            latency_limit_ms=latency_limit_ms(
                self._limits_of_run(desired.limits), fps, policy.slot_share
            ),
            power_limit_w=desired.limits.power_w or settings.power_budget_w,
            fps=fps,
            idle_w=settings.idle_w,
            active_w_per_core=settings.active_w_per_core,
            beside_cores=self._serve.beside_cores,
        )
        if incumbent is None:
            return alone
        regime = self._serve.regime
        lighter = candidate.manifest.memory_bytes < incumbent.manifest.memory_bytes
        return replace(
            alone,
            incumbent=True,
            baseline_p50_ms=self._baseline_ms(),
            candidate_ap50=accuracy(candidate, regime),
            incumbent_ap50=accuracy(incumbent, regime),
            buys_memory=lighter and "memory" in desired.trades,
            buys_accuracy=buys_accuracy(desired),
        )

    def _limits_of_run(self, limits: Limits) -> Limits:
        """A trial sees runs alone; in service each frame waits for those of other streams."""
        return work_limits(limits, len(self._serve.streams))

    def _baseline_ms(self) -> float:
        latencies = self._serve.served().latencies_ms[-100:]
        return percentile(latencies, 50) if len(latencies) >= BASELINE_FRAMES else 0.0

    def _demanded_fps(self, point: OperatingPoint) -> float:
        """Of all streams now; before anything is served, what the plan was made for."""
        if self._serve.serving is None and point.fps:
            return point.fps
        demand = self._serve.fps_accepted
        return capped_fps(demand, point.fps)


def apart(
    candidate: Serving, incumbent: Serving | None, frame: Frame, regime: Regime, gaps: StreetGaps
) -> Sample:
    """The same where the candidate may keep nobody waiting: it runs beside the street.

    Raises:
        EngineError, SourceError: as in `pair`.
    """
    mine = candidate.infer(frame, regime)
    if incumbent is None:
        return Sample(mine.latency_ms, candidate_cpu_s=mine.cpu_s)
    with gaps.gap():
        theirs = incumbent.infer(frame, regime)
    return sample_of(candidate.task, mine, theirs)


def pair(
    candidate: Serving, incumbent: Serving | None, frame: Frame, index: int, regime: Regime
) -> Sample:
    """Run both on one frame as in a regime, taking turns in who begins.

    Raises:
        EngineError: the runtime failed.
        SourceError: the picture cannot be scaled.
    """
    if incumbent is None:
        alone = candidate.infer(frame, regime)
        return Sample(alone.latency_ms, candidate_cpu_s=alone.cpu_s)
    if index % 2:
        theirs = incumbent.infer(frame, regime)
        mine = candidate.infer(frame, regime)
    else:
        mine = candidate.infer(frame, regime)
        theirs = incumbent.infer(frame, regime)
    return sample_of(candidate.task, mine, theirs)


def buys_accuracy(desired: Desired) -> bool:
    """Whether the plan knows of a gain that no manifest tells, or an operator wants it so."""
    predicted, trades = desired.primary.predicted, desired.trades
    known = bool(predicted.ap50_basis) and "accuracy" in trades
    counts = bool(predicted.count_error_basis) and "counts" in trades
    return known or counts or "operator" in trades
