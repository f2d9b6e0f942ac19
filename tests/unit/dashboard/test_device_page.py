"""What a device's page says of the ladder that a device was sent."""

from lamplighter_client.documents import Device
from lamplighter_dashboard.words.device_page import about
from lamplighter_wire.messages import Desired, OperatingPoint, Prediction, Rung


def ladder_of(predicted: Prediction) -> str:
    rung = Rung(point=OperatingPoint(variant="full"), predicted=predicted)
    device = Device(id="cam-1", desired=Desired(primary=rung))
    return "".join(text for text, _ in about(device))


def test_a_rung_says_what_its_accuracy_rests_on_and_how_far_that_may_be_out() -> None:
    seen = Prediction(
        expected_ap50=0.617, ap50_basis="this camera, by heights", ap50_range=(0.5, 0.73)
    )
    assert "AP50 0.62 (this camera, by heights: 0.50 to 0.73), any regime" in ladder_of(seen)
    assert "AP50 0.62, any regime" in ladder_of(Prediction(expected_ap50=0.617))
