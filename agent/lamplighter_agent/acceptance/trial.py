"""Whether a candidate may serve: golden frames, hard limits, and a paired sequential trial.

The trial compares candidate and incumbent on the same recent frames, in turn, so that what else
the machine does falls on both alike. It looks at the pairs at most six times and stops as soon
as every question is answered. Intervals of medians are distribution-free (order statistics, from
the binomial); each look spends the nominal level of Pocock (Biometrika 64, 1977) for six looks,
so that all looks together err with at most 5 %. The first look comes early, because pairs take
turns with a slow camera's frames: it answers only what is clear.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Prediction, Trial
from lamplighter_wire.policy.device_policy import DEFAULTS
from lamplighter_wire.statistics import Band, median_band, p95_above, percentile

from lamplighter_agent.acceptance.sample import Sample
from lamplighter_agent.acceptance.verdict import PASSED, Verdict

LOOKS = (8, 14, 20, 30, 45, 60)
# Looks with fewer pairs pass nothing that is merely likely.
FULL_LOOK = 20
# Few samples say little about a tail: early, every time must lie below this part of the limit.
# Probation watches the rest.
EARLY_HEADROOM = 0.85
# What a single frame takes beside a busy street says little: only so many times the limit is too
# much, and only when it is so in each of a few runs.
FIRST_FRAME_SLACK = 3.0
FIRST_FRAMES = 3
# Gains below these are none: the resolution of a short trial, and of accuracy tables.
LEAST_TIME_GAIN = 0.02
LEAST_AP_GAIN = 0.001
NO_PREDICTION = Prediction()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the trial must answer. Limits of 0 are none, and so are figures of 0."""

    predicted: Prediction = NO_PREDICTION
    slower_tolerance: float = DEFAULTS.slower_tolerance
    latency_limit_ms: float = 0.0
    power_limit_w: float = 0.0
    fps: float = 0.0
    idle_w: float = 0.0
    active_w_per_core: float = 0.0
    beside_cores: float = 0.0  # what the agent takes beside detection, in service
    incumbent: bool = False
    baseline_p50_ms: float = 0.0  # incumbent in service just before; 0: as in the trial
    candidate_ap50: float = 0.0
    incumbent_ap50: float = 0.0
    buys_memory: bool = False  # the plan wants the memory, and the candidate takes less
    buys_accuracy: bool = False  # so the plan says, which knows of the site what no manifest does


def run_trial(
    take: Callable[[int], Sample], question: Question, lost: Callable[[], int] = lambda: 0
) -> tuple[Verdict, Trial]:
    """Take pairs until every question is answered. `take(i)` measures pair i."""
    samples: list[Sample] = []
    for look in LOOKS:
        samples += [take(i) for i in range(len(samples), look)]
        verdict = judge(question, samples, final=look == LOOKS[-1])
        if verdict is not None:
            break
    assert verdict is not None  # noqa: S101 - the final look always answers
    return verdict, summary(samples, question.incumbent, lost())


def judge_first(question: Question, times_ms: Sequence[float], spare_ms: float) -> Verdict | None:
    """Whether a candidate is worth a trial, after its first runs on a single frame.

    Args:
        spare_ms: what the street can wait for; a candidate that is quicker needs no second look.

    Returns:
        None while another run could change it.
    """
    best_ms, limit_ms = min(times_ms), question.latency_limit_ms
    most_ms = FIRST_FRAME_SLACK * limit_ms
    if best_ms <= min(spare_ms, most_ms or spare_ms):
        return PASSED
    if len(times_ms) < FIRST_FRAMES:
        return None
    if limit_ms and best_ms > most_ms:
        text = f"{best_ms:.0f} ms for its first frame, limit {limit_ms:.1f} ms"
        return Verdict(ReasonCode.OVER_BUDGET, text)
    return PASSED


def judge(question: Question, samples: Sequence[Sample], *, final: bool) -> Verdict | None:
    """A verdict, or None while more pairs could change it."""
    undecided = False
    for check in (_budget, _speed, _gain):
        answer = check(question, samples, final)
        if answer is None:
            undecided = True
        elif not answer.passed:
            return answer
    return None if undecided and not final else PASSED


def summary(samples: Sequence[Sample], incumbent: bool, lost_frames: int = 0) -> Trial:
    """The figures for the report."""
    candidate_ms = [s.candidate_ms for s in samples]
    incumbent_ms = [s.incumbent_ms for s in samples] if incumbent else []
    ratio = _ratio(samples) if incumbent else Band(0.0, 0.0, 0.0)
    return Trial(
        pairs=len(samples),
        candidate_p50_ms=percentile(candidate_ms, 50),
        candidate_p95_ms=percentile(candidate_ms, 95),
        incumbent_p50_ms=percentile(incumbent_ms, 50),
        incumbent_p95_ms=percentile(incumbent_ms, 95),
        ratio=ratio.middle,
        ratio_low=ratio.low,
        ratio_high=ratio.high,
        agreement_f1=float(np.mean([s.agreement_f1 for s in samples])) if incumbent else 0.0,
        lost_frames=lost_frames,
    )


