"""Other processors by qemu, outside the ordinary suite: `make emulated` prepares them."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def emulators() -> Path:
    """The folder that deploy/setup/emulated.sh has filled."""
    folder = Path(os.environ.get("LAMPLIGHTER_EMULATED", ""))
    if not (folder / ".ready").exists() or not folder.is_absolute():
        pytest.skip("no emulators here: run `make emulated`")
    return folder
