"""Server-sent events (WHATWG HTML, "Interpreting an event stream"), from lines of text. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event. `id` is that of the last event that had one."""

    kind: str
    data: str
    id: str


class EventReader:
    """Puts events together from lines, in their order."""

    def __init__(self) -> None:
        self._kind, self._id = "", ""
        self._data: list[str] = []

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
