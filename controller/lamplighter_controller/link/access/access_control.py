"""Tells the broker who may do what, as devices are ordered something or retired."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from lamplighter_wire.clock import Clock

from lamplighter_controller.link.access.access_rules import AccessRules
from lamplighter_controller.link.broker_protocol import Broker

log = logging.getLogger(__name__)

# A device that fetches asks again within this time; one that asks later is permitted again.
PERMIT_S = 900.0
# By then the broker has begun to read its rules again: what is published later meets the new ones.
# mosquitto looks at signals when a wait for messages ends, after a tenth of a second at most.
RELOAD_S = 0.15


@dataclass(frozen=True)
class ShutOut:
    """Who is kept out for good: names of retired devices and of readers that have ended, and their
    certificates (PEM); and who only reads."""

    retired: frozenset[str]
    revoked: bytes
    readers: frozenset[str] = frozenset()  # who only reads


class AccessControl:
    """Puts the rules together; the broker reads them only when they differ from those it has.

    Args:
        read_shut_out: who is retired, as the database has it.
        is_connected: whether the controller is connected to the broker. Without it a mosquitto that
            reads its rules again drops what was acknowledged for the controller.
    """

    def __init__(
        self,
        broker: Broker,
        read_shut_out: Callable[[], ShutOut],
        is_connected: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self._broker, self._read_shut_out = broker, read_shut_out
        self._is_connected, self._clock = is_connected, clock
        self._lock = threading.Lock()
        self._shut_out = ShutOut(frozenset(), b"")
        self._permits: dict[str, frozenset[str]] = {}
        self._used_at: dict[str, float] = {}
        self._differs = False

    @property
    def kept_out(self) -> frozenset[str]:
        """Whom the rules deny everything, as they were read last."""
        with self._lock:
            return self._shut_out.retired

    def load(self) -> None:
        """Before the broker is started: whom it keeps out."""
        with self._lock:
            self._shut_out = self._read_shut_out()
            self._broker.restrict(self._rules())

    def shut_out(self, device: str) -> bool:
        """A device was retired, or is no longer: the broker knows at once. Whether it is out."""
        with self._lock:
            self._shut_out = self._read_shut_out()
            self._publish()
            is_out = device in self._shut_out.retired
        self._clock.sleep(RELOAD_S)
        return is_out

    def permit(self, device: str, topics: frozenset[str]) -> None:
        """A device may read these topics of chunks, and no others, once `settle` was called."""
        with self._lock:
            self._used_at[device] = self._clock.monotonic()
            if self._permits.get(device, frozenset()) != topics:
                self._permits[device] = topics
                self._differs = True

    def settle(self) -> None:
        """The broker knows of all permits."""
        with self._lock:
            if not self._differs:
                return
            self._publish()
        self._clock.sleep(RELOAD_S)

    def _publish(self) -> None:
        self._broker.restrict(self._rules())
        self._differs = False
        if self._is_connected():
            self._broker.reload()

    def _rules(self) -> AccessRules:
        """Of permits those that are in use."""
        since = self._clock.monotonic() - PERMIT_S
        for device in [name for name, at in self._used_at.items() if at < since]:
            del self._used_at[device]
            self._permits.pop(device, None)
        return AccessRules(
            retired=self._shut_out.retired,
            readers=self._shut_out.readers,
            blobs=dict(self._permits),
            revoked=self._shut_out.revoked,
        )
