"""A device's log is asked for, waited for, handed on and forgotten."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_controller.errors import ConflictError
from lamplighter_controller.services.asking.questions import Question
from lamplighter_wire.messages import DeviceLog, LogLine

from tests.simulators.controller_rig import Rig
from tests.simulators.logging_device import LINES, LoggingDevice


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    yield made
    made.close()


@pytest.fixture
def device(rig: Rig) -> LoggingDevice:
    return LoggingDevice(rig)


def ask(rig: Rig, name: str = "cam-1") -> Question[DeviceLog]:
    asked = rig.services.device_logs.ask(name, 50, "warning")
    rig.settle()
    return asked


def refused(asked: Question[DeviceLog]) -> str:
    assert asked.answer.done()
    with pytest.raises(ConflictError) as caught:
        asked.answer.result(0)
    return str(caught.value)


def test_an_order_is_answered(rig: Rig, device: LoggingDevice) -> None:
    asked = ask(rig)
    (order,) = device.orders
    assert (order.lines, order.level, order.order) == (50, "warning", asked.name)
    device.answer()
    assert rig.services.device_logs.wait(asked).lines == LINES


def test_no_line_of_a_device_speaks_to_a_terminal(rig: Rig, device: LoggingDevice) -> None:
    asked = ask(rig)
    device.answer(lines=[LogLine(level="info\x1b[2J", text="one\ntwo\x1b]0;owned\x07")])
    (line,) = rig.services.device_logs.wait(asked).lines
    assert line.text.isprintable()
    assert line.level.isprintable()


def test_lines_are_on_no_disk(rig: Rig, device: LoggingDevice, tmp_path: Path) -> None:
    asked = ask(rig)
    device.answer(lines=[LogLine(text="UNMISTAKABLE")])
    assert rig.services.device_logs.wait(asked).lines
    rig.settle()
    kept = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert kept
    assert not [file for file in kept if b"UNMISTAKABLE" in file.read_bytes()]


def test_a_device_that_gives_none_says_why(rig: Rig, device: LoggingDevice) -> None:
    asked = ask(rig)
    device.answer(refused="share_log is off", lines=[])
    assert refused(asked) == "cam-1 gives no log: share_log is off"
