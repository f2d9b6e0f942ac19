"""Rollouts: what is wanted, how far it is, and what of each device."""

from typing import Annotated, Any, Literal

from lamplighter_wire.policy.device_settings import DeviceSettings
from msgspec import Meta

from lamplighter_client.documents.base import Document
from lamplighter_client.documents.bounds import DeviceId, Failure, GroupName, Name, Text
from lamplighter_client.documents.configuring.configurations import StreetFile
from lamplighter_client.documents.groups import ExcludedDevice
from lamplighter_client.documents.requests import Body, ObjectiveBody

Verb = Literal["approve", "start", "pause", "resume", "retry", "abort", "roll-back", "end"]
Share = Annotated[float, Meta(ge=0, le=1)]
Tolerance = Annotated[float, Meta(ge=0, le=10)]
Seconds = Annotated[float, Meta(ge=1, le=30 * 86400.0)]
Count = Annotated[int, Meta(ge=0, le=100_000)]


class TolerancesBody(Body, frozen=True, kw_only=True):
    """How much worse canaries may be: shares of latency and energy per frame; differences in the
    share of dropped frames, in agreement with the reference, in breaks of tracks a minute, and in
    the imbalance of counts."""

    latency: Tolerance = 0.2
    energy: Tolerance = 0.2
    dropped: Tolerance = 0.02
    agreement: Tolerance = 0.05
    track_breaks: Annotated[float, Meta(ge=0, le=1000)] = 3.0
    imbalance: Tolerance = 0.1


