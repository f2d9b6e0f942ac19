"""A device at the in-memory broker that a controller asks for something."""

from typing import Any

from lamplighter_wire import topics
from lamplighter_wire.codec import decode
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import Birth, Command
from lamplighter_wire.transport.protocol import Received

from tests.simulators.controller_rig import Device, Rig


class AskedDevice:
    """Hears orders of one kind. `answers`: at once, with these fields; None: it is silent."""

    kind: CommandKind

    def __init__(self, rig: Rig, name: str = "cam-1", device: Device | None = None) -> None:
        self.rig, self.name, self.device = rig, name, device or rig.device(name)
        self.answers: dict[str, Any] | None = None
        self.commands: list[Command] = []
        link = rig.broker.client()
        link.connect()
        link.on_message(self._on_message)
        link.subscribe(topics.down(name, "command"))
        self.device.say("birth", Birth(device=name, epoch=1, at=rig.clock.time()))

    def answer(self, **fields: Any) -> None:
        """To the newest order, with these fields in place of its own."""
        raise NotImplementedError

    def _on_message(self, received: Received) -> None:
        command = decode(received.payload, Command)
        if command.kind == self.kind:
            self.commands.append(command)
            if self.answers is not None:
                self.answer(**self.answers)
