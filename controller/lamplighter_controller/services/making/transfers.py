"""What is sent to devices, and what did not have to be."""

from collections.abc import Callable, Mapping, Sequence

from lamplighter_client.documents.making.transfers import TransferEntry, TransferSums
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Transfer

from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.fleet.among import Among
from lamplighter_controller.store.records import DeploymentRecord, DeviceRecord

SUPERSEDED = "superseded"  # by a newer order, before it had come to anything
NEWEST = 1000  # orders that are summed up
Counts = Mapping[str, int]
Place = tuple[float, str, int]


class Transfers:
    """Reads only, so not on the deciding thread."""

    def __init__(self, store: Store, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue

    def newest(
        self, limit: int, before: Place | None = None, among: Among = None
    ) -> list[TransferEntry]:
        """Orders, the newest first, older than a place (when, device, revision)."""
        orders = self._store.newest_deployments(limit, before, among)
        records = self._store.devices_and_states(sorted({one.device for one in orders}))
        sizes: dict[str, int] = {}
        for variant in {one.variant for one in orders}:
            spec = self._catalogue.find(variant)
            sizes[variant] = (spec.wire_bytes or spec.size_bytes) if spec else 0
        return [_entry(one, sizes[one.variant], records[one.device][0]) for one in orders]

    def sums(self, published: Callable[[], Counts], among: Among = None) -> TransferSums:
        """The newest orders together; `published`: what the chunk server has counted."""
        return sums(self.newest(NEWEST, among=among), published())


def sums(entries: Sequence[TransferEntry], published: Counts) -> TransferSums:
    """Spared is only what came to something, of variants whose size is known still."""
    there = [e for e in entries if e.outcome == Outcome.COMMITTED and e.size_bytes]
    in_vain = [e for e in entries if e.outcome and e.outcome != Outcome.COMMITTED]
    return TransferSums(
        orders=len(entries),
        under_way=sum(not entry.outcome for entry in entries),
        since=min((entry.at for entry in entries), default=0.0),
        whole_bytes=sum(entry.size_bytes for entry in there),
        received_bytes=sum(entry.received_bytes for entry in there),
        vain_bytes=sum(entry.received_bytes for entry in in_vain),
        published_bytes=published.get("bytes", 0),
        published_chunks=published.get("chunks", 0),
        requested_chunks=published.get("requested", 0),
    )


def _entry(order: DeploymentRecord, size_bytes: int, record: DeviceRecord) -> TransferEntry:
    reported = order.reported
    is_under_way = not order.outcome and order.revision == record.revision
    transfer = reported.transfer if reported else Transfer()
    return TransferEntry(
        device=order.device,
        site=record.site,
        revision=order.revision,
        variant=order.variant,
        at=order.at,
        phase=reported.phase if reported else "",
        outcome=order.outcome or (SUPERSEDED if order.revision < record.revision else ""),
        reason=order.reason,
        size_bytes=size_bytes,
        received_bytes=transfer.bytes_received,
        duplicates=transfer.duplicates,
        chunks_total=transfer.chunks_total,
        chunks_missing=transfer.chunks_missing,
        delta_bytes=_delta_bytes(record) if is_under_way else 0,
    )


def _delta_bytes(record: DeviceRecord) -> int:
    """Of the order that the device has now."""
    desired = current_desired(record)
    deltas = desired.deltas if desired is not None else []
    return min((delta.size_bytes for delta in deltas), default=0)
