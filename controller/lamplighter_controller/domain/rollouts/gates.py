"""Whether canaries are worse off than before: a sequential test on what they measure. Pure.

Each device is compared with its own past, less what the control group has changed meanwhile, so
that the hour of the day and the weather fall out. A block of windows in which a figure is worse by
more than the tolerance is a strike. Strikes are tested one after the other by Wald's sequential
probability ratio test: as many as chance gives (`USUAL`) against as many as harm gives (`HARMFUL`).
It asks for no distribution, and may be looked at after each block. What is cleared is tested on
from there, as in Page's cumulative sums ("Continuous
Inspection Schemes", 1954): harm may come late.

Every canary stands for its hardware class or regime and is tested by itself, and all are together:
harm to one class is not outweighed by the others, and a little harm to all adds up.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, zip_longest
from math import log
from statistics import median

import msgspec

# Windows of one device are alike: the median of so many is one look at it.
BLOCK_WINDOWS = 3
USUAL, HARMFUL = 0.2, 0.6
# Of a false alarm over all figures together, and of harm that is overlooked, of each figure.
FALSE_ALARM, OVERLOOKED = 0.01, 0.05
FIGURES = ("latency", "energy", "dropped", "agreement", "track_breaks", "imbalance")
RELATIVE = ("latency", "energy")

# A canary that has had so many looks without an answer of its own is judged with the others.
MOST_LOOKS = 20
_CLEAR_AT = log(OVERLOOKED / (1 - FALSE_ALARM / len(FIGURES)))
# What is long clear is no more than that: harm would come to light too late.
_FLOOR = 2.0 * _CLEAR_AT
_STRIKE, _CLEAN = log(HARMFUL / USUAL), log((1 - HARMFUL) / (1 - USUAL))


class Tolerances(msgspec.Struct, frozen=True, kw_only=True):
    """How much worse a figure may be: a share of p95 latency and energy per frame; the difference
    in the share of dropped frames, in the agreement with the reference, in breaks of tracks a
    minute, and in the imbalance of counts."""

    latency: float = 0.2
    energy: float = 0.2
    dropped: float = 0.02
    agreement: float = 0.05
    track_breaks: float = 3.0
    imbalance: float = 0.1


@dataclass(frozen=True)
class Look:
    """A device's figures in a block of windows; None: not told. Higher is worse."""

    latency: float | None = None
    energy: float | None = None
    dropped: float | None = None
    agreement: float | None = None  # 1 less the agreement
    track_breaks: float | None = None  # a minute
    imbalance: float | None = None  # of what comes and goes, 0 to 1


@dataclass(frozen=True)
class Watch:
    """What a device measured before it was told, and since."""

    device: str
    past: Sequence[Look]
    since: Sequence[Look]


class GateState(StrEnum):
    """What a gate says."""

    UNDECIDED = "undecided"
    NO_HARM = "no_harm"
    HARM = "harm"


@dataclass(frozen=True)
class CanaryVerdict:
    """What is known of the canaries, with the reasons by figure."""

    state: GateState
    reasons: tuple[str, ...] = ()


def looks(windows: Sequence[Look]) -> list[Look]:
    """Medians of blocks; windows of a block that is not full yet are left out."""
    whole = range(0, len(windows) - BLOCK_WINDOWS + 1, BLOCK_WINDOWS)
    blocks = (windows[i : i + BLOCK_WINDOWS] for i in whole)
    return [Look(**{name: _median(block, name) for name in FIGURES}) for block in blocks]


def judge(
    canaries: Sequence[Watch],
    control: Sequence[Watch],
    tolerances: Tolerances,
    figures: Sequence[str] = FIGURES,
) -> CanaryVerdict:
    """Harm where one figure shows it; no harm where all that can be compared show none."""
    found = [
        (name, figure_state(name, canaries, control, getattr(tolerances, name))) for name in figures
    ]
    known = [(name, state) for name, state in found if state is not None]
    if not known:
        has_past = any(watch.past for watch in canaries)
        state = GateState.UNDECIDED if has_past else GateState.NO_HARM
        return CanaryVerdict(state, ("nothing to compare with",))
    reasons = tuple(f"{name}: {_WORDS[state]}" for name, state in known)
    states = {state for _, state in known}
    for state in (GateState.HARM, GateState.UNDECIDED):
        if state in states:
            return CanaryVerdict(state, reasons)
    return CanaryVerdict(GateState.NO_HARM, reasons)


_WORDS = {
    GateState.HARM: "worse than before and than the control group",
    GateState.UNDECIDED: "not decided yet",
    GateState.NO_HARM: "no worse",
}


def figure_state(
    name: str, canaries: Sequence[Watch], control: Sequence[Watch], tolerance: float
) -> GateState | None:
    """Of one figure; None where no canary has told it before."""
    telling = [watch for watch in canaries if _median(watch.past, name) is not None]
    if not telling:
        return None
    limit = _drift(name, control) + tolerance
    alone = telling if len(telling) > 1 else []
    found = {sequential_test(_strikes(name, telling, limit), 1 + len(alone))}
    found |= {_alone(name, watch, limit, 1 + len(alone)) for watch in alone}
    for state in (GateState.HARM, GateState.UNDECIDED):
        if state in found:
            return state
    return GateState.NO_HARM


def _alone(name: str, watch: Watch, limit: float, tests: int) -> GateState:
    state = sequential_test(_strikes(name, [watch], limit), tests)
    is_late = state is GateState.UNDECIDED and len(watch.since) >= MOST_LOOKS
    return GateState.NO_HARM if is_late else state


def _strikes(name: str, watches: Sequence[Watch], limit: float) -> Iterator[bool]:
    return (change > limit for change in _interleaved(name, watches))


def sequential_test(strikes: Iterable[bool], tests: int = 1) -> GateState:
    """Wald's test, which goes on once it is clear: harm whenever the evidence is enough.

    `tests`: that are made of a figure; their false alarms together are as seldom as stated.
    """
    evidence, is_clear = 0.0, False
    harm_at = log((1 - OVERLOOKED) * len(FIGURES) * tests / FALSE_ALARM)
    for strike in strikes:
        evidence = max(_FLOOR, evidence + (_STRIKE if strike else _CLEAN))
        is_clear = is_clear or evidence <= _CLEAR_AT
        if evidence >= harm_at:
            return GateState.HARM
    return GateState.NO_HARM if is_clear and evidence <= 0.0 else GateState.UNDECIDED


def _drift(name: str, control: Sequence[Watch]) -> float:
    """What has changed for those that were told nothing."""
    found = list(chain.from_iterable(changes(name, watch) for watch in control))
    return median(found) if found else 0.0


def _interleaved(name: str, watches: Sequence[Watch]) -> Iterator[float]:
    """Changes of all devices, the oldest look of each first."""
    rounds = zip_longest(*(changes(name, watch) for watch in watches))
    return (change for looks_ in rounds for change in looks_ if change is not None)


def changes(name: str, watch: Watch) -> list[float]:
    """By how much each look since is worse than the past."""
    before = _median(watch.past, name)
    since = [value for look in watch.since if (value := getattr(look, name)) is not None]
    if before is None or (name in RELATIVE and before <= 0):
        return []
    return [value / before - 1 if name in RELATIVE else value - before for value in since]


def _median(block: Sequence[Look], name: str) -> float | None:
    told = [value for look in block if (value := getattr(look, name)) is not None]
    return median(told) if told else None
