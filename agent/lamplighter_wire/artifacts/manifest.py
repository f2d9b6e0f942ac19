"""What a device must know of a variant: its figures, and the files that it consists of."""

import msgspec

from lamplighter_wire.decoders.decoder import OWN, Decoder
from lamplighter_wire.enums import Precision
from lamplighter_wire.messages import Message


class ChunkRef(Message, frozen=True, kw_only=True):
    """One chunk: named by the SHA-256 of its raw bytes."""

    sha256: str = ""
    size_bytes: int = 0


class Part(Message, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of a file of the artifact, which follows the piece before it: its chunks."""

    file: str = ""  # "" in all: the first part is model.onnx, the others are tensors.bin
    name: str = ""  # "skeleton" for an ONNX graph without tensors, or the tensor's name
    dtype: str = ""  # numpy name; empty for a graph
    shape: list[int] = []
    offset: int = 0  # where the part begins inside the first chunk of `chunks`
    size_bytes: int = 0  # expanded, where it is packed
    chunks: list[str] = []  # SHA-256 of the chunks that hold it, in order
    encoding: str = ""  # how its bytes are packed: palette, levels, bits; empty: not at all
    packed_bytes: int = 0  # of a packed part, in its chunks


class GoldenFrame(Message, frozen=True, kw_only=True):
    """One test picture and what the variant must answer to it."""

    image: str = ""  # chunk with the picture (JPEG)
    width: int = 0  # input size the outputs were computed at
    height: int = 0
    boxes: list[list[float]] = []  # rows of an answer: x1, y1, x2, y2, score, class index


class Variant(Message, frozen=True, kw_only=True):
    """A variant's identity, cost and accuracy: what card, catalogue and manifest have in common.

    Tables are keyed by size ("384x288"); accuracy then by regime, the values of the task's axes in
    order ("day-dry-free"). What is called AP50 is the task's metric, 0 to 1: AP50 of detection.
    """

    id: str = ""
    model: str = ""
    model_version: str = ""  # the beginning of the SHA-256 of the parent's weights
    parent: str = ""
    recipe: str = ""
    task: str = "traffic"  # what it is for
    decoder: Decoder = OWN  # how its outputs are read
    runtime: str = "onnxruntime"
    precision: str = Precision.FP32  # Precision: which probe entries its speed follows
    activations: str = ""  # of int8: u8 | s8 | u8w7, weights of 7 bits
    calibration: str = ""  # regime it is calibrated for; empty: universal
    needs: list[str] = []  # capabilities without which it must be refused: avx2, or isa:avx2
    hardware: str = ""  # for people: where it pays
    sizes: list[str] = []  # it is built for
    size_bytes: int = 0
    memory_bytes: int = 0  # peak of a process that serves it, where it was built; 0: not measured
    mmac: dict[str, float] = {}  # million multiply-accumulates of all convolutions
    depthwise_mmac: dict[str, float] = {}  # part of `mmac`
    bytes_moved: dict[str, int] = {}  # weights and activations per run
    extra_work: dict[str, float] = {}  # dense fp32 MMAC per MMAC, beyond the precision's rate
    expected_ap50: dict[str, dict[str, float]] = {}  # what plans use; detection: class-agnostic
    ap50_interval: dict[str, dict[str, tuple[float, float]]] = {}  # of its own AP50, at 95 %
    thresholds: dict[str, float] = {}  # regime -> score threshold chosen on separate data


class Manifest(Variant, frozen=True, kw_only=True):
    """All a device must know of a variant before it serves it. Travels as a signed envelope."""

    id: str = msgspec.field(default="", name="variant")
    created_at: float = 0.0
    artifact_sha256: str = ""
    chunks: list[ChunkRef] = []
    parts: list[Part] = []
    golden: list[GoldenFrame] = []
    golden_min_f1: float = 0.9  # least agreement with the golden answers; detection: F1
    session_config: dict[str, str] = {}
    provenance: dict[str, str] = {}