# --- the three checks of "do no harm"; None: not answered yet


def _budget(question: Question, samples: Sequence[Sample], final: bool) -> Verdict | None:
    """(a) a hard limit is broken at the demanded frame rate."""
    early = _is_early(samples, final)
    power = _power(question, samples, early)
    if power is None or not power.passed:
        return power
    limit = question.latency_limit_ms
    times = [s.candidate_ms for s in samples]
    p95 = percentile(times, 95)
    if not limit or (max(times) < EARLY_HEADROOM * limit if early else p95 <= limit):
        return PASSED
    if p95 > limit and p95_above(times, limit, sure=early):
        text = f"p95 {p95:.1f} ms at {question.fps:.1f} fps, limit {limit:.1f} ms"
        return Verdict(ReasonCode.OVER_BUDGET, text)
    return PASSED if final else None


def _power(question: Question, samples: Sequence[Sample], early: bool) -> Verdict | None:
    """Average power at the demanded rate; early, its whole interval must lie on one side."""
    limit = question.power_limit_w
    if not limit:
        return PASSED
    cpu_s = median_band([s.candidate_cpu_s for s in samples])
    power = Band(*(_watts(question, cpu) for cpu in (cpu_s.low, cpu_s.middle, cpu_s.high)))
    if (power.low if early else power.middle) > limit:
        text = f"{power.middle:.2f} W at {question.fps:.1f} fps, limit {limit:.2f} W"
        return Verdict(ReasonCode.OVER_BUDGET, text)
    return None if early and power.high > limit else PASSED


def _watts(question: Question, detection_cpu_s: float) -> float:
    """Of the whole agent, as telemetry states it: the trial itself sees detection only."""
    cores = question.fps * detection_cpu_s + question.beside_cores
    return question.idle_w + cores * question.active_w_per_core


def _speed(question: Question, samples: Sequence[Sample], final: bool) -> Verdict | None:
    """(b) slower than predicted by more than the tolerance, outside its interval.

    Where the predictor states a wider error band (a first prediction for an unknown device), that
    is the tolerance.
    """
    predicted = question.predicted.latency_p50_ms
    if predicted <= 0:
        return PASSED
    tolerance = max(question.slower_tolerance, question.predicted.latency_rel_error)
    limit = predicted * (1 + tolerance)
    latency_ms = _latency(question, samples)
    if latency_ms.low > limit:
        measured = f"p50 {latency_ms.middle:.1f} ms (at least {latency_ms.low:.1f})"
        text = f"{measured}, predicted {predicted:.1f} ms"
        return Verdict(ReasonCode.SLOWER, text)
    clear = latency_ms.high if _is_early(samples, final) else latency_ms.middle
    return PASSED if final or clear <= limit else None


def _latency(question: Question, samples: Sequence[Sample]) -> Band:
    """Median of the candidate; paired, on the scale of what the incumbent takes in service."""
    if not question.incumbent:
        return median_band([s.candidate_ms for s in samples])
    ratio = _ratio(samples)
    in_trial = percentile([s.incumbent_ms for s in samples], 50)
    # A load that came with the trial weighs on both: the ratio is free of it, the baseline too.
    baseline = min(question.baseline_p50_ms or in_trial, in_trial)
    return Band(ratio.low * baseline, ratio.middle * baseline, ratio.high * baseline)


def _gain(question: Question, samples: Sequence[Sample], final: bool) -> Verdict | None:
    """(c) dominated: no better in latency, energy, accuracy or memory that the plan wants."""
    if not question.incumbent or question.buys_memory:
        return PASSED
    if _is_more_accurate(question):
        return PASSED
    ratio = _ratio(samples)
    energy = _cpu_ratio(samples)
    if ratio.high < 1 or energy.high < 1:
        return PASSED
    shown_worse = ratio.low >= 1 and energy.low >= 1
    if not final and not shown_worse:
        return None
    if min(ratio.middle, energy.middle) <= 1 - LEAST_TIME_GAIN:
        return PASSED
    text = f"latency x{ratio.middle:.2f}, CPU x{energy.middle:.2f}, accuracy no better"
    return Verdict(ReasonCode.DOMINATED, text)


def _is_more_accurate(question: Question) -> bool:
    tabled = question.candidate_ap50 >= question.incumbent_ap50 + LEAST_AP_GAIN
    return question.buys_accuracy or tabled


def _is_early(samples: Sequence[Sample], final: bool) -> bool:
    return len(samples) < FULL_LOOK and not final


# --- statistics


def _ratio(samples: Sequence[Sample]) -> Band:
    return median_band([s.candidate_ms / max(s.incumbent_ms, 1e-6) for s in samples])


def _cpu_ratio(samples: Sequence[Sample]) -> Band:
    """Ratio of CPU time; 1 where it was not measured."""
    pairs = [(s.candidate_cpu_s, s.incumbent_cpu_s) for s in samples]
    return median_band([a / b if b > 0 else 1.0 for a, b in pairs])
