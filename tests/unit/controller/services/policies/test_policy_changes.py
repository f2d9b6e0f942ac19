"""Operators change the policy; devices in its scope are planned for anew."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_client.documents.requests import LabelBody
from lamplighter_controller.domain.variants import MEASURED
from lamplighter_controller.errors import ConflictError, InvalidError, NotFoundError
from lamplighter_controller.services.policies.policy_changes import PlanChange, PolicyChanges
from lamplighter_wire.street.count_error import CountError
from lamplighter_wire.tasks.detection import REGIMES

from tests.simulators.controller_rig import Device, Rig, spec

OFFERS = [spec("full-fp32", 0.85, 900.0), spec("p50-fp32", 0.82, 300.0)]
FRUGAL = {"min_accuracy_gain": 0.08}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, OFFERS)
    for name, group in (("cam-1", "depot"), ("cam-2", "street")):
        device = made.device(name)
        made.store.configure_device(name, None, labels={"group": group})
        device.introduce(dense_ms=5.0)
        device.report("committed")
    yield made
    made.close()


def policy(rig: Rig) -> PolicyChanges:
    return rig.services.policy_changes


def orders(rig: Rig, name: str) -> list[int]:
    return [order.revision for order in Device(rig, name, {}).orders]


def test_a_change_reaches_the_devices_of_its_scope(rig: Rig) -> None:
    policy(rig).change("label:group=depot", {"breach_windows": 4})
    rig.settle()
    assert (orders(rig, "cam-1"), orders(rig, "cam-2")) == ([1, 2], [1])
    assert Device(rig, "cam-1", {}).desired.policy.breach_windows == 4
    assert [e.kind for e in rig.store.events()][-2:] == ["policy", "deploy"]


def test_changes_add_up_and_are_ended_one_by_one(rig: Rig) -> None:
    first = policy(rig).change("fleet", {"min_fps": "2", "ladder_rungs": 2})
    second = policy(rig).change("fleet", {"min_fps": None, "patience_s": 60.0})
    assert (first.version, second.version) == (1, 2)
    assert second.values == {"ladder_rungs": 2, "patience_s": 60.0}
    scopes = ["fleet"]
    assert rig.services.policies.of_scopes(scopes).ladder_rungs == 2
    sources = rig.services.policies.sources(scopes)
    assert (sources["ladder_rungs"], sources["min_fps"]) == ("fleet", "default")
    assert sources["probation_frames"] == "settings"


@pytest.mark.parametrize(
    ("scope", "values", "error", "words"),
    [
        ("fleet", {"min_fsp": 1.0}, InvalidError, "did you mean 'min_fps'"),
        ("fleet", {"min_fsp": None}, InvalidError, "did you mean 'min_fps'"),
        ("fleet", {"min_fps": 99.0}, InvalidError, "0.05 to 30 frames/s"),
        ("device:cam-9", {"min_fps": 1.0}, NotFoundError, "cam-9"),
        ("label:group", {"min_fps": 1.0}, InvalidError, "label:NAME=VALUE"),
        ("everybody", {"min_fps": 1.0}, InvalidError, "fleet, label"),
        ("label:a=" + "b" * 200, {"min_fps": 1.0}, InvalidError, "200 characters"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_kept(rig, scope, values, error, words) -> None:
    with pytest.raises(error, match=words):
        policy(rig).change(scope, values)
    assert rig.store.policies() == []


def test_who_has_not_seen_the_last_change_is_told(rig: Rig) -> None:
    policy(rig).change("fleet", {"min_fps": 1.0}, 0)
    with pytest.raises(ConflictError, match="version 1"):
        policy(rig).change("fleet", {"min_fps": 2.0}, 0)
    assert policy(rig).change("fleet", {"min_fps": 2.0}, 1).version == 2


def test_a_preview_says_whose_plans_would_change_and_changes_nothing(rig: Rig) -> None:
    before = Device(rig, "cam-1", {}).desired.primary.point.variant
    preview = policy(rig).preview("label:group=depot", FRUGAL)
    assert (before, preview.concerned, preview.examined) == ("full-fp32", 1, 1)
    (change,) = preview.changes
    assert change == PlanChange("cam-1", "full-fp32@384x288", "p50-fp32@384x288")
    assert rig.store.policies() == []
    assert orders(rig, "cam-1") == [1]
    assert policy(rig).preview("fleet", {"patience_s": 60.0}).changes == []


def test_a_device_that_gets_a_label_gets_its_policy(rig: Rig) -> None:
    policy(rig).change("label:group=night", {"breach_windows": 6})
    rig.settle()
    assert orders(rig, "cam-2") == [1]
    rig.services.fleet.label("cam-2", None, LabelBody(labels={"group": "night"}))
    assert Device(rig, "cam-2", {}).desired.policy.breach_windows == 6


def test_a_preview_of_the_objective_shows_the_bound_on_the_rate(tmp_path: Path) -> None:
    rows = [CountError(fps=3.0, error=0.1), CountError(fps=6.25, error=0.1)]
    table = {"384x288": dict.fromkeys(REGIMES, rows)}
    [offer] = OFFERS[:1]
    counted = msgspec.structs.replace(offer, count_errors=table, counts_basis=MEASURED)
    made = Rig(tmp_path, [counted])
    policy(made).change("fleet", {"objective": "detection"})
    device = made.device("cam-1")
    device.introduce(dense_ms=5.0)
    device.report("committed")
    (change,) = policy(made).preview("fleet", {"objective": "counts"}).changes
    made.close()
    assert change.before == "full-fp32@384x288"
    assert change.after in (f"{change.before}, at most {rate:g} frames/s" for rate in (3.0, 6.25))
