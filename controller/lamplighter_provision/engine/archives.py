"""Tar files: one that brings a file into a container, and those that hold an image."""

import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.present import Image

AGENT_GROUP = 10001
READABLE = 0o440  # for root and the agent's group; the agent itself cannot change it


def file_archive(name: str, text: str) -> bytes:
    """A tar with one file that root owns and the agent may read."""
    content = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.gid = len(content), READABLE, AGENT_GROUP
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def read_image_file(path: Path, name: str) -> Image:
    """Which image a file of `docker save` holds, without an engine.

    Raises:
        ProvisionError: it is no such file, or holds no image of that name.
    """
    try:
        with tarfile.open(path) as archive:
            entries = [e for e in _read(archive, "manifest.json") if name in (e["RepoTags"] or ())]
            if not entries:
                raise ProvisionError(
                    f"{path}: holds no image {name}; write it with: docker save {name} -o FILE"
                )
            place = entries[0]["Config"]
            architecture = _read(archive, place)["architecture"]
    except (OSError, tarfile.TarError, KeyError, TypeError, ValueError) as error:
        raise ProvisionError(
            f"image_file: {path} cannot be read as a file of `docker save`: {error}"
        ) from error
    return Image(f"sha256:{re.findall('[0-9a-f]{64}', place)[-1]}", architecture)


def _read(archive: tarfile.TarFile, name: str) -> Any:
    file = archive.extractfile(name)
    return json.load(file) if file else {}
