"""Limits, hours and bytes of the day that hold for the devices of a group."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_client.documents.requests import OverrideBody
from lamplighter_controller.errors import ConflictError, NotFoundError

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


def change(fleet: RolloutFleet, scope: str, **values: float | None) -> None:
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
    _, sources = fleet.rig.services.policy_changes.holds_for("device:cam-2")
    assert sources["latency_p95_ms"] == "group:north"
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
    body = OverrideBody(kind="pin", target="newnet", reason="try", life_s=9e5, device=device)
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
