"""Records to rows and back: a column is either a plain value or JSON text."""

from enum import StrEnum
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from lamplighter_wire.enums import JobKind, JobState, Outcome, Severity
from lamplighter_wire.messages import (
    Capabilities,
    OperatingPoint,
    Probe,
    Reported,
    Telemetry,
    Workload,
)

from lamplighter_controller.domain.streams import StreamState
from lamplighter_controller.store.records import (
    DeploymentRecord,
    DeviceRecord,
    EventRecord,
    JobRecord,
    PlanRecord,
    RecompressionRecord,
    Record,
    VariantRecord,
)

R = TypeVar("R", bound=Record)

# Columns that hold JSON, and the type that is read back from them.
_JSON: dict[type[Record], dict[str, Any]] = {
    DeviceRecord: {
        "labels": dict[str, str],
        "objective": dict[str, Any],
        "capabilities": Capabilities,
        "probe": Probe,
        "workload": Workload,
        "reported": Reported,
        "newest_window": Telemetry,
        "streams": dict[str, StreamState],
    },
    PlanRecord: {"document": dict[str, Any]},
    DeploymentRecord: {"reported": Reported},
    EventRecord: {"data": dict[str, Any]},
    VariantRecord: {"document": dict[str, Any]},
    RecompressionRecord: {
        "from_point": OperatingPoint,
        "to_point": OperatingPoint,
        "reasons": list[str],
        "seconds": dict[str, float],
    },
}

# Columns that hold one word of an enumeration.
_WORDS: dict[type[Record], dict[str, type[StrEnum]]] = {
    DeploymentRecord: {"outcome": Outcome},
    EventRecord: {"severity": Severity},
    JobRecord: {"kind": JobKind, "state": JobState},
}


def dump(value: Any) -> str:
    """JSON text of a document or message."""
    return msgspec.json.encode(value).decode()


def to_row(kind: type[Record], values: dict[str, Any]) -> dict[str, Any]:
    """Column values of a record's fields; None stays NULL."""
    columns = _JSON.get(kind, {})
    return {
        name: dump(value) if name in columns and value is not None else value
        for name, value in values.items()
    }


def record_row(record: Record) -> dict[str, Any]:
    """All columns of a record."""
    return to_row(type(record), {name: getattr(record, name) for name in record.__struct_fields__})


def from_row(kind: type[R], row: sa.Row[Any]) -> R:
    """The record in a row."""
    columns = _JSON.get(kind, {})
    values = dict(row._mapping)  # noqa: SLF001 - the documented way to a mapping
    for name, wanted in columns.items():
        if values.get(name) is not None:
            values[name] = msgspec.json.decode(values[name], type=wanted)
    for name, words in _WORDS.get(kind, {}).items():
        values[name] = words(values[name])
    return kind(**values)
