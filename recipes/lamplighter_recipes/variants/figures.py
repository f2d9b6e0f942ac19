"""What is known of a variant, built or only described. Torch-free; JSON on disk."""

import msgspec
from lamplighter_wire.artifacts.manifest import Variant
from lamplighter_wire.decoders.decoder import OWN, Decoder
from lamplighter_wire.rules.sizes import pixels

from lamplighter_recipes.recipe.schema import DEFAULT_FAMILY

AccuracyTable = dict[str, dict[str, float]]  # size -> regime -> the task's metric, 0..1
IntervalTable = dict[str, dict[str, tuple[float, float]]]


class Work(msgspec.Struct, frozen=True):
    """What one run over one picture costs: million multiply-accumulates and bytes touched."""

    mmac: float = 0.0
    depthwise_mmac: float = 0.0
    bytes_moved: int = 0


class ParentFacts(msgspec.Struct, frozen=True):
    """What is known of a parent's float graph: work of one run per size, and its accuracy.

    The accuracy is measured only of a parent that no variant was measured of ahead. `task` is
    that of a user's own model; of another parent its family knows it.
    """

    work: dict[str, Work] = {}
    accuracy: AccuracyTable = {}
    task: str = ""
    decoder: Decoder = OWN

    def work_at(self, size: str) -> Work:
        """Work of one run at a size such as "640x480"; one not counted scales with the pixels."""
        if size in self.work or not self.work:
            return self.work.get(size, Work())
        nearest = min(self.work, key=lambda known: abs(pixels(known) - pixels(size)))
        scale, work = pixels(size) / pixels(nearest), self.work[nearest]
        return Work(work.mmac * scale, work.depthwise_mmac * scale, round(work.bytes_moved * scale))


class GoldenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A test picture's file name and the answer to it, in rows as the task writes them."""

    image: str
    width: int
    height: int
    boxes: list[list[float]] = []


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """A variant after one step of its recipe; the first is its parent in floating point.

    Attributes:
        ap50: the task's metric on the frames of the gate, at the main size.
        time_ratio: processor time over the parent's, in the same runtime.
    """

    technique: str
    seconds: float = 0.0
    size_bytes: int = 0
    wire_bytes: int = 0
    ap50: float = 0.0
    time_ratio: float = 1.0


class VariantCard(Variant, frozen=True, kw_only=True):
    """A variant as it was built and measured, or as it is expected to be.

    `expected_ap50` is the parent's figure where the variant's own does not differ measurably;
    `measured_ap50` is its own, and so is `class_map50`, the mean with classes told apart.
    `site_ap50` was measured on pictures of a site, by its name; `street_ap50` on streets that no
    training saw: street -> size -> headline accuracy.
    """

    family: str = DEFAULT_FAMILY
    site: str = ""  # only devices of this site are offered it; empty: all
    wire_bytes: int = 0
    measured_ap50: AccuracyTable = {}
    class_map50: AccuracyTable = {}
    site_ap50: dict[str, AccuracyTable] = {}
    street_ap50: dict[str, dict[str, float]] = {}
    headline_interval: dict[str, tuple[float, float]] = {}  # size -> of the mean over regimes
    gain_interval: IntervalTable = {}  # own accuracy less its parent's on the same frames, at 95 %
    evaluated_frames: int = 0
    golden: list[GoldenAnswer] = []
    artifact_sha256: str = ""
    built: bool = False
    build_seconds: float = 0.0
    seconds: dict[str, float] = {}  # by stage of the build
    contributions: list[Contribution] = []  # of the steps, where it was asked for
    provenance: dict[str, str] = {}
