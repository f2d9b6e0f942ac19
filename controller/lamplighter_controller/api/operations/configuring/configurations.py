"""How devices are set: their settings, and the lines and zones that they count on."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import Depends, Request
from lamplighter_client.configuring.street_keys import body_keys_problems
from lamplighter_client.documents.configuring.configurations import (
    ConfigurationEntry,
    DeviceStreet,
    SetDevice,
    SettingsBody,
    Standing,
    StreetBody,
)
from lamplighter_wire.policy.device_settings import given

from lamplighter_controller.api.access import bearer_name, services
from lamplighter_controller.api.audit.changes import changed
from lamplighter_controller.api.bounds import Bounds
from lamplighter_controller.api.cursors import Cursor, read_cursor, write_cursor
from lamplighter_controller.api.parameters import (
    DevicePath,
    IfMatch,
    JsonBody,
    Limit,
    expected_version,
)
from lamplighter_controller.api.replies import Page, Versioned
from lamplighter_controller.api.routing import Routes
from lamplighter_controller.domain.streams import told_streams
from lamplighter_controller.services.audit.audited_states import CONFIGURATION, shown
from lamplighter_controller.services.configurations.device_configurations import (
    configured_of,
    masks_problem,
)
from lamplighter_controller.services.configurations.settings_changes import changed_settings
from lamplighter_controller.services.configurations.street_files import file_of, street_of
from lamplighter_controller.services.configurations.street_fit import lines_problems
from lamplighter_controller.services.configurations.street_masks import mask_problems
from lamplighter_controller.store.configurations.records import ConfigurationRecord
from lamplighter_controller.wiring.parts import Services

OWN_ALREADY = "there was nothing to reset, it counts on the lines of its own settings already"

routes = Routes("configurations", prefix="/devices", bounds=Bounds.DEVICE)


@routes.get("/{device}/street")
def show_street(request: Request, device: DevicePath) -> Versioned[DeviceStreet]:
    """What it counts on, as GeoJSON in the coordinates of the picture; the ETag is the version."""
    parts = services(request)
    parts.store.device(device)
    return _street(parts, parts.configurations.of(device))


@routes.post("/{device}/street", role="operator")
def set_street(
    request: Request,
    device: DevicePath,
    body: Annotated[StreetBody, Depends(JsonBody(StreetBody, problems=body_keys_problems))],
    if_match: IfMatch = "*",
) -> Versioned[DeviceStreet]:
    """Draw lines and zones; the device counts on them from its next window on."""
    parts, by, version = services(request), bearer_name(request), expected_version(if_match)
    street = street_of(body.street, told_streams(parts.store.device(device).capabilities))
    set_, before = parts.configurations.draw_street, parts.configurations.of(device).version
    kept = _changed(request, device, lambda: set_(device, street, by, body.reason, version))
    return _street(parts, kept, is_same=kept.version == before)


@routes.delete("/{device}/street", role="operator")
def reset_street(request: Request, device: DevicePath) -> Versioned[DeviceStreet]:
    """Let it count on the lines of its own settings again."""
    parts, by = services(request), bearer_name(request)
    parts.store.device(device)
    reset, before = parts.configurations.draw_street, parts.configurations.of(device).version
    kept = _changed(request, device, lambda: reset(device, None, by))
    return _street(parts, kept, is_same=kept.version == before)


@routes.get("/{device}/settings")
def show_settings(request: Request, device: DevicePath) -> Versioned[SetDevice]:
    """What is set of its settings, and what it has in force of them."""
    parts = services(request)
    parts.store.device(device)
    return _settings(parts, parts.configurations.of(device))


@routes.post("/{device}/settings", role="operator")
def change_settings(
    request: Request,
    device: DevicePath,
    body: Annotated[SettingsBody, Depends(JsonBody(SettingsBody))],
    if_match: IfMatch = "*",
) -> Versioned[SetDevice]:
    """Set some of them; null: as its own settings say again."""
    parts, by, version = services(request), bearer_name(request), expected_version(if_match)
    parts.store.device(device)
    configurations = parts.configurations

    def change() -> ConfigurationRecord:
        settings = changed_settings(configurations.of(device).settings, body.values)
        return configurations.set_settings(device, settings, by, body.reason, version)

    return _settings(parts, _changed(request, device, change))


@routes.get("/{device}/configurations")
def list_configurations(
    request: Request, device: DevicePath, after: Cursor = "", limit: Limit = 50
) -> Page[ConfigurationEntry]:
    """How it was set, version by version, the newest first: what counts were made on, too."""
    store = services(request).store
    store.device(device)
    records = store.configurations(device, limit + 1, read_cursor(after, int))
    entries = [_entry(record) for record in records[:limit]]
    following = write_cursor(entries[-1].version) if len(records) > limit else None
    return Page(entries, following)


def _changed(
    request: Request, device: str, change: Callable[[], ConfigurationRecord]
) -> ConfigurationRecord:
    """With an entry in the audit log of what was set before and after."""
    parts = services(request)
    return changed(
        request,
        f"device:{device}",
        change,
        state=lambda: parts.audited.configuration(device),
        shown=lambda made: shown(made, CONFIGURATION),
    )


def _street(
    parts: Services, record: ConfigurationRecord, is_same: bool = False
) -> Versioned[DeviceStreet]:
    what = "this street is set already" if record.street else OWN_ALREADY
    at = f", in version {record.version}" if record.version else ""
    same = [f"nothing changes: {what}{at}"]
    document = DeviceStreet(
        device=record.device,
        street=file_of(record.street) if record.street is not None else None,
        street_version=record.street_version,
        standing=_standing(parts, record),
        notes=same * is_same + lines_problems(record.street) + mask_problems(record.street),
    )
    return Versioned(document, record.version)


def _settings(parts: Services, record: ConfigurationRecord) -> Versioned[SetDevice]:
    document = SetDevice(
        device=record.device,
        settings=record.settings,
        settings_version=record.settings_version,
        in_force=configured_of(parts.store.device(record.device)).settings,
        standing=_standing(parts, record),
    )
    return Versioned(document, record.version)


def _standing(parts: Services, record: ConfigurationRecord) -> Standing:
    configured = configured_of(parts.store.device(record.device))
    return Standing(
        version=record.version,
        in_force=configured.version,
        refused=configured.refused,
        detail=configured.detail or masks_problem(configured, record),
    )


def _entry(record: ConfigurationRecord) -> ConfigurationEntry:
    return ConfigurationEntry(
        version=record.version,
        at=record.at,
        by=record.by,
        reason=record.reason,
        settings=msgspec.to_builtins(given(record.settings)),
        settings_version=record.settings_version,
        street=file_of(record.street) if record.street is not None else None,
        street_version=record.street_version,
    )
