"""Images of whole Debian machines, and what of this checkout they run instead of installing it."""

import io
import sysconfig
import tarfile
from collections.abc import Mapping
from pathlib import Path

from tests.engine.own_engine import OwnEngine

ROOT = Path(__file__).resolve().parents[2]
MACHINE = "lamplighter-machine:test"
CHECKOUT, PACKAGES = "/checkout", "/packages"
# What stands in the place of installing it, which would take a gigabyte and an index.
LENT = {str(ROOT): CHECKOUT, sysconfig.get_path("purelib"): PACKAGES}
LENT_PATH = ":".join(
    [*(f"{CHECKOUT}/{name}" for name in ("agent", "controller", "recipes")), PACKAGES]
)


def build(
    engine: OwnEngine, tag: str, dockerfile: str, files: Mapping[str, str] | None = None
) -> None:
    """An image from a Dockerfile and what it copies; without a network."""
    context = io.BytesIO(archive({"Dockerfile": dockerfile, **(files or {})}))
    engine.client.images.build(fileobj=context, custom_context=True, tag=tag, rm=True)


def archive(files: Mapping[str, str | bytes]) -> bytes:
    """A tar of programs and other small files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as out:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o755
            out.addfile(entry, io.BytesIO(data))
    return packed.getvalue()
