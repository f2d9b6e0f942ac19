"""What is gathered of a device's past, from a controller that lived it."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_client.documents.requests import LabelBody, OverrideBody
from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.services.explaining.explanations import Explained

from tests.simulators.rollout_fleet import NEW, NEW_INT8, OLD, RolloutFleet
from tests.unit.controller.services.rollouts.test_rollouts import PLAN

BODY = OverrideBody(kind="pin", target="newnet", reason="compare", life_s=3600.0, device="cam-0")


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[RolloutFleet]:
    made = RolloutFleet(tmp_path, [OLD, NEW, NEW_INT8], count=3)
    made.rig.services.groups.create("all", "id=cam-*")
    made.measure(6)
    yield made
    made.rig.close()


def explain(fleet: RolloutFleet, at: float = 0.0, device: str = "cam-0") -> Explained:
    return fleet.rig.services.explanations.explain(device, at)


def words(explained: Explained) -> dict[str, str]:
    return {link.name: link.text for link in explained.links}


def test_a_rollout_is_explained_with_who_stands_for_it(fleet: RolloutFleet) -> None:
    before = fleet.rig.clock.time()
    fleet.rig.clock.advance(1.0)
    rollouts = fleet.rig.services.rollouts
    rollouts.create("june", PLAN, "ops")
    rollouts.act("june", "approve", "", "chief")
    rollouts.act("june", "start", "", "ops")
    fleet.rig.settle()
    fleet.rig.clock.advance(5.0)
    fleet.obey()
    fleet.measure()
    now = explain(fleet)
    assert now.variant == "new-int8"
    said = words(now)
    assert said["rule"].startswith("because rollout june brings it")
    assert said["approver"] == "rollout june of newnet, made by ops, approved by chief"
    assert "old-fp32@" in said["telemetry"], "what it measured before it was decided"
    assert "new-int8@" in said["serving"]
    assert said["recipe"].startswith("recipe new-int8 of newnet@2, int8")
    assert not next(link for link in now.links if link.name == "signature").is_known
    then = explain(fleet, before)
    assert then.variant == "old-fp32"
    assert words(then)["approver"].startswith("nobody was asked")


def test_what_was_refused_since_is_told(fleet: RolloutFleet) -> None:
    fleet.refuses.add("cam-0")
    fleet.rig.services.override_changes.set(BODY, "ops")
    fleet.rig.settle()
    fleet.obey()
    explained = explain(fleet)
    assert explained.variant == "old-fp32"
    assert "revision 2 of new-int8 refused: its memory is" in words(explained)["serving"]


def test_an_override_has_its_author_and_reason(fleet: RolloutFleet) -> None:
    fleet.rig.services.override_changes.set(BODY, "ops")
    fleet.rig.settle()
    fleet.obey()
    assert words(explain(fleet))["approver"] == "override 1: pin newnet, made by ops: compare"


def test_a_group_s_override_is_named_whatever_led_to_the_decision(fleet: RolloutFleet) -> None:
    fleet.rig.store.configure_device("cam-0", None, site="elsewhere")
    fleet.rig.services.groups.create("north", "site=north")
    of_group = msgspec.structs.replace(BODY, device="", group="north")
    fleet.rig.services.override_changes.set(of_group, "ops")
    fleet.rig.settle()
    fleet.rig.services.fleet.label("cam-0", None, LabelBody(site="north"))
    fleet.rig.settle()
    fleet.obey()
    said = words(explain(fleet))
    assert said["rule"].startswith("because it is at another site")
    assert said["approver"] == "override 1: pin newnet, made by ops: compare"


def test_who_leaves_a_rollout_is_explained_by_it(fleet: RolloutFleet) -> None:
    rollouts = fleet.rig.services.rollouts
    rollouts.create("june", PLAN, "ops")
    for verb in ("approve", "start", "roll-back"):
        rollouts.act("june", verb, "", "ops")
        fleet.rig.settle()
        fleet.obey()
    fleet.obey()
    said = words(explain(fleet))
    assert said["rule"].startswith("because it leaves rollout june")
    assert said["approver"].startswith("rollout june of newnet, made by ops")


def test_before_anything_was_ordered_and_who_is_not_there(fleet: RolloutFleet) -> None:
    (link,) = explain(fleet, at=1.0).links
    assert not link.is_known
    with pytest.raises(NotFoundError):
        explain(fleet, device="cam-9")
