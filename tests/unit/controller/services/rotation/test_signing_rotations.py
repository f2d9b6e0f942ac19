"""Orders are signed anew with the key of now: page by page, and of who comes back later."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.services.rotation import signing_rotations
from lamplighter_wire import topics
from lamplighter_wire.codec import decode
from lamplighter_wire.messages import Envelope

from tests.simulators.rollout_fleet import OLD, RolloutFleet


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RolloutFleet]:
    monkeypatch.setattr(signing_rotations, "PAGE_DEVICES", 2)
    made = RolloutFleet(tmp_path, [OLD], count=5)
    made.rig.settle()
    yield made
    made.rig.close()


def keys(fleet: RolloutFleet) -> set[str]:
    """Names of those that have signed what the devices should serve."""
    records = [fleet.rig.store.device(name) for name in fleet.names]
    return {decode(record.desired, Envelope).key_id for record in records}


def rotate(fleet: RolloutFleet) -> str:
    """To another key; its name."""
    signing = fleet.rig.services.signing
    signing.rotate()
    signing.switch(leave_behind=True)
    fleet.rig.settle()
    return signing.standing().key


def test_all_pages_are_signed_anew_and_each_order_is_the_same(fleet: RolloutFleet) -> None:
    before = {name: fleet.rig.store.device(name) for name in fleet.names}
    assert len(keys(fleet)) == 1
    new = rotate(fleet)
    assert keys(fleet) == {new}
    assert fleet.rig.services.signing.standing().unsigned == 0
    for name, record in before.items():
        now = fleet.rig.store.device(name)
        assert decode(now.desired, Envelope).payload == decode(record.desired, Envelope).payload


def test_who_was_retired_meanwhile_gets_its_order_signed_with_the_key_of_now(
    fleet: RolloutFleet,
) -> None:
    retirements = fleet.rig.services.retirements
    retirements.retire("cam-1", None)
    new = rotate(fleet)
    fleet.rig.services.signing.finish(leave_behind=True)
    assert keys(fleet) > {new}, "what is retired keeps what it had"
    fleet.rig.broker.log.clear()
    retirements.restore("cam-1", None)
    fleet.rig.settle()
    fleet.rig.outbound.flush()
    topic = topics.down("cam-1", "desired")
    sent = [payload for at, payload in fleet.rig.broker.log if at == topic and payload]
    assert [decode(payload, Envelope).key_id for payload in sent] == [new]
    assert keys(fleet) == {new}
