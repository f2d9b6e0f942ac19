"""What a broker on another machine needs: its certificate, and mosquitto's configuration."""

from pathlib import Path

from lamplighter_wire.files import write_atomically

from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.link.mosquitto_configuration import (
    ACL_FILE,
    REVOKED_FILE,
    configuration,
)
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.pki.names import ServerFiles

# That machine's memory is not known here.
MEMORY_LIMIT = 2 * 1024**3


def write_broker_files(
    authority: Authority,
    out: Path,
    name: str,
    port: int,
    at: Path,
    user: str,
    rules: AccessRules,
) -> list[Path]:
    """Certificate, key, authority, access rules and mosquitto.conf for a broker called `name`.

    Args:
        at: folder in which the files will lie on the broker's machine.
        user: whom mosquitto becomes there when root starts it.
        rules: who may do what, as of now.

    Raises:
        OSError: the folder cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = authority.server_files([name], out)
    there = ServerFiles(at / "ca.crt", at / files.cert.name, at / files.key.name)
    texts = {
        "ca.crt": authority.ca_pem,
        ACL_FILE: rules.text(),
        REVOKED_FILE: rules.revoked.decode(),
        "mosquitto.conf": configuration(at, there, "", port, user=user, memory_limit=MEMORY_LIMIT),
    }
    for file, text in texts.items():
        write_atomically(out / file, [text.encode()])
    (out / "data").mkdir(exist_ok=True)
    return [files.cert, files.key, *(out / file for file in texts)]


def copy_shut_out(source: Path, out: Path) -> None:
    """Over what was written, whom a controller that uses such a broker keeps out by now."""
    names = [name for name in (ACL_FILE, REVOKED_FILE) if (source / name).exists()]
    for name in names:
        write_atomically(out / name, [(source / name).read_bytes()])
