"""What the shift detector remembers: the accepted workload, and the samples that matter. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lamplighter_wire.messages import Workload

from lamplighter_agent.monitoring.signal_cycle import HISTORY_S, STEP_S, signal_cycle_s

# The cycle of a light is estimated this often: it hardly ever changes.
LEARN_S = 30.0


@dataclass(frozen=True, slots=True)
class WorkloadSample:
    """What was seen at one moment."""

    at: float  # wall time
    objects: float  # visible
    brightness: float  # 0 to 1
    rain: float  # 0 to 1
    fps_demand: float  # over the motion window
    motion: float = 0.0  # pixels per second


@dataclass(frozen=True, slots=True)
class ShiftState:
    """A value: the accepted workload and the samples that still matter."""

    workload: Workload | None = None
    assumed: Workload | None = None
    samples: tuple[WorkloadSample, ...] = ()
    shifts: tuple[float, ...] = ()  # wall times of the last hour's changes of regime
    demand_shifts: tuple[float, ...] = ()  # and of changes of the demanded rate alone
    crowd: tuple[tuple[float, float], ...] = ()  # (wall time, objects) of the last ten minutes
    cycle_s: float = 0.0  # of the traffic light, as learned; 0: not known
    learned_at: float = 0.0  # wall time


def recent(state: ShiftState, seconds: float, of: Callable[[WorkloadSample], float]) -> list[float]:
    """Values of at most the last `seconds`."""
    begin = state.samples[-1].at - seconds
    return [of(sample) for sample in state.samples if sample.at > begin]


def two_cycles_s(state: ShiftState, scale: float, at_least_s: float) -> float:
    """Length of two signal cycles as learned, on a time scale."""
    return max(at_least_s, 2 * state.cycle_s * scale)


def learn_cycle(state: ShiftState, sample: WorkloadSample) -> ShiftState:
    """Remember the count, and estimate the light's cycle again when that is due.

    A cycle that no longer shows is kept: at night there are no queues to see it by.
    """
    if state.crowd and sample.at - state.crowd[-1][0] < 0.9 * STEP_S:
        return state
    crowd = tuple(count for count in state.crowd if count[0] >= sample.at - HISTORY_S)
    state = replace(state, crowd=(*crowd, (sample.at, sample.objects)))
    if sample.at - state.learned_at < LEARN_S:
        return state
    cycle_s = signal_cycle_s(state.crowd) or state.cycle_s
    return replace(state, cycle_s=cycle_s, learned_at=sample.at)
