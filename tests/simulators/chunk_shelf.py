"""Blobs in memory, as a controller's artifact store keeps them."""

from lamplighter_wire.blobs import sha256_hex


class ChunkShelf(dict[str, bytes]):
    """By the SHA-256 of each."""

    def read_chunk(self, sha: str) -> bytes | None:
        return self.get(sha)

    def put_chunk(self, raw: bytes) -> str:
        self[sha256_hex(raw)] = raw
        return sha256_hex(raw)
