"""What a variant consists of as what differs from another that the device holds.

A document lists parts whose chunks hold deltas; what comes out are chunks of the variant's own
manifest, each checked by its name. So a variant never depends on another once it is here, what does
not fit is fetched whole, and what came before a loss of power is not made again.
"""

from collections.abc import Container, Iterator

import numpy as np

from lamplighter_wire.artifacts.delta_encoding import apply_delta, make_delta, make_rounded
from lamplighter_wire.artifacts.encodings import DELTA, MAX_PACKED_BYTES
from lamplighter_wire.artifacts.manifest import Manifest, Part
from lamplighter_wire.artifacts.packing import wire_bytes
from lamplighter_wire.artifacts.promise import promised_sizes
from lamplighter_wire.blobs import (
    SMALL_PIECE_BYTES,
    ArtifactFile,
    Packed,
    Piece,
    Read,
    pack,
    part_as_stored,
)
from lamplighter_wire.errors import BlobError
from lamplighter_wire.messages import Message

# Of the bytes that a part takes whole.
MOST_SHARE = 0.7
FLOATS, INTEGERS = "float32", "int8"


class DeltaPart(Part, frozen=True, kw_only=True, omit_defaults=True):
    """A part whose chunks hold a delta: of which part of the variant, from which of the other."""

    part: int = 0  # its number in the manifest
    base: int = 0  # the number of the other in its own


class Delta(Message, frozen=True, kw_only=True):
    """From one signed manifest to another, by the SHA-256 of both."""

    base: str = ""
    target: str = ""
    parts: list[DeltaPart] = []

    def chunks(self, numbers: Container[int] | None = None) -> list[str]:
        """What must be fetched for these parts of the variant; None: for all."""
        parts = (part for part in self.parts if numbers is None or part.part in numbers)
        return list(dict.fromkeys(sha for part in parts for sha in part.chunks))


def make_variant_delta(
    shas: tuple[str, str], base: Manifest, target: Manifest, read: Read
) -> tuple[Delta, Packed] | None:
    """The document and its chunks; None where it would spare little.

    Args:
        shas: of both signed manifests.
        read: gives a chunk's raw bytes by hash.

    Raises:
        BlobError: a chunk is missing.
    """
    held = {sha for part in base.parts for sha in part.chunks}
    made = []
    for number, part in enumerate(target.parts):
        source = _source(part, base) if _is_alone(part) and not held.issuperset(part.chunks) else -1
        if source >= 0:
            data = _shorter(base.parts[source], part, read)
            if data:
                made.append((number, source, part, data))
    if not made:
        return None
    packed = pack([ArtifactFile("", [Piece(str(number), data) for number, _, _, data in made])])
    parts = [
        _delta_part(number, source, part, stored)
        for (number, source, part, _), stored in zip(made, packed.parts, strict=True)
    ]
    return Delta(base=shas[0], target=shas[1], parts=parts), packed


def restored_chunks(
    delta: Delta, base: Manifest, target: Manifest, lacking: set[str], read: Read
) -> Iterator[bytes]:
    """The raw chunks of the variant that are `lacking`, as far as the delta yields them.

    They must be checked by their names: they are what the other part and the delta give.

    Raises:
        BlobError: the delta does not fit, or what it begins with is missing.
    """
    sizes = promised_sizes(target)
    for step in delta.parts:
        if not (0 <= step.part < len(target.parts) and 0 <= step.base < len(base.parts)):
            raise BlobError(f"a delta of part {step.part} by part {step.base}: there is none")
        part = target.parts[step.part]
        if lacking.intersection(part.chunks):
            blocks = _restored(step, base.parts[step.base], part, read)
            yield from _cut(blocks, [sizes.get(sha, 0) for sha in part.chunks])


def _restored(step: DeltaPart, base: Part, part: Part, read: Read) -> Iterator[bytes]:
    if step.encoding != DELTA or _stored_bytes(base) > MAX_PACKED_BYTES:
        raise BlobError(f"part {part.name!r} has no delta that is known here")
    return apply_delta(part_as_stored(base, read), part_as_stored(step, read), _stored_bytes(part))


def _cut(blocks: Iterator[bytes], sizes: list[int]) -> Iterator[bytes]:
    waiting = b""
    for size in sizes:
        while len(waiting) < size:
            block = next(blocks, b"")
            if not block:
                raise BlobError("a delta yields less than the chunks of its part")
            waiting += block
        yield waiting[:size]
        waiting = waiting[size:]


def _is_alone(part: Part) -> bool:
    """Whether its chunks hold nothing else, and it is neither small nor very large."""
    return part.size_bytes >= SMALL_PIECE_BYTES and _stored_bytes(part) <= MAX_PACKED_BYTES


def _source(part: Part, base: Manifest) -> int:
    """The number of the part that it is predicted from; -1: none."""
    numbers = enumerate(base.parts)
    fitting = (n for n, other in numbers if _is_same_tensor(part, other) or _is_float(part, other))
    return next(fitting, -1)


def _is_same_tensor(part: Part, other: Part) -> bool:
    alike = (part.file, part.name, part.dtype, part.shape, part.encoding)
    theirs = (other.file, other.name, other.dtype, other.shape, other.encoding)
    return alike == theirs and 0 < _stored_bytes(other) <= MAX_PACKED_BYTES


def _is_float(part: Part, other: Part) -> bool:
    """Whether 8-bit integers have been rounded from these floats, by name and shape."""
    plain = not part.encoding and not other.encoding and len(part.shape) > 1
    typed = part.dtype == INTEGERS and other.dtype == FLOATS and part.shape == other.shape
    return plain and typed and bool(other.name) and part.name.startswith(other.name)


def _shorter(base: Part, part: Part, read: Read) -> bytes:
    """The delta of a part; empty where it is not much shorter."""
    before, after = part_as_stored(base, read), part_as_stored(part, read)
    if base.dtype != part.dtype:
        data = make_rounded(before, after, part.shape[0])
    else:
        is_raw = bool(part.dtype) and not part.encoding
        data = make_delta(before, after, np.dtype(part.dtype).itemsize if is_raw else 1)
    return data if len(data) <= MOST_SHARE * wire_bytes(after) else b""


def _stored_bytes(part: Part) -> int:
    return part.packed_bytes if part.encoding else part.size_bytes


def _delta_part(number: int, source: int, part: Part, stored: Part) -> DeltaPart:
    return DeltaPart(
        file=part.file,
        name=part.name,
        part=number,
        base=source,
        encoding=DELTA,
        size_bytes=_stored_bytes(part),
        packed_bytes=stored.size_bytes,
        offset=stored.offset,
        chunks=stored.chunks,
    )
