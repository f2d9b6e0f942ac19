"""Whether a variant has room on the disk, before anything of it is fetched."""

from collections.abc import Sequence

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.promise import promised_sizes
from lamplighter_wire.blobs import MAX_BLOB_BYTES

from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.errors import DiskFullError

# Left to the journal, to what waits for the controller, and to the system.
RESERVE_BYTES = 8 * 1024 * 1024


class ChunkRoom:
    """Of the chunk store, and of the disk that it shares with the files put together from it."""

    def __init__(self, store: ChunkStore, slots: Slots) -> None:
        self._store, self._slots = store, slots

    def check(self, manifest: Manifest, shas: Sequence[str]) -> None:
        """Whether these chunks fit, and the files that they unfold to.

        Args:
            shas: the first is the manifest's own.

        Raises:
            DiskFullError: they do not; nothing has been fetched.
        """
        missing = self._store.missing(shas)
        if not missing:
            return
        sizes = promised_sizes(manifest)
        chunk_bytes = sum(sizes.get(sha, MAX_BLOB_BYTES) for sha in missing)
        if chunk_bytes > self._store.cap_left_bytes:
            raise _lacking("the chunk store", chunk_bytes, self._store.cap_left_bytes)
        file_bytes = sum(part.size_bytes for part in manifest.parts)
        needed = chunk_bytes + RESERVE_BYTES + (0 if self._slots.has(shas[0]) else file_bytes)
        if needed > self._store.disk_free_bytes:
            raise _lacking("the disk", needed, self._store.disk_free_bytes)


def _lacking(place: str, needed_bytes: int, free_bytes: int) -> DiskFullError:
    return DiskFullError(
        f"{place} has {free_bytes} bytes left, the variant needs {needed_bytes};"
        " nothing was fetched"
    )
