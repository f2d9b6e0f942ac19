"""Points that no device has a reason to serve."""

import msgspec
import pytest
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.operating_points import candidates
from lamplighter_controller.domain.prediction.dominance import dominators, with_dominators
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.variants import VariantSpec

from tests.simulators.planning import make_probe, make_spec, make_view

SIZE = "384x288"
LARGER = "512x384"
LARGE = make_spec("large", ap50=0.80, sizes=[SIZE])
SMALL = make_spec("small", ap50=0.74, work=0.4, sizes=[SIZE])
BAD = make_spec("bad", ap50=0.73, work=0.5, sizes=[SIZE])


def _with(spec: VariantSpec, **fields: object) -> VariantSpec:
    return msgspec.structs.replace(spec, **fields)


def test_what_costs_more_and_answers_worse_is_dominated() -> None:
    assert dominators([LARGE, SMALL, BAD]) == {"bad@384x288": ("small@384x288",)}


def test_equal_points_do_not_push_each_other_out() -> None:
    assert dominators([SMALL, _with(SMALL, id="again")]) == {}


@pytest.mark.parametrize(
    "other",
    [
        {"precision": "int8"},
        {"runtime": "litert"},
        {"needs": ["avx512"]},
        {"manifest": ""},
        {"memory_bytes": 900_000_000},
        {"extra_work": {SIZE: 0.1}},
        {"expected_ap50": {SIZE: {**SMALL.expected_ap50[SIZE], "night-dry-jam": 0.1}}},
        {"expected_ap50": {}},
    ],
)
def test_what_is_worse_somewhere_dominates_nothing(other: dict[str, object]) -> None:
    """Another precision may be slow, a need unmet, what is not built late, a regime's accuracy
    lower, a figure unknown."""
    assert dominators([_with(SMALL, **other), BAD]) == {}


def _eight_bit(name: str, size: str, mmac: float, **fields: object) -> VariantSpec:
    known = {"sizes": [size], "mmac": {size: mmac}, "memory_bytes": 60_000_000}
    return make_spec(name, "int8", **{**known, **fields})


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"street_ap50": {"abroad": {SIZE: 0.5}}}, {"street_ap50": {"abroad": {SIZE: 0.6}}}),
        ({}, {"street_ap50": {"abroad": {SIZE: 0.4}}}),
        (
            {"site_ap50": {"east": {SIZE: {"day-dry-free": 0.5}}}},
            {"site_ap50": {"east": {SIZE: {"day-dry-free": 0.6}}}},
        ),
    ],
)
def test_who_is_better_on_another_street_is_not_dominated(
    better: dict[str, object], worse: dict[str, object]
) -> None:
    """Small networks that do well at home may do worse elsewhere."""
    assert dominators([_with(SMALL, **better), _with(BAD, **worse)]) == {}
    assert dominators([_with(SMALL, **worse), _with(BAD, **better)]) != {}


def test_a_point_of_another_size_counts_what_a_larger_picture_costs() -> None:
    """In 8 bits a picture's own cost weighs more, the faster the device multiplies."""
    wide = _eight_bit("wide", SIZE, mmac=600.0)
    fine = _eight_bit("fine", LARGER, mmac=500.0)
    assert dominators([wide, fine]) == {}
    fine = _with(fine, mmac={LARGER: 100.0})
    assert dominators([wide, fine]) == {"wide@384x288": ("fine@512x384",)}


def _keys(view: DeviceView, catalogue: list[VariantSpec]) -> list[str]:
    able, out = candidates(view, Objective(), with_dominators(catalogue), Predictor())
    assert len(able) + len(out) == sum(len(spec.resolutions) for spec in catalogue)
    return [choice.key for choice in able]


def test_a_dominated_point_is_not_offered_but_where_its_better_is_refused() -> None:
    view = make_view(probe=make_probe())
    assert _keys(view, [LARGE, SMALL, BAD]) == ["large@384x288", "small@384x288"]
    refusing = DeviceView(
        id=view.id,
        capabilities=view.capabilities,
        probe=view.probe,
        workload=view.workload,
        refused={"small": "incompatible"},
    )
    assert _keys(refusing, [LARGE, SMALL, BAD]) == ["bad@384x288", "large@384x288"]


@pytest.mark.parametrize("fp32", [0.001, 0.05, 2.0])
@pytest.mark.parametrize("ratio", [0.13, 0.5, 1.5])
def test_no_device_within_reason_is_faster_with_a_dominated_point(
    fp32: float, ratio: float
) -> None:
    table = {SIZE: 0.2, LARGER: 0.3}
    a = _eight_bit("a", LARGER, mmac=120.0, extra_work=table)
    b = _eight_bit("b", SIZE, mmac=900.0, extra_work=table)
    assert dominators([a, b]) == {"b@384x288": ("a@512x384",)}
    view = make_view(probe=make_probe(fp32, fp32 * ratio))
    cost = [Predictor().predict(view, spec, *spec.resolutions[0]).latency_p95_ms for spec in (a, b)]
    assert cost[0] <= cost[1]
