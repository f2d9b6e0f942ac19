"""Bodies of requests. A key that is not known is refused: a typo must not pass silently."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from lamplighter_client.documents.bounds import (
    ApiTokenLifeSeconds,
    DeviceId,
    DeviceIds,
    DeviceOrNone,
    FolderText,
    GroupName,
    Labels,
    LatencyLimit,
    LifeSeconds,
    MemoryLimit,
    MovedShare,
    Name,
    OverrideSeconds,
    PictureCount,
    PictureInterval,
    PolicyValues,
    PowerLimit,
    QueryText,
    ReaderName,
    Reason,
    RevisionNumber,
    Scope,
    Steps,
    Target,
    Text,
    TokenScope,
    WebhookUrl,
)

Role = Literal["viewer", "operator", "admin"]
LeastSeverity = Literal["info", "warning", "error"]
ENROL_TOKEN_LIFE_S = 3600.0
API_TOKEN_LIFE_S = 90 * 86400.0


class Body(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """Base of every body; what has its default is left out."""


class TokenBody(Body, frozen=True, kw_only=True):
    """For which device an enrolment token is, and how long it holds."""

    device: DeviceId
    life_s: LifeSeconds = ENROL_TOKEN_LIFE_S


class CodeBody(Body, frozen=True, kw_only=True):
    """For which device a code is."""

    device: DeviceId


class ApiTokenBody(Body, frozen=True, kw_only=True):
    """A bearer token's name and role, how far it reaches, and how long it holds."""

    name: Name
    role: Role
    scope: TokenScope = ""
    life_s: ApiTokenLifeSeconds = API_TOKEN_LIFE_S


class ReaderBody(Body, frozen=True, kw_only=True):
    """What a program that reads is called."""

    name: ReaderName


class WebhookBody(Body, frozen=True, kw_only=True):
    """Whom to tell, and from which severity on."""

    url: WebhookUrl
    severity: LeastSeverity = "warning"
    about: Text = ""


class ObjectiveBody(Body, frozen=True, kw_only=True):
    """A device's own limits; 0 is none, and what is left out is the controller's default."""

    latency_p95_ms: LatencyLimit | UnsetType = UNSET
    power_w: PowerLimit | UnsetType = UNSET
    memory_bytes: MemoryLimit | UnsetType = UNSET


class LabelBody(Body, frozen=True, kw_only=True):
    """What is given is set; the rest stays. `labels` replaces all labels."""

    labels: Labels | None = None
    site: Text | None = None
    objective: ObjectiveBody | None = None


class RevokeBody(Body, frozen=True, kw_only=True):
    """Why a device shall never be let in again."""

    reason: Reason


class RotationBody(Body, frozen=True, kw_only=True):
    """Whether devices may be left behind that have not followed: they enrol again."""

    leave_behind: bool = False


class PolicyBody(Body, frozen=True, kw_only=True):
    """Thresholds by name: set for a scope, or ended where they are null."""

    scope: Scope = "fleet"
    values: PolicyValues


class GroupQueryBody(Body, frozen=True, kw_only=True):
    """Whom a group is to name."""

    query: QueryText
    about: Text = ""


class GroupPreviewBody(GroupQueryBody, frozen=True, kw_only=True):
    """Whom a query would name; `group`: compared with whom that one names now."""

    group: DeviceOrNone = ""


class GroupBody(GroupQueryBody, frozen=True, kw_only=True):
    """A group and its name."""

    name: GroupName


class ScopeBody(Body, frozen=True, kw_only=True):
    """A device, or all that are in a group; why, and for how long."""

    device: DeviceOrNone = ""
    group: DeviceOrNone = ""
    reason: Reason
    life_s: OverrideSeconds


class OverrideBody(ScopeBody, frozen=True, kw_only=True):
    """Hold devices as they are, pin them to a target, or keep them from it.

    The target is a variant, a model, or MODEL@VERSION.
    """

    kind: Literal["hold", "pin", "avoid"]
    target: Target = ""


class RollBackBody(ScopeBody, frozen=True, kw_only=True):
    """Each device back to what it served well before, and pinned there for a while."""


class RollBackPreviewBody(Body, frozen=True, kw_only=True):
    """Devices of which is asked to what each would go back."""

    devices: DeviceIds


class CallOffBody(Body, frozen=True, kw_only=True):
    """What is under way to a device is taken back, and it is kept from that for a while.

    `revision`: that alone is taken back; refused where another one is under way meanwhile.
    """

    reason: Reason
    life_s: OverrideSeconds
    revision: RevisionNumber = 0  # 0: whichever is under way


class SiteBody(Body, frozen=True, kw_only=True):
    """A parent for one site: of which network, taught by which, from which pictures.

    Folders are on the controller's machine. `replay`: labelled pictures of the city, so that the
    rest is not forgotten; empty: the calibration frames. Either `pictures` or `device` is given: a
    device at the site that sends `count` of them, one of each camera (or of `stream`) in
    `interval_s`, if its own settings permit that. They are deleted once the work has ended, unless
    `keep_pictures`. `moved`: the share of each layer's weights that differ from the base's in the
    end; a small one makes updates of devices small.
    """

    site: Name
    pictures: FolderText = ""
    device: DeviceOrNone = ""
    stream: DeviceOrNone = ""
    count: PictureCount = 180
    interval_s: PictureInterval = 20.0
    keep_pictures: bool = False
    base: Name = "nanodet-p50"
    teacher: Name = "nanodet-full"
    replay: FolderText = ""
    steps: Steps = 600
    moved: MovedShare = 1.0


class SiteNameBody(Body, frozen=True, kw_only=True):
    """Which site."""

    site: Name


class PlanBody(Body, frozen=True, kw_only=True):
    """`dry_run` decides without acting."""

    dry_run: bool = False
