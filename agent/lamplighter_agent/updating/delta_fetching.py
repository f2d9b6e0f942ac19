"""Makes chunks of a variant from those of another that is held, and from a delta."""

import logging
from collections.abc import Callable, Sequence

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.needed_chunks import needed_chunks
from lamplighter_wire.artifacts.variant_delta import Delta, restored_chunks
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.codec import decode
from lamplighter_wire.errors import BlobError, WireError
from lamplighter_wire.messages import Desired, VariantDelta

from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.errors import FetchError

log = logging.getLogger(__name__)

# An artifact, by its hash, and what is fetched of it.
Fetch = Callable[[str, Sequence[str]], None]


class DeltaFetching:
    """Spares what can be spared; what is lacking afterwards is fetched whole."""

    def __init__(self, store: ChunkStore, slots: Slots) -> None:
        self._store, self._slots = store, slots

    def restore(self, desired: Desired, manifest: Manifest, fetch: Fetch) -> None:
        """Fetch a delta that fits to what is held, and keep the chunks that it gives.

        Raises nothing for a delta that does not come or does not fit.

        Raises:
            CalledOffError: there is something newer to do.
            DiskFullError: there is no room.
        """
        lacking = set(self._store.missing(needed_chunks(manifest)))
        fitting = (d for d in desired.deltas if d.target == desired.primary.point.manifest)
        delta = next((d for d in fitting if lacking and self._store.has(d.base)), None)
        if delta is None:
            return
        try:
            self._restore(delta, manifest, lacking, fetch)
        except (WireError, FetchError) as error:
            log.warning("variant %s is fetched whole: %s", manifest.id, error)

    def _restore(
        self, named: VariantDelta, manifest: Manifest, lacking: set[str], fetch: Fetch
    ) -> None:
        base = self._slots.open_manifest(self._store.read(named.base))
        fetch(named.chunk, [named.chunk])
        delta = decode(self._store.read(named.chunk), Delta)
        if (delta.base, delta.target) != (named.base, named.target):
            raise BlobError("the delta is one of other variants")
        fetch(named.chunk, delta.chunks(_numbers(manifest, lacking)))
        for raw in restored_chunks(delta, base, manifest, lacking, self._store.read):
            sha = sha256_hex(raw)
            if sha not in lacking and not self._store.has(sha):
                raise BlobError("the delta yields other chunks than the manifest names")
            self._store.put(sha, raw)


def _numbers(manifest: Manifest, lacking: set[str]) -> set[int]:
    """Of the parts that lack a chunk."""
    return {n for n, part in enumerate(manifest.parts) if lacking.intersection(part.chunks)}
