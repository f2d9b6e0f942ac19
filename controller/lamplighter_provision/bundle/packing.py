"""Writes a bundle: a tar that `tar -xzf` unpacks, whole or not at all."""

import gzip
import io
import tarfile
from pathlib import Path

from lamplighter_provision.bundle.contents import texts, wheels_for
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Gateway

PLAIN, SECRET, PROGRAM = 0o644, 0o600, 0o755
MODES = {"install.sh": PROGRAM, "token": SECRET, "agent.toml": SECRET}


def pack(gateway: Gateway, device: str, arch: str, wheels: Path, out: Path, token: str) -> Path:
    """The bundle of a device; a file of that name is replaced.

    Args:
        wheels: the folder that `make image` has made.
        token: for its enrolment; empty: it is enrolled by hand.

    Raises:
        ProvisionError: something that goes in is missing, or the file cannot be written.
    """
    files = wheels_for(wheels, arch)
    content = texts(gateway, device, arch, files) | ({"token": token + "\n"} if token else {})
    target = out / f"{device}.tar.gz"
    part = out / f".{device}.tar.gz.part"
    try:
        out.mkdir(parents=True, exist_ok=True)
        part.touch(SECRET)
        with gzip.open(part, "wb", compresslevel=1) as packed:
            _write(packed, content, files)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ProvisionError(f"{out} cannot be written: {error.strerror}; name another") from error
    return target


def _write(packed: gzip.GzipFile, content: dict[str, str], wheels: list[Path]) -> None:
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in sorted(content.items()):
            _add(archive, name, text.encode(), MODES.get(name, PLAIN))
        for wheel in wheels:
            _add(archive, f"wheels/{wheel.name}", wheel.read_bytes(), PLAIN)


def _add(archive: tarfile.TarFile, name: str, data: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    archive.addfile(entry, io.BytesIO(data))
