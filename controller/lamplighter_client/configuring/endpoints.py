"""What can be asked of the controller about how devices are set."""

from collections.abc import Mapping

from lamplighter_client.documents.configuring.configurations import (
    ConfigurationEntry,
    DeviceStreet,
    SetDevice,
    SettingsBody,
    StreetBody,
    StreetFile,
)
from lamplighter_client.endpoints import ApiRequest
from lamplighter_client.path_segments import path_segment


def street(device: str) -> ApiRequest[DeviceStreet]:
    """What a device counts on."""
    return ApiRequest(_of(device, "street"), DeviceStreet)


def set_street(device: str, street: StreetFile, reason: str = "") -> ApiRequest[DeviceStreet]:
    """Let it count on these lines and zones."""
    body = StreetBody(street=street, reason=reason)
    return ApiRequest(_of(device, "street"), DeviceStreet, method="POST", body=body)


def reset_street(device: str) -> ApiRequest[DeviceStreet]:
    """Let it count on the lines of its own settings."""
    return ApiRequest(_of(device, "street"), DeviceStreet, method="DELETE")


def settings(device: str) -> ApiRequest[SetDevice]:
    """What is set of its settings."""
    return ApiRequest(_of(device, "settings"), SetDevice)


def change_settings(
    device: str, values: Mapping[str, float | bool | str | None], reason: str = ""
) -> ApiRequest[SetDevice]:
    """Set some; null: as its own settings say again."""
    body = SettingsBody(values=dict(values), reason=reason)
    return ApiRequest(_of(device, "settings"), SetDevice, method="POST", body=body)


def configurations(device: str) -> ApiRequest[list[ConfigurationEntry]]:
    """How it was set, the newest version first."""
    return ApiRequest(_of(device, "configurations"), list[ConfigurationEntry], {"limit": 50})


def _of(device: str, part: str) -> str:
    return f"/devices/{path_segment('device', device)}/{part}"
