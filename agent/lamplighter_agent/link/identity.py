"""What an enrolment left on the device.

Read at every start, so without the libraries that only an enrolment needs.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec
from lamplighter_wire.enrolment import BrokerAddress
from lamplighter_wire.errors import WireError
from lamplighter_wire.signing import KeySet
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


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this device is, whom it trusts, and where its broker is."""

    device: str
    broker_host: str
    broker_port: int
    keys: KeySet
    tls: TlsFiles


def load_identity(state_dir: Path) -> Identity:
    """What an enrolment left.

    Raises:
        EnrolError: there is none, or it is damaged.
    """
    folder = state_dir / FOLDER
    try:
        record = msgspec.json.decode((folder / RECORD).read_bytes(), type=IdentityRecord)
        keys = KeySet.from_dict(record.keys)
    except FileNotFoundError:
        raise EnrolError(
            f"not enrolled: nothing in {folder}; run `lamplighter-agent enrol --url … --token -`"
        ) from None
    except (OSError, msgspec.MsgspecError, WireError) as error:
        raise EnrolError(f"the identity in {folder} is damaged: {error}; enrol again") from error
    tls = TlsFiles(folder / AUTHORITY, folder / CERTIFICATE, folder / KEY)
    return Identity(record.device, record.broker.host, record.broker.port, keys, tls)
