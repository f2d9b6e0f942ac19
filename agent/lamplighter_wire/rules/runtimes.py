"""Names of runtimes that both sides give a meaning of their own. Others are only compared."""

# Every device has it: parents are measured in it, and the work around a network in its terms.
BASE_RUNTIME = "onnxruntime"
LITERT = "litert"
