"""What an arm's day on a device comes to: pure sums over its hours."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from lamplighter_demo.benchmarks.day.arms import CostsMs, Setting
from lamplighter_demo.benchmarks.day.street_replays import Served

HOUR_S = 3600.0
# A trial takes so many pairs at most, candidate and incumbent each.
TRIAL_PAIRS = 60
DRAWS, SEED = 2000, 24


class DayRow(msgspec.Struct, frozen=True, kw_only=True):
    """An arm's day on a device; seconds are of the processor, energy is above idle.

    Attributes:
        settings: regime -> what served, in words.
        by_hour_s: of network and gate, from midnight on.
        trials_s: of trials that its changes of the point take.
        watts: of an active core, as the device's settings say: joules are an estimate by it.
        off, true: crossings of the day, clips standing for their hours.
        clips: name -> the same of each, all of its hours together.
    """

    device: str
    camera: str
    arm: str
    settings: dict[str, str]
    frames: float
    rested: float
    by_hour_s: list[float]
    trials_s: float
    watts: float
    off: float
    true: float
    clips: dict[str, tuple[float, float]]

    @property
    def cpu_s(self) -> float:
        """Of the day, trials included."""
        return sum(self.by_hour_s) + self.trials_s

    @property
    def joules(self) -> float:
        """Estimated: processor seconds by the watts of a busy core."""
        return self.cpu_s * self.watts

    @property
    def error(self) -> float:
        """Crossings counted too much and too little over all true ones."""
        return self.off / max(self.true, 1e-9)


class ServedHour(msgspec.Struct, frozen=True, kw_only=True):
    """A clip as it was served, and by what. `regime`: of the clip."""

    clip: str
    regime: str
    setting: Setting
    served: Served


def day_row(
    device: str,
    camera: str,
    arm: str,
    hours: Sequence[ServedHour],
    costs_ms: CostsMs,
    watts: float,
) -> DayRow:
    """Sums over the hours, each as often as its clip fits into it."""
    times = [HOUR_S / hour.served.replayed.seconds for hour in hours]
    pairs = list(zip(hours, times, strict=True))
    return DayRow(
        device=device,
        camera=camera,
        arm=arm,
        settings=_settings(hours),
        frames=sum(hour.served.replayed.frames * n for hour, n in pairs),
        rested=sum(hour.served.replayed.rested * n for hour, n in pairs),
        by_hour_s=[round(_spent_s(hour, costs_ms) * n, 3) for hour, n in pairs],
        trials_s=trials_s([hour.setting for hour in hours], costs_ms),
        watts=watts,
        off=sum(hour.served.off * n for hour, n in pairs),
        true=sum(hour.served.true * n for hour, n in pairs),
        clips=_by_clip(pairs),
    )


def _settings(hours: Iterable[ServedHour]) -> dict[str, str]:
    """By regime, all that served in it."""
    found: dict[str, dict[str, None]] = {}
    for hour in hours:
        found.setdefault(hour.regime, {})[in_words(hour.setting)] = None
    return {regime: "; ".join(words) for regime, words in found.items()}


def _by_clip(pairs: Iterable[tuple[ServedHour, float]]) -> dict[str, tuple[float, float]]:
    sums: dict[str, tuple[float, float]] = {}
    for hour, times in pairs:
        off, true = sums.get(hour.clip, (0.0, 0.0))
        sums[hour.clip] = off + hour.served.off * times, true + hour.served.true * times
    return sums


def _spent_s(hour: ServedHour, costs_ms: CostsMs) -> float:
    replayed, cost_ms = hour.served.replayed, costs_ms[hour.setting.work]
    gate_s = replayed.gate_s if hour.setting.rests else 0.0
    return replayed.frames * cost_ms / 1e3 + gate_s


def trials_s(settings: Iterable[Setting], costs_ms: CostsMs) -> float:
    """Of each network or size beyond the first of the day, beside that first one: what a device
    has proven it steps to without another trial."""
    works = list(dict.fromkeys(setting.work for setting in settings))
    pairs_ms = [costs_ms[works[0]] + costs_ms[work] for work in works[1:]]
    return TRIAL_PAIRS * sum(pairs_ms) / 1e3


def in_words(setting: Setting) -> str:
    """As tables say it."""
    rests = ", rests" if setting.rests else ""
    return f"{setting.network} {setting.way} {setting.size} ≤{setting.fps:g}/s{rests}"


def over_devices(rows: Iterable[DayRow]) -> dict[str, list[DayRow]]:
    """By arm, in order."""
    arms: dict[str, list[DayRow]] = {}
    for row in rows:
        arms.setdefault(row.arm, []).append(row)
    return arms


def total_error(rows: Sequence[DayRow]) -> float:
    """Over the devices' days together."""
    return sum(row.off for row in rows) / max(sum(row.true for row in rows), 1e-9)


def more_error_between(rows: Sequence[DayRow], fixed: Sequence[DayRow]) -> tuple[float, float]:
    """What they are further off than the fixed choices, at 95 %: clips are drawn anew, the same
    ones for both."""
    clips = sorted({clip for row in rows for clip in row.clips})
    here, there = (np.array([_of_clip(some, c) for c in clips]) for some in (rows, fixed))
    drawn = np.random.default_rng(SEED).integers(0, len(clips), (DRAWS, len(clips)))
    more = _errors(here[drawn]) - _errors(there[drawn])
    low, high = np.percentile(more, (2.5, 97.5))
    return float(low), float(high)


def _of_clip(rows: Iterable[DayRow], clip: str) -> tuple[float, float]:
    of_clip = [row.clips[clip] for row in rows if clip in row.clips]
    return sum(off for off, _ in of_clip), sum(true for _, true in of_clip)


def _errors(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """[draws] of off and true [draws, clips, 2]."""
    sums = drawn.sum(axis=1)
    return np.asarray(sums[:, 0] / np.maximum(sums[:, 1], 1e-9))


def total_joules(rows: Sequence[DayRow]) -> float:
    """Of the devices together."""
    return sum(row.joules for row in rows)


def less_energy(rows: Sequence[DayRow], fixed: Mapping[str, DayRow]) -> float:
    """How many times less than the fixed choices take on the same devices."""
    return total_joules([fixed[row.device] for row in rows]) / max(total_joules(rows), 1e-9)
