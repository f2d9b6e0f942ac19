"""A part of the fleet as a query: filter, order and place in it."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from lamplighter_controller.domain.selection.device_filter import (
    NO_DEPLOYMENT,
    UNDER_WAY,
    DeviceField,
    FilterTest,
    FilterValue,
    PresenceState,
    Requirement,
)
from lamplighter_controller.domain.selection.device_selection import DeviceOrder, DeviceSelection
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.fleet.sums import LAST

Condition = sa.ColumnElement[bool]
Text = sa.ColumnElement[Any]
_ESCAPE = "\\"

_devices, _deployments = t.devices.c, t.deployments.c
STATE = sa.case(
    (_devices.online, PresenceState.ONLINE),
    (_devices.last_seen == 0, PresenceState.NEVER),
    else_=PresenceState.OFFLINE,
)
DEPLOYMENT = sa.case(
    (_deployments.outcome.is_(None), NO_DEPLOYMENT),
    (_deployments.outcome == "", UNDER_WAY),
    else_=_deployments.outcome,
)
FIELDS: dict[DeviceField, Text] = {
    DeviceField.ID: _devices.id,
    DeviceField.SITE: _devices.site,
    DeviceField.STATE: STATE,
    DeviceField.SEEN: _devices.last_seen,
    DeviceField.SERVING: _devices.serving,
    DeviceField.HARDWARE: _devices.hardware,
    DeviceField.DEPLOYMENT: DEPLOYMENT,
    DeviceField.AGENT: _devices.agent_version,
}
ORDERS: dict[DeviceOrder, Text] = {
    DeviceOrder.ID: _devices.id,
    DeviceOrder.SITE: _devices.site,
    DeviceOrder.SEEN: -_devices.last_seen,
    DeviceOrder.SERVING: _devices.serving,
    DeviceOrder.ENROLLED: _devices.enrolled_at,
}


def select_devices(selection: DeviceSelection, dialect: str) -> sa.Select[Any]:
    """The rows of a selection, in its order.

    What is sorted are ids: rows with their documents are fetched for one page only.
    """
    ids = sa.select(_devices.id)
    if any(r.field is DeviceField.DEPLOYMENT for r in selection.requirements):
        ids = ids.select_from(t.devices.outerjoin(t.deployments, LAST))
    if not selection.retired:
        ids = ids.where(_devices.retired_at.is_(None))
    elif selection.retired_only:
        ids = ids.where(_devices.retired_at.is_not(None))
    for requirement in selection.requirements:
        ids = ids.where(_condition(requirement, selection.now, dialect))
    order = _order(selection)
    page = _behind(ids, selection).order_by(*order).limit(selection.limit).subquery()
    rows = sa.select(t.devices).join(page, page.c.id == _devices.id)
    return rows.order_by(*order)


def _order(selection: DeviceSelection) -> list[sa.UnaryExpression[Any]]:
    columns = ORDERS[selection.order], _devices.id
    return [c.desc() if selection.descending else c.asc() for c in columns]


def _behind(ids: sa.Select[Any], selection: DeviceSelection) -> sa.Select[Any]:
    """Only those behind the place where the page before ended."""
    if selection.after is None:
        return ids
    key = sa.tuple_(ORDERS[selection.order], _devices.id)
    place = sa.tuple_(sa.literal(selection.after.value), sa.literal(selection.after.device))
    return ids.where(key < place if selection.descending else key > place)


def _condition(requirement: Requirement, now: float, dialect: str) -> Condition:
    field = requirement.field
    column = FIELDS[field] if field else _label(requirement.key, dialect)
    match requirement.test:
        case FilterTest.BELOW:
            return column > now - requirement.seconds
        case FilterTest.ABOVE:
            return column < now - requirement.seconds
    text = sa.func.coalesce(column, "") if field is None else column
    empty = sa.literal(0.0) if field is DeviceField.SEEN else sa.literal("")
    match requirement.test:
        case FilterTest.PRESENT:
            return column.is_not(None) if field is None else column != empty
        case FilterTest.ABSENT:
            return column.is_(None) if field is None else column == empty
        case FilterTest.IS:
            return _any_of(text, requirement.values)
        case _:
            return sa.not_(_any_of(text, requirement.values))


def _any_of(column: Text, values: tuple[FilterValue, ...]) -> Condition:
    whole = [value.text for value in values if not value.is_beginning]
    begun = [value.text for value in values if value.is_beginning]
    conditions: list[Condition] = [column.startswith(text, autoescape=True) for text in begun]
    return sa.or_(column.in_(whole), *conditions)


def _label(key: str, dialect: str) -> Text:
    """The value of a label; NULL where a device has none of the name."""
    if dialect == "sqlite":
        label: Text = sa.type_coerce(_devices.labels, sa.JSON)[key].as_string()
    else:
        label = sa.cast(_devices.labels, JSONB)[key].astext
    return label
