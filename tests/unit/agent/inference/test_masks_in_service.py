"""Masks that are set while a street is served."""

from lamplighter_agent.configuration.in_force import SettingsInForce
from lamplighter_agent.own_street import Mask
from lamplighter_agent.settings import AgentSettings

from tests.unit.agent.inference.test_serve_loop import Bench


def test_a_mask_that_is_set_hides_from_a_window_of_its_own_and_not_from_the_network() -> None:
    bench = Bench(telemetry_s=5.0)
    bench.serve()
    bench.run(12)
    whole = Mask("whole", ((0, 0), (64, 0), (64, 48), (0, 48)))
    masked = AgentSettings(telemetry_s=5.0, camera_width=64, camera_height=48, masks=(whole,))
    bench.loop.adopt(SettingsInForce(masked, version=1, street_version=1))
    bench.run(8)
    bench.loop.adopt(SettingsInForce(AgentSettings(telemetry_s=5.0), version=2, street_version=2))
    bench.run(12)
    assert {(w.street, w.density) for w in bench.heard.windows} == {(0, 2), (1, 0), (2, 2)}
    assert {count for _, count in bench.heard.detections} == {2}, "what it found stays as it was"
