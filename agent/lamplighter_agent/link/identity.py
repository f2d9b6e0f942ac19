"""What an enrolment left on the device.

Read at every start, so without the libraries that only an enrolment needs.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec
from lamplighter_wire.enrolment import BrokerAddress
from lamplighter_wire.errors import WireError
from lamplighter_wire.key_succession import BelievedKeys
from lamplighter_wire.signing import KeySet, encoded_keys
from lamplighter_wire.transport.mqtt import TlsFiles

from lamplighter_agent.errors import EnrolError

FOLDER, RECORD = "identity", "identity.json"
KEY, CERTIFICATE, AUTHORITY = "device.key", "device.pem", "ca.pem"


class IdentityRecord(msgspec.Struct, frozen=True):
    """identity.json: written last, so its presence means that the enrolment is complete."""

    device: str
    broker: BrokerAddress
    keys: dict[str, str]
    url: str = ""
    pair: str = ""  # part of the names of key and certificate; empty: of the enrolment
    ends_at: float = 0.0  # when the certificate ends; 0: not known
    camera: str = ""  # as it was registered for this device; what the settings say goes before
    authorities: int = 0  # version of those in ca.pem; 0: as the enrolment left them
    former_keys: dict[str, str] = {}  # of manifests only
    keys_version: int = 0  # 0: as the enrolment left them


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this device is, whom it trusts, and where its broker is."""

    device: str
    broker_host: str
    broker_port: int
    keys: KeySet
    tls: TlsFiles
    ends_at: float = 0.0  # when the certificate ends, wall time; 0: not known
    camera: str = ""  # as it was registered; may hold a password
    authorities: int = 0  # version of those that it trusts
    url: str = ""  # of the controller, as it was named at enrolment
    keys_version: int = 0


def pair_files(folder: Path, pair: str) -> TlsFiles:
    """The authority's certificate, and a device's own with its key."""
    own = [folder / Path(name).with_stem(Path(name).stem + pair) for name in (CERTIFICATE, KEY)]
    return TlsFiles(folder / AUTHORITY, own[0], own[1])


def read_record(state_dir: Path) -> IdentityRecord | None:
    """What was written of an enrolment; None where there is none, or none that can be read."""
    try:
        content = (state_dir / FOLDER / RECORD).read_bytes()
        return msgspec.json.decode(content, type=IdentityRecord)
    except (OSError, msgspec.MsgspecError):
        return None


def load_identity(state_dir: Path) -> Identity:
    """What an enrolment left.

    Raises:
        EnrolError: there is none, or it is damaged.
    """
    folder = state_dir / FOLDER
    try:
        record = msgspec.json.decode((folder / RECORD).read_bytes(), type=IdentityRecord)
        keys = KeySet.from_dict(record.keys, record.former_keys)
    except FileNotFoundError:
        raise EnrolError(
            f"not enrolled: nothing in {folder}; run `lamplighter-agent enrol --url … --token -`"
        ) from None
    except (OSError, msgspec.MsgspecError, WireError) as error:
        raise EnrolError(f"the identity in {folder} is damaged: {error}; enrol again") from error
    tls, broker = pair_files(folder, record.pair), record.broker
    return Identity(
        record.device,
        broker.host,
        broker.port,
        keys,
        tls,
        record.ends_at,
        record.camera,
        record.authorities,
        record.url,
        record.keys_version,
    )


def with_keys(record: IdentityRecord, believed: BelievedKeys) -> IdentityRecord:
    """The record of an identity that believes these."""
    return msgspec.structs.replace(
        record,
        keys=believed.keys.to_dict(),
        former_keys=encoded_keys(believed.keys.former),
        keys_version=believed.version,
    )


def registered_camera(state_dir: Path) -> str:
    """That of the identity; empty where there is none, whatever the reason."""
    try:
        return load_identity(state_dir).camera
    except EnrolError:
        return ""
