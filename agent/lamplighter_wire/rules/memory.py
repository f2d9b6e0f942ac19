"""What variants take of a device's memory: one rule for who plans them and who opens them."""

from collections.abc import Iterable

from lamplighter_wire.artifacts.manifest import Variant
from lamplighter_wire.enums import Precision
from lamplighter_wire.rules.runtimes import LITERT, OPENVINO

# Without a model, measured on x86-64: the process that a variant's peak is measured in holds 45 MB,
# an agent that decodes a clip and has run its probe 56 to 57 MB (less pages of files).
MEASURING_PROCESS_BYTES = 45_000_000
# Without the runtime itself, where an agent has not loaded it for what else it serves: its variant
# brings it along.
MEASURING_PROCESS_BYTES_OF = {LITERT: 36_000_000, OPENVINO: 36_000_000}
AGENT_BYTES = 60_000_000
# Of a variant that was never run: its weights on disk, in the session, and packed for the kernels.
WEIGHT_COPIES = 3
# Live activations per input pixel: two feature maps of a stride-2 stem plus the picture itself.
ACTIVATION_BYTES_PER_PIXEL: dict[str, int] = {Precision.FP32: 120, Precision.INT8: 40}


def variant_bytes(variant: Variant, width: int, height: int) -> int:
    """Memory that a variant adds to a process that has none of it.

    Measured: the peak at the variant's largest size, less what the process held without it; at
    least its weights. Otherwise an estimate for this size.
    """
    if variant.memory_bytes > 0:
        without = MEASURING_PROCESS_BYTES_OF.get(variant.runtime, MEASURING_PROCESS_BYTES)
        return max(variant.memory_bytes - without, variant.size_bytes)
    per_pixel = ACTIVATION_BYTES_PER_PIXEL.get(
        variant.precision, max(ACTIVATION_BYTES_PER_PIXEL.values())
    )
    return WEIGHT_COPIES * variant.size_bytes + per_pixel * width * height


def agent_bytes(resident: Iterable[int]) -> int:
    """Memory of an agent that holds variants which add these bytes each."""
    return AGENT_BYTES + sum(resident)
