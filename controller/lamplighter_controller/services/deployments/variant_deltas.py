"""Variants as what differs from what a device holds: most of an update whose weights changed
little, and of a step from floats to the 8-bit integers that they were rounded to."""

from collections.abc import Sequence

import msgspec
from lamplighter_wire.artifacts.encodings import DELTA
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.variant_delta import Delta, make_variant_delta
from lamplighter_wire.blobs import Packed, compress
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import BlobError
from lamplighter_wire.messages import Desired, Envelope, VariantDelta

from lamplighter_controller.services.deployments.manifest_patches import (
    KEPT,
    Blobs,
    manifests_of,
)
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.store.records import DeviceRecord

# Of larger ones a delta would take longer than an order may wait; they travel whole.
MOST_BYTES = 32 * 1024 * 1024


class VariantDeltas:
    """Makes deltas from what a device serves or was told to hold; each once, and kept as blobs."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._made: dict[tuple[str, str], VariantDelta | None] = {}

    def attach(self, desired: Desired, record: DeviceRecord) -> Desired:
        """The desired state with deltas for each variant that is new to a device that knows them.

        Whether the device really holds the other one, it knows itself.
        """
        if record.capabilities is None or DELTA not in record.capabilities.encodings:
            return desired
        held = held_manifests(record)
        new = [sha for sha in manifests_of(desired) if sha not in held]
        deltas = [delta for sha in new for delta in self._smallest(held, sha)]
        return msgspec.structs.replace(desired, deltas=deltas)

    def _smallest(self, held: Sequence[str], target: str) -> list[VariantDelta]:
        made = [delta for base in held if (delta := self._delta(base, target))]
        return sorted(made, key=lambda delta: delta.size_bytes)

    def _delta(self, base: str, target: str) -> VariantDelta | None:
        key = (base, target)
        if key not in self._made:
            if len(self._made) >= KEPT:
                self._made.clear()
            self._made[key] = self._make(base, target)
        return self._made[key]

    def _make(self, base: str, target: str) -> VariantDelta | None:
        """None where something is lost, or the two have little in common."""
        before, after = self._manifest(base), self._manifest(target)
        if before is None or after is None or max(before.size_bytes, after.size_bytes) > MOST_BYTES:
            return None
        try:
            made = make_variant_delta((base, target), before, after, self._read)
        except BlobError:
            return None
        return None if made is None else self._keep(*made)

    def _keep(self, delta: Delta, packed: Packed) -> VariantDelta:
        blobs = [*packed.chunks.values(), encode(delta)]
        names = [self._blobs.put_chunk(raw) for raw in blobs]
        size_bytes = sum(len(compress(raw)) for raw in blobs)
        return VariantDelta(
            base=delta.base, target=delta.target, chunk=names[-1], size_bytes=size_bytes
        )

    def _manifest(self, sha: str) -> Manifest | None:
        raw = self._blobs.read_chunk(sha)
        return decode(decode(raw, Envelope).payload, Manifest) if raw is not None else None

    def _read(self, sha: str) -> bytes:
        raw = self._blobs.read_chunk(sha)
        if raw is None:
            raise BlobError(f"chunk {sha[:12]} is lost")
        return raw


def held_manifests(record: DeviceRecord) -> list[str]:
    """What a device serves, and what it was told to hold."""
    before = current_desired(record)
    serving = record.reported.serving.manifest if record.reported is not None else ""
    told = manifests_of(before) if before is not None else []
    return list(dict.fromkeys([*([serving] if serving else []), *told]))
