"""Readers: programs of others that read states of devices at the broker, and do nothing else."""

from typing import Annotated

import msgspec
from fastapi import Depends, Path, Request
from lamplighter_client.documents import Reader
from lamplighter_client.documents.requests import ReaderBody

from lamplighter_controller.api.access import bearer_name, services
from lamplighter_controller.api.answers import documents
from lamplighter_controller.api.audit.changes import changed
from lamplighter_controller.api.parameters import DEVICE_ID, JsonBody
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.services.readers.readers import active_readers
from lamplighter_controller.store.readers.records import ReaderRecord

routes = Routes("readers", prefix="/readers")
ReaderPath = Annotated[str, Path(pattern=DEVICE_ID, description="The reader's name.")]


@routes.get("", role="admin")
def list_readers(request: Request) -> list[Reader]:
    """Who may read, without keys."""
    return documents(Reader, active_readers(services(request).store).values())


@routes.post("", role="admin", status=201)
def create_reader(
    request: Request, body: Annotated[ReaderBody, Depends(JsonBody(ReaderBody))]
) -> Reader:
    """A certificate for a program that reads; its key is shown only here, and kept nowhere."""
    parts, who = services(request), bearer_name(request)
    made = changed(
        request,
        f"reader:{body.name}",
        lambda: parts.readers.readers.create(body.name, who),
        shown=lambda new: _shown(new.record),
    )
    (document,) = documents(Reader, [made.record])
    broker = parts.enrolment.broker_address()
    return msgspec.structs.replace(
        document,
        certificate=made.certificate,
        key=made.key,
        authority=parts.access.authority,
        broker_host=broker.host,
        broker_port=broker.port,
    )


@routes.delete("/{reader}", role="admin")
def end_reader(request: Request, reader: ReaderPath) -> Reader:
    """It reads nothing more, and its connection ends."""
    parts = services(request)
    ended = changed(
        request,
        f"reader:{reader}",
        lambda: parts.readers.readers.end(reader),
        shown=_shown,
    )
    return documents(Reader, [ended])[0]


def _shown(record: ReaderRecord) -> dict[str, object]:
    """For the audit log."""
    return {name: getattr(record, name) for name in ("name", "serial", "ends_at", "ended_at")}
