"""`lamplighter device log` tells what a device's agent has logged, or why it does not."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_cli.errors import EXIT_FAILED, EXIT_OK
from lamplighter_controller.api.app import create_app

from tests.simulators.controller_rig import Rig
from tests.simulators.logging_device import LoggingDevice
from tests.simulators.served_app import CommandLine, command_line

Captured = pytest.CaptureFixture[str]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    yield made
    made.close()


@pytest.fixture
def device(rig: Rig) -> LoggingDevice:
    made = LoggingDevice(rig)
    made.answers = {}
    return made


@pytest.fixture
def line(rig: Rig, device: LoggingDevice, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    app = create_app(rig.services, recipes=dict, counters=dict)
    token = rig.services.access.make_token("ops", "admin")
    with command_line(app, token, monkeypatch) as made:
        yield made


def test_lines_as_the_device_gave_them(
    line: CommandLine, device: LoggingDevice, capsys: Captured
) -> None:
    device.answers = {"left_out": 3}
    assert line.run("device", "log", "cam-1", "-n", "20", "--level", "warning") == EXIT_OK
    said = capsys.readouterr()
    assert [words.split(maxsplit=2)[2] for words in said.out.splitlines()] == [
        "info     link: connected",
        "warning  camera.live.receiver: rtsp://cam/street: no frame for 5 s",
    ]
    assert "3 older lines had no room" in said.err
    assert (device.orders[-1].lines, device.orders[-1].level) == (20, "warning")


def test_as_json_and_in_the_audit_log(line: CommandLine, rig: Rig, capsys: Captured) -> None:
    assert line.run("device", "log", "cam-1", "--json") == EXIT_OK
    told = json.loads(capsys.readouterr().out)
    assert told["device"] == "cam-1"
    assert [one["level"] for one in told["lines"]] == ["info", "warning"]
    assert line.run("audit", "list", "--json") == EXIT_OK
    (noted,) = json.loads(capsys.readouterr().out)
    assert (noted["operation"], noted["subject"]) == ("read_log", "device:cam-1")
    assert (noted["outcome"], noted["who"]) == ("ordered", "ops")


def test_a_device_that_gives_none(
    line: CommandLine, device: LoggingDevice, capsys: Captured
) -> None:
    device.answers = {"refused": "share_log is off in the settings of this device", "lines": []}
    assert line.run("device", "log", "cam-1") == EXIT_FAILED
    assert "cam-1 gives no log: share_log is off" in capsys.readouterr().err


def test_an_agent_that_has_just_begun(
    line: CommandLine, device: LoggingDevice, capsys: Captured
) -> None:
    device.answers = {"lines": [], "since": 0.0}
    assert line.run("device", "log", "cam-1") == EXIT_OK
    assert "has just been started" in capsys.readouterr().err
