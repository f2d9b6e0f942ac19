"""What no known rung needs is dropped: chunks, variants, engines."""

import logging
from collections.abc import Iterable, Sequence

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.needed_chunks import needed_chunks
from lamplighter_wire.messages import Rung

from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.deployment.failure_reasons import FAULTS
from lamplighter_agent.inference.engine_pool import EnginePool

log = logging.getLogger(__name__)


class GarbageCollection:
    """Drops from disk and memory what is not needed by the rungs it is given."""

    def __init__(self, store: ChunkStore, slots: Slots, pool: EnginePool) -> None:
        self._store, self._slots, self._pool = store, slots, pool

    def free_chunks(self, rungs: Iterable[Rung], arriving: Sequence[str] = ()) -> None:
        """Drop the chunks that neither the rungs nor the variant that is `arriving` consist of."""
        shas = {rung.point.manifest for rung in rungs}
        chunks = {*shas, *arriving}
        for sha in shas:
            try:
                chunks.update(needed_chunks(self._manifest(sha)))
            except FAULTS as error:
                log.warning("variant %s cannot be read: %s", sha[:12], error)
        self._store.collect_garbage(chunks)

    def _manifest(self, sha: str) -> Manifest:
        """From the chunks, where the variant's own is damaged: it is mended from the others."""
        try:
            return self._slots.manifest(sha)
        except FAULTS:
            return self._slots.open_manifest(self._store.read(sha))

    def remove_variants(self, rungs: Iterable[Rung]) -> None:
        """Remove all other variants; their chunks stay, which the next variant may share."""
        self._slots.keep(rung.point.manifest for rung in rungs)

    def forget_variants(self, rungs: Sequence[Rung]) -> None:
        """Drop the chunks, engines and files of all other variants."""
        self.free_chunks(rungs)
        self._pool.keep(rung.point for rung in rungs)
        self.remove_variants(rungs)
