"""What a device's cameras take is not there for its networks."""

import pytest
from lamplighter_controller.domain.devices import left_by_cameras
from lamplighter_controller.domain.objectives import Objective, point_limits
from lamplighter_controller.domain.operating_points import assess
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_wire.messages import CameraFacts, Capabilities

from tests.simulators.planning import make_probe, make_spec, make_view


def facts(busy_cores: float, **more: object) -> Capabilities:
    cameras = {"": CameraFacts(fps=25.0, busy_cores=busy_cores)}
    return Capabilities(cameras=cameras, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "threads", "left"),
    [
        (facts(0.0, cores=1), 1, 1.0),
        (facts(0.25, cores=1), 1, 0.75),
        (facts(0.25, cores=4), 1, 1.0),
        (facts(0.5, cores=2), 2, 0.75),
        (facts(0.1, cores=4, cpu_quota_cores=0.4), 1, 0.75),
        (facts(9.0, cores=1), 1, 0.1),
        (facts(-3.0, cores=1), 1, 1.0),
    ],
)
def test_what_is_left(known: Capabilities, threads: int, left: float) -> None:
    assert left_by_cameras(known, threads) == pytest.approx(left)


def test_a_camera_that_takes_half_the_core_leaves_half_the_frames_and_costs_its_power() -> None:
    spec, predictor = make_spec("full"), Predictor()
    judged = {}
    for busy in (0.0, 0.5):
        view = make_view(probe=make_probe(), cameras={"": CameraFacts(busy_cores=busy)})
        limits = point_limits(Objective(), view.capabilities)
        judged[busy] = assess(view, limits, spec, 384, 288, predictor)
        assert view.idle_w == 1.0 + busy * 4.0
    assert judged[0.5].fps_limit == pytest.approx(judged[0.0].fps_limit / 2)
