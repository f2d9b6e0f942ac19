"""What is known of how a device came to serve what it serves; what is None is not known."""

from dataclasses import dataclass, field
from typing import Any

from lamplighter_wire.messages import Reported, Telemetry

from lamplighter_controller.domain.explaining.limits import Limit


@dataclass(frozen=True)
class Standing:
    """Who stands for a decision: an operator's override, or a rollout."""

    what: str  # "rollout june", "override 3"
    reason: str = ""
    made_by: str = ""
    approved_by: str = ""


@dataclass(frozen=True)
class Decided:
    """The decision, as it was kept."""

    number: int
    at: float
    cause: str
    variant: str
    document: dict[str, Any]


@dataclass(frozen=True)
class Answered:
    """The shift or breach that it answers."""

    trigger: str
    began_at: float
    kind: str
    reasons: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """Where the variant comes from."""

    variant: str
    recipe: str = ""
    model: str = ""
    model_version: str = ""
    precision: str = ""
    measured_on: str = ""
    provenance: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Built:
    """The work that made it, as far as it is kept."""

    at: float
    seconds: float = 0.0
    job: str = ""


@dataclass(frozen=True)
class Signed:
    """The manifest that the device was told to fetch.

    Attributes:
        is_valid: its signature was checked just now, by the key that the controller has.
    """

    manifest: str
    key_id: str
    is_valid: bool
    chunks: int = 0
    size_bytes: int = 0


@dataclass(frozen=True)
class Ordered:
    """The order, and what became of it."""

    revision: int
    at: float
    variant: str
    outcome: str
    reason: str = ""
    reported: Reported | None = None


@dataclass(frozen=True)
class Evidence:
    """All that is known of one device at one time.

    Attributes:
        ordered: the newest order up to then that it committed to.
        later: orders between that one and then, which it has not taken.
        before: the newest window that the decision could know.
        served: the newest window up to then.
        standing: empty: the controller decided by itself.
        history_days: for how long what is old is kept.
        limits: what bounds its plans now.
    """

    device: str
    at: float
    ordered: Ordered | None = None
    later: tuple[Ordered, ...] = ()
    decided: Decided | None = None
    answered: Answered | None = None
    before: Telemetry | None = None
    served: Telemetry | None = None
    standing: tuple[Standing, ...] = ()
    made: Made | None = None
    built: Built | None = None
    signed: Signed | None = None
    history_days: float = 0.0
    limits: tuple[Limit, ...] = ()
