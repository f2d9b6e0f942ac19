"""Brings onto the disk what a variant consists of."""

import logging
from collections.abc import Callable, Sequence

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.manifest_patch import apply_patch
from lamplighter_wire.artifacts.needed_chunks import needed_chunks
from lamplighter_wire.artifacts.promise import promised_sizes
from lamplighter_wire.errors import BlobError, CodecError
from lamplighter_wire.messages import Desired, ManifestPatch, Rung

from lamplighter_agent.acceptance.verdict import Verdict
from lamplighter_agent.delivery.chunk_room import ChunkRoom
from lamplighter_agent.delivery.chunk_store import ChunkStore
from lamplighter_agent.delivery.roads import Delivery
from lamplighter_agent.delivery.slots import Slots
from lamplighter_agent.delivery.transfer_totals import TransferTotals
from lamplighter_agent.errors import DiskFullError, FetchError
from lamplighter_agent.updating.delta_fetching import DeltaFetching, Fetch
from lamplighter_agent.updating.garbage_collection import GarbageCollection
from lamplighter_agent.updating.verifying import Verifying

log = logging.getLogger(__name__)


class Fetching:
    """Fetches manifest and chunks of variants. `timeout_s`: without any new chunk."""

    def __init__(
        self,
        store: ChunkStore,
        slots: Slots,
        delivery: Delivery,
        verifying: Verifying,
        garbage: GarbageCollection,
        timeout_s: float,
    ) -> None:
        self._store, self._slots, self._delivery = store, slots, delivery
        self._verifying, self._garbage, self._timeout_s = verifying, garbage, timeout_s
        self._deltas, self._room = DeltaFetching(store, slots), ChunkRoom(store, slots)

    def fetch(
        self,
        desired: Desired,
        known: Sequence[Rung],
        totals: TransferTotals,
        abort: Callable[[], bool],
    ) -> Verdict:
        """Fetch what the desired primary consists of, unless its manifest speaks against it.

        Whether there is room for it is looked first, before bytes are paid for. On a full disk the
        chunks of variants that are not `known` make room, for the manifest too.

        Raises:
            FetchError: it does not come.
            CalledOffError: `abort` says so.
            DiskFullError: there is no room.
            SignatureError: the manifest is not trusted.
        """

        sizes: dict[str, int] = {}

        def fetch_missing(artifact: str, shas: Sequence[str]) -> None:
            progress = totals.begin(len(set(shas)), len(self._store.missing(shas)))
            revision, of = desired.revision, artifact if desired.by_artifact else ""
            self._delivery.fetch(shas, revision, progress, abort, self._timeout_s, sizes, of)

        manifest = self._fetch_manifest(desired, known, fetch_missing)
        verdict = self._verifying.judge(manifest, desired)
        if verdict.passed:
            sizes |= promised_sizes(manifest)
            shas = [desired.primary.point.manifest, *needed_chunks(manifest)]
            self._fetch_chunks(shas, known, fetch_missing, desired, manifest)
        return verdict

    def _fetch_manifest(self, desired: Desired, known: Sequence[Rung], fetch: Fetch) -> Manifest:
        sha = desired.primary.point.manifest
        try:
            self._fetch_envelope(sha, desired.patches, fetch)
        except DiskFullError:
            self._garbage.free_chunks(known, arriving=[sha])
            self._fetch_envelope(sha, desired.patches, fetch)
        return self._slots.open_manifest(self._store.read(sha))

    def _fetch_envelope(self, sha: str, patches: Sequence[ManifestPatch], fetch: Fetch) -> None:
        if not self._store.has(sha):
            self._fetch_patch(sha, patches, fetch)
        if not self._store.has(sha):
            fetch(sha, [sha])

    def _fetch_patch(self, sha: str, patches: Sequence[ManifestPatch], fetch: Fetch) -> None:
        """Make a manifest from what is held; where nothing fits, or when that fails, nothing."""
        fitting = (p for p in patches if p.target == sha)
        patch = next((p for p in fitting if not p.base or self._store.has(p.base)), None)
        if patch is None:
            return
        try:
            fetch(patch.chunk, [patch.chunk])
            base = self._store.read(patch.base) if patch.base else None
            self._store.put(sha, apply_patch(base, self._store.read(patch.chunk), sha))
        except (BlobError, CodecError, FetchError) as error:
            log.warning("manifest %s is fetched whole: %s", sha[:12], error)

    def _fetch_chunks(
        self,
        shas: Sequence[str],
        known: Sequence[Rung],
        fetch: Fetch,
        desired: Desired,
        manifest: Manifest,
    ) -> None:
        try:
            self._room.check(manifest, shas)
            self._deltas.restore(desired, manifest, fetch)
            fetch(shas[0], shas)
        except DiskFullError:
            self._garbage.free_chunks(known, arriving=shas)
            self._room.check(manifest, shas)
            fetch(shas[0], shas)
