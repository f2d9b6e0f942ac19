"""Artifacts as content-addressed chunks.

An artifact is named files, each of pieces in a stable order: a graph, its tensors. A chunk never
holds parts of two large pieces, so a model that differs from another in a few tensors differs in a
few chunks; files that have a piece in common share its chunks. Small pieces (biases, scales) are
pooled in the order they come.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import zstandard

from lamplighter_wire.artifacts.encodings import MAX_PACKED_BYTES, RAW, Levels, expand
from lamplighter_wire.artifacts.manifest import ChunkRef, Part
from lamplighter_wire.errors import BlobError
from lamplighter_wire.files import write_atomically

CHUNK_BYTES = 64 * 1024
MIN_CHUNK_BYTES = 4 * 1024
MAX_CHUNK_BYTES = 120 * 1024
# A signed manifest is a blob as well, and may be larger than a chunk.
MAX_BLOB_BYTES = 256 * 1024
# A file is read back so much at a time.
READ_BYTES = 1 << 20
SMALL_PIECE_BYTES = 4 * 1024
# More than any model for a street camera; bounds what a damaged manifest can make a device write.
MAX_ARTIFACT_BYTES = 1024 * 1024 * 1024
# In manifests whose parts name no file the first part is the graph, all others its tensors.
MODEL_FILE, TENSORS_FILE = "model.onnx", "tensors.bin"
FILE_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

Read = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Piece:
    """What is sent as one: a graph, or a tensor with numpy's name of its type and its shape.

    `levels`: what 8-bit elements were rounded from, where that is known.
    """

    name: str
    data: bytes
    dtype: str = ""
    shape: tuple[int, ...] = ()
    levels: Levels | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """A piece as it travels: the name of an encoding, and what expands to the piece."""

    encoding: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ArtifactFile:
    """A file as a runtime opens it: its pieces, one after the other."""

    name: str
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Packed:
    """The chunk map (files and their pieces in order) and the raw chunks by SHA-256."""

    parts: list[Part]
    chunks: dict[str, bytes]

    def refs(self) -> list[ChunkRef]:
        """The manifest's list of chunks."""
        return [ChunkRef(sha256=sha, size_bytes=len(raw)) for sha, raw in self.chunks.items()]


Encode = Callable[[Piece], Encoded]


def unpacked(piece: Piece) -> Encoded:
    """A piece as it is: every agent reads that."""
    return Encoded(RAW, piece.data)


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


def artifact_sha256(files: Iterable[ArtifactFile]) -> str:
    """Name of an artifact: SHA-256 over the bytes of all its files."""
    contents = [[piece.data for piece in file.pieces] for file in files if file.pieces]
    digest = hashlib.sha256()
    for number, content in enumerate(contents):
        digest.update(_prefix(number, len(contents), sum(map(len, content))))
        for data in content:
            digest.update(data)
    return digest.hexdigest()


def pack(
    files: Sequence[ArtifactFile], chunk_bytes: int = CHUNK_BYTES, encode: Encode = unpacked
) -> Packed:
    """Cut an artifact into chunks of at most `chunk_bytes` raw bytes.

    `encode` may give large pieces another form; the artifact's name is that of the pieces.
    """
    if not MIN_CHUNK_BYTES <= chunk_bytes <= MAX_CHUNK_BYTES:
        raise BlobError(f"chunk size {chunk_bytes} not in {MIN_CHUNK_BYTES}..{MAX_CHUNK_BYTES}")
    chunks: dict[str, bytes] = {}
    pieces = [(file.name, piece) for file in files for piece in file.pieces]
    places = _pool([piece for _, piece in pieces if _is_small(piece)], chunk_bytes, chunks)
    parts = []
    for file, piece in pieces:
        encoded, offset = unpacked(piece), 0
        if _is_small(piece):
            offset, hashes = next(places)
        else:
            encoded = encode(piece)
            hashes = _cut(encoded.data, chunk_bytes, chunks)
        parts.append(_part(file, piece, encoded, offset, hashes))
    return Packed(parts, chunks)


def _part(file: str, piece: Piece, encoded: Encoded, offset: int, hashes: list[str]) -> Part:
    return Part(
        file=file,
        name=piece.name,
        dtype=piece.dtype,
        shape=list(piece.shape),
        offset=offset,
        size_bytes=len(piece.data),
        chunks=hashes,
        encoding=encoded.encoding,
        packed_bytes=len(encoded.data) if encoded.encoding else 0,
    )


def part_as_stored(part: Part, read: Read) -> bytes:
    """A part as its chunks hold it: packed, where it is packed.

    Raises:
        BlobError: a chunk is missing or damaged, or the map does not add up.
    """
    size_bytes = part.packed_bytes if part.encoding else part.size_bytes
    return b"".join(_Reader(read).stored(part, size_bytes))


