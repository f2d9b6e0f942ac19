"""What is in force of the device's own settings and what the controller has set: pure."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import msgspec
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.messages import Configuration, Configured, Street
from lamplighter_wire.policy.device_settings import DeviceSettings, given
from lamplighter_wire.street.problems import street_problem

from lamplighter_agent.own_street import CountDistance, CountLine, CountZone, Mask
from lamplighter_agent.settings import AgentSettings


@dataclass(frozen=True, slots=True)
class SettingsInForce:
    """Settings, and which versions they follow; 0: the device's own."""

    settings: AgentSettings
    version: int = 0
    settings_version: int = 0
    street_version: int = 0
    ordered: DeviceSettings = field(default_factory=DeviceSettings)

    @property
    def configured(self) -> Configured:
        """What is told of it."""
        return Configured(
            version=self.version,
            settings=self.ordered,
            settings_version=self.settings_version,
            street_version=self.street_version,
            masks=len(self.settings.masks),
        )


def settings_in_force(own: AgentSettings, ordered: Configuration) -> SettingsInForce:
    """Own settings under what is ordered, within what the owner permits.

    Raises:
        SettingsError: it does not fit this device; names the setting and what it wants.
    """
    settings = _with_settings(own, ordered.settings)
    if ordered.street is not None:
        settings = _with_street(settings, ordered.street)
    return SettingsInForce(
        settings,
        ordered.version,
        ordered.settings_version,
        ordered.street_version,
        ordered.settings,
    )


def refused(in_force: SettingsInForce, version: int, detail: str) -> Configured:
    """What is told where another version is not taken."""
    return msgspec.structs.replace(in_force.configured, refused=version, detail=detail)


def _with_settings(own: AgentSettings, ordered: DeviceSettings) -> AgentSettings:
    budget_w = ordered.power_budget_w
    if budget_w is not None and own.power_budget_w and budget_w > own.power_budget_w:
        raise SettingsError(
            f"power_budget_w: {budget_w:g} W is more than the {own.power_budget_w:g} W that this"
            " device's own settings allow"
        )
    if ordered.share_pictures and not own.share_pictures:
        raise SettingsError(
            "share_pictures is off in this device's own settings; only there can it be permitted"
        )
    changes: dict[str, Any] = given(ordered)
    settings = dataclasses.replace(own, **changes)
    if settings.fps_floor > settings.fps_cap:
        floor, cap = settings.fps_floor, settings.fps_cap
        raise SettingsError(f"fps_floor: {floor:g} is above fps_cap, {cap:g}; lower one of them")
    return settings


def _with_street(settings: AgentSettings, street: Street) -> AgentSettings:
    problem = street_problem(street, settings.streams)
    if problem:
        raise SettingsError(f"street: {problem}")
    lines = tuple(
        CountLine(line.name, *line.ends[0], *line.ends[1], line.stream) for line in street.lines
    )
    zones = tuple(CountZone(zone.name, tuple(zone.corners), zone.stream) for zone in street.zones)
    masks = tuple(Mask(mask.name, tuple(mask.corners), mask.stream) for mask in street.masks)
    distances = tuple(
        CountDistance(one.first, one.second, one.distance_m, one.stream) for one in street.distances
    )
    return dataclasses.replace(
        settings,
        camera=street.camera or settings.camera,
        camera_width=street.width,
        camera_height=street.height,
        lines=lines,
        zones=zones,
        masks=masks,
        distances=distances,
        turns=street.turns,
    )
