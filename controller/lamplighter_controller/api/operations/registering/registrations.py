"""Devices that are to come, many at once, and the inventory of all."""

from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Request
from lamplighter_client.documents import InventoryEntry, RegisteredDevice, Registration
from lamplighter_client.documents.registering.registrations import RegistrationsBody
from lamplighter_wire.command_line.shown_addresses import shown_address

from lamplighter_controller.api.access import bearer_name, services
from lamplighter_controller.api.audit.changes import changed
from lamplighter_controller.api.parameters import JsonBody
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.domain.registering.registered import GROUP, LIMITS, Registered
from lamplighter_controller.services.registering.registrations import Outcome
from lamplighter_controller.store.registering.records import RegistrationRecord

routes = Routes("registrations")
# Five thousand devices with all their fields.
MOST_BYTES = 8 * 1024 * 1024
RegisteredPath = Annotated[
    str, Path(pattern=r"^[a-z0-9*?-]{1,40}$", description="Id or pattern, as it is listed.")
]


@routes.post("/registrations", role="admin")
def register_devices(
    request: Request,
    body: Annotated[RegistrationsBody, Depends(JsonBody(RegistrationsBody, MOST_BYTES))],
) -> list[RegisteredDevice]:
    """Register devices, or say what that would change; all of them or none.

    Who has not enrolled gets a token, the same again while it holds for long enough.
    """
    parts, by = services(request), bearer_name(request)
    registrations = parts.joining.registrations
    if body.dry_run:
        outcomes = registrations.plan(body.devices)
    else:
        outcomes = changed(
            request,
            _named(body.devices),
            lambda: registrations.register(
                body.devices, body.life_s, with_tokens=body.tokens, by=by
            ),
            shown=_different,
        )
    return [msgspec.convert(asdict(outcome), RegisteredDevice) for outcome in outcomes]


@routes.get("/registrations")
def list_registrations(request: Request) -> list[Registration]:
    """What devices are registered as, and whether they have enrolled."""
    return [_document(*one) for one in services(request).joining.registrations.all()]


@routes.delete("/registrations/{device}", role="admin")
def forget_registration(request: Request, device: RegisteredPath) -> Registration:
    """End a registration and its open tokens; a device that has enrolled stays as it is."""
    parts = services(request)
    record = changed(
        request,
        f"registration:{device}",
        lambda: parts.joining.registrations.forget(device),
        state=lambda: parts.audited.registration(device),
    )
    return _document(record, Registered(record.site, record.labels, record.objective))


@routes.get("/inventory", role="admin")
def show_inventory(request: Request) -> list[InventoryEntry]:
    """All devices as they can be registered again, addresses of cameras in full."""
    return [_entry(*one) for one in services(request).joining.registrations.inventory()]


def _named(entries: list[InventoryEntry]) -> str:
    more = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
    return f"registration:{entries[0].id}{more}"


def _different(outcomes: list[Outcome]) -> dict[str, Any]:
    """What the audit log shows: each device that was changed, and how."""
    return {one.id: one.differences for one in outcomes if one.change != "same"}


def _document(
    record: RegistrationRecord, registered: Registered, has_enrolled: bool = False
) -> Registration:
    return Registration(
        id=record.device,
        site=registered.site,
        labels=dict(registered.labels),
        objective=dict(registered.objective),
        camera=shown_address(registered.camera),
        has_enrolled=has_enrolled,
        changed_at=record.changed_at,
        by=record.by,
    )


def _entry(device: str, registered: Registered) -> InventoryEntry:
    labels = {name: text for name, text in registered.labels.items() if name != GROUP}
    limits = {name: registered.objective.get(name) for name in LIMITS}
    return InventoryEntry(
        id=device,
        site=registered.site,
        group=registered.labels.get(GROUP, ""),
        camera=registered.camera,
        labels=labels,
        **limits,
    )
