"""Windows of ever new cameras and conditions take room for long: a device has some a day."""

from lamplighter_controller.link.quotas.misconduct import Misconduct
from lamplighter_controller.link.quotas.variety import DAY_S, TOO_MANY, Variety
from lamplighter_controller.services.inbound_routes import kind_of
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import Regime, Telemetry

MOST = 10


def test_what_is_known_is_taken_and_what_is_ever_new_is_not() -> None:
    clock, misconduct = ManualClock(), Misconduct()
    variety = Variety(clock, misconduct, MOST)
    assert all(variety.admits("loud", f"cam-{n}") for n in range(MOST))
    assert not any(variety.admits("loud", f"mood-{n}") for n in range(MOST))
    assert all(variety.admits("loud", f"cam-{n}") for n in range(MOST)), "what is known goes on"
    assert variety.admits("honest", "mood-0")
    assert misconduct.recent("loud", clock.monotonic()) == {TOO_MANY: MOST}
    assert misconduct.recent("honest", clock.monotonic()) == {}
    clock.advance(DAY_S)
    assert variety.admits("loud", "mood-0"), "another day"


def test_cameras_and_conditions_make_a_kind_and_figures_none() -> None:
    windows = [Telemetry(seq=n, start=float(n), frames=n, latency_p50_ms=n) for n in range(100)]
    assert len(set(map(kind_of, windows))) == 1
    others = [Telemetry(stream="north"), Telemetry(regime=Regime(light="night"))]
    assert len(set(map(kind_of, [*others, windows[0]]))) == 3
