"""Limits, hours and bytes of the day that hold for the devices of a group."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_client.documents.requests import OverrideBody
from lamplighter_controller.errors import ConflictError, InvalidError, NotFoundError

from tests.simulators.rollout_fleet import NEW, OLD, RolloutFleet

MEGABYTE = 1_000_000


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[RolloutFleet]:
    made = RolloutFleet(tmp_path, [OLD, NEW], count=4)
    made.rig.services.groups.create("north", "site=site-0")
    made.rig.services.groups.create("all", "id=cam-*")
    made.measure(6)
    yield made
    made.rig.close()


def change(fleet: RolloutFleet, scope: str, **values: float | str | None) -> None:
    fleet.rig.services.policy_changes.change(scope, values)
    fleet.rig.settle()


def limit_ms(fleet: RolloutFleet, device: str) -> float:
    services = fleet.rig.services
    views = services.rehearsals._models._views  # noqa: SLF001 - as plans see devices
    return float(views.objective(fleet.rig.store.device(device)).latency_p95_ms)


def test_a_limit_holds_for_who_is_in_the_group_and_a_device_s_own_before_it(
    fleet: RolloutFleet,
) -> None:
    change(fleet, "fleet", latency_p95_ms=500.0)
    change(fleet, "group:north", latency_p95_ms=200.0)
    assert [limit_ms(fleet, name) for name in ("cam-0", "cam-1")] == [200.0, 500.0]
    fleet.rig.store.configure_device("cam-0", None, objective={"latency_p95_ms": 90.0})
    assert limit_ms(fleet, "cam-0") == 90.0
    holding = fleet.rig.services.policy_changes.holds_for("device:cam-2")
    assert holding.sources["latency_p95_ms"] == "group:north"
    change(fleet, "group:north", latency_p95_ms=None)
    assert limit_ms(fleet, "cam-2") == 500.0


def test_a_group_that_has_a_policy_is_needed_and_one_that_is_not_there_has_none(
    fleet: RolloutFleet,
) -> None:
    change(fleet, "group:north", power_w=5.0)
    with pytest.raises(ConflictError, match="it has a policy"):
        fleet.rig.services.groups.delete("north")
    with pytest.raises(NotFoundError):
        change(fleet, "group:south", power_w=5.0)


def pin_new(fleet: RolloutFleet, device: str) -> None:
    pin(fleet, device, "newnet")


def pin(fleet: RolloutFleet, device: str, target: str) -> None:
    body = OverrideBody(kind="pin", target=target, reason="try", life_s=9e5, device=device)
    fleet.rig.services.override_changes.set(body, "ops")
    fleet.rig.settle()


def held(fleet: RolloutFleet, device: str) -> str:
    intent = fleet.rig.store.intents([device]).get(device)
    return intent.held if intent else ""


def test_a_site_gets_its_bytes_of_a_day_and_goes_on_the_next(fleet: RolloutFleet) -> None:
    change(fleet, "fleet", site_bytes_a_day=3.0 * MEGABYTE)
    size = NEW.size_bytes / MEGABYTE
    assert size == 2.0
    # The first orders of the day have no bytes: devices have reported that they received none.
    pin_new(fleet, "cam-0")
    assert held(fleet, "cam-0") == ""
    pin_new(fleet, "cam-2")
    assert held(fleet, "cam-2") == "the site has had 2.0 of 3.0 MB a day, this is 2.0 MB"
    pin_new(fleet, "cam-1")
    assert held(fleet, "cam-1") == "", "of another site"
    fleet.restart()
    assert held(fleet, "cam-2"), "also for a controller that starts"
    fleet.obey()
    fleet.rig.wait(86_400.0)
    assert held(fleet, "cam-2") == ""
    fleet.obey()
    assert fleet.serving()["cam-2"] == "new-fp32"


def test_what_went_to_devices_without_a_budget_counts_for_their_site(fleet: RolloutFleet) -> None:
    change(fleet, "device:cam-0", site_bytes_a_day=3.0 * MEGABYTE)
    pin_new(fleet, "cam-0")
    assert held(fleet, "cam-0") == ""
    pin_new(fleet, "cam-2")
    assert held(fleet, "cam-2") == "", "nothing bounds it"
    change(fleet, "device:cam-2", site_bytes_a_day=5.0 * MEGABYTE)
    fleet.obey()
    pin(fleet, "cam-2", "old-fp32")
    assert held(fleet, "cam-2") == "the site has had 4.0 of 5.0 MB a day, this is 2.0 MB"


def test_a_group_is_kept_to_a_version_of_a_model_for_as_long_as_its_policy_says(
    fleet: RolloutFleet,
) -> None:
    change(fleet, "group:north", model="newnet@2")
    fleet.obey()
    new, old = "new-fp32", "old-fp32"
    assert fleet.serving() == {"cam-0": new, "cam-1": old, "cam-2": new, "cam-3": old}
    assert "pinned to newnet@2 by the policy of group:north" in reasons(fleet, "cam-0")
    fleet.restart()
    fleet.rig.wait(86_400.0)
    fleet.obey()
    assert fleet.serving()["cam-0"] == new, "though another one is more accurate"
    fleet.rig.store.configure_device("cam-1", None, site="site-0")
    fleet.rig.services.decisions.consider("cam-1", "moved")
    fleet.rig.settle()
    fleet.obey()
    assert fleet.serving()["cam-1"] == new, "who comes into the group later"
    change(fleet, "group:north", model=None)
    fleet.obey()
    assert set(fleet.serving().values()) == {old}


def reasons(fleet: RolloutFleet, device: str) -> str:
    pin = fleet.rig.services.overrides.of(fleet.rig.store.device(device)).pin
    return pin.text if pin else ""


def test_the_nearest_scope_s_model_counts_and_what_is_set_by_hand_before_all_of_them(
    fleet: RolloutFleet,
) -> None:
    change(fleet, "fleet", model="old-fp32")
    change(fleet, "group:north", model="newnet")
    fleet.obey()
    change(fleet, "device:cam-2", model="old-fp32")
    fleet.obey()
    assert fleet.serving() == dict.fromkeys(fleet.names, "old-fp32") | {"cam-0": "new-fp32"}
    holds = fleet.rig.services.policy_changes.holds_for
    assert (holds("device:cam-0").model, holds("device:cam-0").model_source) == (
        "newnet",
        "group:north",
    )
    assert holds("device:cam-3").model_source == "fleet"
    pin_new(fleet, "cam-3")
    fleet.obey()
    assert fleet.serving()["cam-3"] == "new-fp32"


def test_what_a_device_is_kept_from_by_hand_counts_before_the_policys_model(
    fleet: RolloutFleet,
) -> None:
    change(fleet, "group:north", model="newnet")
    body = OverrideBody(kind="avoid", target="new-fp32", reason="hot", life_s=9e5, device="cam-0")
    fleet.rig.services.override_changes.set(body, "ops")
    permits = fleet.rig.services.overrides.of(fleet.rig.store.device("cam-0")).permits
    assert [permits(spec) for spec in (OLD, NEW)] == [False, False]


def test_a_preview_shows_who_would_serve_another_model(fleet: RolloutFleet) -> None:
    preview = fleet.rig.services.policy_changes.preview("group:north", {"model": "newnet"})
    assert {one.device for one in preview.changes} == {"cam-0", "cam-2"}
    assert all(one.after.startswith("new-fp32@") for one in preview.changes)
    assert set(fleet.serving().values()) == {"old-fp32"}


def test_a_model_that_is_not_there_is_no_policy_and_a_group_with_one_is_needed(
    fleet: RolloutFleet,
) -> None:
    with pytest.raises(NotFoundError, match="no variant or model 'nonet'"):
        change(fleet, "group:north", model="nonet")
    with pytest.raises(InvalidError, match="MODEL@VERSION"):
        change(fleet, "group:north", model=7.0)
    change(fleet, "group:north", model="newnet", power_w=9.0)
    change(fleet, "group:north", power_w=None)
    assert fleet.rig.services.policies.record("group:north").model == "newnet", "it stays as it was"
    with pytest.raises(ConflictError, match="it has a policy"):
        fleet.rig.services.groups.delete("north")
