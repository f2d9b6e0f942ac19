"""Operators that a variant may use, by runtime: all compute tensors from tensors, and end.

Left out is what runs parts of a graph again (loops, calls), keeps something from one
picture to the next (variables, tables), is not the same twice (random numbers), handles texts,
sequences and files, or comes from a library of somebody else.
"""

from collections.abc import Mapping

from lamplighter_wire.rules.runtimes import BASE_RUNTIME, LITERT, OPENVINO

ONNX = (
    "Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention"
    " AveragePool BatchNormalization BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor"
    " Cast CastLike Ceil Celu CenterCropPad Clip Col2Im Compress Concat Constant ConstantOfShape"
    " Conv ConvInteger ConvTranspose Cos Cosh CumProd CumSum DeformConv DepthToSpace"
    " DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand"
    " EyeLike Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool"
    " GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization"
    " HardSigmoid HardSwish Hardmax Identity If InstanceNormalization IsInf IsNaN LRN LSTM"
    " LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax LpNormalization LpPool MatMul"
    " MatMulInteger Max MaxPool MaxRoiPool MaxUnpool Mean MeanVarianceNormalization Min Mish Mod"
    " Mul Neg NonMaxSuppression NonZero Not OneHot Or PRelu Pad Pow QLinearConv QLinearMatMul"
    " QuantizeLinear RMSNormalization RNN Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum"
    " ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu"
    " Reshape Resize ReverseSequence RoiAlign RotaryEmbedding Round Scatter ScatterElements"
    " ScatterND Selu Shape Shrink Sigmoid Sign Sin Sinh Size Slice Softmax Softplus Softsign"
    " SpaceToDepth Split Sqrt Squeeze Sub Sum SwiGLU Swish Tan Tanh ThresholdedRelu Tile TopK"
    " Transpose Trilu Unique Unsqueeze Upsample Where Xor"
)
# Of onnxruntime's own, those that its quantizers and optimizers write.
MICROSOFT = (
    "BiasGelu ConvTransposeWithDynamicPads DequantizeLinear DynamicQuantizeMatMul FastGelu"
    " FusedConv FusedGemm FusedMatMul Gelu GridSample MatMulIntegerToFloat MatMulNBits"
    " NhwcMaxPool QGemm QLinearAdd QLinearAveragePool QLinearConcat QLinearConv"
    " QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul QLinearReduceMean QLinearSigmoid"
    " QLinearSoftmax QLinearWhere QuantizeLinear QuickGelu SkipLayerNormalization"
)
# LiteRT's operators have numbers: up to 161, those of StableHLO apart, which are for tools.
LITERT_NUMBERS = frozenset(range(162)) | {203, 205}
LITERT_HARMFUL = {
    7: "EMBEDDING_LOOKUP",
    10: "HASHTABLE_LOOKUP",
    15: "LSH_PROJECTION",
    30: "SKIP_GRAM",
    31: "CALL",
    32: "CUSTOM",
    33: "EMBEDDING_LOOKUP_SPARSE",
    51: "DELEGATE",
    118: "IF",
    119: "WHILE",
    127: "PLACEHOLDER",
    129: "CALL_ONCE",
    136: "HASHTABLE",
    137: "HASHTABLE_FIND",
    138: "HASHTABLE_IMPORT",
    139: "HASHTABLE_SIZE",
    142: "VAR_HANDLE",
    143: "READ_VARIABLE",
    144: "ASSIGN_VARIABLE",
    146: "RANDOM_STANDARD_NORMAL",
    148: "RANDOM_UNIFORM",
    149: "MULTINOMIAL",
}
# Built into LiteRT, although it has no number: what detectors of TensorFlow end with.
LITERT_CUSTOM = "TFLite_Detection_PostProcess"
OPENVINO_HARMFUL = (
    "Assign If Loop Multinomial RandomUniform ReadValue StringTensorPack StringTensorUnpack"
    " TensorIterator"
)

ALLOWED: Mapping[str, Mapping[str, frozenset[str]]] = {
    BASE_RUNTIME: {"": frozenset(ONNX.split()), "com.microsoft": frozenset(MICROSOFT.split())},
    LITERT: {
        "": frozenset(map(str, LITERT_NUMBERS - LITERT_HARMFUL.keys())),
        "custom": frozenset({LITERT_CUSTOM}),
    },
}
"""Runtime -> domain -> operators."""


def forbidden(runtime: str, domain: str, kind: str) -> bool:
    """Whether a variant may not use an operator."""
    if runtime == OPENVINO:  # its operators are those of its numbered sets
        return domain != "" or kind in OPENVINO_HARMFUL.split()
    return kind not in ALLOWED.get(runtime, {}).get(domain, frozenset())


def operator_name(runtime: str, domain: str, kind: str) -> str:
    """For people."""
    if runtime == LITERT and not domain and kind.isdigit():
        return LITERT_HARMFUL.get(int(kind), f"number {kind}")
    return f"{kind[:60]!r} of {domain[:60]!r}" if domain else repr(kind[:60])
