"""Everything that is said between a device and the controller.

All structs are frozen and every field has a default: either side may be older or newer, unknown
fields are ignored, missing ones take their default. Fields are added, never renamed.
"""

from typing import Any

import msgspec

from lamplighter_wire.enums import Outcome, Severity, SourceState
from lamplighter_wire.policy.device_policy import DevicePolicy
from lamplighter_wire.topics import StreamId, StreamIds


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """Base of every message."""


class Regime(Message, frozen=True, kw_only=True):
    """Under what conditions a device sees, on the axes of its task. Empty: not known."""

    light: str = "day"  # day | night
    weather: str = "dry"  # dry | rain
    density: str = "free"  # free | jam
    axes: dict[str, str] = {}  # axes of other tasks: name -> value

    def __str__(self) -> str:
        return "-".join([self.light, self.weather, self.density, *self.axes.values()])


class Workload(Message, frozen=True, kw_only=True):
    """What the street asks of the device now."""

    regime: Regime = Regime()
    fps_demand: float = 5.0


class CameraFacts(Message, frozen=True, kw_only=True):
    """What a camera gives, as measured; 0: not known yet."""

    fps: float = 0.0
    width: int = 0
    height: int = 0
    rotation_deg: int = 0  # by which pictures are turned before they are looked at
    bits: int = 0  # of each colour


class Capabilities(Message, frozen=True, kw_only=True):
    """Reported by the device about itself; retained."""

    device: str = ""
    agent_version: str = ""
    machine: str = ""  # x86_64, aarch64, …
    cpu_model: str = ""
    isa: list[str] = []  # avx2, avx512_vnni, asimddp, …
    cores: int = 1
    cpu_quota_cores: float = 0.0  # 0: no quota
    memory_bytes: int = 0  # what the agent may use (cgroup limit or total)
    disk_free_bytes: int = 0
    accelerators: list[str] = []
    task: str = "traffic"  # what its networks are for
    runtimes: dict[str, str] = {}  # name -> version
    encodings: list[str] = []  # packed parts that it can expand; empty: none
    decoders: list[str] = []  # of outputs that are not the task's own, that it knows
    sensors: list[str] = []  # energy and temperature readers found
    power_budget_w: float = 0.0  # 0: mains, no budget
    idle_w: float = 0.0
    active_w_per_core: float = 0.0
    streams: StreamIds = []  # one for each camera; empty: a single one without a name
    certificate_ends_at: float = 0.0  # of the certificate in use; 0: not known
    authorities: int = 0  # version of those it trusts; 0: those of its enrolment
    cameras: dict[str, CameraFacts] = {}  # by stream; "": that of the only one
    camera_fps: float = 0.0  # of all cameras together; 0: not known
    camera_width: int = 0
    camera_height: int = 0
    realised_by: str = ""  # how an emulated envelope was brought about; empty on real hardware


class ProbeEntry(Message, frozen=True, kw_only=True):
    """One micro-benchmark: milliseconds per run at p50."""

    name: str = ""  # dense_fp32, dense_int8, depthwise_fp32, depthwise_int8, memory, session
    runtime: str = "onnxruntime"
    latency_p50_ms: float = 0.0
    latency_p95_ms: float = 0.0
    work_mmac: float = 0.0  # million multiply-accumulates per run; 0 where meaningless
    bytes_moved: int = 0


class Probe(Message, frozen=True, kw_only=True):
    """A short benchmark of what the capabilities are worth, measured on the device."""

    device: str = ""
    at: float = 0.0
    seconds: float = 0.0
    threads: int = 1
    entries: list[ProbeEntry] = []


class OperatingPoint(Message, frozen=True, kw_only=True):
    """What a device actually serves."""

    variant: str = ""  # variant id
    manifest: str = ""  # SHA-256 of the signed manifest envelope
    width: int = 384
    height: int = 288
    fps: float = 0.0  # upper limit on the frame rate of all streams together; 0: as demanded
    threads: int = 1
    thresholds: dict[str, float] = {}  # class ("" the rest) -> score; else by regime, see Manifest


class Prediction(Message, frozen=True, kw_only=True):
    """What the planner promises of an operating point on this device."""

    latency_p50_ms: float = 0.0
    latency_p95_ms: float = 0.0
    energy_mj_per_frame: float = 0.0
    memory_bytes: int = 0
    expected_ap50: float = 0.0  # the task's metric, of another task than detection too
    class_map50: float = 0.0  # with classes told apart; 0: not known
    ap50_basis: str = ""  # what the accuracy rests on; empty: as measured
    measured_on: str = ""  # renders | pictures: what the accuracy was measured on; empty: not known
    ap50_share: float = 1.0  # of the manifest's figure, at the device's site
    ap50_range: tuple[float, float] = (0.0, 0.0)  # least and most that it may be; 0: not told
    latency_rel_error: float = 0.3  # the predictor's own error band, relative


class Rung(Message, frozen=True, kw_only=True):
    """One resident choice of the ladder, and the regimes it is meant for ("" = any)."""

    point: OperatingPoint = OperatingPoint()
    regimes: list[str] = []
    predicted: Prediction = Prediction()


class Limits(Message, frozen=True, kw_only=True):
    """Hard limits of the device's group; 0 means none."""

    latency_p95_ms: float = 0.0
    power_w: float = 0.0
    memory_bytes: int = 0


