"""Latency, energy and memory predicted from probe and observations."""

from dataclasses import replace

import msgspec
import pytest
from lamplighter_controller.domain.devices import DeviceView, hardware_class
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.planner import choose
from lamplighter_controller.domain.prediction.base_latency import (
    OVERHEAD_MMAC,
    OVERHEAD_MMAC_PER_PIXEL,
)
from lamplighter_controller.domain.prediction.experience import Experience
from lamplighter_controller.domain.prediction.predictor import Observation, Predictor, observed
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_wire.messages import Prediction

from tests.simulators.planning import CATALOGUE, make_probe, make_spec, make_view


def predict(learned: Experience, view: DeviceView, spec: VariantSpec) -> Prediction:
    return learned.predictor(view).predict(view, spec, 384, 288)


def around_ms(rate: float) -> float:
    """The loop around the network at 384x288, at a rate in ms per MMAC."""
    return rate * (OVERHEAD_MMAC + OVERHEAD_MMAC_PER_PIXEL * 384 * 288)


def test_base_prediction_follows_work_and_probe():
    view = make_view()
    p = Predictor().predict(view, CATALOGUE[0], 384, 288)
    assert p.latency_p50_ms == pytest.approx(400 * 0.05 + around_ms(0.05))
    assert p.latency_p95_ms == pytest.approx(p.latency_p50_ms * 1.2)
    assert p.energy_mj_per_frame == pytest.approx(p.latency_p50_ms * 4.0)
    small = Predictor().predict(view, CATALOGUE[0], 256, 192)
    assert small.latency_p50_ms < p.latency_p50_ms


def test_a_quota_limits_the_power_drawn_and_is_in_the_probe_already():
    free, bound = make_view(), make_view(cpu_quota_cores=0.25)
    a = Predictor().predict(free, CATALOGUE[0], 384, 288)
    b = Predictor().predict(bound, CATALOGUE[0], 384, 288)
    assert b.latency_p50_ms == a.latency_p50_ms
    assert b.energy_mj_per_frame == pytest.approx(b.latency_p50_ms * 4.0 / 4)


def test_measured_extra_work_replaces_the_probe_s_bandwidth():
    view = make_view(probe=make_probe(fp32=0.05, int8=0.02))
    table = {"384x288": 0.5, "512x384": 3.0}
    for spec, rate in zip(CATALOGUE[:2], (0.05, 0.02), strict=True):
        p = Predictor().predict(view, msgspec.structs.replace(spec, extra_work=table), 384, 288)
        assert p.latency_p50_ms == pytest.approx(400 * (rate + 0.5 * 0.05) + around_ms(0.05))
    assert msgspec.structs.replace(CATALOGUE[0], extra_work=table).at(256, 192).extra_work == 0.5
    assert CATALOGUE[0].at(256, 192).extra_work is None


def test_what_slows_one_precision_is_expected_of_the_other_until_it_is_seen():
    view = make_view(probe=make_probe(fp32=0.05, int8=0.02))
    fp32, int8 = CATALOGUE[:2]
    plain = Predictor().predict(view, fp32, 384, 288).latency_p50_ms
    learned = Experience([observed(view, fp32, 384, 288, latency_p50_ms=1.7 * plain)])
    before = Predictor().predict(view, int8, 384, 288)
    after = predict(learned, view, int8)
    assert after.latency_p50_ms == pytest.approx(1.7 * before.latency_p50_ms, rel=0.05)
    assert after.latency_rel_error == before.latency_rel_error
    other = predict(learned, replace(view, id="cam-2"), int8)
    assert other.latency_p50_ms == before.latency_p50_ms


def test_int8_must_pay_to_be_chosen_at_equal_accuracy():
    fp32, int8 = CATALOGUE[:2]
    int8 = msgspec.structs.replace(int8, expected_ap50=fp32.expected_ap50)
    for int8_rate, chosen in ((0.047, "fp32"), (0.02, "int8")):
        view = make_view(probe=make_probe(fp32=0.05, int8=int8_rate))
        plan = choose(view, Objective(), [fp32, int8], Predictor())
        assert plan.primary is not None
        assert plan.primary.spec.precision == chosen


