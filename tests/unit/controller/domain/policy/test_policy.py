"""The thresholds that decide: defaults, bounds, layers, and what they change of a plan."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_controller.domain.objectives import Objective
from lamplighter_controller.domain.planner import choose
from lamplighter_controller.domain.policy.policy import (
    DEFAULTS,
    Policy,
    checked_changes,
    resolve,
    scopes_of,
    thresholds,
)
from lamplighter_controller.domain.prediction.predictor import Predictor
from lamplighter_controller.domain.switching import switch_rule
from lamplighter_wire.policy.device_policy import DevicePolicy

from tests.simulators.planning import CATALOGUE, make_probe, make_spec, make_view
from tests.unit.controller.domain.test_switching import make_choice


def test_every_threshold_is_explained_and_within_its_bounds():
    fields = thresholds()
    assert 15 <= len(fields) <= 36, "few enough to explain"
    for field in fields:
        assert field.unit and field.about.endswith("."), field.name
        assert field.least <= field.default <= field.most, field.name


def test_later_layers_win_and_unknown_names_are_passed_over():
    fleet, group, device = {"min_fps": 1.0, "ladder_rungs": 2}, {"min_fps": 2.0}, {"later": 9.0}
    policy = resolve([fleet, group, device])
    assert (policy.min_fps, policy.ladder_rungs) == (2.0, 2)
    assert policy.min_energy_gain == DEFAULTS.min_energy_gain
    assert resolve([]) is DEFAULTS
    kept = resolve([{"ladder_rungs": 2.0}])
    assert type(kept.ladder_rungs) is int, "JSON keeps numbers without their kind"


def test_the_nearest_scope_of_a_device_is_its_own():
    scopes = scopes_of("cam-1", {"street": "main", "group": "depot"})
    assert scopes == ["fleet", "label:group=depot", "label:street=main", "device:cam-1"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"min_fsp": 1.0}, "did you mean 'min_fps'"),
        ({"zzz": 1.0}, "names: slot_share"),
        ({"min_fps": 99}, "0.05 to 30 frames/s, 0.5 by default"),
        ({"ladder_rungs": 2.5}, "1 to 8 points"),
        ({"ladder_rungs": "many"}, "1 to 8 points"),
        ({"min_fps": float("nan")}, "0.05 to 30"),
    ],
)
def test_what_is_wrong_with_a_change_is_said(values, words):
    with pytest.raises(ValueError, match=words):
        checked_changes(values)


def test_a_change_may_be_text():
    assert checked_changes({"min_fps": "2", "ladder_rungs": "4"}) == {
        "min_fps": 2.0,
        "ladder_rungs": 4,
    }


@given(st.floats(0.001, 0.2), st.floats(1.05, 3.0))
def test_what_follows_from_a_threshold_keeps_its_relation(gain, headroom):
    policy = Policy(min_accuracy_gain=gain, demand_headroom=headroom)
    assert policy.equal_accuracy < policy.min_accuracy_gain < policy.cold_accuracy_gain
    assert 0 < policy.least_share_served < 1


def test_a_device_gets_its_part():
    policy = Policy(breach_windows=5, min_fps=2.0)
    assert policy.for_device() == DevicePolicy(breach_windows=5)
    assert type(policy.for_device()) is DevicePolicy


def test_a_plan_goes_by_the_policy_of_its_device():
    view = make_view(fps=3, probe=make_probe(0.3, 0.12))
    assert len(choose(view, Objective(), CATALOGUE, Predictor()).ladder) > 1
    single = replace(view, policy=Policy(ladder_rungs=1))
    assert len(choose(single, Objective(), CATALOGUE, Predictor()).ladder) == 1
    starved = make_view(fps=25, probe=make_probe(1.0, 0.9))
    capped = choose(starved, Objective(), CATALOGUE, Predictor()).primary
    assert capped is not None
    strict = replace(starved, policy=Policy(min_fps=capped.point.fps + 3.0))
    assert choose(strict, Objective(), CATALOGUE, Predictor()).primary is None


def test_a_frugal_policy_gives_accuracy_for_energy():
    twin = make_spec("lean", "fp32", 0.78, 0.5)
    view = make_view()
    accurate = choose(view, Objective(), [*CATALOGUE, twin], Predictor()).primary
    frugal = replace(view, policy=Policy(min_accuracy_gain=0.06))
    lean = choose(frugal, Objective(), [*CATALOGUE, twin], Predictor()).primary
    assert accurate is not None and lean is not None
    assert accurate.spec.id == "full-fp32" and lean.energy_mj < accurate.energy_mj


def test_a_switch_goes_by_the_policy():
    better, thrifty = make_choice(ap50=0.72), make_choice(energy=85)
    assert switch_rule(make_choice(), better, 10.0).why == "accuracy"
    assert switch_rule(make_choice(), better, 10.0, is_cold=True).why == "accuracy"
    lazy = Policy(min_accuracy_gain=0.03, min_energy_gain=0.2)
    assert not switch_rule(make_choice(), better, 10.0, lazy).switch
    assert not switch_rule(make_choice(), thrifty, 10.0, lazy).switch
    assert not switch_rule(make_choice(), make_choice(ap50=0.715), 10.0, is_cold=True).switch
