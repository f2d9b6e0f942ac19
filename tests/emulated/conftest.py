"""Other processors by qemu, outside the ordinary suite: `make emulated` prepares them."""

import os
from pathlib import Path

import pytest

from tests.emulated.board import Board


@pytest.fixture(scope="session")
def emulators() -> Path:
    """The folder that deploy/setup/emulated.sh has filled."""
    folder = Path(os.environ.get("LAMPLIGHTER_EMULATED", ""))
    if not (folder / ".ready").exists() or not folder.is_absolute():
        pytest.skip("no emulators here: run `make emulated`")
    return folder


@pytest.fixture(scope="session")
def board(emulators: Path) -> Board:
    """An arm64 machine's Python."""
    return Board(emulators)
