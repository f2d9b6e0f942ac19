"""What a device's page says of its ladder, its updates, and of what was predicted."""

import msgspec
from lamplighter_client.documents import Device, TelemetryEntry, Variant
from lamplighter_client.documents.street.accuracy import DeviceAccuracy, LabelledPoint
from lamplighter_dashboard.words.device_page import about
from lamplighter_dashboard.words.named_variants import by_size, marked
from lamplighter_dashboard.words.on_device.comparison import compared
from lamplighter_dashboard.words.on_device.phases import phases_text
from lamplighter_wire.messages import Desired, OperatingPoint, Prediction, Regime, Rung


def ladder_of(predicted: Prediction) -> str:
    rung = Rung(point=OperatingPoint(variant="full"), predicted=predicted)
    device = Device(id="cam-1", desired=Desired(primary=rung))
    return "".join(text for text, _ in about(device))


def test_a_rung_says_what_its_accuracy_rests_on_and_how_far_that_may_be_out() -> None:
    seen = Prediction(
        expected_ap50=0.617, ap50_basis="this camera, by heights", ap50_range=(0.5, 0.73)
    )
    told = "AP50 0.62 (0.50 to 0.73) expected for this camera, by heights, any regime"
    assert told in ladder_of(seen)
    assert "AP50 0.62, any regime" in ladder_of(Prediction(expected_ap50=0.617))


POINT = OperatingPoint(variant="full", width=384, height=288)
PROMISED = Prediction(
    latency_p95_ms=30.0,
    latency_rel_error=0.2,
    energy_mj_per_frame=80.0,
    expected_ap50=0.8,
    measured_on="renders",
)
REGIME = Regime(light="day", weather="dry", density="jam")


def window(**figures: float) -> TelemetryEntry:
    return TelemetryEntry(serving=POINT, regime=REGIME, energy_source="estimate", **figures)  # type: ignore[arg-type]


def told(windows: list[TelemetryEntry], known: DeviceAccuracy | None = None) -> str:
    desired = Desired(primary=Rung(point=POINT, predicted=PROMISED))
    device = Device(id="cam-1", desired=desired, telemetry=window())
    return "".join(text for text, _ in compared(device, windows, known))


def test_predicted_stands_beside_what_is_observed_of_the_same_point() -> None:
    seen = [window(latency_p95_ms=value, energy_mj_per_frame=88.0) for value in (39.0, 33.0, 30.0)]
    other = msgspec.structs.replace(window(latency_p95_ms=99.0), serving=OperatingPoint())
    text = told([*seen, other])
    assert "full at 384x288 in day-dry-jam" in text
    assert "predicted 30.0, observed 33.0 ms: 10 % more" in text
    assert "predicted 80.0, observed 88.0 mJ a frame, an estimate: 10 % more" in text
    assert "predicted 0.80 on rendered streets; not measured before this camera" in text
    assert "medians of 3 windows" in text
    slow = told([window(latency_p95_ms=60.0)])
    assert "100 % more, beyond what it may be out" in slow
    assert "energy  predicted 80.0, observed nothing yet" in slow


def test_what_was_labelled_is_the_observed_accuracy() -> None:
    mine = LabelledPoint(
        variant="full", size="384x288", regime="day-dry-jam", ap50=0.71, pictures=40
    )
    known = DeviceAccuracy(labelled=[mine])
    assert "observed 0.71 on 40 labelled pictures of its own" in told([], known)


def test_nothing_is_compared_while_nothing_serves() -> None:
    assert compared(Device(id="cam-1"), [], None) == []


def test_phases_are_told_with_the_time_that_each_took() -> None:
    phases = [("FETCHING", 10.0), ("STAGED", 13.5), ("PROBATION", 60.0), ("COMMITTED", 360.0)]
    assert phases_text(phases) == "fetching 3.5 s, on trial 46 s, probation 5 min, committed"
    assert phases_text(phases[:1]) == "fetching"
    assert phases_text([]) == ""
    assert phases_text([("FETCHING", 10.0), ("STAGED", 9.0)]) == "fetching –, on trial"


def test_a_variant_is_told_with_its_accuracy_by_size() -> None:
    ap50 = {"384x288": {"day": 0.9, "night": 0.8}, "256x192": {"day": 0.7}, "512x384": {}}
    variant = Variant(id="full", expected_ap50=ap50, measured_on="renders")
    assert by_size(variant) == "AP50 0.70 at 256x192, 0.85 at 384x288, on rendered streets"
    assert by_size(Variant(id="bare")) == by_size(None) == ""
    assert (marked(0.7, "renders"), marked(0.7, "pictures"), marked(0.0, "renders")) == (
        "0.70*",
        "0.70",
        "–",
    )
