"""What readers are told of a street: its last quarter of an hour that is over, in three forms."""

import json
import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from lamplighter_client.street.ngsi_ld import traffic_flow
from lamplighter_client.street.sensor_things import observations, thing
from lamplighter_client.street.whole_quarters import SETTLES_S
from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.street.intervals import INTERVAL_S
from lamplighter_controller.domain.telemetry.summary import stretch_of
from lamplighter_controller.link.access.access_rules import READ_ROOT
from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.services.street.known_movements import KnownMovements
from lamplighter_controller.services.street.places import place_at
from lamplighter_controller.store.configurations.stores import ConfigurationStore
from lamplighter_controller.store.records import DeviceRecord

log = logging.getLogger(__name__)

GRACE_S = SETTLES_S
# A broker ends the connection of whoever publishes more than it takes.
MOST_BYTES = 256 * 1024


FORMS = ("", "ngsi-ld", "sensorthings")


def street_topic(device: str, form: str = "") -> str:
    """Where a device's street is read; `form`: "ngsi-ld" or "sensorthings", empty: our own."""
    return "/".join(filter(None, (READ_ROOT, device, "street", form)))


class _Made(NamedTuple):
    """JSON by topic, and up to when the device had told when it was made."""

    documents: Mapping[str, bytes]
    measured_at: float


class StreetDocuments:
    """Made once for each quarter of an hour, and again while the device tells of it later than
    `GRACE_S`, until it has told past it. Used by one thread."""

    def __init__(
        self,
        counts: StreetCounts,
        known: KnownMovements,
        configurations: ConfigurationStore,
        clock: Clock,
    ) -> None:
        self._counts, self._known, self._clock = counts, known, clock
        self._configurations = configurations
        self._made: dict[str, _Made] = {}
        self._of = 0.0  # when the quarter begins that these are of

    def documents(self, device: DeviceRecord) -> Mapping[str, bytes]:
        """JSON by topic, the last quarter of all its cameras."""
        begin = stretch_of(self._clock.time() - GRACE_S, INTERVAL_S) - INTERVAL_S
        if begin != self._of:
            self._of, self._made = begin, {}
            self._known.save()
        made = self._made.get(device.id)
        if made is None or made.measured_at < min(device.measured_at, begin + INTERVAL_S):
            documents = self._documents(device, begin).items()
            texts = {topic: json_text(document) for topic, document in documents}
            self._made[device.id] = made = _Made(_bounded(texts), device.measured_at)
        return made.documents

    def _documents(self, device: DeviceRecord, begin: float) -> dict[str, Any]:
        """Our own as the counts are, null where nothing was watched; the others with zeros."""
        listed = self._counts.counts(device.id, begin, begin + INTERVAL_S)
        place = place_at(device, self._configurations)
        whole = self._known.completed(device.id, listed)
        own = {"device": device.id, "intervals": msgspec.to_builtins(listed)}
        sensor_things = {
            "thing": thing(device.id, place, whole),
            "observations": list(observations(whole)),
        }
        return {
            street_topic(device.id): own,
            street_topic(device.id, "ngsi-ld"): list(traffic_flow(whole, place)),
            street_topic(device.id, "sensorthings"): sensor_things,
        }


def _bounded(texts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Without those that no broker takes."""
    for topic in [topic for topic, text in texts.items() if len(text) > MOST_BYTES]:
        log.warning("%s is not told, as it is longer than %d bytes", topic, MOST_BYTES)
    return {topic: text for topic, text in texts.items() if len(text) <= MOST_BYTES}


def json_text(document: Any) -> bytes:
    """As readers are told it."""
    return json.dumps(document, separators=(",", ":")).encode()
