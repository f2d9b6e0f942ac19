"""What is known of a variant, built or only described. Torch-free; JSON on disk."""

import msgspec
from lamplighter_wire.rules.sizes import pixels

AccuracyTable = dict[str, dict[str, float]]  # size -> regime -> agnostic AP50, 0..1
IntervalTable = dict[str, dict[str, tuple[float, float]]]


class Work(msgspec.Struct, frozen=True):
    """What one run over one picture costs: million multiply-accumulates and bytes touched."""

    mmac: float = 0.0
    depthwise_mmac: float = 0.0
    bytes_moved: int = 0


class ParentFacts(msgspec.Struct, frozen=True):
    """What is known of a parent's float graph: work of one run per size."""

    work: dict[str, Work] = {}

    def work_at(self, size: str) -> Work:
        """Work of one run at a size such as "640x480"; one not counted scales with the pixels."""
        if size in self.work or not self.work:
            return self.work.get(size, Work())
        nearest = min(self.work, key=lambda known: abs(pixels(known) - pixels(size)))
        scale, work = pixels(size) / pixels(nearest), self.work[nearest]
        return Work(work.mmac * scale, work.depthwise_mmac * scale, round(work.bytes_moved * scale))


class GoldenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A test picture's file name and the boxes (x1, y1, x2, y2, score, class) it must give."""

    image: str
    width: int
    height: int
    boxes: list[list[float]] = []


class VariantCard(msgspec.Struct, frozen=True, kw_only=True):
    """A variant's identity, cost and accuracy. Tables are keyed by size ("384x288").

    ``expected_ap50`` is what plans use: the parent's figure where the variant's own does not differ
    measurably. ``measured_ap50`` is its own, with ``ap50_interval``; ``gain_interval`` is that of
    its own minus the parent's on the same frames. Intervals are at 95 %.
    """

    id: str
    model: str = ""
    model_version: str = ""
    recipe: str = ""
    parent: str = ""
    runtime: str = "onnxruntime"
    precision: str = "fp32"
    activations: str = ""  # u8 | s8 for int8
    calibration: str = ""  # regime; empty: all
    needs: list[str] = []
    hardware: str = ""
    sizes: list[str] = []
    size_bytes: int = 0
    wire_bytes: int = 0
    memory_bytes: int = 0
    mmac: dict[str, float] = {}
    depthwise_mmac: dict[str, float] = {}
    bytes_moved: dict[str, int] = {}
    extra_work: dict[str, float] = {}  # dense fp32 MMAC per MMAC, beyond the precision's rate
    expected_ap50: AccuracyTable = {}
    measured_ap50: AccuracyTable = {}
    ap50_interval: IntervalTable = {}
    gain_interval: IntervalTable = {}
    thresholds: dict[str, float] = {}
    evaluated_frames: int = 0
    golden: list[GoldenAnswer] = []
    artifact_sha256: str = ""
    built: bool = False
    build_seconds: float = 0.0
    seconds: dict[str, float] = {}  # by step of the build
    provenance: dict[str, str] = {}
