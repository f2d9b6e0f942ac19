"""Records to rows and back: a column is either a plain value or JSON text."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from lamplighter_wire.enums import JobKind, JobState, Outcome, Severity
from lamplighter_wire.joining.claims import ClaimState
from lamplighter_wire.messages import (
    Capabilities,
    OperatingPoint,
    Probe,
    Reported,
    Street,
    Telemetry,
    Workload,
)
from lamplighter_wire.policy.device_settings import DeviceSettings

from lamplighter_controller.domain.attention.marks import MarkKind
from lamplighter_controller.domain.devices import hardware_class
from lamplighter_controller.domain.overrides.overrides import OverrideKind
from lamplighter_controller.domain.policy.release import Intent
from lamplighter_controller.domain.rollouts.rollout import (
    Rollout,
    RolloutState,
    Target,
    TargetState,
)
from lamplighter_controller.domain.streams import StreamState
from lamplighter_controller.errors import StoreError
from lamplighter_controller.store.attention.records import MarkRecord
from lamplighter_controller.store.configurations.records import ConfigurationRecord
from lamplighter_controller.store.groups.records import OverrideRecord
from lamplighter_controller.store.records import (
    Cloned,
    DeploymentRecord,
    DeviceRecord,
    EventRecord,
    IntentRecord,
    JobRecord,
    PlanRecord,
    PolicyRecord,
    RecompressionRecord,
    Record,
    VariantRecord,
)
from lamplighter_controller.store.registering.records import ClaimRecord, RegistrationRecord
from lamplighter_controller.store.rollouts.records import RolloutRecord, TargetRecord
from lamplighter_controller.store.unreadable import UNREADABLE, default_of

R = TypeVar("R", bound=Record)


class UnreadableRowError(StoreError):
    """A row is no record of its kind."""


# Columns that hold JSON, and the type that is read back from them.
_JSON: dict[type[Record], dict[str, Any]] = {
    DeviceRecord: {
        "labels": dict[str, str],
        "objective": dict[str, Any],
        "cloned": Cloned,
        "capabilities": Capabilities,
        "probe": Probe,
        "workload": Workload,
        "reported": Reported,
        "newest_window": Telemetry,
        "streams": dict[str, StreamState],
    },
    PlanRecord: {"document": dict[str, Any]},
    PolicyRecord: {"values": dict[str, float]},
    DeploymentRecord: {"reported": Reported},
    IntentRecord: {"intent": Intent},
    EventRecord: {"data": dict[str, Any]},
    RegistrationRecord: {"labels": dict[str, str], "objective": dict[str, Any]},
    ConfigurationRecord: {"settings": DeviceSettings, "street": Street},
    RolloutRecord: {"rollout": Rollout},
    TargetRecord: {"target": Target},
    VariantRecord: {"document": dict[str, Any]},
    RecompressionRecord: {
        "from_point": OperatingPoint,
        "to_point": OperatingPoint,
        "reasons": list[str],
        "seconds": dict[str, float],
    },
}

_DECODERS = {
    kind: {name: msgspec.json.Decoder(type_) for name, type_ in columns.items()}
    for kind, columns in _JSON.items()
}

# Columns that hold one word of an enumeration.
_WORDS: dict[type[Record], dict[str, type[StrEnum]]] = {
    ClaimRecord: {"state": ClaimState},
    DeploymentRecord: {"outcome": Outcome},
    EventRecord: {"severity": Severity},
    MarkRecord: {"kind": MarkKind},
    OverrideRecord: {"kind": OverrideKind},
    RolloutRecord: {"state": RolloutState},
    TargetRecord: {"state": TargetState},
    JobRecord: {"kind": JobKind, "state": JobState},
}


def _serving(values: dict[str, Any]) -> dict[str, str]:
    reported: Reported | None = values["reported"]
    return {"serving": reported.serving.variant if reported else ""}


def _hardware(values: dict[str, Any]) -> dict[str, str]:
    capabilities: Capabilities | None = values["capabilities"]
    return {"hardware": hardware_class(capabilities) if capabilities else ""}


# Columns for queries, which follow from a document of the same row.
_DERIVED: dict[type[Record], dict[str, Callable[[dict[str, Any]], dict[str, str]]]] = {
    DeviceRecord: {"reported": _serving, "capabilities": _hardware},
}


def _read(
    kind: type[Record], name: str, decoder: "msgspec.json.Decoder[Any]", values: dict[str, Any]
) -> Any:
    """What a column holds; the field's default where that cannot be read.

    Raises:
        UnreadableRowError: there is no record without this field.
    """
    try:
        return decoder.decode(values[name])
    except msgspec.MsgspecError as error:
        key = str(values.get("id") or values.get("device") or values.get("scope") or "")
        UNREADABLE.note(f"{kind.__name__} {key}: {name}", error)
        try:
            return default_of(kind, name)
        except KeyError:
            raise UnreadableRowError(f"{kind.__name__} {key}: {name}") from error


def dump(value: Any) -> str:
    """JSON text of a document or message."""
    return msgspec.json.encode(value).decode()


def to_row(kind: type[Record], values: dict[str, Any]) -> dict[str, Any]:
    """Column values of a record's fields, and those that follow from them; None stays NULL."""
    columns = _JSON.get(kind, {})
    row = {
        name: dump(value) if name in columns and value is not None else value
        for name, value in values.items()
    }
    for name, derive in _DERIVED.get(kind, {}).items():
        if name in values:
            row |= derive(values)
    return row


def record_row(record: Record) -> dict[str, Any]:
    """All columns of a record."""
    return to_row(type(record), {name: getattr(record, name) for name in record.__struct_fields__})


def from_row(kind: type[R], row: sa.Row[Any]) -> R:
    """The record in a row."""
    values = {name: getattr(row, name) for name in kind.__struct_fields__}
    for name, decoder in _DECODERS.get(kind, {}).items():
        if values[name] is not None:
            values[name] = _read(kind, name, decoder, values)
    for name, words in _WORDS.get(kind, {}).items():
        values[name] = words(values[name])
    return kind(**values)
