"""Devices that are to come: what they shall be from their enrolment on."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from lamplighter_client.documents.base import Document
from lamplighter_client.documents.bounds import (
    DEVICE_PATTERN_PATTERN,
    MAX_FOLDER_CHARS,
    PRINTABLE_PATTERN,
    Labels,
    LatencyLimit,
    LifeSeconds,
    MemoryLimit,
    PowerLimit,
    Text,
)
from lamplighter_client.documents.requests import Body

MOST_ENTRIES = 5000  # at once
MAX_WINDOW_S = 7 * 86400.0
TOKEN_LIFE_S = 7 * 86400.0

DevicePattern = Annotated[str, Meta(pattern=DEVICE_PATTERN_PATTERN)]
CameraText = Annotated[str, Meta(pattern=PRINTABLE_PATTERN, max_length=MAX_FOLDER_CHARS)]


class InventoryEntry(Body, frozen=True, kw_only=True):
    """One device, or all whose id fits a pattern with * and ?. What is left out stays as it is.

    `group` is the label of that name. A limit of null is the controller's default, 0 is none.
    """

    id: DevicePattern
    site: Text | UnsetType = UNSET
    group: Text | UnsetType = UNSET
    camera: CameraText | UnsetType = UNSET
    labels: Labels | UnsetType = UNSET
    latency_p95_ms: LatencyLimit | UnsetType | None = UNSET
    power_w: PowerLimit | UnsetType | None = UNSET
    memory_bytes: MemoryLimit | UnsetType | None = UNSET


class RegistrationsBody(Body, frozen=True, kw_only=True):
    """Devices to register: all of them or, where one is not in order, none.

    `dry_run` says what would change. `tokens`: make one for each that has not enrolled.
    """

    devices: Annotated[list[InventoryEntry], Meta(min_length=1, max_length=MOST_ENTRIES)]
    dry_run: bool = False
    tokens: bool = True
    life_s: LifeSeconds = TOKEN_LIFE_S


class ClaimWindowBody(Body, frozen=True, kw_only=True):
    """For how long new claims are taken; 0: no longer."""

    life_s: Annotated[float, Meta(ge=0, le=MAX_WINDOW_S)]


class AcceptBody(Body, frozen=True, kw_only=True):
    """Where a device is that is accepted; what is left out is as it is registered."""

    site: Text | UnsetType = UNSET
    labels: Labels | UnsetType = UNSET


class Claim(Document, frozen=True, kw_only=True):
    """A device that asks to come in; it shows the same fingerprint, or somebody stands between."""

    id: str = ""  # by which it is accepted or rejected
    device: str = ""
    fingerprint: str = ""
    source: str = ""  # the address that it asks from
    state: str = ""  # pending | accepted | rejected
    first_at: float = 0.0
    last_at: float = 0.0
    decided_at: float | None = None
    by: str = ""


class ClaimWindow(Document, frozen=True, kw_only=True):
    """Until when new claims are taken; 0: they are not."""

    until: float = 0.0


class RegisteredDevice(Document, frozen=True, kw_only=True):
    """What registering came to, or would."""

    id: str = ""
    change: str = ""  # new | changed | same
    differences: list[str] = []
    has_enrolled: bool = False
    token: str = ""
    expires_at: float | None = None


class Registration(Document, frozen=True, kw_only=True):
    """A registration; without what the camera's address holds of secrets."""

    id: str = ""
    site: str = ""
    labels: dict[str, str] = {}
    objective: dict[str, float] = {}
    camera: str = ""
    has_enrolled: bool = False
    changed_at: float = 0.0
    by: str = ""
