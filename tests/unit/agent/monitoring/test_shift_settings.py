"""Windows and rests of the shift detector, as the policy says."""

from lamplighter_agent.monitoring.shift_settings import ShiftSettings, shift_settings
from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy


def test_the_default_policy_is_the_default_of_the_detector() -> None:
    assert shift_settings(DEFAULTS) == ShiftSettings()
    assert ShiftSettings().rise_cooldown_s == 30.0


def test_a_policy_sets_windows_and_rests_on_a_time_scale() -> None:
    policy = DevicePolicy(density_window_s=400.0, demand_cooldown_s=80.0, demand_headroom=1.5)
    settings = shift_settings(policy, time_scale=0.5)
    assert (settings.density_s, settings.fall_s) == (200.0, 200.0)
    assert (settings.demand_cooldown_s, settings.rise_cooldown_s) == (40.0, 5.0)
    assert settings.rise_ratio == 1.5
