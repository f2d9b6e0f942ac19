"""What a variant takes of a device's memory."""

from lamplighter_wire.messages import Manifest

# `Manifest.memory_bytes` is the peak of a whole process; this much of it is there without a
# model (interpreter, numpy, onnxruntime), and the agent has that already.
BARE_PROCESS_BYTES = 50 * 1024 * 1024


def model_bytes(manifest: Manifest) -> int:
    """Memory that a variant adds to a process that has none."""
    return max(manifest.memory_bytes - BARE_PROCESS_BYTES, manifest.size_bytes, 0)
