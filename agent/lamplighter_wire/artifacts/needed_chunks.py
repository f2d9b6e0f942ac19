"""What a variant consists of, by hash."""

from lamplighter_wire.artifacts.manifest import Manifest


def needed_chunks(manifest: Manifest) -> list[str]:
    """Hashes of everything a variant consists of, golden pictures included."""
    chunks = [sha for part in manifest.parts for sha in part.chunks]
    chunks += [frame.image for frame in manifest.golden]
    return list(dict.fromkeys(chunks))
