"""How far predictions are off, for devices and networks that were never seen."""

import msgspec
import pytest
from lamplighter_demo.benchmarks.envelopes.prediction_errors import (
    ErrorRow,
    prediction_errors,
    summary,
    without_figures,
)

from tests.simulators.measured_devices import measured_device, measurements, network


def _row(predicted_ms: float) -> ErrorRow:
    return ErrorRow(
        device="d",
        network="n",
        point="p",
        known=0,
        left_out="",
        predicted_ms=predicted_ms,
        measured_ms=100.0,
    )


def test_errors_have_no_sign_and_a_tenth_counts_as_within() -> None:
    of_three = summary([_row(105.0), _row(90.5), _row(170.0)])
    assert of_three.mean_error == pytest.approx((0.05 + 0.095 + 0.7) / 3)
    assert of_three.share_within == pytest.approx(2 / 3)


def test_ten_points_tell_how_much_slower_a_device_is_than_its_probe() -> None:
    specs = network("full") + network("half", 0.4) + network("third", 0.3)
    slow = measured_device(specs, lambda _spec: 2.0)
    rows = prediction_errors(measurements(specs, [slow]))
    by_probe = summary([row for row in rows if not row.known])
    after_ten = summary([row for row in rows if row.known])
    assert by_probe.mean_error == pytest.approx(0.5)
    assert after_ten.mean_error < 0.01
    assert {row.left_out for row in rows} == {"", "full", "half", "third"}


def test_a_network_left_out_is_predicted_by_others_alone() -> None:
    specs = network("full") + network("half", 0.4)
    specs = [msgspec.structs.replace(spec, extra_work={"384x288": 0.5}) for spec in specs]
    rows = prediction_errors(measurements(specs, [measured_device(specs)]))
    left_out = [row for row in rows if row.left_out == "half"]
    assert {row.network for row in left_out} == {"half"}
    assert not any(row.is_built for row in rows), "nobody has measured it where it was built"
    kept = without_figures(specs, "half")
    assert [bool(spec.extra_work) for spec in kept] == [True, True, False, False]


def test_work_that_was_measured_where_it_was_built_is_all_that_is_known_of_a_network() -> None:
    """Twice the expected work: nobody could know, but whoever built it."""
    specs = network("full") + network("half", 0.4)
    specs = [msgspec.structs.replace(spec, extra_work={"384x288": 0.5}) for spec in specs]
    odd = [msgspec.structs.replace(spec, extra_work={"384x288": 3.0}) for spec in specs[2:]]
    run = measurements(specs, [measured_device([*specs[:2], *odd])])
    run = msgspec.structs.replace(run, built_work={spec.id: spec.extra_work for spec in odd})
    rows = [row for row in prediction_errors(run) if row.left_out == "half" and row.known]
    built = summary([row for row in rows if row.is_built])
    unbuilt = summary([row for row in rows if not row.is_built])
    assert built.mean_error < 0.02
    assert unbuilt.mean_error > 0.2