def assemble(parts: Sequence[Part], read: Read, folder: Path) -> str:
    """Write all files of an artifact into a folder; return the artifact's SHA-256.

    `read` gives a chunk's raw bytes by hash. Each file appears whole or not at all.

    Raises:
        BlobError: a chunk is not what its name says, or the map does not add up.
    """
    files = _by_file(parts)
    reader = _Reader(read)
    digest = hashlib.sha256()
    for number, (name, group) in enumerate(files):
        digest.update(_prefix(number, len(files), sum(part.size_bytes for part in group)))
        write_atomically(folder / name, _digested(reader, group, digest.update))
    return digest.hexdigest()


def stored_sha256(parts: Sequence[Part], folder: Path) -> str:
    """The artifact's SHA-256 as its files lie in a folder, whatever they hold.

    Raises:
        BlobError: the map cannot be one of files.
        OSError: a file is missing or cannot be read.
    """
    files = _by_file(parts)
    digest = hashlib.sha256()
    for number, (name, group) in enumerate(files):
        digest.update(_prefix(number, len(files), sum(part.size_bytes for part in group)))
        with (folder / name).open("rb") as file:
            while data := file.read(READ_BYTES):
                digest.update(data)
    return digest.hexdigest()


def _by_file(parts: Sequence[Part]) -> list[tuple[str, list[Part]]]:
    """Files and their parts in order.

    Raises:
        BlobError: the map cannot be one of files.
    """
    if any(min(part.size_bytes, part.offset, part.packed_bytes) < 0 for part in parts):
        raise BlobError("a part has a negative size or offset")
    if any(part.packed_bytes > MAX_PACKED_BYTES for part in parts):
        raise BlobError(f"a packed part is larger than {MAX_PACKED_BYTES} bytes")
    if sum(part.size_bytes for part in parts) > MAX_ARTIFACT_BYTES:
        raise BlobError(f"artifact larger than {MAX_ARTIFACT_BYTES} bytes")
    if not any(part.file for part in parts):
        named = [(MODEL_FILE, list(parts[:1])), (TENSORS_FILE, list(parts[1:]))]
    else:
        named = [(name, list(group)) for name, group in groupby(parts, lambda part: part.file)]
    names = [name for name, _ in named]
    if not parts or len(set(names)) < len(names) or not all(map(FILE_NAME.fullmatch, names)):
        raise BlobError(f"the chunk map has files {names}")
    return named


class _Reader:
    """Reads and verifies chunks; keeps pooled ones, which many parts share."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._pooled: dict[str, bytes] = {}

    def pieces(self, part: Part) -> Iterator[bytes]:
        """The bytes of a part, expanded where it is packed."""
        if not part.encoding:
            yield from self.stored(part, part.size_bytes)
            return
        packed = b"".join(self.stored(part, part.packed_bytes))
        yield from expand(part.encoding, packed, part.size_bytes)

    def stored(self, part: Part, size_bytes: int) -> Iterator[bytes]:
        """The bytes of a part in its chunks, `size_bytes` of them."""
        lacking, offset = size_bytes, part.offset
        for sha in part.chunks:
            piece = self._chunk(sha, lacking < SMALL_PIECE_BYTES)[offset : offset + lacking]
            offset = 0
            lacking -= len(piece)
            yield piece
        if lacking:
            raise BlobError(f"part {part.name!r} lacks {lacking} bytes")

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


def _prefix(number: int, count: int, size_bytes: int) -> bytes:
    """What keeps two files apart: moving a byte between them changes the artifact's name. The last
    of several needs none."""
    return b"" if 0 < number == count - 1 else size_bytes.to_bytes(8, "big")


def _is_small(piece: Piece) -> bool:
    return len(piece.data) < SMALL_PIECE_BYTES


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
    pieces: Sequence[Piece], chunk_bytes: int, chunks: dict[str, bytes]
) -> Iterator[tuple[int, list[str]]]:
    """(offset in the shared chunk, its hash) of each small piece; none spans two chunks."""
    groups: list[list[bytes]] = []
    filled = chunk_bytes + 1  # the first piece, even an empty one, opens a group
    for piece in pieces:
        if filled + len(piece.data) > chunk_bytes:
            groups.append([])
            filled = 0
        groups[-1].append(piece.data)
        filled += len(piece.data)
    for group in groups:
        pool = b"".join(group)
        sha = _add(pool, chunks) if pool else ""
        position = 0
        for data in group:
            yield (position, [sha]) if data else (0, [])
            position += len(data)
