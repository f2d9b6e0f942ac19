"""A controller's machine is lost; another takes over from a backup that was made as it ran."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from lamplighter_controller.store.engines import make_engine, sqlite_url
from lamplighter_controller.store.migrate import MIGRATIONS, newest_revision

from tests.simulators.controller_process import Server, eventually
from tests.simulators.talking_device import TalkingDevice

pytestmark = pytest.mark.broker


def lamplighter(*arguments: str) -> str:
    command = [sys.executable, "-m", "lamplighter_cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_devices_come_back_to_what_was_restored(server: Server, tmp_path: Path) -> None:
    api = server.start()
    token = api.post("/tokens", json={"device": "cam-a"}).json()["token"]
    device = TalkingDevice(server.facts["url"], token, tmp_path / "cam-a", "cam-a")
    device.measure(20)
    eventually(lambda: device.is_online and not device.kept)
    told = lamplighter("backup", str(tmp_path / "b.tar"), "--data", str(server.data))
    assert "checked" in told
    device.measure(5)
    eventually(lambda: not device.kept)
    server.stop()
    shutil.rmtree(server.data)
    lamplighter("restore", str(tmp_path / "b.tar"), "--data", str(server.data))
    device.measure(5)
    api = server.start()

    def frames() -> list[int]:
        windows = api.get("/devices/cam-a/telemetry", params={"limit": 1000}).json()
        return sorted(window["frames"] for window in windows)

    # What the lost machine had confirmed after the backup is gone with it, and nothing else.
    eventually(lambda: frames() == [*range(1, 21), *range(26, 31)])
    assert api.get("/devices/cam-a").json()["online"]
    device.close()


def take_back(database: Path, revision: str) -> None:
    """To an earlier schema, as an older version left it."""
    engine, config = make_engine(sqlite_url(database)), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    engine.dispose()


def test_an_older_versions_devices_are_there_after_an_upgrade(
    server: Server, tmp_path: Path
) -> None:
    api = server.start()
    token = api.post("/tokens", json={"device": "cam-a"}).json()["token"]
    device = TalkingDevice(server.facts["url"], token, tmp_path / "cam-a", "cam-a")
    eventually(lambda: device.is_online)
    server.stop()
    take_back(server.data / "controller.db", "0031")
    place = ("--data", str(server.data))
    assert "0032" in lamplighter("upgrade", "--check", *place)
    told = lamplighter("upgrade", "--backup", str(tmp_path / "before.tar"), *place)
    assert newest_revision() in told and "done; start it" in told
    assert (tmp_path / "before.tar").exists()
    assert "nothing to do" in lamplighter("upgrade", *place)
    api = server.start()
    eventually(lambda: api.get("/devices/cam-a").json()["online"])
    device.close()
