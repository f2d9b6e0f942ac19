"""The demo's report: its schema, version 1. Documented in docs/reference/demo-report.md."""

from pathlib import Path
from typing import Any

import msgspec
from lamplighter_wire.files import write_atomically


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every part of the report."""


class Predicted(Part, frozen=True, kw_only=True):
    """What the planner promised."""

    latency_p95_ms: float = 0.0
    energy_mj_per_frame: float = 0.0
    expected_ap50: float = 0.0
    count_error: float = 0.0
    count_error_basis: str = ""


class Observed(Part, frozen=True, kw_only=True):
    """Medians over the telemetry windows served under this plan; None where there was none."""

    latency_p95_ms: float | None = None
    energy_mj_per_frame: float | None = None
    energy_source: str = ""
    reference_agreement_f1: float | None = None


class PlanEntry(Part, frozen=True, kw_only=True):
    """One decision. `at` counts seconds from the start of the demo."""

    at: float
    recipe: str
    variant: str
    size: str
    regime: str
    reasons: list[str]
    predicted: Predicted
    observed: Observed


class PointEntry(Part, frozen=True, kw_only=True):
    """A variant at a size, as it was predicted for a device at the end of its day.

    Attributes:
        ap50_basis: what the accuracy rests on where the device stands; empty: as it was measured.
        measured_on: renders | pictures; empty: not known.
        breaks: limit -> share over it, at the demanded frame rate.
    """

    variant: str
    size: str
    latency_p95_ms: float
    energy_mj_per_frame: float
    ap50: float
    ap50_basis: str = ""
    measured_on: str = ""
    breaks: dict[str, float] = {}
    serves: bool = False


class PhaseEntry(Part, frozen=True, kw_only=True):
    """A state of the deployment machine and when it was entered."""

    phase: str
    at: float


class DeploymentEntry(Part, frozen=True, kw_only=True):
    """One revision. `injected` names the fault that the demo provoked, if any."""

    rev: int
    variant: str
    outcome: str
    reason: str
    injected: str
    phases: list[PhaseEntry]
    bytes_received: int = 0
    chunks_received: int = 0
    duplicates: int = 0


class ShiftEntry(Part, frozen=True, kw_only=True):
    """A workload shift as the device stated it."""

    at: float
    from_: str = msgspec.field(name="from")
    to: str
    evidence: dict[str, float]


class DayPart(Part, frozen=True, kw_only=True):
    """What a device did in a part of its day; its streams together."""

    at: float
    seconds: float
    frames: int = 0
    crossings: int = 0
    energy_j: float = 0.0


class Frames(Part, frozen=True, kw_only=True):
    """Frames of the whole run."""

    served: int = 0
    dropped: int = 0
    rested: int = 0  # left out, as nothing moved and nobody was followed


class Counts(Part, frozen=True, kw_only=True):
    """Line crossings: as the device counted them, and as the ground truth has them.

    Attributes:
        count_error: sum over lines and directions of |reported - truth|, over the truth: what plans
            promise; None where nothing crossed.
        promised: mean of what its plans promised of it, weighed by the frames served under each;
            None where they promised nothing.
    """

    reported: int = 0
    truth: int = 0
    count_error: float | None = None
    promised: float | None = None


class SwitchedOff(Part, frozen=True, kw_only=True, omit_defaults=True):
    """What losing power in mid-transfer cost; empty for a device that kept it."""

    off_at: float | None = None
    on_at: float | None = None
    chunks_held: int | None = None
    chunks_received: int | None = None
    chunks_total: int | None = None
    chunks_sent_again: int | None = None
    finished: bool | None = None


class DeviceReport(Part, frozen=True, kw_only=True):
    """One device of the city."""

    id: str
    hardware: str
    envelope: dict[str, Any]
    realised_by: str
    plans: list[PlanEntry]
    deployments: list[DeploymentEntry]
    shifts: list[ShiftEntry]
    frames: Frames
    counts: Counts
    truth_ap50: float | None
    seconds_to_first_variant: float | None = None
    switched_off: SwitchedOff = SwitchedOff()
    parts: list[DayPart] = []
    points: list[PointEntry] = []
    points_regime: str = ""


class Clocks(Part, frozen=True, kw_only=True):
    """Seconds from the true change of the street; None where the step was not needed."""

    detected: float | None = None
    built: float | None = None
    delivered: float | None = None
    serving: float | None = None
    committed: float | None = None


class Recompression(Part, frozen=True, kw_only=True):
    """One answer to a shift or a breach."""

    device: str
    trigger: str
    from_variant: str
    to_variant: str
    from_size: str = ""
    to_size: str = ""
    kind: str
    bytes_sent: int
    size_bytes: int
    justified: bool | None
    replayed_gain: float | None
    seconds: Clocks
    outcome: str = ""
    reasons: list[str] = []


class Report(Part, frozen=True, kw_only=True):
    """Everything the demo shows, in one file."""

    schema: int = 1
    seconds: float
    machine: dict[str, Any]
    time_profile: dict[str, Any]
    devices: list[DeviceReport]
    recompressions: list[Recompression]
    comparison: dict[str, Any]
    objective: str = ""
    checks: dict[str, bool] = {}
    notes: list[str] = []


def write_report(report: Report, path: Path) -> None:
    """Write as indented JSON, replacing the file atomically."""
    write_atomically(path, [msgspec.json.format(msgspec.json.encode(report), indent=2)])
