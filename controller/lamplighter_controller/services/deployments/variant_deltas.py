"""Variants as what differs from what a device holds: most of an update whose weights changed
little, and of a step from floats to the 8-bit integers that they were rounded to."""

import logging
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial

import msgspec
from lamplighter_wire.artifacts.encodings import DELTA
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.variant_delta import Delta, make_variant_delta
from lamplighter_wire.blobs import Packed, compress
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import BlobError
from lamplighter_wire.messages import Desired, Envelope, VariantDelta

from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.deployments.manifest_patches import (
    KEPT,
    Blobs,
    manifests_of,
)
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.store.records import DeviceRecord

log = logging.getLogger(__name__)

# Of larger ones a delta would take longer than an order may wait; they travel whole.
MOST_BYTES = 32 * 1024 * 1024
# An order waits for a delta that long, and then travels whole.
PATIENCE_S = 60.0

Pair = tuple[str, str]  # of manifests: what is held, and what is wanted
Then = Callable[[], object]


class VariantDeltas:
    """Deltas from what a device serves or was told to hold; each is made once, beside the deciding
    thread, and kept as blobs. Everything else is called on that thread."""

    def __init__(self, blobs: Blobs, executor: Executor, queue: DecisionQueue) -> None:
        self._blobs, self._executor, self._queue = blobs, executor, queue
        self._made: dict[Pair, VariantDelta | None] = {}
        self._waiting: dict[Pair, dict[str, Then]] = {}  # by device: what follows

    def prepare(self, desired: Desired, record: DeviceRecord, then: Then) -> bool:
        """Whether all deltas are there that `attach` could name; else `then` follows when one
        more is, or when none is to be expected any more."""
        missing = [pair for pair in _pairs(desired, record) if pair not in self._made]
        for pair in missing:
            is_new = pair not in self._waiting
            self._waiting.setdefault(pair, {})[record.id] = then
            if is_new:
                self._begin(pair)
        return not missing

    def attach(self, desired: Desired, record: DeviceRecord) -> Desired:
        """The desired state with deltas for each variant that is new to a device that knows them.

        Whether the device really holds the other one, it knows itself.
        """
        made = [self._made.get(pair) for pair in _pairs(desired, record)]
        deltas = sorted(
            (delta for delta in made if delta is not None),
            key=lambda delta: (_place(desired, delta), delta.size_bytes),
        )
        return msgspec.structs.replace(desired, deltas=deltas)

    def _begin(self, pair: Pair) -> None:
        self._queue.later(PATIENCE_S, self._give_up, pair)
        future = self._executor.submit(make_delta, self._blobs, pair)
        future.add_done_callback(lambda made: self._queue.submit(self._take, pair, made))

    def _take(self, pair: Pair, made: "Future[VariantDelta | None]") -> None:
        if made.cancelled():  # the controller ends; what is intended is on disk
            return
        error = made.exception()
        if error is not None:
            log.error("no delta of %s from %s: %s", pair[1][:12], pair[0][:12], error)
        self._keep(pair, None if error is not None else made.result())

    def _give_up(self, pair: Pair) -> None:
        if pair in self._waiting:
            log.warning("no delta of %s in time", pair[1][:12])
            self._keep(pair, None)

    def _keep(self, pair: Pair, delta: VariantDelta | None) -> None:
        self._made.pop(pair, None)
        while len(self._made) >= KEPT:
            del self._made[next(iter(self._made))]
        self._made[pair] = delta
        for then in self._waiting.pop(pair, {}).values():
            self._queue.submit(then)  # each by itself: the trouble of one is not that of the others


def make_delta(blobs: Blobs, pair: Pair) -> VariantDelta | None:
    """A delta, kept as blobs; None where something is lost, or the two have little in common.

    Takes 0.1 s a megabyte: call it where nobody waits.
    """
    before, after = (_manifest(blobs, sha) for sha in pair)
    if before is None or after is None or max(before.size_bytes, after.size_bytes) > MOST_BYTES:
        return None
    try:
        made = make_variant_delta(pair, before, after, partial(_read, blobs))
    except BlobError:
        return None
    return None if made is None else _put(blobs, *made)


def _put(blobs: Blobs, delta: Delta, packed: Packed) -> VariantDelta:
    raws = [*packed.chunks.values(), encode(delta)]
    names = [blobs.put_chunk(raw) for raw in raws]
    size_bytes = sum(len(compress(raw)) for raw in raws)
    return VariantDelta(
        base=delta.base, target=delta.target, chunk=names[-1], size_bytes=size_bytes
    )


def _manifest(blobs: Blobs, sha: str) -> Manifest | None:
    raw = blobs.read_chunk(sha)
    return decode(decode(raw, Envelope).payload, Manifest) if raw is not None else None


def _read(blobs: Blobs, sha: str) -> bytes:
    raw = blobs.read_chunk(sha)
    if raw is None:
        raise BlobError(f"chunk {sha[:12]} is lost")
    return raw


def _pairs(desired: Desired, record: DeviceRecord) -> list[Pair]:
    """Of what is new to a device that knows deltas, with all that it holds."""
    if record.capabilities is None or DELTA not in record.capabilities.encodings:
        return []
    held = held_manifests(record)
    return [(base, sha) for sha in manifests_of(desired) if sha not in held for base in held]


def _place(desired: Desired, delta: VariantDelta) -> int:
    return manifests_of(desired).index(delta.target)


def held_manifests(record: DeviceRecord) -> list[str]:
    """What a device serves, and what it was told to hold."""
    before = current_desired(record)
    serving = record.reported.serving.manifest if record.reported is not None else ""
    told = manifests_of(before) if before is not None else []
    return list(dict.fromkeys([*([serving] if serving else []), *told]))
