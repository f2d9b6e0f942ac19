"""A device at the in-memory broker that is asked for its log."""

from typing import Any

import msgspec
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import DeviceLog, LogLine, LogOrder

from tests.simulators.asked_device import AskedDevice

LINES = [
    LogLine(at=1_795_000_000.0, level="info", logger="lamplighter_agent.link", text="connected"),
    LogLine(
        at=1_795_000_007.5,
        level="warning",
        logger="lamplighter_agent.camera.live.receiver",
        text="rtsp://cam/street: no frame for 5 s",
    ),
]


class LoggingDevice(AskedDevice):
    """It has logged two lines."""

    kind = CommandKind.LOG

    @property
    def orders(self) -> list[LogOrder]:
        return [msgspec.convert(command.data, LogOrder) for command in self.commands]

    def answer(self, **fields: Any) -> None:
        order = self.orders[-1].order
        given = DeviceLog(device=self.name, order=order, lines=LINES, since=LINES[0].at)
        self.device.say("log", msgspec.structs.replace(given, **fields))
