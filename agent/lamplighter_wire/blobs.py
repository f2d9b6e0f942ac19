"""Artifacts as content-addressed chunks.

An artifact is a graph skeleton plus tensors in a stable order. A chunk never holds parts of two
large tensors, so a model that differs from another in a few tensors differs in a few chunks.
Small tensors (biases, scales) are pooled in the order they come.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import zstandard

from lamplighter_wire.errors import BlobError
from lamplighter_wire.files import write_atomically
from lamplighter_wire.messages import ChunkRef, Part

CHUNK_BYTES = 64 * 1024
MIN_CHUNK_BYTES = 4 * 1024
MAX_CHUNK_BYTES = 120 * 1024
# A signed manifest is a blob as well, and may be larger than a chunk.
MAX_BLOB_BYTES = 256 * 1024
SMALL_TENSOR_BYTES = 4 * 1024
# More than any model for a street camera; bounds what a damaged manifest can make a device write.
MAX_ARTIFACT_BYTES = 1024 * 1024 * 1024
SKELETON = "skeleton"

Read = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One initializer: numpy dtype name, shape and raw little-endian bytes."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Packed:
    """The chunk map (skeleton first, then tensors in order) and the raw chunks by SHA-256."""

    parts: list[Part]
    chunks: dict[str, bytes]

    def refs(self) -> list[ChunkRef]:
        """The manifest's list of chunks."""
        return [ChunkRef(sha256=sha, size_bytes=len(raw)) for sha, raw in self.chunks.items()]


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def compress(raw: bytes) -> bytes:
    """What travels on the wire: one zstd frame (level 3) that states its size."""
    return zstandard.ZstdCompressor(level=3).compress(raw)


def decompress(data: bytes, max_bytes: int = MAX_BLOB_BYTES) -> bytes:
    """Raises BlobError for damaged data, or when it states no size or more than `max_bytes`."""
    try:
        size_bytes = zstandard.frame_content_size(data)
        if not 0 <= size_bytes <= max_bytes:
            raise BlobError(f"blob of {size_bytes} bytes, at most {max_bytes} are allowed")
        return zstandard.ZstdDecompressor().decompress(data, max_output_size=max_bytes)
    except zstandard.ZstdError as error:
        raise BlobError(f"damaged zstd frame: {error}") from error


def artifact_sha256(skeleton: bytes, tensors: Iterable[Tensor]) -> str:
    """Name of an artifact: SHA-256 over the skeleton's length, the skeleton and all tensors."""
    digest = _artifact_digest(len(skeleton))
    digest.update(skeleton)
    for tensor in tensors:
        digest.update(tensor.data)
    return digest.hexdigest()


def pack(skeleton: bytes, tensors: Sequence[Tensor], chunk_bytes: int = CHUNK_BYTES) -> Packed:
    """Cut an artifact into chunks of at most `chunk_bytes` raw bytes."""
    if not MIN_CHUNK_BYTES <= chunk_bytes <= MAX_CHUNK_BYTES:
        raise BlobError(f"chunk size {chunk_bytes} not in {MIN_CHUNK_BYTES}..{MAX_CHUNK_BYTES}")
    chunks: dict[str, bytes] = {}
    skeleton_chunks = _cut(skeleton, chunk_bytes, chunks)
    parts = [Part(name=SKELETON, size_bytes=len(skeleton), chunks=skeleton_chunks)]
    places = _pool([t for t in tensors if _is_small(t)], chunk_bytes, chunks)
    for tensor in tensors:
        if _is_small(tensor):
            offset, hashes = next(places)
        else:
            offset, hashes = 0, _cut(tensor.data, chunk_bytes, chunks)
        parts.append(
            Part(
                name=tensor.name,
                dtype=tensor.dtype,
                shape=list(tensor.shape),
                offset=offset,
                size_bytes=len(tensor.data),
                chunks=hashes,
            )
        )
    return Packed(parts, chunks)


def assemble(parts: Sequence[Part], read: Read, skeleton_path: Path, tensors_path: Path) -> str:
    """Write the skeleton and all tensors, in order, to two files; return the artifact's SHA-256.

    `read` gives a chunk's raw bytes by hash. Each file appears whole or not at all. Raises
    BlobError when a chunk is not what its name says or the map does not add up.
    """
    if not parts or parts[0].name != SKELETON or any(p.name == SKELETON for p in parts[1:]):
        raise BlobError("the chunk map must begin with its only skeleton")
    if any(part.size_bytes < 0 or part.offset < 0 for part in parts):
        raise BlobError("a part has a negative size or offset")
    if sum(part.size_bytes for part in parts) > MAX_ARTIFACT_BYTES:
        raise BlobError(f"artifact larger than {MAX_ARTIFACT_BYTES} bytes")
    reader = _Reader(read)
    digest = _artifact_digest(parts[0].size_bytes)
    for path, group in ((skeleton_path, parts[:1]), (tensors_path, parts[1:])):
        write_atomically(path, _digested(reader, group, digest.update))
    return digest.hexdigest()


class _Reader:
    """Reads and verifies chunks; keeps pooled ones, which many parts share."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._pooled: dict[str, bytes] = {}

    def pieces(self, part: Part) -> Iterator[bytes]:
        wanted, offset = part.size_bytes, part.offset
        for sha in part.chunks:
            piece = self._chunk(sha, wanted < SMALL_TENSOR_BYTES)[offset : offset + wanted]
            offset = 0
            wanted -= len(piece)
            yield piece
        if wanted:
            raise BlobError(f"part {part.name!r} lacks {wanted} bytes")

    def _chunk(self, sha: str, pooled: bool) -> bytes:
        if sha in self._pooled:
            return self._pooled[sha]
        raw = self._read(sha)
        if sha256_hex(raw) != sha:
            raise BlobError(f"chunk {sha[:12]} is damaged")
        if pooled:
            self._pooled[sha] = raw
        return raw


def _digested(
    reader: _Reader, parts: Sequence[Part], update: Callable[[bytes], None]
) -> Iterator[bytes]:
    for part in parts:
        for piece in reader.pieces(part):
            update(piece)
            yield piece


def _artifact_digest(skeleton_bytes: int) -> "hashlib._Hash":
    # The length keeps skeleton and tensors apart: moving a byte between them changes the name.
    return hashlib.sha256(skeleton_bytes.to_bytes(8, "big"))


def _is_small(tensor: Tensor) -> bool:
    return len(tensor.data) < SMALL_TENSOR_BYTES


def _cut(data: bytes, chunk_bytes: int, chunks: dict[str, bytes]) -> list[str]:
    return [
        _add(data[start : start + chunk_bytes], chunks)
        for start in range(0, len(data), chunk_bytes)
    ]


def _add(raw: bytes, chunks: dict[str, bytes]) -> str:
    sha = sha256_hex(raw)
    chunks[sha] = raw
    return sha


def _pool(
    tensors: Sequence[Tensor], chunk_bytes: int, chunks: dict[str, bytes]
) -> Iterator[tuple[int, list[str]]]:
    """(offset in the shared chunk, its hash) of each small tensor; none spans two chunks."""
    groups: list[list[bytes]] = []
    filled = chunk_bytes + 1  # the first tensor, even an empty one, opens a group
    for tensor in tensors:
        if filled + len(tensor.data) > chunk_bytes:
            groups.append([])
            filled = 0
        groups[-1].append(tensor.data)
        filled += len(tensor.data)
    for group in groups:
        pool = b"".join(group)
        sha = _add(pool, chunks) if pool else ""
        position = 0
        for data in group:
            yield (position, [sha]) if data else (0, [])
            position += len(data)
