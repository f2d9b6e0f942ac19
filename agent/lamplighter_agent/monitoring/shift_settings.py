"""Windows and limits of the shift detector."""

from dataclasses import dataclass, replace

from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy
from lamplighter_wire.tasks.detection import JAM_OBJECTS

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
# Of the rest after other changes of the demanded rate.
RISE_COOLDOWN_SHARE = 1 / 8


@dataclass(frozen=True, slots=True)
class ShiftSettings:
    """Windows in seconds, and limits with their hysteresis."""

    density_s: float = (
        DEFAULTS.density_window_s
    )  # two signal cycles, or longer where a longer one is learned
    motion_s: float = 30.0
    fall_s: float = (
        DEFAULTS.density_window_s
    )  # without need, before the demanded rate falls: two signal cycles
    light_s: float = 10.0
    weather_s: float = 30.0
    cooldown_s: float = DEFAULTS.shift_cooldown_s
    sample_s: float = 1.0  # samples closer together than this are skipped
    max_per_hour: float = DEFAULTS.shifts_per_hour  # changes of regime
    # Changes of the demanded rate alone are counted apart, so that they never silence a regime.
    demand_cooldown_s: float = DEFAULTS.demand_cooldown_s
    # A rate that goes on rising is told again soon: frames are lost until it is known. Rises end at
    # the camera's rate, and what fell must have waited `fall_s`, so they cannot go on for ever.
    rise_cooldown_s: float = RISE_COOLDOWN_SHARE * DEFAULTS.demand_cooldown_s
    max_demand_per_hour: float = DEFAULTS.demand_changes_per_hour
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
    # Plans leave so much room: what grows beyond it must be told.
    rise_ratio: float = DEFAULTS.demand_headroom

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


def shift_settings(policy: DevicePolicy, time_scale: float = 1.0) -> ShiftSettings:
    """What a policy says of windows and rests, on a time scale."""
    settings = ShiftSettings(
        density_s=policy.density_window_s,
        fall_s=policy.density_window_s,
        cooldown_s=policy.shift_cooldown_s,
        max_per_hour=policy.shifts_per_hour,
        demand_cooldown_s=policy.demand_cooldown_s,
        rise_cooldown_s=RISE_COOLDOWN_SHARE * policy.demand_cooldown_s,
        max_demand_per_hour=policy.demand_changes_per_hour,
        rise_ratio=policy.demand_headroom,
    )
    return settings.scaled(time_scale)
