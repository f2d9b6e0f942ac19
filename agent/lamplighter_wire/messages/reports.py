"""What became of an order, and how serving goes."""

from typing import Any

from lamplighter_wire.enums import Outcome, Severity, SourceState
from lamplighter_wire.messages.base import Message, Regime, Workload
from lamplighter_wire.messages.orders import OperatingPoint
from lamplighter_wire.topics import StreamId


class Transfer(Message, frozen=True, kw_only=True):
    """Progress of a download, and all that the deployment cost on the wire, over all restarts."""

    chunks_total: int = 0  # of the primary variant
    chunks_missing: int = 0  # of them, not held yet
    bytes_received: int = 0  # compressed, on the wire, duplicates and damaged ones included
    chunks_received: int = 0  # each once, in order
    duplicates: int = 0  # chunks that came though they were held, or not asked for
    chunks_requested: int = 0  # repetitions included; less those received: asked for in vain


class Trial(Message, frozen=True, kw_only=True):
    """Result of the paired sequential trial, candidate against incumbent."""

    pairs: int = 0
    candidate_p50_ms: float = 0.0
    candidate_p95_ms: float = 0.0
    incumbent_p50_ms: float = 0.0
    incumbent_p95_ms: float = 0.0
    ratio: float = 0.0  # median of candidate / incumbent
    ratio_low: float = 0.0
    ratio_high: float = 0.0
    agreement_f1: float = 0.0  # of the answers; detection: F1. Reported, never a gate
    lost_frames: int = 0


class Reported(Message, frozen=True, kw_only=True):
    """State of the deployment on the device; retained."""

    device: str = ""
    revision: int = 0
    phase: str = "IDLE"
    outcome: Outcome = Outcome.NONE
    reason: str = ""  # ReasonCode
    detail: str = ""
    hint: str = ""
    variant: str = ""  # candidate of this revision
    serving: OperatingPoint = OperatingPoint()
    at: float = 0.0
    transfer: Transfer = Transfer()
    trial: Trial | None = None
    golden_f1: float = -1.0  # agreement with the golden answers; -1: none were asked for
    gap_ms: float = 0.0
    phases: list[tuple[str, float]] = []  # (phase, wall time) of this revision
    resident: list[str] = []  # variants held on disk
    damaged: list[str] = []  # of these, what the disk has damaged and the device cannot mend itself
    refused_revision: int = 0  # desired state that `reason` refuses, as it says itself; 0: none


class Pace(Message, frozen=True, kw_only=True):
    """How long those took for a kilometre whose speed was measured: the inverse of their space
    mean speed."""

    count: int = 0  # measurements
    s_per_km: float = 0.0  # their mean


class SeenHeights(Message, frozen=True, kw_only=True):
    """Boxes of confirmed tracks by their height in the picture, from about one picture a second.

    `free` and `covered` (in part, by others) are counts by bin; where the bins begin is in
    `lamplighter_wire.street.object_heights`.
    """

    scale: int = 0  # which bins: the number of their definition; 0: nothing is told
    pictures: int = 0  # that were looked at
    free: list[int] = []
    covered: list[int] = []


class Telemetry(Message, frozen=True, kw_only=True):
    """One window of measurements."""

    device: str = ""
    stream: StreamId = ""  # which camera, `[a-z0-9-]{1,40}`; empty: the only one
    seq: int = 0
    start: float = 0.0
    seconds: float = 0.0
    serving: OperatingPoint = OperatingPoint()
    regime: Regime = Regime()
    frames: int = 0
    dropped: int = 0
    fps_demand: float = 0.0
    fps_served: float = 0.0
    latency_p50_ms: float = 0.0
    latency_p95_ms: float = 0.0
    latency_p99_ms: float = 0.0
    response_p95_ms: float = 0.0  # latency and the wait for other streams' frames; 0: not told
    energy_mj_per_frame: float = 0.0  # all that the agent drew above idle, over its frames
    energy_source: str = ""  # EnergySource
    energy_rel_error: float = 0.0
    power_w: float = 0.0  # of the whole device, as the next three: alike in all its streams
    cpu_cores: float = 0.0
    memory_bytes: int = 0  # resident, less pages of files
    temperature_c: float | None = None
    brightness: float = 0.0  # 0 to 1
    density: float = 0.0  # objects per frame, median
    motion: float = 0.0  # pixels per second at camera size, p95 over tracks
    reference_agreement_f1: float | None = None
    reference: str = ""  # the point that it agrees with: "variant@384x288"; empty: none was asked
    reference_weaker: bool = False  # it is the next best held, for the best one serves
    median_confidence: float = 0.0
    track_breaks_per_min: float = 0.0
    count_imbalance: float = 0.0
    counts: dict[str, dict[str, int]] = {}  # "line/direction" -> class -> crossings
    paces: dict[str, dict[str, Pace]] = {}  # "line/direction" -> class; of measured ones only
    occupancy: dict[str, float] = {}  # line or zone -> share of time with a vehicle on it
    configuration: int = 0  # version in force; 0: the device's own settings
    street: int = 0  # version of the lines and zones of `counts`; 0: of its own settings
    source_state: str = SourceState.OK
    source_reason: str = ""  # why it is lost, and what to do
    disturbed: bool = False  # a deployment's own work is in its energy, power and CPU time
    threshold: float = 0.0  # score in force at the end, of classes without one of their own
    metrics: dict[str, float] = {}  # what another task than detection tells, by its own names
    heights: SeenHeights = SeenHeights()  # how tall road users stand in the pictures
    rested: int = 0  # frames left out, as nothing moved and nobody was followed; not in `frames`
    watched_s: float | None = None  # that frames looked at, or at rest, vouch for; None: not told
    lost_s: float = 0.0  # in which the camera gave none, whatever it does at the end


class Event(Message, frozen=True, kw_only=True):
    """Something that happened; kept by the controller in order."""

    device: str = ""
    stream: StreamId = ""  # which camera, `[a-z0-9-]{1,40}`; empty: the only one
    seq: int = 0
    at: float = 0.0
    kind: str = ""  # EventKind
    severity: Severity = Severity.INFO
    text: str = ""
    data: dict[str, Any] = {}


class Shift(Message, frozen=True, kw_only=True):
    """Workload shift with its evidence; travels in Event.data and Request.data."""

    stream: StreamId = ""  # which camera, `[a-z0-9-]{1,40}`; empty: the only one
    before: Workload = Workload()
    after: Workload = Workload()
    at: float = 0.0  # when detected
    began_at: float = 0.0  # when the evidence says the change began
    evidence: dict[str, float] = {}
