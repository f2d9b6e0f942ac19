"""A device at the in-memory broker that is asked for stills."""

from typing import Any

import msgspec
from lamplighter_wire import topics
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import Birth, Command, Still, StillOrder
from lamplighter_wire.transport.protocol import Received

from tests.simulators.controller_rig import Device, Rig

JPEG = b"\xff\xd8\xff" + bytes(100) + b"\xff\xd9"
PREVIEW = bytes(range(6 * 4 * 3))


class StillCamera:
    """A device that is asked for stills."""

    def __init__(self, rig: Rig, name: str = "cam-1", device: Device | None = None) -> None:
        self.rig, self.name, self.device = rig, name, device or rig.device(name)
        self.answers: dict[str, Any] | None = None  # at once, with these fields
        self.commands: list[Command] = []
        link = rig.broker.client()
        link.connect()
        link.on_message(self._on_message)
        link.subscribe(topics.down(name, "command"))
        self.device.say("birth", Birth(device=name, epoch=1, at=rig.clock.time()))

    @property
    def orders(self) -> list[StillOrder]:
        return [msgspec.convert(command.data, StillOrder) for command in self.commands]

    def answer(self, **fields: Any) -> None:
        given = Still(
            device=self.name,
            order=self.orders[-1].order,
            privacy="blurred",
            width=640,
            height=480,
            jpeg=JPEG,
            preview=PREVIEW,
            preview_width=6,
            preview_height=4,
        )
        self.device.say("still", msgspec.structs.replace(given, **fields))

    def _on_message(self, received: Received) -> None:
        command = decode(received.payload, Command)
        if command.kind == CommandKind.STILL:
            self.commands.append(command)
            if self.answers is not None:
                self.answer(**self.answers)
