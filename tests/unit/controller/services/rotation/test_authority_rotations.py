"""Nobody is left behind by another authority unless it is said: neither devices nor readers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from lamplighter_agent.link.certificates.device_keys import certificate_request
from lamplighter_controller.errors import ConflictError
from lamplighter_wire.enums import RequestKind
from lamplighter_wire.messages import Capabilities, Request

from tests.simulators.controller_rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    yield made
    made.close()


def test_readers_that_the_next_step_cuts_off_are_named(rig: Rig) -> None:
    rotations, readers = rig.services.rotations, rig.services.readers.readers
    readers.create("desk", "ops")
    assert rotations.standing().readers == []
    rig.clock.advance(1.0)
    rotations.rotate()
    assert rotations.standing().readers == ["desk"], "it knows the old authority only"
    with pytest.raises(ConflictError, match="cut off: desk; end them, add them again"):
        rotations.switch(leave_behind=False)
    readers.end("desk")
    both = readers.create("desk", "ops")
    rig.clock.advance(1.0)
    rotations.switch(leave_behind=False)
    assert rotations.standing().readers == ["desk"], "the old one has signed its certificate"
    with pytest.raises(ConflictError, match="cut off: desk"):
        rotations.finish(leave_behind=False)
    readers.end("desk")
    rig.clock.advance(1.0)
    assert readers.create("desk", "ops").certificate != both.certificate
    rotations.finish(leave_behind=False)
    assert rotations.standing().readers == []


def test_readers_are_cut_off_where_that_is_said(rig: Rig) -> None:
    rotations = rig.services.rotations
    rig.services.readers.readers.create("desk", "ops")
    rig.clock.advance(1.0)
    rotations.rotate()
    rotations.switch(leave_behind=True)
    rotations.finish(leave_behind=True)
    assert rotations.standing().phase == "none"


def test_who_was_renewed_just_before_follows_to_the_next_authority(rig: Rig) -> None:
    device = rig.device()
    device.say("capabilities", Capabilities(device="cam-1", authorities=1))
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]

    def ask(key: ec.EllipticCurvePrivateKey) -> list[str]:
        """What the controller says to a request, up to now."""
        csr = certificate_request(key, "cam-1").public_bytes(Encoding.DER)
        kind = RequestKind.CERTIFICATE
        rig.services.renewals.receive("cam-1", Request(device="cam-1", kind=kind, csr=csr))
        kinds = [event.kind for event in rig.store.events("cam-1", limit=50)]
        return [kind for kind in kinds if kind.startswith("certificate_")]

    issued, refused = "certificate_issued", "certificate_refused"
    assert ask(keys[0]) == [issued]
    assert ask(keys[1]) == [issued, refused], "no other key within the hour"
    rig.services.rotations.rotate()
    rig.services.rotations.switch(leave_behind=True)
    assert ask(keys[0])[2:] == [issued], "not once more what the old one has signed"
    assert ask(keys[0])[2:] == [issued], "but what the new one has"
    assert ask(keys[2])[3:] == [refused]
