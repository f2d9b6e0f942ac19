"""Choices from predictions beside choices from measurements."""

from statistics import fmean

import msgspec
from lamplighter_demo.benchmarks.envelopes.regrets import (
    PROBE,
    TEN,
    RegretRow,
    drawn,
    regrets,
    regrets_over_places,
)

from tests.simulators.measured_devices import measured_device, measurements, network


def _mean(rows: list[RegretRow], known: str) -> float:
    return fmean(row.regret for row in rows if row.known == known)


def test_a_probe_that_tells_the_truth_leaves_nothing_to_regret() -> None:
    specs = network("full") + network("half", 0.4, 0.7)
    rows = regrets(measurements(specs, [measured_device(specs)]))
    assert {row.network for row in rows} == {"full", "half", "all"}
    assert max(row.regret for row in rows) < 0.01


def test_measured_points_mend_the_choice_of_a_probe_that_misleads() -> None:
    specs = network("full") + network("half", 0.4, 0.7)
    slow = measured_device(specs, lambda spec: 4.0 if spec.precision == "int8" else 1.0)
    rows = regrets(measurements(specs, [slow]))
    assert _mean(rows, PROBE) > 0.2
    assert _mean(rows, TEN) < 0.02


def test_what_is_expected_of_any_street_may_be_wrong_on_one() -> None:
    full, half = network("full"), network("half", 0.4, 0.78)
    sizes = full[0].sizes

    def on_streets(spec: object, ap50: dict[str, float]) -> object:
        table = {street: dict.fromkeys(sizes, value) for street, value in ap50.items()}
        return msgspec.structs.replace(spec, street_ap50=table)  # type: ignore[type-var]

    specs = [on_streets(spec, {"alike": 0.8, "odd": 0.75}) for spec in full]
    specs += [on_streets(spec, {"alike": 0.79, "odd": 0.4}) for spec in half]
    device = measured_device(specs)  # type: ignore[arg-type]
    rows = regrets_over_places(measurements(specs, [device]))  # type: ignore[arg-type]
    assert {row.place for row in rows} == {"alike", "odd"}
    for row in rows:
        assert row.chosen is not None
        assert row.chosen.point.startswith("full")
    assert _mean([r for r in rows if r.place == "odd"], TEN) < 0.01
    rows = regrets_over_places(
        measurements(
            [on_streets(spec, {"alike": 0.3, "odd": 0.75}) for spec in full]  # type: ignore[misc]
            + [on_streets(spec, {"alike": 0.9, "odd": 0.4}) for spec in half],
            [device],
        )
    )
    assert _mean([r for r in rows if r.place == "odd"], TEN) > 0.3


def test_a_draw_can_be_repeated_and_takes_all_where_there_are_few() -> None:
    points = [(spec, size) for spec in network("full") for size in spec.resolutions]
    assert drawn(points, 3, 1) == drawn(points, 3, 1) != drawn(points, 3, 2)
    assert len(drawn(points, 10, 0)) == len(points)
