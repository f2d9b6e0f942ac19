"""Groups: devices that a query names, whom it leaves out and why."""

from typing import Annotated

import msgspec
from fastapi import Depends, Path, Query, Request
from lamplighter_client.documents import DeviceGroup, GroupFit, GroupPreview
from lamplighter_client.documents.requests import GroupBody, GroupPreviewBody, GroupQueryBody

from lamplighter_controller.api.access import services
from lamplighter_controller.api.answers import documents
from lamplighter_controller.api.audit.changes import changed
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.parameters import DEVICE_ID, IfMatch, JsonBody, expected_version
from lamplighter_controller.api.replies import Versioned
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.store.groups.records import GroupRecord

routes = Routes("groups", prefix="/groups")
GroupPath = Annotated[str, Path(pattern=DEVICE_ID, description="The group's name.")]
Asked = Annotated[GroupQueryBody, Depends(JsonBody(GroupQueryBody))]


@routes.get("", bounds=Bounds.OPEN)
def list_groups(request: Request) -> list[DeviceGroup]:
    """All groups, by name."""
    return documents(DeviceGroup, services(request).store.groups())


@routes.post("", role="operator", status=201)
def create_group(
    request: Request, body: Annotated[GroupBody, Depends(JsonBody(GroupBody))]
) -> Versioned[DeviceGroup]:
    """Keep a query under a name; who is in the group is asked anew each time."""
    parts = services(request)
    record = changed(
        request,
        f"group:{body.name}",
        lambda: parts.groups.create(body.name, body.query, body.about),
        state=lambda: parts.audited.group(body.name),
    )
    return _versioned(record)


@routes.post("/preview", role="viewer")
def preview_query(
    request: Request, body: Annotated[GroupPreviewBody, Depends(JsonBody(GroupPreviewBody))]
) -> GroupPreview:
    """Whom a query names now, whom it does not and why not; beside a group, also who would come in
    and go out. Nothing is kept."""
    parts = services(request)
    before = parts.store.group(body.group).query if body.group else ""
    preview = parts.groups.preview(body.query, before)
    return msgspec.convert(preview, GroupPreview, from_attributes=True)


@routes.get("/{group}", bounds=Bounds.OPEN)
def show_group(request: Request, group: GroupPath) -> Versioned[DeviceGroup]:
    """One group; the ETag is its version for If-Match."""
    return _versioned(services(request).store.group(group))


@routes.get("/{group}/devices")
def list_group_devices(request: Request, group: GroupPath) -> GroupPreview:
    """Who is in a group now, who is not and why not."""
    parts = services(request)
    preview = parts.groups.preview(parts.store.group(group).query)
    return msgspec.convert(preview, GroupPreview, from_attributes=True)


@routes.get("/{group}/fit")
def fit_into_group(
    request: Request,
    group: GroupPath,
    device: Annotated[str, Query(pattern=DEVICE_ID, description="The device's name.")],
) -> GroupFit:
    """Which site and labels would bring a device into a group, and into which others and out of
    which; nothing is changed. To do it, label the device so."""
    parts = services(request)
    fit = parts.groups.fit(group, parts.store.device(device))
    return msgspec.convert(fit, GroupFit, from_attributes=True)


@routes.post("/{group}/change", role="operator")
def change_group(
    request: Request, group: GroupPath, body: Asked, if_match: IfMatch = "*"
) -> Versioned[DeviceGroup]:
    """Let a group name other devices."""
    parts, version = services(request), expected_version(if_match)
    record = changed(
        request,
        f"group:{group}",
        lambda: parts.groups.change(group, body.query, body.about, version),
        state=lambda: parts.audited.group(group),
    )
    return _versioned(record)


@routes.post("/{group}/delete", role="operator")
def delete_group(request: Request, group: GroupPath, if_match: IfMatch = "*") -> DeviceGroup:
    """Forget a group that nothing needs; its devices stay as they are."""
    parts, version = services(request), expected_version(if_match)
    record = changed(
        request,
        f"group:{group}",
        lambda: parts.groups.delete(group, version),
        state=lambda: parts.audited.group(group),
    )
    return msgspec.convert(record, DeviceGroup, from_attributes=True)


def _versioned(record: GroupRecord) -> Versioned[DeviceGroup]:
    document = msgspec.convert(record, DeviceGroup, from_attributes=True)
    return Versioned(document, record.version)