class ManifestPatch(Message, frozen=True, kw_only=True):
    """A manifest as what differs from another; a device that holds the other needs no more."""

    target: str = ""  # SHA-256 of the signed manifest
    base: str = ""  # of the other one; empty: it needs none
    chunk: str = ""  # of the blob that turns one into the other
    size_bytes: int = 0


class VariantDelta(ManifestPatch, frozen=True, kw_only=True):
    """The same of what variants consist of. `size_bytes`: on the wire, of all of it."""


class Desired(Message, frozen=True, kw_only=True):
    """Desired state of one device; signed, retained."""

    device: str = ""
    revision: int = 0
    issued_at: float = 0.0
    expires_at: float = 0.0
    primary: Rung = Rung()
    ladder: list[Rung] = []  # other resident rungs; may include the primary's variant
    limits: Limits = Limits()
    trades: list[str] = []  # what a slower one buys: accuracy, energy, memory, latency, operator
    reasons: list[str] = []
    probation_frames: int = 200
    probation_s: float = 30.0
    policy: DevicePolicy = DevicePolicy()  # the thresholds that the device decides by
    patches: list[ManifestPatch] = []  # manifests for less than the whole, the smallest first
    deltas: list[VariantDelta] = []  # variants for less than the whole, likewise


class Envelope(Message, frozen=True, kw_only=True):
    """Raw signed bytes: never re-encoded. `payload` and `signature` are bytes (base64 in JSON)."""

    key_id: str = ""
    payload: bytes = b""
    signature: bytes = b""  # Ed25519 over payload


class Birth(Message, frozen=True, kw_only=True):
    """First words of a session; retained."""

    device: str = ""
    epoch: int = 0  # ties the last will to this birth
    at: float = 0.0
    agent_version: str = ""
    highest_revision: int = 0
    variant: str = ""
    run: str = ""  # of the agent's program: another after each start


class Authorities(Message, frozen=True, kw_only=True):
    """Whose certificates count at the broker; signed as desired state is, and of versions the
    highest counts."""

    version: int = 0
    authorities: list[str] = []  # PEM


class Status(Message, frozen=True, kw_only=True):
    """Presence; retained; also the last will (online = false)."""

    device: str = ""
    online: bool = False
    epoch: int = 0
    at: float = 0.0


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
    median_confidence: float = 0.0
    track_breaks_per_min: float = 0.0
    count_imbalance: float = 0.0
    counts: dict[str, dict[str, int]] = {}  # "line/direction" -> class -> crossings
    source_state: str = SourceState.OK
    source_reason: str = ""  # why it is lost, and what to do
    disturbed: bool = False  # a deployment's own work is in its energy, power and CPU time
    threshold: float = 0.0  # score in force at the end, of classes without one of their own
    metrics: dict[str, float] = {}  # what another task than detection tells, by its own names


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


class Request(Message, frozen=True, kw_only=True):
    """A device asks for something."""

    device: str = ""
    stream: StreamId = ""  # which camera, `[a-z0-9-]{1,40}`; empty: the only one
    seq: int = 0
    at: float = 0.0
    kind: str = ""  # RequestKind
    chunks: list[str] = []  # kind = chunks: the hashes wanted now, at most a window
    # kind = chunks: for how long the device has listened for all of them and missed none
    listening_s: float = 0.0
    delivery_s: float = 0.0  # kind = chunks: from asking to having, smoothed; 0: not known
    csr: bytes = b""  # kind = certificate: PKCS #10, DER; its common name is the device
    revision: int = 0
    trigger: str = ""  # TriggerKind
    shift: Shift | None = None
    answered_by: OperatingPoint | None = None  # the rung that already answers on the device
    served: OperatingPoint | None = None  # what served before the rung that answers


class Command(Message, frozen=True, kw_only=True):
    """Controller to device."""

    id: str = ""
    device: str = ""
    kind: str = ""  # CommandKind
    at: float = 0.0
    expires_at: float = 0.0
    data: dict[str, Any] = {}


class Confirmed(Message, frozen=True, kw_only=True):
    """What is durable at the controller, of what a session of a device has sent."""

    device: str = ""
    epoch: int = 0  # the session, see Birth
    number: int = 0  # all messages up to this one, by the numbers that they were sent with
    again: bool = False  # of later ones some did not arrive: send them again
    known: int = 0  # the device has used numbers up to this one, even if it does not remember


class PictureOrder(Message, frozen=True, kw_only=True):
    """Pictures that a controller asks a device for; travels in Command.data."""

    order: str = ""  # names it in pictures and events
    stream: StreamId = ""  # which camera; empty: each that there is
    count: int = 0  # at most so many; 0: no more
    interval_s: float = 0.0  # between two of a camera


class Picture(Message, frozen=True, kw_only=True):
    """One picture of a camera, as asked for; neither side sends it on."""

    device: str = ""
    stream: StreamId = ""  # which camera, `[a-z0-9-]{1,40}`; empty: the only one
    order: str = ""
    at: float = 0.0
    jpeg: bytes = b""  # at most 64 KiB


CHANNEL_TYPES: dict[str, type[Message]] = {
    "birth": Birth,
    "status": Status,
    "capabilities": Capabilities,
    "probe": Probe,
    "reported": Reported,
    "telemetry": Telemetry,
    "event": Event,
    "request": Request,
    "picture": Picture,
    "desired": Envelope,
    "command": Command,
    "confirmed": Confirmed,
}
