"""Two machines with one identity: noticed, told, and the second is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_csr
from lamplighter_controller.services.clones.clone_choice import AWAY_S
from lamplighter_controller.store.records import CertificateRecord
from lamplighter_controller.store.registering.records import ClaimRecord
from lamplighter_wire.codec import decode
from lamplighter_wire.enrolment import build_request
from lamplighter_wire.joining.claims import ClaimState
from lamplighter_wire.messages import Birth, Command, Event, Request
from lamplighter_wire.topics import down

from tests.simulators.certificates import key_and_request
from tests.simulators.controller_rig import Device, Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    yield made
    made.close()


def born(device: Device, epoch: int, run: str) -> None:
    """A session of some run of the agent's program begins."""
    device.say("birth", Birth(device="cam-1", epoch=epoch, run=run))


def request() -> bytes:
    """For a new key."""
    pem = key_and_request("cam-1")[1]
    return load_pem_x509_csr(pem.encode()).public_bytes(Encoding.DER)


def asked(device: Device, csr: bytes) -> None:
    device.say("request", Request(device="cam-1", kind="certificate", csr=csr))


def renewed(device: Device) -> None:
    """It says that it uses a new certificate."""
    at = device.rig.clock.time()
    device.say("event", Event(device="cam-1", seq=1, at=at, kind="certificate_renewed"))


def serials(rig: Rig) -> list[str]:
    """Of certificates that were issued over the session, in that order."""
    events = [e for e in rig.store.events("cam-1") if e.kind == "certificate_issued"]
    return [str(event.data["serial"]) for event in sorted(events, key=lambda e: e.id)]


def refused(rig: Rig) -> int:
    """How many requests for a certificate were."""
    return [e.kind for e in rig.store.events("cam-1")].count("certificate_refused")


def revoked(rig: Rig) -> set[str]:
    return {certificate.serial for certificate in rig.store.revoked_certificates()}


def two_machines(rig: Rig) -> Device:
    """Run a was there first and has come back behind run b."""
    device = rig.device()
    for epoch, run in enumerate(("a", "b", "a"), 1):
        born(device, epoch, run)
    return device


def notices(rig: Rig) -> list[str]:
    (wrong,) = rig.services.health.all_notices([rig.store.device("cam-1")])
    return [notice.kind for notice in wrong if "clone" in notice.kind]


def orders(rig: Rig) -> list[Command]:
    """What the device was told."""
    topic = down("cam-1", "command")
    return [decode(payload, Command) for name, payload in rig.broker.log if name == topic]


def test_a_program_that_is_started_again_is_no_clone(rig: Rig) -> None:
    device = rig.device()
    for epoch, run in enumerate(("a", "a", "b", "c", "c"), 1):
        born(device, epoch, run)
    assert notices(rig) == []
    assert rig.store.device_state("cam-1").runs == {"a": 2, "b": 3, "c": 5}


def test_a_birth_that_is_delivered_again_is_no_clone(rig: Rig) -> None:
    device = rig.device()
    for epoch, run in ((1, "a"), (2, "b"), (1, "a"), (2, "b")):
        born(device, epoch, run)
    assert notices(rig) == []


def test_one_that_comes_back_is_told_to_make_a_key_and_the_other_is_refused(rig: Rig) -> None:
    device = rig.device()
    rig.store.add_certificate(CertificateRecord(serial="a1", device="cam-1", issued_at=1.0))
    for epoch, run in enumerate(("a", "b", "a"), 1):
        born(device, epoch, run)
    assert notices(rig) == ["cloned"]
    assert [(order.kind, order.data) for order in orders(rig)] == [("renew", {"run": "a"})]
    born(device, 4, "b")
    assert len(orders(rig)) == 1, "the second is told nothing"
    born(device, 5, "a")
    assert len(orders(rig)) == 2, "an order may have met the second"
    asked(device, request())
    assert refused(rig) == 0
    renewed(device)
    assert revoked(rig) == {"a1"}
    assert notices(rig) == ["clone_refused"]
    rig.clock.advance(2 * 86400.0)
    assert notices(rig) == []


