"""Whatever fails in the middle, the identity that is there is whole and works."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lamplighter_agent.link.certificates import renewal as module
from lamplighter_agent.link.certificates.renewal import WAITING, Renewal
from lamplighter_agent.link.enrolment import enrol_through
from lamplighter_agent.link.identity import FOLDER, load_identity
from lamplighter_controller.pki import authority
from lamplighter_controller.pki.authority import Authority
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.enrolment import (
    BrokerAddress,
    EnrolRequest,
    EnrolResponse,
    Token,
    build_response,
)
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Command, Request
from lamplighter_wire.signing import KeySet, SigningKey
from lamplighter_wire.transport.mqtt import TlsFiles, tls_context

NAME = "cam-1"
_FORM = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class Told:
    """The reporter's part that a renewal uses; keeps what it was told."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.kinds: list[str] = []

    def publish(self, _channel: str, request: Request) -> None:
        self.requests.append(request)

    def event(self, kind: str, *_more: Any) -> None:
        self.kinds.append(kind)


class Device:
    """Enrolled with an authority; `prove` and `switched` are what is around a renewal."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.told, self.switched = folder, Told(), []
        self.authority = Authority(folder / "authority")
        self.prove: Callable[[TlsFiles], None] = tls_context
        token = Token.create(self.authority.ca_key_hash)

        def answer(_url: str, body: bytes) -> bytes:
            request = decode(body, EnrolRequest)
            bare = EnrolResponse(
                certificate=self.authority.sign_csr(request.csr, NAME),
                ca=self.authority.ca_pem,
                keys=KeySet.of(SigningKey.generate()).to_dict(),
                broker=BrokerAddress(host="127.0.0.1", port=8883),
            )
            return encode(build_response(bare, token.secret, request.nonce))

        self.first = enrol_through(answer, "https://controller", str(token), folder, NAME)

    def renewal(self) -> Renewal:
        switch = lambda files, ends_at: self.switched.append((files, ends_at))  # noqa: E731
        reporter: Any = self.told
        prove = lambda files: self.prove(files)  # noqa: E731
        return Renewal(self.folder / FOLDER, NAME, reporter, lambda: 1.8e9, prove, switch)

    def answer(self) -> Command:
        """A certificate for what was asked for last."""
        certificate = self.authority.sign_der(self.told.requests[-1].csr, NAME)
        return Command(device=NAME, data={"certificate": certificate})


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def test_the_new_pair_belongs_together_and_the_old_is_gone(device: Device) -> None:
    renewal = device.renewal()
    renewal.begin(Command())
    csr = x509.load_der_x509_csr(device.told.requests[0].csr)
    assert csr.is_signature_valid
    renewal.receive(device.answer())
    now = load_identity(device.folder)
    assert device.switched == [(now.tls, now.ends_at)]
    certificate = x509.load_pem_x509_certificate(now.tls.cert.read_bytes())
    assert certificate.public_key() == csr.public_key()
    tls_context(now.tls)
    assert not device.first.tls.cert.exists()
    assert now.tls.key.stat().st_mode & 0o077 == 0
    assert device.told.kinds == ["certificate_renewed"]


def test_a_second_order_keeps_the_key_that_waits(device: Device) -> None:
    renewal = device.renewal()
    renewal.begin(Command())
    renewal.begin(Command())
    keys = {
        x509.load_der_x509_csr(r.csr).public_key().public_bytes(*_FORM)
        for r in device.told.requests
    }
    assert (len(device.told.requests), len(keys)) == (2, 1)


def test_nothing_is_asked_for_without_an_order(device: Device) -> None:
    device.renewal().ask()
    device.renewal().receive(Command(data={"certificate": "anything"}))
    assert not device.told.requests
    assert not device.told.kinds


def test_a_broker_that_does_not_take_it_leaves_all_as_it_was(device: Device) -> None:
    def refuse(_files: TlsFiles) -> None:
        raise TransportError("the broker does not know this authority")

    device.prove = refuse
    renewal = device.renewal()
    renewal.begin(Command())
    renewal.receive(device.answer())
    assert load_identity(device.folder) == device.first
    assert device.told.kinds == ["certificate_kept"]
    device.prove = tls_context
    renewal.receive(device.answer())
    assert device.switched, "the key has waited"


def test_two_certificates_that_end_at_one_second_are_told_apart(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    stands = datetime(2026, 11, 1, tzinfo=UTC)
    monkeypatch.setattr(authority, "_now", lambda: stands)  # a controller without a battery
    renewal = device.renewal()
    for _ in range(3):
        renewal.begin(Command())
        renewal.receive(device.answer())
        tls_context(load_identity(device.folder).tls)
    now = load_identity(device.folder)
    certificate = now.tls.cert.read_bytes()

    def refuse(_files: TlsFiles) -> None:
        raise TransportError("the broker is away")

    device.prove = refuse
    renewal.begin(Command())
    renewal.receive(device.answer())
    assert load_identity(device.folder).tls.cert.read_bytes() == certificate
    tls_context(now.tls)


@pytest.mark.parametrize("writes", [0, 1])
def test_power_may_fail_between_any_two_files(
    device: Device, writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def write(path: Path, pieces: list[bytes]) -> None:
        if len(done) == writes:
            raise KeyboardInterrupt
        done.append(path)
        path.write_bytes(b"".join(pieces))

    renewal = device.renewal()
    renewal.begin(Command())
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_atomically", write)
        with pytest.raises(KeyboardInterrupt):
            renewal.receive(device.answer())
    assert load_identity(device.folder) == device.first
    tls_context(device.first.tls)
    again = device.renewal()
    again.begin(Command())
    again.receive(device.answer())
    assert load_identity(device.folder) != device.first
    names = {path.name for path in (device.folder / FOLDER).glob("*")}
    assert len([name for name in names if name.startswith("device")]) == 2
    assert WAITING not in names


def test_a_folder_that_is_none_is_told(device: Device) -> None:
    shutil.rmtree(device.folder / FOLDER)
    (device.folder / FOLDER).touch()
    device.renewal().begin(Command())
    assert device.told.kinds == ["certificate_kept"]
