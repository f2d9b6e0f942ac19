"""Names of runtimes that both sides give a meaning of their own, and what is plainer than what.

Others are only compared.
"""

from lamplighter_wire.enums import Precision

# Every device has it: parents are measured in it, and the work around a network in its terms.
BASE_RUNTIME = "onnxruntime"
LITERT = "litert"
OPENVINO = "openvino"
# From the plainest: each beside the base is one more library in the agent, the larger the riskier.
RUNTIMES_BY_RISK = (BASE_RUNTIME, LITERT, OPENVINO)
# Shorter floats answer nearly as fp32 does; integers do only where they are calibrated well.
PRECISIONS_BY_RISK = (Precision.FP32, Precision.BF16, Precision.FP16, Precision.INT8)


def runtime_risk(name: str) -> int:
    """The smaller the plainer; one that is not known here is the riskiest."""
    return _place(name, RUNTIMES_BY_RISK)


def precision_risk(name: str) -> int:
    """The smaller the plainer; one that is not known here is the riskiest."""
    return _place(name, PRECISIONS_BY_RISK)


def _place(name: str, ordered: tuple[str, ...]) -> int:
    return ordered.index(name) if name in ordered else len(ordered)
