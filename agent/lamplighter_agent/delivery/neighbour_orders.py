"""What a neighbour may have of this device's chunks: what the controller has ordered it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.needed_chunks import needed_chunks
from lamplighter_wire.artifacts.variant_delta import Delta
from lamplighter_wire.clock import Clock
from lamplighter_wire.codec import decode
from lamplighter_wire.errors import BlobError, WireError
from lamplighter_wire.https.device_credential import (
    name_in_certificate,
    open_credential,
    open_order,
)
from lamplighter_wire.messages import Desired
from lamplighter_wire.signing import KeySet, open_desired

from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.errors import RefusedError


class NeighbourOrders:
    """A neighbour shows its certificate, and its order as the controller has signed it.

    A device that was retired has no order that is still valid after a while; until then it may
    have what it had been ordered.
    """

    def __init__(
        self,
        store: ChunkStore,
        keys: Callable[[], KeySet],
        authority: Callable[[], Path],
        open_manifest: Callable[[bytes], Manifest],
        clock: Clock,
    ) -> None:
        self._store, self._keys, self._authority = store, keys, authority
        self._open_manifest, self._clock = open_manifest, clock

    def chunk(self, credential: str, order: str, sha: str) -> bytes:
        """The raw bytes.

        Raises:
            RefusedError: whoever asks is no device of this controller's.
            BlobError: it was not ordered this chunk, or the chunk is not here.
        """
        try:
            certificate = open_credential(credential, sha)
            device = name_in_certificate(certificate, self._authority().read_bytes())
            desired = open_desired(open_order(order), self._keys(), device, self._clock.time())
        except (WireError, OSError) as error:
            raise RefusedError(str(error)) from error
        if sha not in set(self._ordered(desired)):
            raise BlobError("not ordered, or not here")
        return self._store.read(sha)

    def _ordered(self, desired: Desired) -> Iterator[str]:
        for rung in (desired.primary, *desired.ladder):
            sha = rung.point.manifest
            yield sha
            if self._store.has(sha):
                yield from needed_chunks(self._open_manifest(self._store.read(sha)))
        for patch in desired.patches:
            yield patch.chunk
        for delta in desired.deltas:
            yield delta.chunk
            if self._store.has(delta.chunk):
                yield from decode(self._store.read(delta.chunk), Delta).chunks()
