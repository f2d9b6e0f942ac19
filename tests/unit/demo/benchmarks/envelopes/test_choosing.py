"""What a choice is worth by what was measured, and how far it is from the best."""

import pytest
from lamplighter_demo.benchmarks.envelopes.choosing import (
    Worth,
    demanding,
    measured_points,
    planned,
    predictor_after,
    regret,
    runnable,
    worth,
)

from tests.simulators.measured_devices import measured_device, network


def _worth(served_ap50: float, energy_mj: float = 100.0) -> Worth:
    return Worth(point="p", served_ap50=served_ap50, energy_mj=energy_mj, latency_p50_ms=1.0)


def test_lost_accuracy_counts_before_energy() -> None:
    assert regret(_worth(0.6, 50.0), _worth(0.8)) == pytest.approx(0.25)
    assert regret(_worth(0.8, 120.0), _worth(0.8)) == pytest.approx(0.2)
    assert regret(_worth(0.9, 500.0), _worth(0.8)) == 0
    assert regret(None, _worth(0.8)) == 1
    assert regret(None, None) == 0


def test_a_point_that_is_too_slow_serves_only_a_share_of_the_demand() -> None:
    specs = network("net")
    device = measured_device(specs, lambda spec: 3.0 if spec.precision == "int8" else 1.0)
    truth = predictor_after(device, measured_points(device, specs))
    view = demanding(device, 25.0)
    choice = planned(view, specs, predictor_after(device, []))
    real = worth(view, choice, specs, truth)
    assert choice is not None
    assert real is not None
    assert real.served_ap50 < 0.8 * choice.served_ap50(25.0)
    assert worth(view, None, specs, truth) is None


def test_sizes_that_did_not_run_are_not_offered() -> None:
    specs = network("net")
    device = measured_device(specs)
    del device.points["net-fp32@512x384"]
    offered = {spec.id: spec.sizes for spec in runnable(device, specs)}
    assert offered["net-fp32"] == ["256x192", "384x288"]
    assert len(offered["net-int8"]) == 3