class RolloutSettings(DeviceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings that devices get; null: each keeps its own."""


class RolloutBody(Body, frozen=True, kw_only=True):
    """A rollout of one thing: a target (a variant, a model, or MODEL@VERSION), settings, a street
    for each device, or an agent's version.

    `first` devices (or percent of all) come after the canaries, `factor` times as many each time
    when waves are exponential; `per_site`, `per_link` and `at_once` 0: any number. Devices with
    the same value of the label `link_label` share a link. Behind the canaries sites take turns, or
    come one after the other, or devices come by the value of the label `order_label`.
    """

    name: DeviceId
    group: GroupName
    target: Text = ""
    settings: RolloutSettings | None = None
    streets: Annotated[dict[DeviceId, StreetFile], Meta(min_length=1, max_length=5000)] | None = (
        None
    )
    agent_version: Text = ""
    objective: ObjectiveBody | None = None
    canaries_per_class: Annotated[int, Meta(ge=0, le=100)] = 1
    waves: Literal["fixed", "percent", "exponential"] = "exponential"
    first: Annotated[float, Meta(gt=0, le=100_000)] = 5.0
    factor: Annotated[float, Meta(ge=1, le=100)] = 2.0
    order: Literal["turns", "sites", "label"] = "turns"
    order_label: Name = "order"
    success_share: Share = 0.9
    error_share: Share = 0.05
    on_error: Literal["pause", "roll_back"] = "pause"
    deadline_s: Seconds = 3600.0
    watch_s: Annotated[float, Meta(ge=0, le=30 * 86400.0)] = 300.0
    per_site: Count = 5
    at_once: Count = 50
    per_link: Count = 0
    link_label: Name = "link"
    most_failures: Annotated[int, Meta(ge=1, le=100)] = 3
    penalty_s: Annotated[float, Meta(ge=0, le=366 * 86400.0)] = 86400.0
    tolerances: TolerancesBody = TolerancesBody()


class RolloutStepBody(Body, frozen=True, kw_only=True):
    """What an operator does with a rollout, and why."""

    verb: Verb
    reason: Text = ""


class Rollout(Document, frozen=True, kw_only=True):
    """A rollout and how far it is."""

    name: str = ""
    state: str = (
        ""  # draft | approved | running | paused | succeeded | aborted | rolled_back | ended
    )
    reason: str = ""  # why it is paused, aborted or rolled back
    version: int = 0  # grows with every operator's step; the ETag
    by: str = ""
    approved_by: str = ""
    created_at: float = 0.0
    began_at: float = 0.0
    kind: str = ""  # model | settings | street | agent
    target: str = ""  # what it brings, in words
    group: str = ""
    wave: int = 0  # the last one that was begun; 0: canaries
    last_wave: int = 0
    counts: dict[str, int] = {}  # devices by state
    plan: dict[str, Any] = {}  # what was asked for


class RolloutTarget(Document, frozen=True, kw_only=True):
    """One device of a rollout."""

    device: str = ""
    site: str = ""
    hardware: str = ""
    regime: str = ""  # under which it saw when it came in
    wave: int = 0
    state: str = ""  # waiting | ordered | watched | succeeded | failed | skipped | rolled_back
    reason: str = ""
    failures: int = 0
    before: str = ""  # what it goes back to
    changed_at: float = 0.0


class DueDevice(Document, frozen=True, kw_only=True):
    """A device that is to be given a version of the agent now."""

    device: str = ""
    version: str = ""
    machine: str = ""  # its processor: x86_64, aarch64, …


class DueFailure(Body, frozen=True, kw_only=True):
    """Why a version could not be installed on a device that was due."""

    reason: Failure


class RolloutPreview(Document, frozen=True, kw_only=True):
    """Who would come into a rollout now; of the lists the first ones."""

    waves: list[int] = []  # devices in each; the first are the canaries
    canaries: list[RolloutTarget] = []
    skipped: list[ExcludedDevice] = []


class CanaryChange(Document, frozen=True, kw_only=True):
    """What changed for a group of devices: the median, and between what it lies with 95 % (null
    where fewer than six blocks of windows say so). Higher is worse."""

    median: float = 0.0
    low: float | None = None
    high: float | None = None
    looks: int = 0


class CanaryFigure(Document, frozen=True, kw_only=True):
    """One figure of canaries beside the control group; null: not told."""

    name: str = ""  # latency | energy | dropped | agreement | track_breaks | imbalance
    is_share: bool = False  # changes are shares of what it was before
    tolerance: float = 0.0
    state: str = ""  # undecided | no_harm | harm
    canaries: CanaryChange | None = None
    control: CanaryChange | None = None


class Spread(Document, frozen=True, kw_only=True):
    """Of a figure over all rehearsals: what it mostly is, and within which limits four of five
    lie."""

    middle: float = 0.0
    low: float = 0.0
    high: float = 0.0


class Forecast(Document, frozen=True, kw_only=True):
    """What is expected of a rollout."""

    runs: int = 0  # so many were drawn
    devices: int = 0
    finishes: float = 1.0  # share of them that succeeded
    stopped: str = ""  # why one of the others stopped
    seconds: Spread = Spread()
    received_bytes: Spread = Spread()
    failures: Spread = Spread()
    waves_at_s: list[float] = []  # when each wave begins, in the middle one
    builds: list[str] = []  # variants that are built for it
    build_s: float = 0.0
    unfit: dict[str, str] = {}  # device -> why nothing fits it


class Effect(Document, frozen=True, kw_only=True):
    """What devices are predicted to do then, beside now: medians; null: nothing can be said."""

    devices: int = 0  # that both are known of
    latency_ratio: float | None = None
    energy_ratio: float | None = None
    accuracy_gain: float | None = None
    slower: int = 0  # devices whose p95 latency would grow by more than a fifth


class Rehearsal(Document, frozen=True, kw_only=True):
    """What was expected of a rollout, and when that was reckoned."""

    at: float = 0.0
    forecast: Forecast = Forecast()
    effect: Effect = Effect()


class Became(Document, frozen=True, kw_only=True):
    """What a rollout came to, in the words of its rehearsal."""

    state: str = ""
    seconds: float = 0.0
    received_bytes: int = 0
    failures: int = 0
    builds: list[str] = []
    build_s: float = 0.0
    latency_ratio: float | None = None  # as measured at the target through before; medians
    energy_ratio: float | None = None


class RolloutRehearsal(Document, frozen=True, kw_only=True):
    """Predicted beside real; null: it was not rehearsed, or has not begun."""

    rehearsal: Rehearsal | None = None
    real: Became | None = None
