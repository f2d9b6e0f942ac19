"""Readers at the broker over what they stand on."""

from dataclasses import dataclass

from lamplighter_wire.clock import Clock

from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.services.health import Health
from lamplighter_controller.services.metrics.window_totals import WindowTotals
from lamplighter_controller.services.readers.readers import Readers
from lamplighter_controller.services.readers.state_publisher import StatePublisher
from lamplighter_controller.services.readers.street_documents import StreetDocuments
from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.services.street.known_movements import KnownMovements
from lamplighter_controller.store.base import Store
from lamplighter_controller.wiring.reader_link import ReaderLink


@dataclass(frozen=True)
class ReaderServices:
    """Who reads, and the thread that tells them."""

    readers: Readers
    states: StatePublisher


def make_readers(
    store: Store,
    health: Health,
    totals: WindowTotals,
    clock: Clock,
    authority: Authority,
    link: ReaderLink,
    counts: StreetCounts,
    known: KnownMovements,
) -> ReaderServices:
    """All parts of it."""
    streets = StreetDocuments(counts, known, store, clock)
    return ReaderServices(
        Readers(store, store, clock, authority, link.changed),
        StatePublisher(store, health, totals, clock, link.publish, streets),
    )
