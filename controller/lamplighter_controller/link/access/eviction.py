"""End a device's session at the broker: whoever connects under the same name takes its place."""

import logging
import tempfile
from pathlib import Path

from lamplighter_wire.errors import TransportError
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles

from lamplighter_controller.pki.authority import Authority

log = logging.getLogger(__name__)


def evict(authority: Authority, ca: Path, host: str, port: int, device: str) -> bool:
    """Take the place of a device's connection and leave; whether the broker let us.

    The certificate is made for this and thrown away. What waited for the device is dropped with its
    session. The broker's rules must keep the device out already, or it is back at once.
    """
    with tempfile.TemporaryDirectory(prefix="lamplighter-") as folder:
        files = authority.passing_files(device, Path(folder))
        tls = TlsFiles(ca, files.cert, files.key)
        transport = MqttTransport(host, port, device, tls, session_expiry_s=0)
        try:
            transport.connect()
        except TransportError as error:
            log.warning("the session of %s was not ended: %s", device, error)
            return False
        finally:
            transport.close()
    return True
