"""What layers cost on the device that a parent is prepared for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LayerRates:
    """What a runtime is worth on a device, in one precision.

    Attributes:
        dense_ms_per_mmac, depthwise_ms_per_mmac: of convolutions by their kind.
        ms_per_mb: of bytes moved.
        value_bytes: of a weight or an activation: 4 in fp32, 1 in int8.
    """

    dense_ms_per_mmac: float
    depthwise_ms_per_mmac: float
    ms_per_mb: float = 0.0
    value_bytes: int = 4


# onnxruntime in fp32 on one core of a server (AVX-512 with VNNI), by `lamplighter-agent probe`.
SERVER_CORE = LayerRates(
    dense_ms_per_mmac=0.0185, depthwise_ms_per_mmac=0.040, ms_per_mb=0.028, value_bytes=4
)
