"""All that an order makes a device fetch counts for its bytes of the day."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lamplighter_client.documents.requests import LabelBody
from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.policy.policy import Policy
from lamplighter_controller.domain.policy.release import RELEASED, GateVerdict, Intent
from lamplighter_controller.services.deployments.byte_budgets import ByteBudgets
from lamplighter_wire.messages import Desired, OperatingPoint, Rung

from tests.simulators.controller_rig import Rig, spec

OFFERS = [spec(name, 0.8, 300.0) for name in ("large", "middle", "small")]
MEGABYTES = OFFERS[0].size_bytes / 1e6


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, OFFERS)
    made.device("cam-1")
    made.services.fleet.label("cam-1", None, LabelBody(site="north"))
    yield made
    made.close()


def asked(rig: Rig, budgets: ByteBudgets, variants: str, resident: str = "") -> GateVerdict:
    """What the gate says of an order for the first, with the others on its ladder."""
    primary, *rungs = (Rung(point=OperatingPoint(variant=name)) for name in variants.split())
    desired = Desired(device="cam-1", primary=primary, ladder=[primary, *rungs])
    views = rig.services.rehearsals._models._views  # noqa: SLF001 - as plans see devices
    policy = Policy(device_bytes_a_day=int(2.5e6 * MEGABYTES))
    view: DeviceView = views.view(rig.store.device("cam-1"))
    view = replace(view, policy=policy, resident=tuple(resident.split()))
    gate = budgets.keeping_to(lambda *_: RELEASED)
    return gate(Intent(desired=desired, why="accuracy"), view, rig.clock.time())


def test_the_ladder_travels_as_well_and_what_is_held_does_not(rig: Rig) -> None:
    budgets = ByteBudgets(rig.store, rig.services.catalogue)
    assert asked(rig, budgets, "large").is_released
    held = asked(rig, budgets, "large middle small", "large")
    had, more = f"{MEGABYTES:.1f}", f"{2 * MEGABYTES:.1f}"
    assert (
        held.reason
        == f"the device has had {had} of {2.5 * MEGABYTES:.1f} MB a day, this is {more} MB"
    )
    assert asked(rig, budgets, "large middle small", "large middle").is_released
    assert asked(rig, budgets, "small middle large", "large middle small").is_released, "no bytes"