def test_a_planner_that_sees_no_int8_entries_assumes_no_gain_and_learns_from_what_runs():
    seen = make_view(fps=4, probe=make_probe(fp32=0.05, int8=0.15))
    dense = [entry for entry in seen.probe.entries if "int8" not in entry.name]
    view = replace(seen, probe=msgspec.structs.replace(seen.probe, entries=dense))
    assumed = Predictor().predict(view, CATALOGUE[1], 384, 288)
    assert assumed.latency_p50_ms == pytest.approx(400 * 0.05 + around_ms(0.05))
    learned = Experience([observed(view, CATALOGUE[1], 384, 288, latency_p50_ms=61.0)])
    plan = choose(view, Objective(latency_p95_ms=60), CATALOGUE[:2], learned.predictor(view))
    assert plan.primary is not None and plan.primary.spec.precision == "fp32"


def test_observed_beats_device_beats_class_beats_probe():
    view, twin = make_view(), replace(make_view(), id="cam-2")
    other = replace(make_view(cores=8), id="cam-3")
    spec, sibling = CATALOGUE[0], CATALOGUE[2]
    base = Predictor().predict(view, spec, 384, 288).latency_p50_ms
    seen = observed(view, spec, 384, 288, latency_p50_ms=2 * base, latency_p95_ms=2.5 * base)
    learned = Experience([seen])
    direct = predict(learned, view, spec)
    assert (direct.latency_p50_ms, direct.latency_p95_ms) == (2 * base, 2.5 * base)
    for asked, factor, error in ((view, 2.0, 0.15), (twin, 2.0, 0.20), (other, 1.0, 0.30)):
        plain = Predictor().predict(asked, sibling, 384, 288).latency_p50_ms
        got = predict(learned, asked, sibling)
        assert got.latency_p50_ms == pytest.approx(factor * plain, rel=0.05)
        assert got.latency_rel_error == error


def test_corrections_are_robust_to_one_wild_window():
    view, spec, learned = make_view(), CATALOGUE[0], Experience()
    for ms in (20.0, 21.0, 900.0):
        learned.add(observed(view, spec, 384, 288, latency_p50_ms=ms))
    assert predict(learned, view, spec).latency_p50_ms == 21.0
    for _ in range(20):
        learned.add(observed(view, spec, 384, 288, latency_p50_ms=40.0))
    assert predict(learned, view, spec).latency_p50_ms == 40.0
    assert len(learned.of(view.id)) == 5


@pytest.mark.parametrize(
    ("alone", "others_since", "believed"),
    [(True, 5, False), (True, 4, True), (False, 5, True)],
)
def test_a_first_trial_at_a_slow_moment_is_doubted(alone, others_since, believed):
    view, spec, sibling = make_view(), CATALOGUE[0], CATALOGUE[2]
    usual = Predictor().predict(view, spec, 384, 288).latency_p50_ms
    others = Predictor().predict(view, sibling, 384, 288).latency_p50_ms
    slow = 2.5 * usual
    learned = Experience([observed(view, spec, 384, 288, latency_p50_ms=slow, alone=alone)])
    for _ in range(others_since):
        learned.add(observed(view, sibling, 384, 288, latency_p50_ms=others))
    got = predict(learned, view, spec).latency_p50_ms
    assert (got == slow) if believed else (usual <= got < 1.6 * usual)
    learned.add(observed(view, spec, 384, 288, latency_p50_ms=slow))
    assert predict(learned, view, spec).latency_p50_ms == slow


def test_measured_energy_corrects_the_estimate():
    view, spec = make_view(), CATALOGUE[0]
    learned = Experience([observed(view, spec, 384, 288, latency_p50_ms=20.0, energy_mj=160.0)])
    assert predict(learned, view, spec).energy_mj_per_frame == pytest.approx(160.0)
    other = predict(learned, view, CATALOGUE[1])
    assert other.energy_mj_per_frame == pytest.approx(2 * other.latency_p50_ms * 4.0)


def test_a_device_with_another_quota_is_not_described_by_old_observations():
    spec = CATALOGUE[0]
    learned = Experience([observed(make_view(), spec, 384, 288, latency_p50_ms=99.0)])
    cut = make_view(cpu_quota_cores=0.5)
    assert predict(learned, cut, spec).latency_p50_ms != 99.0
    assert hardware_class(cut.capabilities) != hardware_class(make_view().capabilities)


def test_specs_and_observations_survive_the_store():
    spec = make_spec(
        "full", ap50_interval={"384x288": {"day-dry-free": (0.7, 0.9)}}, needs=["avx2"]
    )
    assert msgspec.convert(msgspec.to_builtins(spec), VariantSpec) == spec
    seen = observed(make_view(), spec, 384, 288, latency_p50_ms=20.0)
    assert msgspec.convert(msgspec.to_builtins(seen), Observation) == seen
