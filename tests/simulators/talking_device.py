"""A device that has enrolled and talks: the agent's own outbox and session, without a camera."""

from pathlib import Path

from lamplighter_agent.link.enrolment import enrol
from lamplighter_agent.link.outbox import Outbox
from lamplighter_agent.link.session import Session, State
from lamplighter_wire.clock import Clock, SystemClock
from lamplighter_wire.messages import Event, Telemetry
from lamplighter_wire.transport.mqtt import MqttTransport


class TalkingDevice:
    """Says windows and events that an outbox keeps until they need not be kept any more."""

    def __init__(
        self, url: str, token: str, folder: Path, name: str, clock: Clock | None = None
    ) -> None:
        self.name, self.folder, self.clock = name, folder, clock or SystemClock()
        self.identity = enrol(url, token, folder, name)
        self.said: dict[str, int] = {"telemetry": 0, "event": 0}
        self._begin()

    def _begin(self) -> None:
        identity = self.identity
        self.outbox = Outbox(self.folder / "outbox.sqlite", clock=self.clock)
        self.transport = MqttTransport(
            identity.broker_host, identity.broker_port, self.name, identity.tls
        )
        self.session = Session(self.transport, self.name, self.outbox, self.clock)
        self.session.start()

    @property
    def is_online(self) -> bool:
        return self.session.state is State.ONLINE

    @property
    def kept(self) -> int:
        """Messages that are not forgotten yet."""
        return len(self.outbox)

    def measure(self, windows: int) -> None:
        """Say so many windows; `frames` counts them."""
        for _ in range(windows):
            self.said["telemetry"] += 1
            start, frames = self.clock.time(), self.said["telemetry"]
            window = Telemetry(device=self.name, start=start, seconds=1.0, frames=frames)
            self.session.send("telemetry", window)

    def notice(self, events: int) -> None:
        """Say so many events; their kinds count them."""
        for _ in range(events):
            self.said["event"] += 1
            kind = f"event-{self.said['event']}"
            self.session.send("event", Event(device=self.name, at=self.clock.time(), kind=kind))

    def restart(self) -> None:
        """As another process on the same files."""
        self.close()
        self._begin()

    def close(self) -> None:
        self.session.close()
        self.outbox.close()
