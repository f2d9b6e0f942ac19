"""What the store keeps. Frozen; times are wall-clock seconds; documents are plain JSON values."""

from typing import Any

import msgspec
from lamplighter_wire.enums import JobKind, JobState, Outcome, Severity
from lamplighter_wire.messages import (
    Capabilities,
    OperatingPoint,
    Probe,
    Reported,
    Telemetry,
    Workload,
)

from lamplighter_controller.domain.message_order import MessageStamp
from lamplighter_controller.domain.policy.release import Intent
from lamplighter_controller.domain.streams import StreamState
from lamplighter_controller.domain.street.labelled import CameraKnown, LabelledAccuracy
from lamplighter_controller.domain.street.sights import Sights
from lamplighter_controller.domain.switching import Trigger

Document = dict[str, Any]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every record."""


class Cloned(msgspec.Struct, frozen=True):
    """Two machines spoke as one device."""

    first: str  # run of the one that was there first
    at: float
    settled_at: float | None = None  # since when the other is refused
    second: str = ""  # run that is known to have come after it
    heard_at: float = 0.0  # when the first one last had a session
    key: str = ""  # SHA-256 of the key that it made since; empty: it has not asked yet
    serial: str = ""  # of the certificate for that key


class DeviceRecord(Record, frozen=True, kw_only=True):
    """One device: what it is, what it should serve, and when it was last heard."""

    id: str
    version: int = 1  # grows with every operator's change; the ETag
    site: str = ""
    labels: dict[str, str] = {}
    objective: Document = {}  # the group's policy; empty: the default
    enrolled_at: float = 0.0
    retired_at: float | None = None
    revoked: str = ""  # why, of one that was stolen; its retirement cannot be undone
    released_at: float | None = None  # since when another may enrol under its name
    cloned: Cloned | None = None
    online: bool = False
    epoch: int = 0
    last_seen: float = 0.0
    agent_version: str = ""
    capabilities: Capabilities | None = None
    probe: Probe | None = None
    workload: Workload | None = None  # of all streams together
    reported: Reported | None = None
    revision: int = 0  # of the desired state; 0: none yet
    desired: bytes = b""  # the signed envelope as it is published
    newest_window: Telemetry | None = None  # by the device's clock; of all streams together
    newest_window_at: float = 0.0  # when it came, by ours
    streams: dict[str, StreamState] = {}  # of a device with named cameras

    @property
    def measured_at(self) -> float:
        """The device's wall clock at the end of its newest window; 0: it has told of none."""
        window = self.newest_window
        return 0.0 if window is None else window.start + window.seconds


class Refusal(msgspec.Struct, frozen=True):
    """A point that a device refused, left out of its plans for a while."""

    reason: str
    until: float


class DeviceState(Record, frozen=True, kw_only=True):
    """What the controller remembers of a device between messages, beside its record."""

    serving: OperatingPoint | None = None
    fps_by_regime: dict[str, float] = {}
    refused: dict[str, Refusal] = {}
    retries: int = 0
    waiting: str = ""  # cause of a decision that is due: it waits for a deployment's end
    trigger: Trigger | None = None  # what that decision, or the build it waits for, answers
    recompression: int = 0  # record that waits for its deployment
    unjudged: int = 0  # record whose points the device has not measured yet
    runs: dict[str, int] = {}  # of its program -> epoch of its last session; the last one last
    session: MessageStamp = MessageStamp()  # birth of the present session
    workload: MessageStamp = MessageStamp()  # what the workload was last taken from
    request: MessageStamp = MessageStamp()  # the last request for recompression that was dealt with
    overdue: bool = False  # a shift or breach came too late to be answered by itself
    planned_from: str = ""  # digest of the last plan's inputs; empty: to be planned at a start
    sights: Sights = ()  # how tall road users stand before its cameras, as its windows told
    labelled: tuple[LabelledAccuracy, ...] = ()  # what was measured on labels of its pictures
    labelled_at: float = 0.0
    labelled_by: str = ""

    @property
    def camera(self) -> CameraKnown:
        """What is known of its cameras."""
        return CameraKnown(self.sights, self.labelled)


