"""What a device shall serve."""

from lamplighter_wire.messages.base import Message
from lamplighter_wire.policy.device_policy import DevicePolicy


class OperatingPoint(Message, frozen=True, kw_only=True):
    """What a device actually serves."""

    variant: str = ""  # variant id
    manifest: str = ""  # SHA-256 of the signed manifest envelope
    width: int = 384
    height: int = 288
    fps: float = 0.0  # upper limit on the frame rate of all streams together; 0: as demanded
    threads: int = 1
    thresholds: dict[str, float] = {}  # class ("" the rest) -> score; else by regime, see Manifest
    most_overlap: float = 0.0  # of two boxes that both stay, as IoU; 0: as the task has it


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
    count_error: float = 0.0  # sum of |counted - true| over the true crossings, at the point's rate
    count_error_range: tuple[float, float] = (0.0, 0.0)  # least and most, at 95 %
    count_error_basis: str = ""  # measured | estimate; empty: nothing is known of its counts
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
    trades: list[str] = []  # accuracy, counts, energy, memory, latency, operator: what is bought
    reasons: list[str] = []
    probation_frames: int = 200
    probation_s: float = 30.0
    policy: DevicePolicy = DevicePolicy()  # the thresholds that the device decides by
    patches: list[ManifestPatch] = []  # manifests for less than the whole, the smallest first
    deltas: list[VariantDelta] = []  # variants for less than the whole, likewise
    by_artifact: bool = False  # chunks come on the topics of what they belong to


class Envelope(Message, frozen=True, kw_only=True):
    """Raw signed bytes: never re-encoded. `payload` and `signature` are bytes (base64 in JSON)."""

    key_id: str = ""
    payload: bytes = b""
    signature: bytes = b""  # Ed25519 over payload
