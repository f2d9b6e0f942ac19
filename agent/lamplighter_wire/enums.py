"""The closed and the open sets of words on the wire.

A set is closed where both sides act on every member: a member that this side does not know is read
as the one that `_missing_` names. It is open where a newer peer may add words that are only shown
or stored: the field is then a plain string, and the members are the words that this side knows.
"""

from enum import StrEnum


class Outcome(StrEnum):
    """How a deployment ended; NONE while it is under way. Closed."""

    NONE = ""
    COMMITTED = "committed"
    REJECTED = "rejected"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    UNKNOWN = "unknown"  # of a newer peer

    @classmethod
    def _missing_(cls, value: object) -> "Outcome | None":
        return cls.UNKNOWN if isinstance(value, str) else None

    @property
    def is_bad(self) -> bool:
        """Whether the deployment ended, and the candidate does not serve."""
        return self not in (Outcome.NONE, Outcome.COMMITTED)


class Severity(StrEnum):
    """How much an event matters. Closed."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @classmethod
    def _missing_(cls, value: object) -> "Severity | None":
        return cls.INFO if isinstance(value, str) else None


class EventKind(StrEnum):
    """What devices tell of by themselves. Open: a controller keeps the kinds it does not know."""

    WORKLOAD_SHIFT = "workload_shift"
    LADDER_SWITCH = "ladder_switch"
    SOURCE_LOST = "source_lost"
    SOURCE_BACK = "source_back"
    DEPLOYMENT = "deployment"
    BREACH = "breach"
    PROBE_FAILED = "probe_failed"
    SERVING_RESTARTED = "serving_restarted"
    VARIANT_DAMAGED = "variant_damaged"
    VARIANT_MENDED = "variant_mended"
    PICTURES = "pictures"
    PICTURES_SENT = "pictures_sent"
    PICTURES_REFUSED = "pictures_refused"
    STILL_SENT = "still_sent"
    STILL_REFUSED = "still_refused"
    CERTIFICATE_RENEWED = "certificate_renewed"
    CERTIFICATE_KEPT = "certificate_kept"
    AUTHORITIES_TAKEN = "authorities_taken"
    AUTHORITIES_KEPT = "authorities_kept"
    CONFIGURED = "configured"
    CONFIGURATION_REFUSED = "configuration_refused"
    SIGNING_KEYS_TAKEN = "signing_keys_taken"
    SIGNING_KEYS_KEPT = "signing_keys_kept"
    CLOCK_CORRECTED = "clock_corrected"


class RequestKind(StrEnum):
    """What a device may ask for. Open: what is not known is answered by an event."""

    CHUNKS = "chunks"
    RECOMPRESS = "recompress"
    CERTIFICATE = "certificate"


class CommandKind(StrEnum):
    """What a controller may tell a device to do. Open: what is not known is left out."""

    PROBE = "probe"
    REPORT = "report"
    PICTURES = "pictures"
    STILL = "still"
    LOG = "log"
    RENEW = "renew"
    CERTIFICATE = "certificate"
    AUTHORITIES = "authorities"
    SIGNING_KEYS = "signing_keys"


class TriggerKind(StrEnum):
    """Why a decision is due. Devices send the first two; the others are the controller's own."""

    SHIFT = "shift"
    BREACH = "breach"
    REJECTED = "rejected"
    PLAN = "plan"


class AnswerKind(StrEnum):
    """What answers a trigger: a resident rung, a built variant, one to be built, or nothing.

    The controller's own word, in the documents of its API. Open: a newer one may know more.
    """

    LADDER = "ladder"
    CACHED = "cached"
    REBUILT = "rebuilt"
    NONE = "none"


class JobKind(StrEnum):
    """What the workshop works on. The controller's own word, in the documents of its API."""

    BUILD = "build"
    SPECIALISE_SITE = "specialise_site"


class JobState(StrEnum):
    """How far a piece of the workshop's work is. The controller's own word, as above."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Precision(StrEnum):
    """Of weights and activations: the rates of a probe are measured for each.

    Open: a plan takes one that the probe did not measure for fp32.
    """

    FP32 = "fp32"
    FP16 = "fp16"
    BF16 = "bf16"
    INT8 = "int8"


class SourceState(StrEnum):
    """How the camera is."""

    OK = "ok"
    LOST = "lost"
    ENDED = "ended"


class EnergySource(StrEnum):
    """Where a figure of energy comes from: three meters, and an estimate from processor time."""

    RAPL = "rapl"
    INA = "ina"
    BATTERY = "battery"
    ESTIMATE = "estimate"


class ReasonCode(StrEnum):
    """Stable reason codes of a refused or failed deployment. Open: a newer peer may know more."""

    DISK_FULL = "DISK_FULL"
    STORAGE = "STORAGE"
    HASH = "HASH"
    SIGNATURE = "SIGNATURE"
    EXPIRED = "EXPIRED"
    STALE_REVISION = "STALE_REVISION"
    INCOMPATIBLE = "INCOMPATIBLE"
    HARMFUL = "HARMFUL"
    OOM = "OOM"
    DIED = "DIED"
    SLOWER = "SLOWER"
    DOMINATED = "DOMINATED"
    LESS_ACCURATE = "LESS_ACCURATE"
    OVER_BUDGET = "OVER_BUDGET"
    TIMEOUT = "TIMEOUT"
    ABORTED = "ABORTED"


def hint_of(reason: str) -> str:
    """The hint of a reason code; empty for a code that this side does not know."""
    return _HINTS.get(reason, "")


_HINTS: dict[str, str] = {
    "DISK_FULL": "Free disk space on the device or lower its ladder, then deploy again.",
    "STORAGE": "A file cannot be read or written there, as the detail says. Check card and rights.",
    "HASH": "Bytes arrived damaged; the device fetches the chunk again. Check its storage.",
    "SIGNATURE": "The document was not signed by a key this device trusts. Check the key set.",
    "EXPIRED": "The desired state is older than its expiry. Issue it again; check the clocks.",
    "STALE_REVISION": "A lower revision than one already seen. Issue a new, higher revision.",
    "INCOMPATIBLE": "The device lacks something the variant needs. Choose another recipe.",
    "HARMFUL": "Not what its manifest promises, or does what no variant may. See who made it.",
    "OOM": "The variant does not fit in the device's memory. Choose a smaller one.",
    "DIED": "It ended its process, or the agent twice. Look at the log; choose a smaller variant.",
    "SLOWER": "Measured slower than predicted. The predictor is corrected and plans again.",
    "DOMINATED": "No better than what the device serves in latency, energy or accuracy.",
    "LESS_ACCURATE": "The golden frames were not reproduced; the runtime computes otherwise here.",
    "OVER_BUDGET": "Latency, power or memory limit broken at the demanded frame rate.",
    "TIMEOUT": "A step or a candidate took longer than its limit. Check the link and the load.",
    "ABORTED": "A newer desired state replaced this one.",
}
