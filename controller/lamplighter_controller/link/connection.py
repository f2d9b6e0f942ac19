"""The controller's own connection to the broker: kept up, and told when it is up again."""

import logging
import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType

from lamplighter_wire import topics
from lamplighter_wire.errors import TransportError
from lamplighter_wire.transport.protocol import Handler, Received, Transport
from lamplighter_wire.transport.publication import Publication

from lamplighter_controller.errors import BrokerError

log = logging.getLogger(__name__)

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 10.0
# How often the broker child is looked after while the connection stands.
LOOK_S = 1.0


class Connection:
    """Connects with a fresh transport each time, in its own thread, until closed.

    The handler says itself when a message is done with; until then the broker keeps it.
    """

    def __init__(
        self,
        make_transport: Callable[[], Transport],
        handler: Handler,
        on_ready: Callable[[], None],
        look_after_broker: Callable[[], object] = lambda: None,
        heard: Mapping[str, Callable[[bytes], None]] = MappingProxyType({}),
    ) -> None:
        """`heard`: what the broker says of itself, by topic."""
        self._make = make_transport
        self._handler, self._heard = handler, heard
        self._on_ready = on_ready
        self._look = look_after_broker
        self._transport: Transport | None = None
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    @property
    def connected(self) -> bool:
        return self._transport is not None and self._transport.connected

    def start(self, timeout_s: float = 10.0) -> None:
        """Start connecting; waits for the first success. Raises BrokerError."""
        self._thread.start()
        if not self._ready.wait(timeout_s):
            raise BrokerError(f"no connection to the broker within {timeout_s:.0f} s; see the log")

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        expiry_s: int | None = None,
        properties: dict[str, str] | None = None,
        wait_s: float | None = None,
    ) -> Publication:
        """As `Transport.publish`. Raises TransportError when there is no connection."""
        transport = self._transport
        if transport is None:
            raise TransportError("not connected to the broker")
        return transport.publish(
            topic, payload, retain=retain, expiry_s=expiry_s, properties=properties, wait_s=wait_s
        )

    def close(self) -> None:
        self._closing.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(5.0)
        if self._transport is not None:
            self._transport.close()

    def _run(self) -> None:
        wait_s = FIRST_WAIT_S
        while not self._closing.is_set():
            if self.connected:
                wait_s = FIRST_WAIT_S
                self._wake.wait(LOOK_S)
                self._wake.clear()
            elif not self._connect():
                self._closing.wait(wait_s)
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    def _connect(self) -> bool:
        try:
            self._look()
            self._drop()
            transport = self._make()
            transport.on_message(self._route, deferred=True)
            transport.on_disconnect(self._lost)
            transport.connect()
            transport.subscribe(topics.ALL_UP)
            if self._heard:
                transport.subscribe(*self._heard, kept=False)
        except (TransportError, BrokerError) as error:
            log.warning("no connection to the broker yet: %s", error)
            return False
        except Exception:  # no files left, no memory: another time it may go
            log.exception("no connection to the broker yet")
            return False
        self._transport = transport
        self._ready.set()
        self._on_ready()
        return True

    def _route(self, message: Received) -> None:
        hear = self._heard.get(message.topic)
        if hear is None:
            self._handler(message)
        else:
            hear(message.payload)
            message.done()

    def _drop(self) -> None:
        old, self._transport = self._transport, None
        if old is not None:
            old.close()

    def _lost(self, reason: str) -> None:
        log.warning("connection to the broker lost: %s", reason)
        self._wake.set()
