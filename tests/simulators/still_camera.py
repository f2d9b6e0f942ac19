"""A device at the in-memory broker that is asked for stills."""

from typing import Any

import msgspec
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import Still, StillOrder

from tests.simulators.asked_device import AskedDevice

JPEG = b"\xff\xd8\xff" + bytes(100) + b"\xff\xd9"
PREVIEW = bytes(range(6 * 4 * 3))


class StillCamera(AskedDevice):
    """It gives a small one."""

    kind = CommandKind.STILL

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
