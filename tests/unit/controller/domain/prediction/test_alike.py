"""Variants that compute alike: a device needs one of them, and stays with the one it has."""

from dataclasses import replace

import msgspec
import pytest
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.planner import choose
from lamplighter_controller.domain.prediction.alike import preferred_among_alike
from lamplighter_controller.domain.prediction.experience import Experience
from lamplighter_controller.domain.prediction.predictor import observed
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.messages import OperatingPoint

from tests.simulators.planning import make_spec, make_view

PLAIN = make_spec("plain", "int8", layers="8-bit", wire_bytes=3_000_000)
CLUSTERED = make_spec("clustered", "int8", layers="8-bit", wire_bytes=2_000_000)
BOTH = [PLAIN, CLUSTERED]


def _left_out(view: DeviceView, *specs: VariantSpec) -> dict[str, str]:
    return {name: spec.id for name, spec in preferred_among_alike(view, specs).items()}


def _with(spec: VariantSpec, **fields: object) -> VariantSpec:
    return msgspec.structs.replace(spec, **fields)


def test_the_one_with_the_fewest_bytes_is_sent() -> None:
    assert _left_out(make_view(), *BOTH) == {"plain": "clustered"}
    assert _left_out(make_view(), PLAIN, _with(CLUSTERED, manifest="")) == {"clustered": "plain"}


def test_what_a_device_has_it_keeps() -> None:
    view = make_view()
    holding = replace(view, resident=("plain",))
    assert _left_out(holding, *BOTH) == {"clustered": "plain"}
    serving = replace(holding, serving=OperatingPoint(variant="clustered"))
    assert _left_out(serving, *BOTH) == {"plain": "clustered"}


def test_what_was_refused_for_its_cost_stands_for_what_costs_the_same() -> None:
    holding = replace(make_view(), resident=("plain",))
    slower = replace(holding, refused={"clustered@384x288": "SLOWER"})
    assert _left_out(slower, *BOTH) == {"plain": "clustered"}
    worse = replace(make_view(), refused={"clustered": "LESS_ACCURATE"})
    assert _left_out(worse, *BOTH) == {"clustered": "plain"}


@pytest.mark.parametrize(
    "other",
    [
        {"layers": "others"},
        {"layers": ""},
        {"runtime": "litert"},
        {"calibration": "night"},
        {"needs": ["avx512"]},
        {"sizes": ["384x288"]},
        {"model_version": "another"},
    ],
)
def test_what_differs_in_more_than_bytes_stays(other: dict[str, object]) -> None:
    assert _left_out(make_view(), PLAIN, _with(CLUSTERED, **other)) == {}


def test_one_that_lost_accuracy_does_not_stand_for_the_other() -> None:
    worse = make_spec("clustered", "int8", ap50=0.79, layers="8-bit", wire_bytes=2_000_000)
    assert _left_out(make_view(), PLAIN, worse) == {}
    held = replace(make_view(), resident=("plain",))
    assert _left_out(held, PLAIN, worse) == {"clustered": "plain"}


def test_a_device_is_not_sent_from_one_to_the_other_by_what_it_has_measured() -> None:
    """Noise: the one that it serves was measured slower than the other was ever predicted."""
    point = OperatingPoint(variant="plain", manifest="m-plain", width=512, height=384, threads=1)
    view, experience = replace(make_view(), serving=point), Experience()
    for latency_ms in (60.0, 61.0, 62.0):
        experience.add(observed(view, PLAIN, 512, 384, latency_p50_ms=latency_ms))
    plan = choose(view, Objective(), BOTH, experience.predictor(view))
    assert plan.primary is not None and plan.primary.spec.id == "plain"
    assert {rung.point.variant for rung in plan.ladder} == {"plain"}
    why = {a.rejected_because for a in plan.alternatives if a.spec.id == "clustered"}
    assert why == {"it computes as plain does"}
