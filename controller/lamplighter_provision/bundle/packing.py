"""Writes a bundle: a tar that `tar -xzf` unpacks, whole or not at all."""

import gzip
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

from lamplighter_provision.bundle.contents import DIGEST, texts, wheels_for
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Gateway

PLAIN, SECRET, PROGRAM = 0o644, 0o600, 0o755
TOKEN, WHEELS, SUFFIX = "token", "wheels/", ".tar.gz"
MODES = {"install.sh": PROGRAM, TOKEN: SECRET, "agent.toml": SECRET}


@dataclass(frozen=True, slots=True)
class Packed:
    """What a bundle that lies there is; `digest` empty: the file is none."""

    digest: str = ""
    has_token: bool = False


def packed_at(path: Path) -> Packed | None:
    """The bundle of a path, read as far as its wheels; None: nothing is there."""
    digest, has_token = "", False
    try:
        with tarfile.open(path, "r|gz") as archive:
            for entry in archive:
                if entry.name.startswith(WHEELS):
                    break
                has_token |= entry.name == TOKEN
                content = archive.extractfile(entry) if entry.name == DIGEST else None
                digest = content.read().decode().strip() if content else digest
    except FileNotFoundError:
        return None
    except (OSError, EOFError, tarfile.TarError, UnicodeDecodeError):
        return Packed()
    return Packed(digest, has_token)


def pack(gateway: Gateway, device: str, arch: str, wheels: Path, out: Path, token: str) -> Path:
    """The bundle of a device; a file of that name is replaced.

    Args:
        wheels: the folder that `make image` has made.
        token: for its enrolment; empty: it is enrolled by hand.

    Raises:
        ProvisionError: something that goes in is missing, or the file cannot be written.
    """
    files = wheels_for(wheels, arch)
    content = texts(gateway, device, arch, files) | ({TOKEN: token + "\n"} if token else {})
    target = out / f"{device}{SUFFIX}"
    part = out / f".{device}{SUFFIX}.part"
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
            _add(archive, f"{WHEELS}{wheel.name}", wheel.read_bytes(), PLAIN)


def _add(archive: tarfile.TarFile, name: str, data: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    archive.addfile(entry, io.BytesIO(data))
