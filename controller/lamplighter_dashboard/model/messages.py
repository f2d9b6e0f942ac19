"""What the model tells screens. Bursts of the same message coalesce."""

from textual.message import Message


class _Latest(Message):
    """Only the newest of its kind is worth looking at."""

    def can_replace(self, message: Message) -> bool:
        return type(message) is type(self)


class FleetChanged(_Latest):
    """Rows came, changed or left."""


class ConnectionChanged(_Latest):
    """The controller is away, or there again."""
