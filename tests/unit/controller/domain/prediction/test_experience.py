"""The index over observations says what a scan of them all would say; liars teach nobody."""

import math
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.prediction.class_ratios import ALONE, CREDIBLE
from lamplighter_controller.domain.prediction.experience import (
    KEEP_PER_DEVICE,
    KEEP_PER_POINT,
    Experience,
)
from lamplighter_controller.domain.prediction.predictor import Observation

from tests.simulators.planning import make_view

CORES = (1, 4)
VIEWS = {(name, cores): make_view(cores=cores) for name in ("a", "b", "c") for cores in CORES}


def view_of(name: str, cores: int) -> DeviceView:
    return DeviceView(id=name, capabilities=VIEWS["a", cores].capabilities)


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
    """Of each device one vote: the median over its points; then of those that are credible."""
    by_device: dict[str, dict[object, list[float]]] = {}
    for o in known:
        if (o.hardware_class, o.precision) == (hardware, precision):
            log_ratio = math.log(o.latency_p50_ms / o.base_ms)
            by_device.setdefault(o.device, {}).setdefault(o.point, []).append(log_ratio)
    votes = [median(map(median, points.values())) for points in by_device.values()]
    credible = [vote for vote in votes if abs(vote) <= CREDIBLE]
    if len(credible) == 1:
        return math.exp(max(-ALONE, min(ALONE, credible[0])))
    probe = [0.0] if len(credible) == 2 else []
    return math.exp(median([*credible, *probe])) if credible else None


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


def told(device: str, ratio: float, size: str = "384x288", variant: str = "v") -> Observation:
    """Measured so many times what its probe says."""
    view = view_of(device, 1)
    return Observation(device, view.hardware_class, variant, size, "int8", 1, 20.0, 20.0 * ratio)


def taught(experience: Experience) -> float:
    """The ratio that a new device of the class is predicted with; 1: as its probe says."""
    return experience.predictor(view_of("new", 1)).class_ratios.get(("onnxruntime", "int8"), 1.0)


HONEST = st.lists(st.floats(0.3, 3.0), max_size=6)
LIES = st.lists(st.floats(1e-9, 1e12) | st.sampled_from([5413.95, 1e-6, 7.9, 0.13]), min_size=1)


@given(HONEST, LIES)
def test_one_liar_moves_nobody_beyond_what_honest_devices_and_probes_say(
    honest: list[float], lies: list[float]
) -> None:
    """However many points it reports, and whenever."""
    experience = Experience(told(f"h{n}", ratio) for n, ratio in enumerate(honest))
    for n, lie in enumerate(lies):
        experience.add(told("liar", lie, size=f"{n}x{n}", variant=f"v{n}"))
    alone = [0.5, 2.0] if not honest else []
    bounds = [1.0, *honest, *alone]
    assert min(bounds) * 0.999 <= taught(experience) <= max(bounds) * 1.001


@given(st.lists(st.floats(0.9, 1.1), min_size=3, max_size=6), st.sampled_from([5413.95, 1e-4, 6.0]))
def test_who_contradicts_its_probe_or_its_peers_is_named_until_it_no_longer_does(
    honest: list[float], lie: float
) -> None:
    experience = Experience(told(f"h{n}", ratio) for n, ratio in enumerate(honest))
    without = taught(experience)
    experience.add(told("liar", lie))
    hardware = view_of("liar", 1).hardware_class
    doubt = experience.doubt("liar", hardware)
    assert doubt is not None and doubt.times == pytest.approx(lie, rel=0.25)
    assert taught(experience) == pytest.approx(without, rel=0.15)
    assert all(
        experience.doubt(f"h{n}", view_of(f"h{n}", 1).hardware_class) is None
        for n in range(len(honest))
    )
    experience.forget("liar")
    assert experience.doubt("liar", hardware) is None
    assert taught(experience) == pytest.approx(without)
    experience.add(told("liar", 1.0))
    assert experience.doubt("liar", hardware) is None


def test_points_without_end_take_no_room() -> None:
    experience = Experience(told("liar", 1.0, size=f"{n}x{n}") for n in range(KEEP_PER_DEVICE + 50))
    assert len(experience.of("liar")) == KEEP_PER_DEVICE
