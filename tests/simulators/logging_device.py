"""A device at the in-memory broker that is asked for its log."""

from typing import Any

import msgspec
from lamplighter_wire import topics
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import Birth, Command, DeviceLog, LogLine, LogOrder
from lamplighter_wire.transport.protocol import Received

from tests.simulators.controller_rig import Device, Rig

LINES = [
    LogLine(at=1_795_000_000.0, level="info", logger="lamplighter_agent.link", text="connected"),
    LogLine(
        at=1_795_000_007.5,
        level="warning",
        logger="lamplighter_agent.camera.live.receiver",
        text="rtsp://cam/street: no frame for 5 s",
    ),
]


class LoggingDevice:
    """`answers`: at once, with these fields of the answer; None: it is silent."""

    def __init__(self, rig: Rig, name: str = "cam-1", device: Device | None = None) -> None:
        self.rig, self.name, self.device = rig, name, device or rig.device(name)
        self.answers: dict[str, Any] | None = None
        self.orders: list[LogOrder] = []
        link = rig.broker.client()
        link.connect()
        link.on_message(self._on_message)
        link.subscribe(topics.down(name, "command"))
        self.device.say("birth", Birth(device=name, epoch=1, at=rig.clock.time()))

    def answer(self, **fields: Any) -> None:
        order = self.orders[-1]
        given = DeviceLog(device=self.name, order=order.order, lines=LINES, since=LINES[0].at)
        self.device.say("log", msgspec.structs.replace(given, **fields))

    def _on_message(self, received: Received) -> None:
        command = decode(received.payload, Command)
        if command.kind == CommandKind.LOG:
            self.orders.append(msgspec.convert(command.data, LogOrder))
            if self.answers is not None:
                self.answer(**self.answers)
