"""Devices that left before a start: pending until the broker was tried, one after the other."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from lamplighter_controller.link.access.access_control import AccessControl, ShutOut
from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.link.access.shutting_out import PACE_S, ShuttingOut
from lamplighter_controller.link.mosquitto import Mosquitto
from lamplighter_controller.pki.authority import Authority
from lamplighter_wire import topics
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.transport.mqtt import MqttTransport, TlsFiles

from tests.simulators.running_controller import eventually

pytestmark = pytest.mark.broker
NAMES = ["cam-1", "cam-2", "cam-3"]


class Leaving:
    """A controller that starts anew, as far as the broker and those who have left go."""

    def __init__(self, folder: Path) -> None:
        self.authority = authority = Authority(folder / "pki")
        none = authority.revocation_list([])
        files = authority.server_files(["localhost", "127.0.0.1"])
        self.broker = Mosquitto(folder / "broker", files, AccessRules(revoked=none)).start()
        self.retired = frozenset(NAMES)
        self.forgotten: list[tuple[float, str]] = []
        access = AccessControl(
            self.broker, lambda: ShutOut(self.retired, none), lambda: True, SystemClock()
        )
        self.shutting = ShuttingOut(
            authority,
            lambda: authority.ca_path,
            self.broker,
            access,
            lambda name: self.forgotten.append((time.monotonic(), name)),
            lambda text, _is_done: pytest.fail(text),
        )

    def standings(self) -> list[str]:
        return [self.shutting.standing(name) for name in NAMES]


@pytest.fixture
def leaving(tmp_path: Path) -> Iterator[Leaving]:
    made = Leaving(tmp_path)
    yield made
    made.shutting.close()
    made.broker.stop()


def test_a_session_from_before_the_start_ends_and_nobody_counts_as_out_untried(
    leaving: Leaving, tmp_path: Path
) -> None:
    client = leaving.authority.passing_files("cam-1", tmp_path)
    tls = TlsFiles(client.ca, client.cert, client.key)
    device = MqttTransport("127.0.0.1", leaving.broker.port, "cam-1", tls)
    device.connect()
    device.publish(topics.up("cam-1", "event"), b"{}", wait_s=60)
    leaving.shutting.load()
    assert leaving.standings() == ["pending"] * 3
    leaving.shutting.connected()
    eventually(lambda: leaving.standings() == ["in force"] * 3, "all to be tried")
    eventually(lambda: not device.connected, "the end of its session")
    device.close()
    at, names = zip(*leaving.forgotten, strict=True)
    assert list(names) == NAMES
    assert min(late - early for early, late in pairwise(at)) >= PACE_S


def test_who_cannot_be_tried_stays_pending(leaving: Leaving) -> None:
    leaving.shutting.load()
    leaving.broker.stop()
    leaving.shutting.connected()
    eventually(lambda: leaving.forgotten, "a try")
    leaving.shutting.close()
    assert leaving.standings() == ["pending"] * 3


def test_who_came_back_before_his_turn_is_left_alone(leaving: Leaving) -> None:
    leaving.shutting.load()
    leaving.retired = frozenset({"cam-3"})
    leaving.shutting.begin("cam-1")
    leaving.shutting.connected()
    eventually(lambda: leaving.standings() == ["in force"] * 3, "all to be tried")
    assert [name for _, name in leaving.forgotten] == ["cam-3"]
