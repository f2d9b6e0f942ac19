"""A copy of a device's disk: the first machine gets a new key, and the copy is refused."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_agent.link.identity import Identity, load_identity
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.errors import TransportError
from lamplighter_wire.signing import SigningKey
from lamplighter_wire.transport.handshake import shake_hands

from tests.integration.test_renewal import NAME, RenewingDevice, kinds
from tests.simulators.running_controller import RunningController, eventually

pytestmark = pytest.mark.broker


class Copy(RenewingDevice):
    """A machine with a copy of a device's disk."""

    def __init__(self, folder: Path) -> None:
        self.name, self.folder, self.clock = NAME, folder, SystemClock()
        self.identity = load_identity(folder)
        self.said = {"telemetry": 0, "event": 0}
        self._begin()


def is_refused(port: int, identity: Identity) -> bool:
    """Whether the broker takes what was copied no longer."""
    try:
        shake_hands("127.0.0.1", port, identity.tls)
    except TransportError:
        return True
    return False


@pytest.fixture
def control(tmp_path: Path) -> Iterator[RunningController]:
    made = RunningController(tmp_path / "controller", SigningKey.generate())
    with made.running():
        yield made


def test_the_copy_is_noticed_told_and_refused(control: RunningController, tmp_path: Path) -> None:
    first = RenewingDevice(control.url, control.new_token(NAME), tmp_path / NAME, NAME)
    eventually(lambda: control.device(NAME).online, "a birth")
    stolen = shutil.copytree(tmp_path / NAME, tmp_path / "copy")
    identity = load_identity(stolen)
    copy = Copy(stolen)
    eventually(lambda: "cloned" in kinds(control), "the first to come back")
    assert control.device(NAME).has_notice("cloned") or "clone_refused" in kinds(control)
    eventually(lambda: "clone_refused" in kinds(control), "a new key for the first")
    port = control.controller.broker.port
    eventually(lambda: is_refused(port, identity), "the broker to refuse the copy")
    assert not copy.switches, "the copy was given nothing"
    copy.close()
    first.measure(3)
    eventually(lambda: not first.kept, "the first to be heard")
    assert control.device(NAME).has_notice("clone_refused")
    first.close()
