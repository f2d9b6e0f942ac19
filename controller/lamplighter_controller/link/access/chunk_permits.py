"""Which chunks a device may have: those of what it was ordered last, and of the order before."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Protocol

from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.artifacts.needed_chunks import needed_chunks
from lamplighter_wire.artifacts.variant_delta import Delta
from lamplighter_wire.codec import decode
from lamplighter_wire.errors import CodecError
from lamplighter_wire.messages import Desired, Envelope
from lamplighter_wire.topics import blob, blobs_of

from lamplighter_controller.link.access.access_control import AccessControl

log = logging.getLogger(__name__)

KEPT_MANIFESTS = 256  # a fleet is ordered few variants


class ChunkPermits(Protocol):
    """Says which of the chunks that a device asks for it may have."""

    def permitted(self, device: str, artifact: str, shas: Iterable[str]) -> list[str]:
        """Those of `shas` that it may have, as chunks of an artifact; empty: of any."""

    def ordered(self, device: str) -> frozenset[str]:
        """All that it may have; empty where that is not known."""

    def settle(self) -> None:
        """What was permitted is so at the broker as well."""


class EveryChunk:
    """Whoever asks may have it: for benchmarks without a broker's rules."""

    def permitted(self, _device: str, _artifact: str, shas: Iterable[str]) -> list[str]:
        return list(shas)

    def ordered(self, _device: str) -> frozenset[str]:
        return frozenset()

    def settle(self) -> None: ...


class OrderedChunks:
    """Permits what was ordered, here and at the broker.

    Args:
        desired_of: the last order of a device; None where there is none.
        read: a blob by its hash.
    """

    def __init__(
        self,
        desired_of: Callable[[str], Desired | None],
        read: Callable[[str], bytes | None],
        access: AccessControl,
    ) -> None:
        self._desired_of, self._read, self._access = desired_of, read, access
        self._lock = threading.Lock()  # devices ask by the broker, and over HTTP
        self._orders: dict[str, list[Desired]] = {}  # the newest last, two at most
        self._parts: OrderedDict[str, frozenset[str]] = OrderedDict()  # of manifests and deltas
        self._knows_no_artifacts: set[str] = set()

    def permitted(self, device: str, artifact: str, shas: Iterable[str]) -> list[str]:
        """Those of `shas` that belong to the device's orders; the broker is told of all of them."""
        with self._lock:
            artifacts = self._artifacts(device)
            chunks = frozenset[str]().union(*artifacts.values())
            if not artifact:
                self._knows_no_artifacts.add(device)
            topics = {blobs_of(known) for known in artifacts}
            if device in self._knows_no_artifacts:
                topics.update(map(blob, chunks))
        self._access.permit(device, frozenset(topics))
        of = artifacts.get(artifact, frozenset[str]()) if artifact else chunks
        return [sha for sha in shas if sha in of]

    def ordered(self, device: str) -> frozenset[str]:
        """Of its last order and of the one before."""
        with self._lock:
            return frozenset[str]().union(*self._artifacts(device).values())

    def _artifacts(self, device: str) -> dict[str, frozenset[str]]:
        """What its orders name by a hash, and the chunks of each, itself included."""
        found: dict[str, frozenset[str]] = {}
        for order in self._known_orders(device):
            found |= self._artifacts_of(order)
        return found

    def settle(self) -> None:
        self._access.settle()

    def _known_orders(self, device: str) -> list[Desired]:
        """A device that goes back to what it had may have lost parts of that."""
        newest = self._desired_of(device)
        known = self._orders.get(device, [])
        if newest is None:
            self._orders.pop(device, None)
            return []
        if not known or known[-1] != newest:
            before = [order for order in known[-1:] if order.primary != newest.primary]
            known = self._orders[device] = [*(before or known[:-1]), newest]
        return known

    def _artifacts_of(self, order: Desired) -> dict[str, frozenset[str]]:
        manifests = {rung.point.manifest for rung in (order.primary, *order.ladder)} - {""}
        found = {sha: self._of_blob(sha, _needed) | {sha} for sha in manifests}
        found |= {patch.chunk: frozenset([patch.chunk]) for patch in order.patches}
        for delta in order.deltas:
            found[delta.chunk] = self._of_blob(delta.chunk, _of_delta) | {delta.chunk}
        return found

    def _of_blob(self, sha: str, names: Callable[[bytes], frozenset[str]]) -> frozenset[str]:
        if sha not in self._parts:
            raw = self._read(sha)
            if raw is None:
                return frozenset()  # lost, and perhaps built again
            self._parts[sha] = names(raw)
            if len(self._parts) > KEPT_MANIFESTS:
                self._parts.popitem(last=False)
        return self._parts[sha]


def _needed(raw: bytes) -> frozenset[str]:
    try:
        manifest = decode(decode(raw, Envelope).payload, Manifest)
    except CodecError as error:
        log.warning("a manifest of ours cannot be read: %s", error)
        return frozenset()
    return frozenset(needed_chunks(manifest))


def _of_delta(raw: bytes) -> frozenset[str]:
    try:
        return frozenset(decode(raw, Delta).chunks())
    except CodecError as error:
        log.warning("a delta of ours cannot be read: %s", error)
        return frozenset()
