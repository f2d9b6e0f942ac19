"""Devices that leave: a released name begins anew, and who is restored misses nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_client.documents.attention.marks import MarkBody
from lamplighter_client.documents.requests import OverrideBody
from lamplighter_controller.store.records import CertificateRecord

from tests.simulators.configured_fleet import ConfiguredFleet
from tests.simulators.rollout_fleet import NEW, OLD


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[ConfiguredFleet]:
    made = ConfiguredFleet(tmp_path, [OLD, NEW], count=2)
    yield made
    made.rig.close()


def test_nothing_that_was_set_by_hand_survives_the_release_of_a_name(
    fleet: ConfiguredFleet,
) -> None:
    services, store = fleet.rig.services, fleet.rig.store
    for name in fleet.names:
        own = {"power_w": 4.0, "model": "nanodet"}
        services.policy_changes.change(f"device:{name}", own)
        hold = OverrideBody(kind="hold", device=name, reason="cleaned", life_s=3600.0)
        services.override_changes.set(hold, "ops")
        mute = MarkBody(kind="mute", device=name, reason="works", life_s=3600.0)
        services.mark_changes.set(mute, "ops")
    store.add_certificate(CertificateRecord(serial="a", device="cam-0", issued_at=1.0))
    services.retirements.retire("cam-0", None)
    services.retirements.release("cam-0", None)
    policies = {one.scope: (one.values, one.model) for one in store.policies()}
    assert policies == {"device:cam-0": ({}, ""), "device:cam-1": ({"power_w": 4.0}, "nanodet")}
    record = store.device("cam-0")
    assert services.policies.of(record).power_w == services.policies.of_scopes([]).power_w
    assert not services.overrides.of(record).all
    (ended, kept) = sorted(store.marks(), key=lambda mark: mark.device)
    assert (ended.ended_by, kept.ended_at) == ("release of the name", None)


def test_who_is_restored_follows_what_was_changed_for_all_meanwhile(
    fleet: ConfiguredFleet,
) -> None:
    retirements = fleet.rig.services.retirements
    retirements.retire("cam-0", None)
    fleet.rig.services.policy_changes.change("fleet", {"model": "newnet"})
    fleet.rig.settle()
    fleet.obey()
    assert fleet.serving() == {"cam-0": "old-fp32", "cam-1": "new-fp32"}
    retirements.restore("cam-0", None)
    fleet.rig.settle()
    fleet.obey()
    assert fleet.serving() == {"cam-0": "new-fp32", "cam-1": "new-fp32"}
