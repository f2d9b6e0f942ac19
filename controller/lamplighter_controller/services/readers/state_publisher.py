"""Publishes the states of devices for readers, as long as there are any; retained, when changed."""

import logging
import threading
from collections.abc import Callable

from lamplighter_wire.clock import Clock
from lamplighter_wire.errors import TransportError

from lamplighter_controller.domain.selection.device_selection import DeviceSelection
from lamplighter_controller.services.health import Health
from lamplighter_controller.services.metrics.window_totals import WindowTotals
from lamplighter_controller.services.readers.readers import active_readers
from lamplighter_controller.services.readers.state_documents import (
    discovery_of,
    discovery_topic,
    state_of,
    state_topic,
)
from lamplighter_controller.services.readers.street_documents import (
    FORMS,
    StreetDocuments,
    json_text,
    street_topic,
)
from lamplighter_controller.store.base import Store

log = logging.getLogger(__name__)

LOOK_S = 10.0
# What is retained at a topic is not known: as after a start, or when the broker was away.
UNKNOWN = None
Publish = Callable[[str, bytes], object]
"""Topic, and what is retained there from now on; nothing: nothing is."""


class StatePublisher:
    """A thread of its own. Of as many devices as have series in the metrics.

    Args:
        publish: raises TransportError where there is no connection.
    """

    def __init__(
        self,
        store: Store,
        health: Health,
        totals: WindowTotals,
        clock: Clock,
        publish: Publish,
        streets: StreetDocuments,
    ) -> None:
        self._store, self._health, self._totals, self._streets = store, health, totals, streets
        self._clock, self._publish = clock, publish
        self._told: dict[str, bytes | None] = {}
        self._has_begun = False
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin after the first interval."""
        self._thread = threading.Thread(target=self._run, name="readers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; what is retained stays."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join(10.0)

    def publish_changes(self) -> int:
        """What differs from what was told; how many messages that were."""
        wanted = self._wanted_by_readers()
        gone = [topic for topic in self._told if topic not in wanted]
        news = {topic: text for topic, text in wanted.items() if self._told.get(topic) != text}
        for topic, text in (dict.fromkeys(gone, b"") | news).items():
            try:
                self._publish(topic, text)
            except TransportError:
                # Of another broker, perhaps: all is told again, and what is gone is cleared again.
                self._told = dict.fromkeys(self._told, UNKNOWN)
                return 0
            self._told[topic] = text
        for topic in gone:
            del self._told[topic]
        return len(gone) + len(news)

    def _wanted_by_readers(self) -> dict[str, bytes]:
        """From the first one on: what a broker has retained outlives the controller, and devices
        may have left since."""
        if not active_readers(self._store):
            return {}
        if not self._has_begun:
            self._has_begun = True
            left = (record.id for record in self._store.devices(retired=True))
            self._told = {topic: UNKNOWN for device in left for topic in topics_of(device)}
        return self._wanted()

    def _run(self) -> None:
        while not self._closing.wait(LOOK_S):
            try:
                self.publish_changes()
            except Exception:
                log.exception("readers are not told what has changed; tried again")

    def _wanted(self) -> dict[str, bytes]:
        now, most = self._clock.time(), self._totals.most_devices
        records = self._store.select_devices(DeviceSelection(now=now, limit=most)) if most else []
        wanted: dict[str, bytes] = {}
        for record, notices in zip(records, self._health.all_notices(records), strict=True):
            sums = self._totals.of(record.id)
            wanted[discovery_topic(record.id)] = json_text(discovery_of(record, sums))
            wanted[state_topic(record.id)] = json_text(state_of(record, notices, sums, now))
            wanted |= self._streets.documents(record)
        return wanted


def topics_of(device: str) -> list[str]:
    """All at which something may be retained of a device."""
    return [discovery_topic(device), state_topic(device), *(street_topic(device, f) for f in FORMS)]
