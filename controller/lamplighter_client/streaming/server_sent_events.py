"""Server-sent events (WHATWG HTML, "Interpreting an event stream"), from pieces of text. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event. `id` is that of the last event that had one."""

    kind: str
    data: str
    id: str


class EventReader:
    """Puts events together from what comes, in its order, however it is cut into pieces."""

    def __init__(self) -> None:
        self._kind, self._id = "", ""
        self._begun: list[str] = []
        self._data: list[str] = []

    def take(self, piece: str) -> Iterator[ServerSentEvent]:
        """The events that end in this piece. Only a line feed ends a line: JSON has others raw."""
        *ends, rest = piece.split("\n")
        for end in ends:
            text = "".join([*self._begun, end]).removesuffix("\r")
            self._begun = []
            if (event := self.line(text)) is not None:
                yield event
        self._begun.append(rest)

    def line(self, text: str) -> ServerSentEvent | None:
        """The event that a line ends; None: it ends none. `text` has no end of line."""
        if not text:
            return self._ended()
        if not text.startswith(":"):
            name, _, value = text.partition(":")
            self._field(name, value.removeprefix(" "))
        return None

    def _field(self, name: str, value: str) -> None:
        match name:
            case "event":
                self._kind = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value

    def _ended(self) -> ServerSentEvent | None:
        kind, data = self._kind or "message", self._data
        self._kind, self._data = "", []
        return ServerSentEvent(kind, "\n".join(data), self._id) if data else None
