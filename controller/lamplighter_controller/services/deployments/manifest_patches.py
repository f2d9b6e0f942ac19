"""Manifests as what differs from one that a device holds: most of an update that is small."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec
from lamplighter_wire.artifacts.manifest_patch import make_patch
from lamplighter_wire.blobs import compress
from lamplighter_wire.messages import Desired, ManifestPatch

# Of pairs of manifests: a fleet moves between few variants.
KEPT = 256
NOTHING = ""  # in place of another manifest


class Blobs(Protocol):
    """What devices fetch by its SHA-256: signed manifests, chunks, patches."""

    def read_chunk(self, sha: str) -> bytes | None:
        """A blob; None where there is none."""

    def put_chunk(self, raw: bytes) -> str:
        """Keep a blob for good; returns its name."""


class ManifestPatches:
    """Makes patches from what a device was told to hold; each is a blob that a device may fetch."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._made: dict[tuple[str, str], ManifestPatch | None] = {}

    def attach(self, desired: Desired, before: Desired | None) -> Desired:
        """The desired state with patches for each manifest that is new to the device.

        Whether the device really holds the other one, it knows itself; one patch needs none.
        """
        held = manifests_of(before) if before is not None else []
        new = [sha for sha in manifests_of(desired) if sha not in held]
        patches = [patch for sha in new for patch in self._smallest(held, sha)]
        return msgspec.structs.replace(desired, patches=patches)

    def _smallest(self, held: Sequence[str], target: str) -> list[ManifestPatch]:
        """From the nearest that is held, and from nothing."""
        made = [patch for base in (*held, NOTHING) if (patch := self._patch(base, target))]
        made.sort(key=lambda patch: patch.size_bytes)
        nearest, alone = made[:1], [patch for patch in made[1:] if patch.base == NOTHING]
        return nearest + alone

    def _patch(self, base: str, target: str) -> ManifestPatch | None:
        key = (base, target)
        if key not in self._made:
            if len(self._made) >= KEPT:
                self._made.clear()
            self._made[key] = self._make(base, target)
        return self._made[key]

    def _make(self, base: str, target: str) -> ManifestPatch | None:
        """None where one is lost, or the patch is not smaller than the whole."""
        before = self._blobs.read_chunk(base) if base else None
        after = self._blobs.read_chunk(target)
        if after is None or (base and before is None):
            return None
        patch = make_patch(before, after)
        if len(patch) >= len(compress(after)):
            return None
        chunk = self._blobs.put_chunk(patch)
        return ManifestPatch(base=base, target=target, chunk=chunk, size_bytes=len(patch))


def manifests_of(desired: Desired) -> list[str]:
    """Of the primary and the ladder, each once."""
    return list(dict.fromkeys(_manifests(desired)))


def _manifests(desired: Desired) -> Iterator[str]:
    for rung in (desired.primary, *desired.ladder):
        if rung.point.manifest:
            yield rung.point.manifest
