"""Notice that the street has changed: pure, on an injected clock.

Robust windows with hysteresis and cool-down. Traffic lights are the reason for most of it: queues
and motion swing with every cycle, so density is judged by how large a part of at least two cycles
lies above or below its limits, and the demanded frame rate rises at once but falls only after two
cycles without need. How long a cycle is, is learned where it shows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from lamplighter_wire.messages import Regime, Shift, Workload
from lamplighter_wire.statistics import percentile
from lamplighter_wire.tasks.detection import JAM_OBJECTS

from lamplighter_agent.monitoring.signal_cycle import HISTORY_S, STEP_S, signal_cycle_s

# Shorter windows than these see single objects instead of the street.
LEAST_DENSITY_S = 10.0
LEAST_MOTION_S = 4.0
LEAST_LIGHT_S = 3.0
# Footage runs at true speed even where time is scaled: a shorter window would call every red light
# the end of need.
LEAST_FALL_S = 30.0
LEAST_COOLDOWN_S = 4.0
LEAST_RISE_S = 1.0
LEAST_SAMPLE_S = 0.25
HOUR_S = 3600.0
# The cycle of a light is estimated this often: it hardly ever changes.
LEARN_S = 30.0


@dataclass(frozen=True, slots=True)
class ShiftSettings:
    """Windows in seconds, and limits with their hysteresis."""

    density_s: float = 180.0  # two signal cycles, or longer where a longer one is learned
    motion_s: float = 30.0
    fall_s: float = 180.0  # without need, before the demanded rate falls: two signal cycles
    light_s: float = 10.0
    weather_s: float = 30.0
    cooldown_s: float = 60.0
    sample_s: float = 1.0  # samples closer together than this are skipped
    max_per_hour: float = 12.0  # changes of regime
    # Changes of the demanded rate alone are counted apart, so that they never silence a regime.
    demand_cooldown_s: float = 240.0
    # A rate that goes on rising is told again soon: frames are lost until it is known. Rises end at
    # the camera's rate, and what fell must have waited `fall_s`, so they cannot go on for ever.
    rise_cooldown_s: float = 30.0
    max_demand_per_hour: float = 8.0
    scale: float = 1.0  # of time against the defaults; below 1 in demonstrations
    jam_at: float = JAM_OBJECTS
    free_at: float = 0.75 * JAM_OBJECTS
    # Part of the window that must lie beyond a limit. More than half, so that a street which is
    # full for half of every cycle keeps the state it has.
    density_part: float = 0.6
    night_below: float = 0.1
    day_above: float = 0.13
    rain_above: float = 0.38
    dry_below: float = 0.28
    fall_ratio: float = 1.5
    # Plans leave room for a quarter more: what grows beyond that must be told.
    rise_ratio: float = 1.25

    @property
    def horizon_s(self) -> float:
        """The longest window, and one sample more: what must be remembered."""
        windows = (self.density_s, self.motion_s, self.fall_s, self.light_s, self.weather_s)
        return max(windows) + self.sample_s

    def scaled(self, factor: float) -> "ShiftSettings":
        """Windows times `factor`, but no shorter than what still sees a street."""
        if factor == 1:
            return self
        return replace(
            self,
            density_s=max(self.density_s * factor, LEAST_DENSITY_S),
            motion_s=max(self.motion_s * factor, LEAST_MOTION_S),
            fall_s=max(self.fall_s * factor, LEAST_FALL_S),
            light_s=max(self.light_s * factor, LEAST_LIGHT_S),
            weather_s=max(self.weather_s * factor, LEAST_MOTION_S),
            cooldown_s=max(self.cooldown_s * factor, LEAST_COOLDOWN_S),
            sample_s=max(self.sample_s * factor, LEAST_SAMPLE_S),
            max_per_hour=self.max_per_hour / factor,
            demand_cooldown_s=max(self.demand_cooldown_s * factor, 3 * LEAST_COOLDOWN_S),
            rise_cooldown_s=max(self.rise_cooldown_s * factor, LEAST_RISE_S),
            max_demand_per_hour=self.max_demand_per_hour / factor,
            scale=self.scale * factor,
        )


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


class ShiftDetector:
    """Holds settings only; the state goes in and comes out."""

    def __init__(self, settings: ShiftSettings | None = None) -> None:
        self.settings = settings or ShiftSettings()

    def start(self, assumed: Workload | None = None) -> ShiftState:
        """`assumed` is what the planner took for granted: seeing another regime is a shift."""
        return ShiftState(assumed=assumed)

    def resume(self, accepted: Workload) -> ShiftState:
        """`accepted` was so before a restart: it holds until full windows say otherwise."""
        return ShiftState(workload=accepted)

    def step(self, state: ShiftState, sample: WorkloadSample) -> tuple[ShiftState, Shift | None]:
        """Take one sample in; a Shift when the workload has changed."""
        if state.samples and sample.at < state.samples[-1].at:
            state = self._set_back(state, sample.at)
        if state.samples and sample.at - state.samples[-1].at < 0.9 * self.settings.sample_s:
            return state, None
        state = self._remember(state, sample)
        if state.workload is None:
            return self._settle(state)
        after = self._judge(state, state.workload)
        if after == state.workload or not self._may_speak(state, after):
            return state, None
        return self._accept(state, state.workload, after)

    def accepted_fps(self, state: ShiftState, otherwise: float) -> float:
        """Demanded frame rate as accepted; before that, the middle of what was seen."""
        if state.workload is not None:
            return state.workload.fps_demand
        demands = [sample.fps_demand for sample in state.samples]
        return percentile(demands, 50) if demands else otherwise

    def _set_back(self, state: ShiftState, now: float) -> ShiftState:
        """The clock was set back: windows begin anew, and shifts told count from here."""
        shifts = tuple(min(at, now) for at in state.shifts)
        demand_shifts = tuple(min(at, now) for at in state.demand_shifts)
        return replace(
            state,
            samples=(),
            shifts=shifts,
            demand_shifts=demand_shifts,
            crowd=(),
            learned_at=now,
        )

    def _remember(self, state: ShiftState, sample: WorkloadSample) -> ShiftState:
        state = _learn_cycle(state, sample)
        oldest = sample.at - max(self.settings.horizon_s, self._two_cycles_s(state, 0.0))
        recent = tuple(s for s in state.samples if oldest <= s.at <= sample.at)
        hour_s = self._hour_s
        return replace(
            state,
            samples=(*recent, sample),
            shifts=tuple(at for at in state.shifts if at > sample.at - hour_s),
            demand_shifts=tuple(at for at in state.demand_shifts if at > sample.at - hour_s),
        )

    def _settle(self, state: ShiftState) -> tuple[ShiftState, Shift | None]:
        """The first workload, once light and motion have filled their windows."""
        settings = self.settings
        if not self._covers(state, max(settings.light_s, min(settings.motion_s, 10.0))):
            return state, None
        samples = state.samples
        middle = {
            name: percentile([getattr(s, name) for s in samples], 50)
            for name in ("objects", "brightness", "rain", "fps_demand")
        }
        dark = (settings.night_below + settings.day_above) / 2
        wet = (settings.rain_above + settings.dry_below) / 2
        regime = Regime(
            light="night" if middle["brightness"] < dark else "day",
            weather="rain" if middle["rain"] > wet and middle["brightness"] >= dark else "dry",
            density="jam" if middle["objects"] >= settings.jam_at else "free",
        )
        workload = Workload(regime=regime, fps_demand=middle["fps_demand"])
        if state.assumed is not None and state.assumed.regime != regime:
            return self._accept(state, state.assumed, workload)
        return replace(state, workload=workload), None

    def _judge(self, state: ShiftState, now: Workload) -> Workload:
        light = self._light(state, now.regime.light)
        # Rain cannot be seen at night: a night counts as dry.
        weather = "dry" if light == "night" else self._weather(state, now.regime.weather)
        regime = Regime(
            light=light,
            weather=weather,
            density=self._density(state, now.regime.density),
        )
        demand = self._demand(state, now.fps_demand)
        if regime == now.regime and demand == now.fps_demand:
            return now
        # Whoever answers a shift wants the newest demand as well.
        demand = self._newest_demand(state, demand)
        if regime.density != now.regime.density:
            demand = self._cycle_demand(state, demand)
        return Workload(regime=regime, fps_demand=demand)

    def _light(self, state: ShiftState, now: str) -> str:
        values = self._window(state, self.settings.light_s, lambda s: s.brightness)
        middle = percentile(values, 50)
        if not values or self.settings.night_below <= middle <= self.settings.day_above:
            return now
        return "night" if middle < self.settings.night_below else "day"

    def _weather(self, state: ShiftState, now: str) -> str:
        values = self._window(state, self.settings.weather_s, lambda s: s.rain)
        middle = percentile(values, 50)
        if not values or self.settings.dry_below <= middle <= self.settings.rain_above:
            return now
        return "rain" if middle > self.settings.rain_above else "dry"

    def _density(self, state: ShiftState, now: str) -> str:
        density_s = self._two_cycles_s(state, self.settings.density_s)
        values = self._window(state, density_s, lambda s: s.objects)
        part = 100 * self.settings.density_part
        if values and percentile(values, 100 - part) >= self.settings.jam_at:
            return "jam"
        if values and percentile(values, part) <= self.settings.free_at:
            return "free"
        return now

    def _demand(self, state: ShiftState, now: float) -> float:
        held = self._window(state, self.settings.motion_s / 3, lambda s: s.fps_demand)
        if held and min(held) >= now * self.settings.rise_ratio:
            return max(held)  # it may rise still: the newest says more than the middle
        fall_s = self._two_cycles_s(state, self.settings.fall_s)
        long = self._window(state, fall_s, lambda s: s.fps_demand)
        if long and max(long) * self.settings.fall_ratio <= now:
            return max(long)
        return now

    def _newest_demand(self, state: ShiftState, demand: float) -> float:
        held = self._window(state, self.settings.motion_s / 3, lambda s: s.fps_demand)
        return max(demand, percentile(held, 50)) if held else demand

    def _cycle_demand(self, state: ShiftState, otherwise: float) -> float:
        """The most that the last signal cycle asked for: half of the density window."""
        cycle_s = self._two_cycles_s(state, self.settings.density_s) / 2
        cycle = self._window(state, cycle_s, lambda s: s.fps_demand)
        return max(cycle) if cycle else otherwise

    def _two_cycles_s(self, state: ShiftState, at_least_s: float) -> float:
        return max(at_least_s, 2 * state.cycle_s * self.settings.scale)

    def _window(
        self, state: ShiftState, seconds: float, of: Callable[[WorkloadSample], float]
    ) -> list[float]:
        """Values of the last `seconds`; empty while there is less history than that."""
        if not self._covers(state, seconds):
            return []
        begin = state.samples[-1].at - seconds
        return [of(sample) for sample in state.samples if sample.at > begin]

    def _covers(self, state: ShiftState, seconds: float) -> bool:
        first, last = state.samples[0].at, state.samples[-1].at
        return last - first >= seconds - self.settings.sample_s

    def _may_speak(self, state: ShiftState, after: Workload) -> bool:
        """Cool-down and budget: of regimes, or of the demanded rate alone."""
        settings, now = self.settings, state.samples[-1].at
        budget = self._hour_s / HOUR_S
        before = state.workload
        if before is not None and after.regime == before.regime:
            rises = after.fps_demand > before.fps_demand
            rest_s = settings.rise_cooldown_s if rises else settings.demand_cooldown_s
            last = max((*state.shifts, *state.demand_shifts), default=-HOUR_S)
            few = len(state.demand_shifts) < settings.max_demand_per_hour * budget
            return few and now - last >= rest_s
        last = max(state.shifts, default=-HOUR_S)
        few = len(state.shifts) < settings.max_per_hour * budget
        return few and now - last >= settings.cooldown_s

    @property
    def _hour_s(self) -> float:
        """The span that budgets count over; as short as the time scale."""
        return HOUR_S * min(self.settings.scale, 1.0)

    def _accept(
        self, state: ShiftState, before: Workload, after: Workload
    ) -> tuple[ShiftState, Shift]:
        now = state.samples[-1].at
        shift = Shift(
            before=before,
            after=after,
            at=now,
            began_at=self._began(state, before, after),
            evidence=self._evidence(state),
        )
        if before.regime == after.regime:
            return replace(state, workload=after, demand_shifts=(*state.demand_shifts, now)), shift
        return replace(state, workload=after, shifts=(*state.shifts, now)), shift

    def _began(self, state: ShiftState, before: Workload, after: Workload) -> float:
        """Earliest beginning among the parts that changed."""
        settings = self.settings
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

    def _evidence(self, state: ShiftState) -> dict[str, float]:
        settings = self.settings
        density_s = self._two_cycles_s(state, settings.density_s)
        objects = self._recent(state, density_s, lambda s: s.objects)
        light = self._recent(state, settings.light_s, lambda s: s.brightness)
        weather = self._recent(state, settings.weather_s, lambda s: s.rain)
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
            "fall_window_s": self._two_cycles_s(state, settings.fall_s),
            "light_window_s": settings.light_s,
            "time_scale": settings.scale,
        }

    def _recent(
        self, state: ShiftState, seconds: float, of: Callable[[WorkloadSample], float]
    ) -> list[float]:
        """Values of at most the last `seconds`."""
        begin = state.samples[-1].at - seconds
        return [of(sample) for sample in state.samples if sample.at > begin]


def _learn_cycle(state: ShiftState, sample: WorkloadSample) -> ShiftState:
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
