"""The index over a fleet's observations says what a scan of them all would say."""

import math
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.prediction.experience import KEEP_PER_POINT, Experience
from lamplighter_controller.domain.prediction.predictor import Observation

from tests.simulators.planning import make_view

CORES = (1, 4)
VIEWS = {(name, cores): make_view(cores=cores) for name in ("a", "b", "c") for cores in CORES}


def view_of(name: str, cores: int) -> DeviceView:
    return DeviceView(id=name, capabilities=VIEWS[name, cores].capabilities)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    view = view_of(draw(st.sampled_from("abc")), draw(st.sampled_from(CORES)))
    precision = draw(st.sampled_from(["fp32", "int8"]))
    latency_ms = draw(st.floats(1.0, 1000.0))
    size = draw(st.sampled_from(["256x192", "384x288"]))
    return Observation(
        view.id, view.hardware_class, f"v-{precision}", size, precision, 1, 20.0, latency_ms
    )


def scanned(all_known: list[Observation], new: Observation) -> list[Observation]:
    """One list of everything: the newest of a point are kept, behind those of other points."""
    same = [o for o in all_known if o.point == new.point][-(KEEP_PER_POINT - 1) :]
    return [*(o for o in all_known if o.point != new.point), *same, new]


def class_ratio(known: list[Observation], hardware: str, precision: str) -> float | None:
    by_point: dict[object, list[float]] = {}
    for o in known:
        if (o.hardware_class, o.precision) == (hardware, precision):
            by_point.setdefault(o.point, []).append(math.log(o.latency_p50_ms / o.base_ms))
    return math.exp(median(map(median, by_point.values()))) if by_point else None


@given(st.lists(observations(), max_size=60))
def test_the_index_says_what_a_scan_says(told: list[Observation]) -> None:
    experience, known = Experience(), list[Observation]()
    for observation in told:
        experience.add(observation)
        known = scanned(known, observation)
    for name, cores in VIEWS:
        view = view_of(name, cores)
        predictor, hardware = experience.predictor(view), view.hardware_class
        own = [o for o in known if (o.device, o.hardware_class) == (name, hardware)]
        assert list(predictor.observations) == own
        for precision in ("fp32", "int8"):
            expected = class_ratio(known, hardware, precision)
            got = predictor.class_ratios.get(("onnxruntime", precision))
            assert got == (expected if expected is None else pytest.approx(expected))


@given(st.lists(observations(), max_size=30))
def test_what_was_kept_can_be_told_again(told: list[Observation]) -> None:
    before = Experience(told)
    kept = [o for name in "abc" for o in before.of(name)]
    after = Experience(kept)
    assert [o for name in "abc" for o in after.of(name)] == kept
