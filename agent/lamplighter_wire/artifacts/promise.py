"""Whether a manifest keeps its promises, before anything of it is fetched or written. Pure."""

from lamplighter_wire.artifacts.manifest import Manifest

# Files of one artifact may hold the same tensors, once in the chunks and once in each file.
MOST_SHARING = 2
SLACK_BYTES = 64 * 1024
MOST_GOLDEN = 64


def broken_promise(manifest: Manifest) -> str:
    """What does not add up; empty: nothing.

    `size_bytes` is what plans, people and limits go by: neither its chunks nor the files that they
    unfold to may be much more. Pictures of golden frames are listed beside them.
    """
    listed = promised_sizes(manifest)
    needed = {sha for part in manifest.parts for sha in part.chunks}
    missing = needed - listed.keys()
    files = len({part.file for part in manifest.parts}) or 1
    promised = manifest.size_bytes + SLACK_BYTES
    unfolded = sum(part.size_bytes for part in manifest.parts)
    if missing:
        return f"its parts need {len(missing)} chunks that it does not list"
    if any(size < 0 for size in listed.values()):
        return "a chunk has a negative size"
    stored = sum(listed[sha] for sha in needed)
    if stored > promised:
        return f"it promises {manifest.size_bytes} bytes, its chunks have {stored}"
    if unfolded > promised * files * MOST_SHARING:
        return f"it promises {manifest.size_bytes} bytes, its files have {unfolded}"
    if len(manifest.golden) > MOST_GOLDEN:
        return f"it has {len(manifest.golden)} golden frames, at most {MOST_GOLDEN} may be"
    return ""


def promised_sizes(manifest: Manifest) -> dict[str, int]:
    """Chunk -> most bytes that it may have once it is decompressed."""
    return {chunk.sha256: chunk.size_bytes for chunk in manifest.chunks}
