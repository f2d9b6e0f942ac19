"""Devices, what they were told to serve, and what happened."""

from typing import Any

from lamplighter_wire.enums import Outcome, Severity
from lamplighter_wire.messages import (
    Capabilities,
    Desired,
    OperatingPoint,
    Probe,
    Reported,
    Telemetry,
    Workload,
)

from lamplighter_client.documents.base import Document
from lamplighter_client.documents.groups import Override


class Notice(Document, frozen=True, kw_only=True):
    """One thing that is wrong with a device. `kind` is stable, for filters."""

    severity: Severity = Severity.INFO
    kind: str = ""
    text: str = ""
    marked: str = ""  # acknowledged or muted, by whom and why; empty: it is open


class Stream(Document, frozen=True, kw_only=True):
    """One camera of a device that has several."""

    stream: str = ""
    workload: Workload | None = None
    telemetry: Telemetry | None = None  # its newest window
    received_at: float = 0.0  # when that came, by the controller's clock


class Intended(Document, frozen=True, kw_only=True):
    """What a device shall serve and was not told yet."""

    point: OperatingPoint = OperatingPoint()
    at: float = 0.0  # when it was decided
    cause: str = ""
    plan: int = 0
    held: str = ""  # why it was not released yet
    until: float = 0.0  # when it is looked at again; 0: when somebody asks


class Device(Document, frozen=True, kw_only=True):
    """One device: what it is, what it should serve, what it does, and what is wrong."""

    id: str = ""
    version: int = 0  # grows with every operator's change; the ETag
    site: str = ""
    labels: dict[str, str] = {}
    objective: dict[str, int | float] = {}  # empty: the controller's default
    enrolled_at: float = 0.0
    retired_at: float | None = None
    revoked: str = ""  # why, of one that was stolen
    released_at: float | None = None  # since when another may enrol under its name
    shut_out: str = ""  # of a retired one: pending | in force | what somebody must do
    online: bool = False
    epoch: int = 0
    last_seen: float = 0.0
    agent_version: str = ""
    capabilities: Capabilities | None = None
    probe: Probe | None = None
    workload: Workload | None = None  # of all streams together
    reported: Reported | None = None
    revision: int = 0  # of the desired state; 0: none yet
    desired: Desired | None = None
    intended: Intended | None = None  # what waits to be released
    overrides: list[Override] = []  # set by hand, that count for it now
    telemetry: Telemetry | None = None  # the newest window; of all streams together
    streams: list[Stream] = []  # of a device with several cameras
    attention: list[Notice] = []  # errors first

    def has_notice(self, kind: str) -> bool:
        """Whether it has a notice of a kind."""
        return any(notice.kind == kind for notice in self.attention)


class TelemetryEntry(Telemetry, frozen=True, kw_only=True):
    """A window as it came, or a summary of several that were measured under the same conditions.

    A summary's figures are means, its percentiles of latency those of all its frames, at most 2.5 %
    beside.
    """

    resolution_s: int = 0  # of a summary: the stretch of time it is about; 0: a window
    windows: int = 1
    low: dict[str, float] = {}  # of a summary, by field: the least of its windows
    high: dict[str, float] = {}  # the greatest


class Deployment(Document, frozen=True, kw_only=True):
    """One revision of a device's desired state and what became of it."""

    device: str = ""
    revision: int = 0
    plan: int = 0
    variant: str = ""
    at: float = 0.0
    outcome: Outcome = Outcome.NONE
    reason: str = ""  # ReasonCode
    reported: Reported | None = None


class Event(Document, frozen=True, kw_only=True):
    """Something that happened, in the order in which the controller learnt of it."""

    id: int = 0
    device: str = ""  # empty: the controller itself
    seq: int = 0  # the device's own number; 0: made by the controller
    at: float = 0.0
    kind: str = ""
    severity: Severity = Severity.INFO
    text: str = ""
    data: dict[str, Any] = {}
