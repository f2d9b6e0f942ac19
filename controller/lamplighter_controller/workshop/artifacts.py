"""Chunks and manifests by SHA-256, and what was built, by content."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_wire.artifacts.manifest import ChunkRef
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.files import write_atomically

from lamplighter_controller.domain.variants import NOT_PACKED, PackedManifest
from lamplighter_controller.workshop.file_states import file_state

# Flushes that wait for a disk at the same time; it writes those of many files at once.
WRITERS = 8


class BuiltVariant(msgspec.Struct, frozen=True, kw_only=True):
    """A finished build: its figures, its signed manifests, and the chunks they name.

    `packed`: for agents that can expand packed parts; empty where none is packed.
    """

    card: VariantCard
    manifest: str = ""
    packed: PackedManifest = NOT_PACKED
    chunks: list[ChunkRef] = []
    key: str = ""


class ArtifactStore:
    """A folder of blobs named by their hash. A damaged one counts as missing.

    A blob is on disk for good when `put_chunk` returns: a desired state that names it may follow.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.losses = 0
        """How often a blob that was asked for was missing or damaged."""
        self._writing = {digit: threading.Lock() for digit in "0123456789abcdef"}

    def path(self, sha: str) -> Path:
        """Where a blob lies or would lie."""
        return self.root / sha[:2] / sha

    def has_chunk(self, sha: str) -> bool:
        """Whether there is such a blob; its content is checked when it is read."""
        return self.path(sha).exists()

    def put_chunk(self, raw: bytes) -> str:
        """Keep a blob; returns its name."""
        sha = sha256_hex(raw)
        path = self.path(sha)
        with self._writing[sha[0]]:  # two builds may share a chunk
            if not path.exists():
                write_atomically(path, [raw])
        return sha

    def put_chunks(self, chunks: Iterable[bytes]) -> set[str]:
        """Keep blobs; returns their names. Far quicker than one by one: they wait for a disk."""
        with ThreadPoolExecutor(WRITERS, "artifacts") as writers:
            return set(writers.map(self.put_chunk, chunks))

    def read_chunk(self, sha: str) -> bytes | None:
        """The blob, or None when it is missing or damaged."""
        try:
            raw = self.path(sha).read_bytes()
        except OSError:
            self.losses += 1
            return None
        if sha256_hex(raw) != sha:
            self.path(sha).unlink(missing_ok=True)
            self.losses += 1
            return None
        return raw

    def put_manifest(self, envelope: bytes) -> str:
        """Keep a signed manifest; returns the name a device asks for."""
        return self.put_chunk(envelope)

    def manifest(self, sha: str) -> bytes | None:
        """A signed manifest's bytes."""
        return self.read_chunk(sha)


class BuiltShelf:
    """Finished builds on disk, by variant id. One counts only with the same inputs and whole.

    Whether all blobs are there is looked up once, and again when one was found missing.
    """

    def __init__(self, folder: Path, store: ArtifactStore) -> None:
        self.folder, self._store = folder, store
        self._read: dict[str, tuple[object, BuiltVariant | None]] = {}

    def get(self, variant: str, key: str) -> BuiltVariant | None:
        """A build made from the same inputs whose blobs are all there."""
        path = self.folder / f"{variant}.json"
        state = (file_state(path), self._store.losses)
        if variant not in self._read or self._read[variant][0] != state:
            self._read[variant] = (state, self._whole(path))
        built = self._read[variant][1]
        return built if built is not None and built.key == key else None

    def _whole(self, path: Path) -> BuiltVariant | None:
        try:
            built = msgspec.json.decode(path.read_bytes(), type=BuiltVariant)
        except (OSError, msgspec.DecodeError):
            return None
        manifests = [sha for sha in (built.manifest, built.packed.manifest) if sha]
        needed = [*manifests, *(ref.sha256 for ref in built.chunks)]
        return built if all(self._store.has_chunk(sha) for sha in needed) else None

    def put(self, built: BuiltVariant) -> None:
        """Keep a build."""
        path = self.folder / f"{built.card.id}.json"
        write_atomically(path, [msgspec.json.encode(built)])
