"""Chunks and manifests by SHA-256, and what was built, by content."""

import threading
from pathlib import Path

import msgspec
from lamplighter_recipes.variants.figures import VariantCard
from lamplighter_wire.blobs import sha256_hex
from lamplighter_wire.files import write_atomically
from lamplighter_wire.messages import ChunkRef


class BuiltVariant(msgspec.Struct, frozen=True, kw_only=True):
    """A finished build: its figures, its signed manifest, and the chunks it is made of."""

    card: VariantCard
    manifest: str = ""
    chunks: list[ChunkRef] = []
    key: str = ""


class ArtifactStore:
    """A folder of blobs named by their hash. A damaged one counts as missing.

    A blob is on disk for good when `put_chunk` returns: a desired state that names it may follow.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._writing = threading.Lock()

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
        with self._writing:  # two builds may share a chunk
            if not path.exists():
                write_atomically(path, [raw])
        return sha

    def read_chunk(self, sha: str) -> bytes | None:
        """The blob, or None when it is missing or damaged."""
        try:
            raw = self.path(sha).read_bytes()
        except OSError:
            return None
        if sha256_hex(raw) != sha:
            self.path(sha).unlink(missing_ok=True)
            return None
        return raw

    def put_manifest(self, envelope: bytes) -> str:
        """Keep a signed manifest; returns the name a device asks for."""
        return self.put_chunk(envelope)

    def manifest(self, sha: str) -> bytes | None:
        """A signed manifest's bytes."""
        return self.read_chunk(sha)


class BuiltShelf:
    """Finished builds on disk, by variant id. One counts only with the same inputs and whole."""

    def __init__(self, folder: Path, store: ArtifactStore) -> None:
        self._folder, self._store = folder, store

    def get(self, variant: str, key: str) -> BuiltVariant | None:
        """A build made from the same inputs whose blobs are all there."""
        try:
            raw = (self._folder / f"{variant}.json").read_bytes()
            built = msgspec.json.decode(raw, type=BuiltVariant)
        except (OSError, msgspec.DecodeError):
            return None
        needed = [built.manifest, *(ref.sha256 for ref in built.chunks)]
        whole = all(self._store.has_chunk(sha) for sha in needed)
        return built if built.key == key and whole else None

    def put(self, built: BuiltVariant) -> None:
        """Keep a build."""
        path = self._folder / f"{built.card.id}.json"
        write_atomically(path, [msgspec.json.encode(built)])
