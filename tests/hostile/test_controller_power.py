"""Power fails at the controller: process and broker end at once, with what is not on disk."""

import signal
from pathlib import Path

import pytest
from lamplighter_controller.link.mosquitto_process import running_mosquitto
from lamplighter_controller.store.database import Database
from lamplighter_controller.store.engines import sqlite_url

from tests.simulators.controller_process import Server, eventually
from tests.simulators.talking_device import TalkingDevice

pytestmark = pytest.mark.broker
CUTS = 2
SYNCED_AT_EACH_COMMIT = 2
# A device waits a minute for a confirmation before it sends again, if it cannot know better.
AGAIN_S = 150.0


@pytest.fixture
def server(server: Server) -> Server:
    """Leaves its broker behind when it ends."""
    server.options = []
    return server


def cut_power(server: Server) -> None:
    """The broker's last save was before all that was said since: that of long ago is gone, too."""
    server.stop(signal.SIGKILL)
    broker = running_mosquitto(server.data / "broker" / "mosquitto.conf")
    assert broker is not None
    broker.send_signal(signal.SIGKILL)
    broker.wait(60)
    (server.data / "broker" / "data" / "mosquitto.db").unlink(missing_ok=True)


def test_power_cuts_lose_nothing_that_a_device_has_forgotten(
    server: Server, tmp_path: Path
) -> None:
    api = server.start()
    token = api.post("/tokens", json={"device": "cam-a"}).json()["token"]
    device = TalkingDevice(server.facts["url"], token, tmp_path / "cam-a", "cam-a")
    for _ in range(CUTS):
        eventually(lambda: device.is_online)
        device.measure(40)
        eventually(lambda: device.kept < 40)
        cut_power(server)
        device.measure(10)
        api = server.start()

    def frames() -> list[int]:
        windows = api.get("/devices/cam-a/telemetry", params={"limit": 1000}).json()
        return sorted(window["frames"] for window in windows)

    said = device.said["telemetry"]
    eventually(lambda: frames() == list(range(1, said + 1)), AGAIN_S)
    eventually(lambda: not device.kept)
    device.close()


def test_what_is_committed_is_synced(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "controller.db"))
    with database.transaction() as connection:
        mode = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    database.close()
    assert mode == SYNCED_AT_EACH_COMMIT
