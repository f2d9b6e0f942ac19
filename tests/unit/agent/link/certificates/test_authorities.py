"""Other authorities are believed only where a known key says so, later, and the broker fits."""

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lamplighter_agent.link.certificates.authorities import TrustedAuthorities
from lamplighter_agent.link.identity import FOLDER, RECORD, IdentityRecord, load_identity
from lamplighter_wire.codec import encode
from lamplighter_wire.enrolment import BrokerAddress
from lamplighter_wire.errors import TransportError
from lamplighter_wire.messages import Authorities, Command
from lamplighter_wire.signing import KeySet, SigningKey, sign
from lamplighter_wire.transport.mqtt import TlsFiles

from tests.unit.agent.link.certificates.test_renewal import Told

KEY, STRANGER = SigningKey.generate(), SigningKey.generate()
OLD, NEW = "old\n", "new\n"


class Device:
    """Enrolled; the broker fits unless `prove` is told otherwise."""

    def __init__(self, home: Path) -> None:
        self.home, self.folder = home, home / FOLDER
        self.folder.mkdir()
        record = IdentityRecord("cam-1", BrokerAddress(), KeySet.of(KEY).to_dict(), authorities=1)
        (self.folder / RECORD).write_bytes(msgspec.json.encode(record))
        (self.folder / "ca.pem").write_text(OLD)
        self.told, self.taken = Told(), list[int]()
        self.fits = True
        reporter: Any = self.told
        self.authorities = TrustedAuthorities(
            self.folder, lambda: KeySet.of(KEY), reporter, self._prove, self.taken.append
        )

    def _prove(self, files: TlsFiles) -> None:
        assert files.ca.read_text() == OLD + NEW
        if not self.fits:
            raise TransportError("the broker is another's")

    def hear(self, said: Authorities, key: SigningKey = KEY) -> None:
        envelope = base64.b64encode(encode(sign(encode(said), key))).decode()
        self.authorities.receive(Command(kind="authorities", data={"envelope": envelope}))

    def believes(self) -> tuple[str, int]:
        """What is in force after the next start."""
        identity = load_identity(self.home)
        return identity.tls.ca.read_text(), identity.authorities


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def test_a_later_version_of_a_known_key_is_taken(device: Device) -> None:
    device.hear(Authorities(version=2, authorities=[OLD, NEW]))
    assert device.believes() == (OLD + NEW, 2)
    assert (device.taken, device.told.kinds) == ([2], ["authorities_taken"])
    device.hear(Authorities(version=2, authorities=[OLD, NEW]))
    assert device.taken == [2, 2], "what it has is said again"


@pytest.mark.parametrize("version", [0, 1])
def test_an_earlier_one_changes_nothing(device: Device, version: int) -> None:
    device.hear(Authorities(version=version, authorities=[NEW]))
    assert device.believes() == (OLD, 1)


def test_a_strange_key_an_empty_list_and_nonsense_are_not_believed(device: Device) -> None:
    device.hear(Authorities(version=2, authorities=[OLD, NEW]), STRANGER)
    device.hear(Authorities(version=2))
    device.authorities.receive(Command(kind="authorities", data={"envelope": "?"}))
    device.authorities.receive(Command(kind="authorities"))
    assert device.believes() == (OLD, 1)
    assert (device.taken, device.told.kinds) == ([], ["authorities_kept"] * 4)


def test_authorities_that_the_broker_does_not_fit_are_not_believed(device: Device) -> None:
    device.fits = False
    device.hear(Authorities(version=2, authorities=[OLD, NEW]))
    assert device.believes() == (OLD, 1)
