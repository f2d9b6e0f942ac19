"""Other signing keys are believed where known ones say so, and are on disk before they count."""

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lamplighter_agent.link.certificates.signing_keys import KeysInForce, TrustedSigningKeys
from lamplighter_agent.link.identity import FOLDER, RECORD, IdentityRecord, load_identity
from lamplighter_wire.codec import encode
from lamplighter_wire.enrolment import BrokerAddress
from lamplighter_wire.key_succession import BelievedKeys, sign_keys
from lamplighter_wire.messages import Command, SignedKeys
from lamplighter_wire.signing import KeySet, SigningKey

from tests.unit.agent.link.certificates.test_renewal import Told

OLD, NEW = SigningKey.generate(), SigningKey.generate()
BOTH = KeySet.of(OLD, NEW)
AFTER = KeySet(KeySet.of(NEW).keys, KeySet.of(OLD).keys)
LISTS = [sign_keys(1, BOTH, [OLD, NEW]), sign_keys(2, AFTER, [NEW])]


class Device:
    """Enrolled while the old key was the only one."""

    def __init__(self, home: Path) -> None:
        self.home, self.folder = home, home / FOLDER
        self.folder.mkdir()
        record = IdentityRecord("cam-1", BrokerAddress(), KeySet.of(OLD).to_dict(), authorities=4)
        (self.folder / RECORD).write_bytes(msgspec.json.encode(record))
        self.told, self.taken = Told(), list[int]()
        self.start()

    def start(self) -> None:
        identity = load_identity(self.home)
        self.in_force = KeysInForce(identity.keys, identity.keys_version)
        reporter: Any = self.told
        self.keys = TrustedSigningKeys(self.folder, self.in_force, reporter, self.taken.append)

    def hear(self, *lists: SignedKeys) -> None:
        data = {"lists": [base64.b64encode(encode(signed)).decode() for signed in lists]}
        self.keys.receive(Command(kind="signing_keys", data=data))


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def test_what_is_taken_counts_at_once_and_after_the_next_start(device: Device) -> None:
    device.hear(LISTS[0])
    assert device.in_force() == BOTH
    device.start()
    assert device.in_force.believed == BelievedKeys(BOTH, 1)
    device.hear(*LISTS)
    device.start()
    assert device.in_force.believed == BelievedKeys(AFTER, 2)
    assert (device.taken, device.told.kinds) == ([1, 2], ["signing_keys_taken"] * 2)
    assert load_identity(device.home).authorities == 4, "the rest of the record stays"


def test_what_it_has_is_said_again_and_an_earlier_list_changes_nothing(device: Device) -> None:
    device.hear(*LISTS)
    device.hear(LISTS[0])
    assert device.in_force.believed == BelievedKeys(AFTER, 2)
    assert (device.taken, device.told.kinds) == ([2, 2], ["signing_keys_taken"])


def test_a_list_of_strangers_and_nonsense_are_told_and_change_nothing(device: Device) -> None:
    device.hear(sign_keys(1, KeySet.of(NEW), [NEW]))
    device.hear()
    for data in ({}, {"lists": "?"}, {"lists": ["?"]}, {"lists": [""]}, {"lists": [1]}):
        device.keys.receive(Command(kind="signing_keys", data=data))
    device.start()
    assert device.in_force.believed == BelievedKeys(KeySet.of(OLD))
    assert (device.taken, device.told.kinds) == ([], ["signing_keys_kept"] * 7)


def test_what_cannot_be_written_does_not_count(device: Device) -> None:
    """A power cut before the record is replaced leaves what counted, and the list comes again."""
    record = (device.folder / RECORD).read_bytes()
    (device.folder / RECORD).unlink()
    (device.folder / RECORD).mkdir()
    device.hear(*LISTS)
    assert device.in_force.believed == BelievedKeys(KeySet.of(OLD))
    assert (device.taken, device.told.kinds) == ([], ["signing_keys_kept"])
    (device.folder / RECORD).rmdir()
    (device.folder / RECORD).write_bytes(record)
    device.hear(*LISTS)
    assert device.in_force.believed == BelievedKeys(AFTER, 2)
