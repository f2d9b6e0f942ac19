"""End a device's session at the broker: whoever connects under the same name takes its place."""

import logging
import tempfile
from enum import StrEnum
from pathlib import Path

from lamplighter_wire import topics
from lamplighter_wire.errors import RefusedError, TransportError
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles

from lamplighter_controller.pki.authority import Authority

log = logging.getLogger(__name__)

ANSWER_S = 5.0


class Evicted(StrEnum):
    """What came of it."""

    KEPT_OUT = "kept_out"  # under its name nothing can be said any more
    LET_IN = "let_in"  # the broker has not read its rules
    UNKNOWN = "unknown"  # it did not let us try


def evict(authority: Authority, ca: Path, host: str, port: int, device: str) -> Evicted:
    """Take the place of a device's connection, try to say something under its name, and leave.

    The certificate is made for this and thrown away. What waited for the device is dropped with its
    session. The broker's rules must keep the device out already, or it is back at once.
    """
    with tempfile.TemporaryDirectory(prefix="lamplighter-") as folder:
        files = authority.passing_files(device, Path(folder))
        tls = TlsFiles(ca, files.cert, files.key)
        transport = MqttTransport(host, port, device, tls, session_expiry_s=0)
        try:
            transport.connect()
            # A reader's name is no device's id.
            transport.publish(f"{topics.ROOT}/{device}/up/event", b"", wait_s=ANSWER_S)
        except RefusedError:
            return Evicted.KEPT_OUT
        except TransportError as error:
            log.warning("the session of %s was not ended: %s", device, error)
            return Evicted.UNKNOWN
        finally:
            transport.close()
    return Evicted.LET_IN
