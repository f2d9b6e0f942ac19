"""From the controller's records to the documents of the API."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from lamplighter_client.documents import (
    Device,
    Document,
    Event,
    Intended,
    Model,
    Notice,
    Override,
    Stream,
)

from lamplighter_controller.api.cursors import write_cursor
from lamplighter_controller.api.replies import Page
from lamplighter_controller.domain.streams import StreamState
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.store.records import DeviceRecord, EventRecord, IntentRecord
from lamplighter_controller.wiring.parts import Services

D = TypeVar("D", bound=Document)
R = TypeVar("R")


def documents(kind: type[D], records: Iterable[Any]) -> list[D]:
    """Each record as the document that has its fields."""
    return [msgspec.convert(record, kind, from_attributes=True) for record in records]


def page_of(kind: type[D], records: Sequence[R], limit: int, place: Callable[[R], Any]) -> Page[D]:
    """The first `limit` records; where there is one more, the place of the last is the cursor."""
    listed = records[:limit]
    more = len(records) > limit
    return Page(documents(kind, listed), write_cursor(place(listed[-1])) if more else None)


def event_page(records: Sequence[EventRecord], after: int, limit: int) -> Page[Event]:
    """Events after an id, of which one more was read than is answered; after 0 the newest.

    The cursor is the last one's id.
    """
    if not after:
        return Page(documents(Event, records[-limit:]))
    listed = documents(Event, records[:limit])
    return Page(listed, str(listed[-1].id) if len(records) > limit else None)


def device_documents(services: Services, records: Sequence[DeviceRecord]) -> list[Device]:
    """Devices with their desired state in clear, their newest window and what is wrong."""
    notices = services.health.all_notices(records)
    intents = services.store.intents([record.id for record in records])
    return [
        _device(services, record, intents.get(record.id), wrong)
        for record, wrong in zip(records, notices, strict=True)
    ]


def device_document(services: Services, record: DeviceRecord) -> Device:
    """One device in the same way."""
    return device_documents(services, [record])[0]


def _device(
    services: Services,
    record: DeviceRecord,
    intent: IntentRecord | None,
    wrong: Iterable[Any],
) -> Device:
    facts = {name: getattr(record, name) for name in record.__struct_fields__}
    judged = {
        "desired": current_desired(record),
        "intended": _intended(intent) if intent else None,
        "telemetry": record.newest_window,
        "streams": list(map(_stream, record.streams.items())),
        "attention": documents(Notice, wrong),
        "overrides": documents(Override, services.overrides.of(record).all),
        "shut_out": services.shut_out.standing(record.id) if record.retired_at else "",
    }
    return msgspec.convert(facts | judged, Device, from_attributes=True)


def _stream(named: tuple[str, StreamState]) -> Stream:
    name, state = named
    return Stream(
        stream=name,
        workload=state.workload,
        telemetry=state.window,
        received_at=state.window_at,
    )


def _intended(record: IntentRecord) -> Intended:
    intent = record.intent
    return Intended(
        point=intent.desired.primary.point,
        at=intent.at,
        cause=intent.cause,
        plan=record.plan,
        held=record.held,
        until=record.until,
    )


def models_of(specs: Iterable[VariantSpec]) -> list[Model]:
    """Networks with their recipes and variants, in the order of the specs."""
    models: dict[str, Model] = {}
    for spec in specs:
        model = models.setdefault(spec.model, Model(id=spec.model, recipes=[], variants=[]))
        model.variants.append(spec.id)
        if spec.recipe not in model.recipes:
            model.recipes.append(spec.recipe)
    return list(models.values())
