"""What each variant would have been at the end of the day, as the report keeps it."""

from lamplighter_client.documents.making.fronts import Front, FrontPoint
from lamplighter_demo.report.points import points_of
from lamplighter_wire.messages import Prediction


def test_points_that_may_run_are_kept_with_what_they_rest_on() -> None:
    predicted = Prediction(
        expected_ap50=0.80004, latency_p95_ms=12.0, energy_mj_per_frame=30.0, measured_on="renders"
    )
    front = Front(
        points=[
            FrontPoint(
                variant="full", size="384x288", predicted=predicted, broken={"latency": 0.1234}
            ),
            FrontPoint(variant="half", size="384x288", predicted=predicted, is_serving=True),
            FrontPoint(
                variant="needless", predicted=predicted, rejected_because="another is better"
            ),
            FrontPoint(variant="lacking", rejected_because="the device lacks openvino"),
        ]
    )
    full, half = points_of(front)
    assert (full.variant, full.ap50, full.measured_on) == ("full", 0.8, "renders")
    assert full.breaks == {"latency": 0.123} and not full.serves
    assert half.serves and half.breaks == {}
