"""A device's session with a controller that only listens: what an agent's parts publish."""

from pathlib import Path

from lamplighter_agent.benchmark.confirming import confirm
from lamplighter_agent.link.outbox import Outbox
from lamplighter_agent.link.reporter import Reporter
from lamplighter_agent.link.session import Session
from lamplighter_wire import topics
from lamplighter_wire.clock import ManualClock
from lamplighter_wire.codec import decode_channel
from lamplighter_wire.messages import Event, Message, Request
from lamplighter_wire.transport.loopback import LoopbackBroker
from lamplighter_wire.transport.protocol import Received

DEVICE = "cam-1"


class ListeningController:
    """The reporter of one device, and all that it has published. No thread runs."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        broker = LoopbackBroker()
        self._messages: list[tuple[str, Message]] = []
        self._link = broker.client()
        self._link.connect()
        self._link.on_message(self._on_message)
        self._link.subscribe(topics.ALL_UP)
        outbox = Outbox(folder / "outbox.sqlite", clock=self.clock)
        self.session = Session(broker.client(), DEVICE, outbox, self.clock)
        self.reporter = Reporter(self.session, DEVICE, self.clock)

    def messages(self, channel: str) -> list[Message]:
        """All on a channel, once the reporter and the session have done what waited."""
        self.reporter.flush()
        self.session.step()  # connects
        while not self.session.step():
            pass
        return [message for at, message in self._messages if at == channel]

    def events(self) -> list[tuple[str, str]]:
        """(kind, severity) of all events."""
        events = [event for event in self.messages("event") if isinstance(event, Event)]
        return [(event.kind, event.severity) for event in events]

    def requests(self) -> list[Request]:
        return [request for request in self.messages("request") if isinstance(request, Request)]

    def _on_message(self, received: Received) -> None:
        channel = topics.parse(received.topic).channel
        self._messages.append((channel, decode_channel(channel, received.payload)))
        confirm(self._link, received)
