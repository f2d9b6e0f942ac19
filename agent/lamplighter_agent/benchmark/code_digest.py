"""What the answers of this process hang on beside its inputs: its own code, and what computes."""

import hashlib
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

OWN = "lamplighter_"
# Packages whose numbers differ from one version to the next.
COMPUTING = ("av", "numpy", "onnxruntime")


def code_digest() -> str:
    """Of the sources of all own modules that are loaded by now, and of versions; 64 hex digits."""
    digest = hashlib.sha256()
    for name in sorted(sys.modules):
        file = getattr(sys.modules[name], "__file__", None) if name.startswith(OWN) else None
        if file:
            digest.update(name.encode() + Path(file).read_bytes())
    for package in COMPUTING:
        digest.update(f"{package} {_version(package)}".encode())
    return digest.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