class PolicyRecord(Record, frozen=True, kw_only=True):
    """What operators have changed of the policy, for the fleet, a label or a device."""

    scope: str  # fleet, label:NAME=VALUE or device:ID
    values: dict[str, float] = {}
    model: str = ""  # a variant, a model, or MODEL@VERSION that alone is served; empty: any
    version: int = 1
    changed_at: float = 0.0


class TokenRecord(Record, frozen=True, kw_only=True):
    """A one-time enrolment token for one device."""

    id: str
    device: str
    secret: str = ""  # of tokens that an earlier controller made, until they are used
    created_at: float
    expires_at: float
    used_at: float | None = None
    used_key: str = ""  # SHA-256 of the public key it was used for


class CertificateRecord(Record, frozen=True, kw_only=True):
    """A certificate that was issued to a device."""

    serial: str  # hexadecimal
    device: str
    issued_at: float
    revoked_at: float | None = None  # for ever; None: it counts unless its device is retired


class ApiTokenRecord(Record, frozen=True, kw_only=True):
    """A bearer token of the API, by hash."""

    secret_hash: str
    id: str = ""  # by which it is listed and revoked
    name: str
    role: str
    created_at: float
    expires_at: float | None = None  # None: never
    last_used_at: float | None = None
    scope: str = ""  # site:NAME or group:NAME; empty: the whole fleet


class PlanRecord(Record, frozen=True, kw_only=True):
    """One decision with its reasons and the alternatives considered."""

    id: int = 0
    device: str
    at: float
    cause: str
    variant: str
    regime: str
    document: Document = {}


class IntentRecord(Record, frozen=True, kw_only=True):
    """What a device shall serve and was not told yet, and why it is held, if it is."""

    device: str
    intent: Intent
    plan: int = 0
    held: str = ""
    until: float = 0.0  # wall time; 0: not known


class DeploymentRecord(Record, frozen=True, kw_only=True):
    """One revision of a device's desired state and what became of it."""

    device: str
    revision: int
    plan: int
    variant: str
    at: float
    outcome: Outcome = Outcome.NONE
    reason: str = ""
    reported: Reported | None = None


class EventRecord(Record, frozen=True, kw_only=True):
    """Something that happened, in the order in which the controller learnt of it."""

    id: int = 0
    device: str = ""  # empty: the controller itself
    seq: int = 0  # the device's own number; 0: made by the controller
    at: float = 0.0
    kind: str = ""
    severity: Severity = Severity.INFO
    text: str = ""
    data: Document = {}
    received_at: float = 0.0  # by our clock; `at` is the device's


class VariantRecord(Record, frozen=True, kw_only=True):
    """A built variant: the planner's view of it, and the manifest a device fetches."""

    id: str
    model: str
    recipe: str
    manifest: str
    size_bytes: int
    built_at: float
    document: Document = {}


class JobRecord(Record, frozen=True, kw_only=True):
    """A piece of work of the workshop."""

    id: str
    kind: JobKind
    subject: str
    state: JobState = JobState.QUEUED
    progress: float = 0.0  # 0 to 1
    stage: str = ""
    error: str = ""
    created_at: float = 0.0
    finished_at: float | None = None


class RecompressionRecord(Record, frozen=True, kw_only=True):
    """One answer to a shift or breach, with its clocks counted from the true change.

    `from_point` served when the answer began, `to_point` was ordered or stepped to; `fps_demand`
    is the frame rate that the change asked for.
    """

    id: int = 0
    device: str
    at: float
    trigger: str
    revision: int = 0
    from_variant: str = ""
    to_variant: str = ""
    from_point: OperatingPoint | None = None
    to_point: OperatingPoint | None = None
    fps_demand: float = 0.0
    kind: str = ""  # ladder | cached | rebuilt
    bytes_sent: int = 0
    size_bytes: int = 0
    justified: bool | None = None  # None: not judged by measured figures
    replayed_gain: float | None = None
    outcome: str = ""
    reasons: list[str] = []
    began_at: float = 0.0
    seconds: dict[str, float] = {}  # detected, built, delivered, serving, committed
