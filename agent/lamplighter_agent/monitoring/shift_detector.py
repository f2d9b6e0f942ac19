"""Notice that the street has changed: pure, on an injected clock.

Robust windows with hysteresis and cool-down. Traffic lights are the reason for most of it: queues
and motion swing with every cycle, so density is judged by how large a part of at least two cycles
lies above or below its limits, and the demanded frame rate rises at once but falls only after two
cycles without need. How long a cycle is, is learned where it shows.
"""

from collections.abc import Callable
from dataclasses import replace

from lamplighter_wire.messages import Regime, Shift, Workload
from lamplighter_wire.statistics import percentile

from lamplighter_agent.monitoring.shift_evidence import began_at, evidence_of
from lamplighter_agent.monitoring.shift_settings import ShiftSettings
from lamplighter_agent.monitoring.workload_history import (
    ShiftState,
    WorkloadSample,
    learn_cycle,
    recent,
    two_cycles_s,
)

HOUR_S = 3600.0


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
        state = learn_cycle(state, sample)
        oldest = sample.at - max(
            self.settings.horizon_s, two_cycles_s(state, self.settings.scale, 0.0)
        )
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
        density_s = two_cycles_s(state, self.settings.scale, self.settings.density_s)
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
        fall_s = two_cycles_s(state, self.settings.scale, self.settings.fall_s)
        long = self._window(state, fall_s, lambda s: s.fps_demand)
        if long and max(long) * self.settings.fall_ratio <= now:
            return max(long)
        return now

    def _newest_demand(self, state: ShiftState, demand: float) -> float:
        held = self._window(state, self.settings.motion_s / 3, lambda s: s.fps_demand)
        return max(demand, percentile(held, 50)) if held else demand

    def _cycle_demand(self, state: ShiftState, otherwise: float) -> float:
        """The most that the last signal cycle asked for: half of the density window."""
        cycle_s = two_cycles_s(state, self.settings.scale, self.settings.density_s) / 2
        cycle = self._window(state, cycle_s, lambda s: s.fps_demand)
        return max(cycle) if cycle else otherwise

    def _window(
        self, state: ShiftState, seconds: float, of: Callable[[WorkloadSample], float]
    ) -> list[float]:
        """Values of the last `seconds`; empty while there is less history than that."""
        if not self._covers(state, seconds):
            return []
        return recent(state, seconds, of)

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
            began_at=began_at(self.settings, state, before, after),
            evidence=evidence_of(self.settings, state),
        )
        if before.regime == after.regime:
            return replace(state, workload=after, demand_shifts=(*state.demand_shifts, now)), shift
        return replace(state, workload=after, shifts=(*state.shifts, now)), shift
