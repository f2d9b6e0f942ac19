"""When a shift began, and the figures it was seen in: pure."""

from collections.abc import Sequence
from itertools import accumulate

from lamplighter_wire.messages import Workload
from lamplighter_wire.statistics import percentile

from lamplighter_agent.monitoring.shift_settings import ShiftSettings
from lamplighter_agent.monitoring.workload_history import ShiftState, recent, two_cycles_s


def began_at(
    settings: ShiftSettings, state: ShiftState, before: Workload, after: Workload
) -> float:
    """Earliest beginning among the parts that changed."""
    dark = (settings.night_below + settings.day_above) / 2
    wet = (settings.rain_above + settings.dry_below) / 2
    full = (settings.jam_at + settings.free_at) / 2
    old, new = before.regime, after.regime
    sides: list[list[bool]] = []
    if old.light != new.light:
        sides.append([(s.brightness < dark) == (new.light == "night") for s in state.samples])
    if old.weather != new.weather:
        sides.append([(s.rain > wet) == (new.weather == "rain") for s in state.samples])
    if old.density != new.density:
        sides.append([(s.objects >= full) == (new.density == "jam") for s in state.samples])
    if not sides:
        middle = (before.fps_demand * after.fps_demand) ** 0.5
        rising = after.fps_demand > before.fps_demand
        sides.append([(s.fps_demand > middle) == rising for s in state.samples])
    return min(state.samples[change_point(side)].at for side in sides)


def evidence_of(settings: ShiftSettings, state: ShiftState) -> dict[str, float]:
    """The figures that a shift was told from."""
    density_s = two_cycles_s(state, settings.scale, settings.density_s)
    objects = recent(state, density_s, lambda s: s.objects)
    light = recent(state, settings.light_s, lambda s: s.brightness)
    weather = recent(state, settings.weather_s, lambda s: s.rain)
    return {
        "objects_median": percentile(objects, 50),
        "objects_p40": percentile(objects, 40),
        "objects_p60": percentile(objects, 60),
        "brightness_median": percentile(light, 50),
        "rain_median": percentile(weather, 50),
        "fps_demand": state.samples[-1].fps_demand,
        "motion_px_per_s": state.samples[-1].motion,
        "signal_cycle_s": state.cycle_s,
        "density_window_s": density_s,
        "motion_window_s": settings.motion_s,
        "fall_window_s": two_cycles_s(state, settings.scale, settings.fall_s),
        "light_window_s": settings.light_s,
        "time_scale": settings.scale,
    }


def change_point(is_new: Sequence[bool]) -> int:
    """Index from which the new state explains the samples best.

    The maximum-likelihood change point of two equally noisy states: where the cumulative sum of
    (-1 while new, +1 while old) from the end is least (Page, 1954).
    """
    if not is_new:
        return 0
    votes = list(accumulate(1 if new else -1 for new in reversed(is_new)))
    best = max(range(len(votes)), key=lambda i: votes[i])
    return len(is_new) - 1 - best