def test_who_is_let_in_again_meanwhile_is_the_device(rig: Rig) -> None:
    rig.store.add_certificate(CertificateRecord(serial="a1", device="cam-1", issued_at=1.0))
    two_machines(rig)
    token, _ = rig.services.joining.tokens.create("cam-1")
    csr = key_and_request("cam-1")[1]
    rig.services.enrolment.enrol(build_request(token, "cam-1", csr))
    assert revoked(rig) == {"a1"}
    assert notices(rig) == []


def test_agents_that_do_not_say_their_run_are_left_alone(rig: Rig) -> None:
    device = rig.device()
    for epoch in range(1, 5):
        born(device, epoch, "")
    assert rig.store.device_state("cam-1").runs == {}


def test_a_copy_that_has_asked_for_a_certificate_loses_it(rig: Rig) -> None:
    device = rig.device()
    for epoch, run in enumerate(("a", "b"), 1):
        born(device, epoch, run)
    asked(device, request())
    born(device, 3, "a")
    asked(device, request())
    copys, first = serials(rig)
    assert refused(rig) == 0, "the copy's request holds up nobody"
    rig.store.put_claim(ClaimRecord(key="k", device="cam-1", state=ClaimState.ACCEPTED))
    rig.services.joining.tokens.create("cam-1")
    renewed(device)
    assert revoked(rig) == {copys}
    assert first not in revoked(rig)
    assert rig.store.claims() == []
    assert rig.store.tokens() == []


def test_what_a_copy_says_and_asks_settles_nothing(rig: Rig) -> None:
    device = two_machines(rig)
    renewed(device)
    assert revoked(rig) == set(), "there is no certificate yet that it could use"
    born(device, 4, "b")
    asked(device, request())
    assert (serials(rig), refused(rig)) == ([], 1)
    born(device, 5, "a")
    asked(device, request())
    born(device, 6, "b")
    renewed(device)
    assert notices(rig) == ["cloned"]
    assert revoked(rig) == set()
    asked(device, request())
    assert (len(serials(rig)), refused(rig)) == (1, 2)


def test_a_lost_answer_is_given_again_for_the_key_of_the_first_one(rig: Rig) -> None:
    device, own = two_machines(rig), request()
    asked(device, own)
    born(device, 4, "c")
    asked(device, own)
    assert (len(serials(rig)), refused(rig)) == (1, 0)
    answers = [order.data["certificate"] for order in orders(rig) if order.kind == "certificate"]
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_where_the_first_one_starts_again_it_is_named_anew_and_never_the_second(rig: Rig) -> None:
    device = two_machines(rig)
    for epoch, run in enumerate(("b", "c", "b"), 4):
        born(device, epoch, run)
    assert len(orders(rig)) == 1, "the first one may be back soon"
    rig.wait(AWAY_S)
    for epoch, run in enumerate(("c", "b", "c"), 7):
        born(device, epoch, run)
    assert orders(rig)[-1].data == {"run": "c"}
    asked(device, request())
    renewed(device)
    assert notices(rig) == ["clone_refused"]


def test_a_first_one_that_stays_connected_is_not_given_up(rig: Rig) -> None:
    device = two_machines(rig)
    rig.wait(2 * AWAY_S)
    born(device, 4, "b")
    born(device, 5, "c")
    born(device, 6, "b")
    assert len(orders(rig)) == 1
    assert notices(rig) == ["cloned"]


def test_an_operator_says_that_the_one_who_speaks_now_is_the_device(rig: Rig) -> None:
    device = two_machines(rig)
    born(device, 4, "c")
    order = rig.services.renewals.order_by_hand("cam-1")
    assert order.data == {"run": "c"}
    asked(device, request())
    renewed(device)
    assert notices(rig) == ["clone_refused"]


def test_a_copy_that_a_broker_still_lets_in_is_not_taken_for_the_first_one(rig: Rig) -> None:
    device = two_machines(rig)
    asked(device, request())
    renewed(device)
    told = len(orders(rig))
    for epoch, run in enumerate(("b", "a", "b", "a", "b"), 4):
        born(device, epoch, run)
    assert notices(rig) == ["clone_refused"]
    assert len(orders(rig)) == told
    for epoch, run in enumerate(("c", "b"), 9):
        born(device, epoch, run)
    assert notices(rig) == ["cloned"]
    born(device, 11, "c")
    assert orders(rig)[-1].data == {"run": "c"}, "never the one that was refused"
