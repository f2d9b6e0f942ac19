"""Orders to devices as commands."""

import secrets

import msgspec
from lamplighter_wire.enums import CommandKind
from lamplighter_wire.messages import Command

SILENCE = "it serves nothing, its camera is lost, or its agent is older than this controller"
"""Why a device that is there may not answer an order of pictures."""


def command_of(
    device: str, kind: CommandKind, order: msgspec.Struct, *, at: float, life_s: float
) -> Command:
    """An order as a command with an id of its own. `at`: wall clock; `life_s`: until it ends."""
    return Command(
        id=secrets.token_hex(8),
        device=device,
        kind=kind,
        at=at,
        expires_at=at + life_s,
        data=msgspec.to_builtins(order),
    )
