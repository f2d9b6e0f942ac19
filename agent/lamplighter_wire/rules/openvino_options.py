"""How an artifact for OpenVINO is laid out, and compiled wherever it is built, measured or served.

Plain data: importing this module does not import OpenVINO.
"""

from lamplighter_wire.enums import Precision

GRAPH_FILE, WEIGHTS_FILE = "model.xml", "model.bin"
# Where a graph says what precision it is to be computed in. Left to itself OpenVINO takes the
# quickest one that the processor has, whatever its answers were measured in.
PRECISION_INFO = ("lamplighter", "precision")
# What it calls them; of a graph with integers this is what stays in floating point.
HINTS: dict[str, str] = {Precision.BF16: "bf16", Precision.FP16: "f16"}
# Among what it says that a processor can do.
CAPABILITY_OF: dict[str, str] = {Precision.BF16: "BF16", Precision.INT8: "INT8"}


def compile_options(threads: int, precision: str) -> dict[str, str]:
    """One stream that answers as soon as it can, on cores that are shared with others."""
    return {
        "INFERENCE_PRECISION_HINT": HINTS.get(precision, "f32"),
        "INFERENCE_NUM_THREADS": str(max(threads, 1)),
        "NUM_STREAMS": "1",
        "PERFORMANCE_HINT": "LATENCY",
        "ENABLE_CPU_PINNING": "NO",
    }


def precisions_of(capabilities: list[str]) -> tuple[str, ...]:
    """What networks can be computed in, from what OpenVINO says that the processor can do."""
    short = (name for name, capability in CAPABILITY_OF.items() if capability in capabilities)
    return (Precision.FP32, *short)
