"""A signed manifest as what differs from another that the device holds, or from nothing.

The result is the very envelope that was signed, checked by its hash: nothing is signed anew, and a
device that lacks the other one fetches the whole. Payloads are compressed, not envelopes: in their
base64 an inserted byte changes all that follow, and what occurs twice looks different.
"""

import zstandard

from lamplighter_wire.blobs import MAX_BLOB_BYTES, sha256_hex
from lamplighter_wire.codec import decode, encode
from lamplighter_wire.errors import BlobError
from lamplighter_wire.messages import Envelope

SIGNATURE_BYTES = 64
KEY_ID_BYTES = 16
LEVEL = 19  # made once for many devices


def make_patch(base: bytes | None, target: bytes) -> bytes:
    """What turns one envelope into another: signature, key id, and the payload by the other's."""
    after = decode(target, Envelope)
    compressor = zstandard.ZstdCompressor(level=LEVEL, dict_data=_dictionary(base))
    head = after.signature + after.key_id.encode()
    return head + compressor.compress(after.payload)


def apply_patch(base: bytes | None, patch: bytes, sha256: str) -> bytes:
    """The envelope of that name.

    Raises:
        BlobError: the patch is damaged, or yields another one.
        CodecError: the base is not an envelope.
    """
    payload = _payload(base, patch[SIGNATURE_BYTES + KEY_ID_BYTES :])
    signature, key_id = patch[:SIGNATURE_BYTES], patch[SIGNATURE_BYTES:][:KEY_ID_BYTES]
    named = key_id.decode("ascii", errors="replace")
    envelope = encode(Envelope(key_id=named, payload=payload, signature=signature))
    if sha256_hex(envelope) != sha256:
        raise BlobError(f"the patch does not yield manifest {sha256[:12]}")
    return envelope


def _payload(base: bytes | None, frame: bytes) -> bytes:
    decompressor = zstandard.ZstdDecompressor(dict_data=_dictionary(base))
    try:
        size_bytes = zstandard.frame_content_size(frame)
        if not 0 <= size_bytes <= MAX_BLOB_BYTES:
            raise BlobError(f"a manifest of {size_bytes} bytes, at most {MAX_BLOB_BYTES}")
        return decompressor.decompress(frame, max_output_size=MAX_BLOB_BYTES)
    except zstandard.ZstdError as error:
        raise BlobError(f"damaged patch of a manifest: {error}") from error


def _dictionary(base: bytes | None) -> zstandard.ZstdCompressionDict | None:
    if base is None:
        return None
    content = decode(base, Envelope).payload
    return zstandard.ZstdCompressionDict(content, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
