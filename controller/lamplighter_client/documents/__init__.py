"""The JSON documents that the API answers with; the controller builds its answers from them.

All structs are frozen and every field has a default, so that either side may be older or newer
than the other: unknown fields are ignored, missing ones take their default. Fields are added,
never renamed. Times are wall-clock seconds, AP50 is 0 to 1.
"""

from lamplighter_client.documents.audit import AuditedChange, AuditVerdict
from lamplighter_client.documents.base import Document
from lamplighter_client.documents.controller import (
    ApiToken,
    AuthorityRotation,
    EnrolmentToken,
    FieldError,
    Health,
    Problem,
    Reader,
    Rollup,
    SigningKeyRotation,
    Webhook,
)
from lamplighter_client.documents.devices import (
    Deployment,
    Device,
    Event,
    Intended,
    Notice,
    Stream,
    TelemetryEntry,
)
from lamplighter_client.documents.fleet.fleet_rows import FleetPage, FleetRow
from lamplighter_client.documents.groups import (
    DeviceGroup,
    ExcludedDevice,
    GroupFit,
    GroupPreview,
    Override,
    RolledBack,
)
from lamplighter_client.documents.plans import (
    Alternative,
    Answer,
    Choice,
    Clocks,
    Explanation,
    ExplanationLink,
    Plan,
    PlanAnswer,
    PlanEntry,
    Recompression,
    SwitchVerdict,
)
from lamplighter_client.documents.policies import (
    PlanChange,
    PolicyPreview,
    PolicyScope,
    PolicyThreshold,
)
from lamplighter_client.documents.registering.registrations import (
    Claim,
    ClaimWindow,
    InventoryEntry,
    RegisteredDevice,
    Registration,
)
from lamplighter_client.documents.rollouts import (
    Became,
    Effect,
    Forecast,
    Rehearsal,
    Rollout,
    RolloutPreview,
    RolloutRehearsal,
    RolloutTarget,
    Spread,
)
from lamplighter_client.documents.sites import SiteEstimate, SiteGain, SiteParent
from lamplighter_client.documents.variants import Job, Model, Variant

__all__ = [
    "Alternative",
    "Answer",
    "ApiToken",
    "AuditVerdict",
    "AuditedChange",
    "AuthorityRotation",
    "Became",
    "Choice",
    "Claim",
    "ClaimWindow",
    "Clocks",
    "Deployment",
    "Device",
    "DeviceGroup",
    "Document",
    "Effect",
    "EnrolmentToken",
    "Event",
    "ExcludedDevice",
    "Explanation",
    "ExplanationLink",
    "FieldError",
    "FleetPage",
    "FleetRow",
    "Forecast",
    "GroupFit",
    "GroupPreview",
    "Health",
    "Intended",
    "InventoryEntry",
    "Job",
    "Model",
    "Notice",
    "Override",
    "Plan",
    "PlanAnswer",
    "PlanChange",
    "PlanEntry",
    "PolicyPreview",
    "PolicyScope",
    "PolicyThreshold",
    "Problem",
    "Reader",
    "Recompression",
    "RegisteredDevice",
    "Registration",
    "Rehearsal",
    "RolledBack",
    "Rollout",
    "RolloutPreview",
    "RolloutRehearsal",
    "RolloutTarget",
    "Rollup",
    "SigningKeyRotation",
    "SiteEstimate",
    "SiteGain",
    "SiteParent",
    "Spread",
    "Stream",
    "SwitchVerdict",
    "TelemetryEntry",
    "Variant",
    "Webhook",
]
