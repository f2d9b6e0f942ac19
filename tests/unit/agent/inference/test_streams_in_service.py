"""Two cameras served by one model."""

import pytest
from lamplighter_agent.inference.in_service import InService
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.inference.stream import Stream
from lamplighter_agent.monitoring.monitors.street_monitor import StreetMonitor
from lamplighter_agent.runtimes.engine import FakeEngine
from lamplighter_agent.settings import AgentSettings
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.messages import OperatingPoint, Rung, Shift, Workload

from tests.unit.agent.inference.test_serve_loop import DAY, MANIFEST, NIGHT, Street

SETTINGS = AgentSettings(fps_floor=2.0, fps_cap=8.0, sources={"north": "a", "south": "b"})


class Gateway:
    """What is in service on two streets, without loops."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.north, self.south = (
            Stream(
                SETTINGS,
                Street(self.clock),
                StreetMonitor(SETTINGS, Workload(regime=regime, fps_demand=fps)),
                name,
            )
            for name, regime, fps in (("north", DAY, 4.0), ("south", NIGHT, 3.0))
        )
        for stream in (self.north, self.south):
            stream.monitor.demand_fps = stream.workload.fps_demand  # type: ignore[misc]
        self.in_service = InService(self.clock, [self.north, self.south])

    def serve(self, **point: object) -> Serving:
        rung = Rung(point=OperatingPoint(**point))  # type: ignore[arg-type]
        serving = Serving(rung, MANIFEST, FakeEngine())
        self.in_service.swap(serving)
        return serving

    @property
    def rates(self) -> tuple[float, float]:
        return self.in_service.fps_of(self.north), self.in_service.fps_of(self.south)


def test_a_capped_rate_is_shared_by_what_is_asked_for() -> None:
    gateway = Gateway()
    gateway.serve()
    assert gateway.rates == (4.0, 3.0)
    assert gateway.in_service.fps_accepted == 7.0
    gateway.serve(fps=3.5)
    assert gateway.rates == pytest.approx((2.0, 1.5))
    assert gateway.in_service.fps_accepted == pytest.approx(3.5)
    gateway.south.camera.state = "lost"  # type: ignore[misc]
    assert gateway.rates[0] == pytest.approx(3.5), "the other may have it all"


def test_each_stream_is_seen_in_its_own_regime() -> None:
    gateway = Gateway()
    gateway.serve()
    in_service = gateway.in_service
    assert in_service.threshold(gateway.north.regime) == MANIFEST.thresholds[str(DAY)]
    assert in_service.threshold(gateway.south.regime) == MANIFEST.thresholds[str(NIGHT)]
    assert in_service.regime == DAY, "that of most frames"
    shift = Shift(stream="south", after=Workload(regime=NIGHT, fps_demand=6.0))
    assert in_service.workload_after(shift) == Workload(regime=NIGHT, fps_demand=10.0)


def test_figures_are_kept_of_each_and_of_all() -> None:
    gateway = Gateway()
    state, serving = gateway.in_service, gateway.serve()
    state.add_frame(gateway.north, serving, 5.0)
    state.add_frame(gateway.south, serving, 6.0, wait_ms=5.0)
    state.add_error(gateway.south, serving)
    assert state.served(gateway.north).responses_ms == (5.0,)
    served = state.served(gateway.south)
    assert (served.latencies_ms, served.responses_ms, served.errors) == ((6.0,), (11.0,), 1)
    everything = state.served()
    assert (everything.frames, everything.latencies_ms, everything.dropped) == (2, (5.0, 6.0), 1)
    assert (gateway.north.frames, gateway.south.frames, state.frames) == (1, 1, 2)
    gateway.serve(variant="next")
    assert state.served(gateway.south).frames == state.served().frames == 0


def test_a_trial_sees_frames_of_both_in_turn() -> None:
    gateway = Gateway()
    first, second = Street(gateway.clock).read(), Street(gateway.clock).read()
    gateway.north.recent.extend([first, first])
    gateway.south.recent.append(second)
    assert [frame is first for frame in gateway.in_service.recent] == [True, False, True]
