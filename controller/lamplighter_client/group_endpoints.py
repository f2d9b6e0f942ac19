"""What can be asked of the controller about groups, and what is set by hand."""

from collections.abc import Sequence

from lamplighter_client.documents import (
    DeviceGroup,
    GroupFit,
    GroupPreview,
    Override,
    RolledBack,
)
from lamplighter_client.documents.requests import (
    GroupBody,
    GroupPreviewBody,
    GroupQueryBody,
    OverrideBody,
    RollBackBody,
    RollBackPreviewBody,
)
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.path_segments import path_segment


def groups() -> ApiRequest[list[DeviceGroup]]:
    """All groups."""
    return ApiRequest("/groups", list[DeviceGroup])


def group(name: str) -> ApiRequest[DeviceGroup]:
    """One group."""
    return ApiRequest(_of(name), DeviceGroup)


def group_devices(name: str) -> ApiRequest[GroupPreview]:
    """Who is in a group now, who is not and why not."""
    return ApiRequest(_of(name, "/devices"), GroupPreview)


def group_fit(name: str, device: str) -> ApiRequest[GroupFit]:
    """Which site and labels would bring a device into a group; nothing is changed."""
    return ApiRequest(_of(name, "/fit"), GroupFit, {"device": device})


def preview_query(query: str, group: str = "") -> ApiRequest[GroupPreview]:
    """Whom a query names now, whom it does not and why not; who would come into a group by it and
    go out, if one is named."""
    body = GroupPreviewBody(query=query, group=group)
    return ApiRequest("/groups/preview", GroupPreview, method="POST", body=body)


def create_group(name: str, query: str, about: str = "") -> ApiRequest[DeviceGroup]:
    """Keep a query under a name."""
    body = GroupBody(name=name, query=query, about=about)
    return ApiRequest("/groups", DeviceGroup, method="POST", body=body)


def change_group(
    name: str, query: str, about: str = "", version: int = 0
) -> ApiRequest[DeviceGroup]:
    """Let a group name other devices; at a version, if given."""
    body = GroupQueryBody(query=query, about=about)
    path = _of(name, "/change")
    return ApiRequest(path, DeviceGroup, method="POST", body=body, version=version)


def delete_group(name: str, version: int = 0) -> ApiRequest[DeviceGroup]:
    """Forget a group; at a version, if given."""
    return ApiRequest(_of(name, "/delete"), DeviceGroup, method="POST", version=version)


def _of(name: str, part: str = "") -> str:
    return f"/groups/{path_segment('group', name)}{part}"


def overrides(*, ended: bool = False) -> ApiRequest[list[Override]]:
    """What operators have set by hand, newest first."""
    return ApiRequest("/overrides", list[Override], {"all": ended})


def set_override(body: OverrideBody) -> ApiRequest[Override]:
    """Hold devices, pin them, or keep them from something."""
    return ApiRequest("/overrides", Override, method="POST", body=body)


def end_override(number: int) -> ApiRequest[Override]:
    """Release those that an override concerns."""
    return ApiRequest(f"/overrides/{number}/end", Override, method="POST")


def roll_back(body: RollBackBody) -> ApiRequest[list[RolledBack]]:
    """Each device back to what it served well before."""
    return ApiRequest("/overrides/roll-back", list[RolledBack], method="POST", body=body)


def preview_roll_back(devices: Sequence[str]) -> ApiRequest[list[RolledBack]]:
    """To what each would go back now, in the order in which they are named."""
    body = RollBackPreviewBody(devices=list(devices))
    return ApiRequest("/overrides/roll-back/preview", list[RolledBack], method="POST", body=body)
