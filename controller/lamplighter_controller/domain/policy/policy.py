"""The thresholds that decide: one documented value, from the defaults, the settings and operators.

A field is here if it trades one thing an operator wants for another. What must stand in a fixed
relation to one of them is a property. Everything else is a constant beside the code that needs it.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_type_hints

import msgspec
from lamplighter_wire.policy.choices import CHOICES
from lamplighter_wire.policy.device_policy import DevicePolicy, field
from msgspec import Meta

Values = Mapping[str, float]


OBJECTIVES = CHOICES["objective"]
RELEASE_DAYS = CHOICES["release_days"]


class Policy(DevicePolicy, frozen=True, kw_only=True):
    """What the controller decides by, and what its devices decide by."""

    objective: Annotated[
        int,
        field(
            "What plans maximise within the limits: counts, for which the frame rate is chosen as"
            " well, fewer frames where more count no better; or detection, the accuracy of boxes at"
            " as many frames as the street asks for. Of networks whose counts nobody has measured,"
            " and of other tasks, it is detection in any case.",
            "choice",
            0,
            1,
        ),
    ] = 1
    min_energy_gain: Annotated[
        float,
        field(
            "Energy per frame that a switch must save at equal accuracy: less chases small savings,"
            " more leaves them. Also what int8 must save to be preferred.",
            "share",
            0.01,
            0.9,
        ),
    ] = 0.10
    room_worth_accuracy: Annotated[
        float,
        field(
            "Accuracy that room for the demand to grow is worth where a limit is broken: more keeps"
            " frames and room, less keeps accuracy and lives with the next switch.",
            "AP50, 0 to 1",
            0.0,
            0.5,
        ),
    ] = 0.05
    min_fps: Annotated[
        float,
        field(
            "Frame rate below which a capped point is no service: higher rather serves nothing,"
            " lower rather serves a little.",
            "frames/s",
            0.05,
            30.0,
        ),
    ] = 0.5
    ladder_rungs: Annotated[
        int,
        field(
            "Operating points that a device keeps resident: more answers shifts at once, fewer"
            " takes less memory, disk and transfer.",
            "points",
            1,
            8,
        ),
    ] = 3
    spare_latency_share: Annotated[
        float,
        field(
            "Latency of a spare rung beside the fastest other: less makes it surer to relieve a"
            " breach, more makes it more accurate.",
            "share",
            0.1,
            1.0,
        ),
    ] = 0.7
    probation_frames: Annotated[
        int,
        field(
            "Frames a new variant serves under watch: more finds rarer faults, fewer frees the"
            " device for its next change.",
            "frames",
            0,
            1_000_000,
        ),
    ] = 200
    probation_s: Annotated[
        float,
        field(
            "Seconds a new variant serves under watch at least: longer finds rarer faults, shorter"
            " frees the device for its next change.",
            "s",
            0.0,
            86_400.0,
        ),
    ] = 30.0
    refusal_s: Annotated[
        float,
        field(
            "How long a point that a device refused is left out of its plans: longer spares trials"
            " in vain, shorter takes up again what has become possible.",
            "s",
            0.0,
            2_592_000.0,
        ),
    ] = 3600.0
    slow_refusal_s: Annotated[
        float,
        field(
            "The same for a point measured too slow, of which the predictor knows by then: longer"
            " spares trials, shorter lets a quieter device take it back.",
            "s",
            0.0,
            2_592_000.0,
        ),
    ] = 120.0
    patience_s: Annotated[
        float,
        field(
            "How long a deployment without an outcome holds up the next plan: longer waits for slow"
            " links, shorter replaces what hangs.",
            "s",
            1.0,
            604_800.0,
        ),
    ] = 300.0

    release_from_hour: Annotated[
        float,
        field(
            "Hour of the day, by the clock of the setting `time_zone`, from which changes are"
            " released: a window keeps switches out of busy hours, and lets a worse point serve"
            " until then. What serves nothing or breaks a limit is changed at any hour.",
            "h",
            0.0,
            24.0,
        ),
    ] = 0.0
    release_until_hour: Annotated[
        float,
        field(
            "Hour until which changes are released; before the other one: over midnight; the same:"
            " no hour at all.",
            "h",
            0.0,
            24.0,
        ),
    ] = 24.0
    release_days: Annotated[
        int,
        field(
            "Days on whose hours changes are released; a window over midnight is of the day on"
            " which it opens. Fewer keep switches to days when somebody is there, or when nobody"
            " drives, and let a worse point serve meanwhile.",
            "choice",
            0,
            2,
        ),
    ] = 0
    latency_p95_ms: Annotated[
        float,
        field(
            "Limit on the p95 latency of a frame, of devices without one of their own; 0: that of"
            " the settings. Lower is more up to date, and leaves less accurate points.",
            "ms",
            0.0,
            600_000.0,
        ),
    ] = 0.0
    power_w: Annotated[
        float,
        field(
            "The same of average power, idle included: lower lasts longer on a battery, and leaves"
            " less accurate points.",
            "W",
            0.0,
            10_000.0,
        ),
    ] = 0.0
    memory_bytes: Annotated[
        float,
        field(
            "The same of the agent's memory: lower leaves room for others on the device, and fewer"
            " rungs and smaller points.",
            "bytes",
            0.0,
            1e13,
        ),
    ] = 0.0
    device_bytes_a_day: Annotated[
        float,
        field(
            "Bytes that may be ordered of a device on a UTC day; 0: any number. Less spares a paid"
            " link, more follows the street sooner. What serves nothing or breaks a limit is"
            " changed whatever was ordered before.",
            "bytes",
            0.0,
            1e15,
        ),
    ] = 0.0
    site_bytes_a_day: Annotated[
        float,
        field(
            "The same of all devices of a site together.",
            "bytes",
            0.0,
            1e15,
        ),
    ] = 0.0

    @property
    def released_on(self) -> str:
        """every-day, weekdays or weekends."""
        return RELEASE_DAYS[self.release_days]

    @property
    def equal_accuracy(self) -> float:
        """Differences up to this are none: half of what a switch must gain, so none is undone."""
        return self.min_accuracy_gain / 2

    @property
    def cold_accuracy_gain(self) -> float:
        """What a switch must gain that leaves a gap in service: both do not fit in memory."""
        return 2 * self.min_accuracy_gain

    @property
    def for_counts(self) -> bool:
        """Whether plans maximise how well a street is counted."""
        return OBJECTIVES[self.objective] == "counts"

    @property
    def equal_counts(self) -> float:
        """Errors of counts that differ by this are the same: they are measured less surely."""
        return self.min_accuracy_gain

    def equal_worth(self, for_counts: bool) -> float:
        """Differences of what is maximised that are none."""
        return self.equal_counts if for_counts else self.equal_accuracy

    def least_gain(self, for_counts: bool, is_cold: bool = False) -> float:
        """What a switch must gain of it; `is_cold`: with a gap in service, for both do not fit in
        memory."""
        least = 2 * self.equal_worth(for_counts)
        return 2 * least if is_cold else least

    @property
    def least_share_served(self) -> float:
        """Of the demand, by a cap that is taken as a mend: what room would have allowed."""
        return 1 / self.demand_headroom

    def for_device(self) -> DevicePolicy:
        """What travels to the device."""
        names = DevicePolicy.__struct_fields__
        return DevicePolicy(**{name: getattr(self, name) for name in names})


DEFAULTS = Policy()
_HINTS = get_type_hints(Policy, include_extras=True)


FLEET = "fleet"
# What a scope of a label (NAME=VALUE), a group (its name) or a device (its id) begins with.
LABEL = "label:"
GROUP = "group:"
DEVICE = "device:"


def scopes_of(device: str, labels: Mapping[str, str], groups: Iterable[str] = ()) -> Sequence[str]:
    """Whose changes hold for a device, the nearest last: the fleet's, its labels', its groups' by
    name, its own."""
    labelled = sorted(f"{LABEL}{name}={value}" for name, value in labels.items())
    return [FLEET, *labelled, *(f"{GROUP}{name}" for name in sorted(groups)), f"{DEVICE}{device}"]


@dataclass(frozen=True)
class Threshold:
    """One threshold as it is explained. `by_device`: whether the device decides by it, too."""

    name: str
    kind: type
    default: float
    unit: str
    least: float
    most: float
    about: str
    by_device: bool
    choices: Sequence[str] = ()  # names of the values 0, 1, ...; empty: numbers say it


def thresholds() -> list[Threshold]:
    """All thresholds: those that devices need first."""
    return [_field(name, _HINTS[name]) for name in Policy.__struct_fields__]


def _field(name: str, hint: Any) -> Threshold:
    kind, meta = get_args(hint)
    assert isinstance(meta, Meta)  # noqa: S101 - every field is declared with `field`
    return Threshold(
        name=name,
        kind=kind,
        default=getattr(DEFAULTS, name),
        unit=(meta.extra or {})["unit"],
        least=float(meta.ge or 0),
        most=float(meta.le or 0),
        about=meta.description or "",
        by_device=name in DevicePolicy.__struct_fields__,
        choices=choices_of(name),
    )


def choices_of(name: str) -> Sequence[str]:
    """What the values of a threshold are called; empty: they are numbers."""
    return CHOICES.get(name, ())


def _number(name: str, value: Any) -> Any:
    """The number of a choice that is named.

    Raises:
        ValueError: there is no such choice.
    """
    choices = choices_of(name)
    if value in choices:
        return choices.index(value)
    if choices and isinstance(value, str) and not value.isdecimal():
        raise ValueError(f"{name} = {value!r} is no choice: {_bounds(name)}")
    return value


def resolve(layers: Iterable[Values], base: Policy = DEFAULTS) -> Policy:
    """The policy that layers of checked changes make, later ones winning.

    A name that is not known is passed over: a newer controller may have kept it.
    """
    changes: dict[str, float] = {}
    for layer in layers:
        # Numbers are kept without their kind.
        changes |= {name: _kind(name)(value) for name, value in layer.items() if name in _HINTS}
    return msgspec.structs.replace(base, **changes) if changes else base


def checked_changes(values: Mapping[str, Any]) -> dict[str, float]:
    """Changes of some fields, each within its bounds; numbers may be text.

    Raises:
        ValueError: names the field and what it wants.
    """
    check_names(values)
    checked = {}
    for name, value in values.items():
        try:
            checked[name] = msgspec.convert(_number(name, value), _HINTS[name], strict=False)
        except msgspec.ValidationError as error:
            raise ValueError(f"{name} = {value!r}: {error}; {_bounds(name)}") from error
    return checked


def _kind(name: str) -> type:
    kind: type = get_args(_HINTS[name])[0]
    return kind


def check_names(names: Iterable[str]) -> None:
    """Raises ValueError, with a remedy, when there is no threshold of a name."""
    for name in names:
        if name not in _HINTS:
            raise ValueError(f"no policy {name!r}; {_names_like(name)}")


def _names_like(name: str) -> str:
    near = difflib.get_close_matches(name, _HINTS, 1)
    return f"did you mean {near[0]!r}?" if near else f"names: {', '.join(_HINTS)}"


def _bounds(name: str) -> str:
    known = next(field for field in thresholds() if field.name == name)
    if known.choices:
        return f"one of {', '.join(known.choices)}; {known.choices[int(known.default)]} by default"
    return f"{known.least:g} to {known.most:g} {known.unit}, {known.default:g} by default"
