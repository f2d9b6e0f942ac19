"""The report of the rollout scenario, version 1. Documented in docs/reference/rollout-report.md."""

from pathlib import Path
from typing import Any

import msgspec
from lamplighter_wire.files import write_atomically


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every part of the report."""


class Moment(Part, frozen=True, kw_only=True):
    """How far a rollout was; `at` counts seconds from its start."""

    at: float
    state: str
    wave: int
    counts: dict[str, int]


class RolloutAct(Part, frozen=True, kw_only=True):
    """One rollout as it went."""

    name: str
    target: str
    state: str
    reason: str
    seconds: float
    members: int
    left_out: int
    canaries: int
    waves: list[int]
    told: int
    told_share: float
    failed: dict[str, str]
    moments: list[Moment]


class Kill(Part, frozen=True, kw_only=True):
    """A controller that was killed in mid-wave."""

    wave: int
    in_flight: int
    down_s: float
    next_step_s: float | None
    reconnected: int
    ordered_twice: list[str]
    waves_begun_twice: list[int]


class Return(Part, frozen=True, kw_only=True):
    """How a rollout that was stopped was taken back."""

    harm_found_s: float | None
    back_s: float | None
    not_back: list[str]
    untouched: int
    wrongly_touched: list[str]


class Theft(Part, frozen=True, kw_only=True):
    """A device that was shut out while it published."""

    device: str
    verb: str
    windows_before: int
    silenced_s: float
    connected_again: int
    windows_kept_after: int


class ServedFigures(Part, frozen=True, kw_only=True):
    """Medians of a device over its windows."""

    variant: str = ""
    latency_p95_ms: float = 0.0
    energy_mj_per_frame: float = 0.0
    dropped_share: float = 0.0


class Worse(Part, frozen=True, kw_only=True):
    """A figure that is worse than before, beyond the tolerance."""

    device: str
    figure: str
    before: float
    after: float


class Service(Part, frozen=True, kw_only=True):
    """What devices measured before anything was rolled out, and in the end."""

    compared: int
    not_heard: list[str]
    worse: list[Worse]
    latency_ratio: float
    energy_ratio: float
    drift: float
    real: dict[str, tuple[ServedFigures, ServedFigures]]


class RolloutReport(Part, frozen=True, kw_only=True):
    """The whole scenario."""

    version: int = 1
    seconds: float
    machine: dict[str, Any]
    real_devices: int
    simulated_devices: int
    setup_s: float
    good: RolloutAct
    kill: Kill
    theft: Theft
    bad: RolloutAct
    bad_return: Return
    service: Service
    checks: dict[str, bool]
    notes: list[str] = []


def write_report(report: RolloutReport, path: Path) -> None:
    """As JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(report), indent=2)
    write_atomically(path, [text])
