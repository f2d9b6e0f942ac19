"""What the services stand on, and what comes of them."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol

from lamplighter_wire.clock import Clock
from lamplighter_wire.enrolment import BrokerAddress

from lamplighter_controller.domain.policy.release import Gate
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.link.quotas.misconduct import Misconduct
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.pki.signer import Signer
from lamplighter_controller.services.access.api_access import ApiAccess
from lamplighter_controller.services.access.blob_access import BlobAccess
from lamplighter_controller.services.access.login_limits import LoginLimits
from lamplighter_controller.services.adaptations.adaptations import Adaptations
from lamplighter_controller.services.adaptations.judgement import Judgement
from lamplighter_controller.services.asking.device_logs import DeviceLogs
from lamplighter_controller.services.attention.mark_changes import MarkChanges
from lamplighter_controller.services.audit.audit_log import AuditLog
from lamplighter_controller.services.audit.audited_states import AuditedStates
from lamplighter_controller.services.audit.device_refusals import DeviceRefusals
from lamplighter_controller.services.audit.refusals import Refusals
from lamplighter_controller.services.builder import Builder
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.configurations.device_configurations import (
    DeviceConfigurations,
)
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.decisions.plan_previews import PlanPreviews
from lamplighter_controller.services.decisions.restart import Restart
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.deployments.manifest_patches import Blobs
from lamplighter_controller.services.deployments.releases import Releases
from lamplighter_controller.services.deployments.waiting_executor import WaitingExecutor
from lamplighter_controller.services.device_views import DeviceViews
from lamplighter_controller.services.devices.device_listing import DeviceListing
from lamplighter_controller.services.devices.enrolment import Enrolment
from lamplighter_controller.services.devices.renewals import Renewals
from lamplighter_controller.services.devices.roster import DeviceRoster
from lamplighter_controller.services.dropped_messages import DroppedMessages
from lamplighter_controller.services.event_log import EventLog
from lamplighter_controller.services.explaining.explanations import Explanations
from lamplighter_controller.services.fleet import FleetOperations
from lamplighter_controller.services.fleet_rows.fleet_rows import FleetRows
from lamplighter_controller.services.groups.groups import Groups
from lamplighter_controller.services.health import Health
from lamplighter_controller.services.inbound_routes import Receive, ReceiveWindows
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.services.making.call_offs import CallOffs
from lamplighter_controller.services.making.fronts import Fronts
from lamplighter_controller.services.making.jobs import Jobs
from lamplighter_controller.services.making.transfers import Transfers
from lamplighter_controller.services.metrics.window_totals import WindowTotals
from lamplighter_controller.services.overrides.override_changes import OverrideChanges
from lamplighter_controller.services.overrides.overrides import Overrides
from lamplighter_controller.services.policies.policies import Policies
from lamplighter_controller.services.policies.policy_changes import PolicyChanges
from lamplighter_controller.services.registering.claims import Claims
from lamplighter_controller.services.registering.enrolment_tokens import EnrolmentTokens
from lamplighter_controller.services.registering.registrations import Registrations
from lamplighter_controller.services.rehearsals.rehearsals import Rehearsals
from lamplighter_controller.services.retirement.retirements import Retirements
from lamplighter_controller.services.rollouts.rollouts import Rollouts
from lamplighter_controller.services.rotation.rotations import Rotations
from lamplighter_controller.services.rotation.signing_rotations import SigningRotations
from lamplighter_controller.services.sites.site_builder import SiteBuilder
from lamplighter_controller.services.sites.site_parents import SiteParents
from lamplighter_controller.services.street.accuracies import Accuracies
from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.services.street.push import StreetPush
from lamplighter_controller.services.street.stills import Stills
from lamplighter_controller.services.telemetry_history import TelemetryHistory
from lamplighter_controller.services.upkeep.housekeeper import Housekeeper
from lamplighter_controller.settings import (
    ControllerSettings,
)
from lamplighter_controller.store.base import Store
from lamplighter_controller.wiring.reader_link import ReaderLink
from lamplighter_controller.wiring.readers import ReaderServices
from lamplighter_controller.wiring.webhooks import WebhookServices


class ShutOut(Protocol):
    """Keeps retired devices out of the broker."""

    def begin(self, device: str) -> None:
        """It was retired, or is no longer."""

    def standing(self, device: str) -> str:
        """Of a retired device: `pending`, `in force`, or what somebody must do."""


class NoBroker:
    """Nobody gets in anyhow."""

    def begin(self, device: str) -> None: ...

    def standing(self, _device: str) -> str:
        return "in force"


@dataclass(frozen=True)
class Surroundings:
    """What the services stand on: one implementation of each thing outside."""

    settings: ControllerSettings
    store: Store
    clock: Clock
    authority: Authority
    signer: Signer
    outbound: Outbound
    queue: DecisionQueue
    builder: Builder
    blobs: Blobs
    sites: SiteBuilder
    broker: Callable[[], BrokerAddress]  # as devices are told
    gate: Gate | None = None  # None: the maintenance windows of the policy
    shut_out: ShutOut = field(default_factory=NoBroker)
    ordered: Callable[[str], frozenset[str]] = lambda _device: frozenset()  # what it may fetch
    misconduct: Misconduct = field(default_factory=Misconduct)
    follow_authority: Callable[[], None] = lambda: None  # broker and connection, to another one
    reader_link: ReaderLink = field(default_factory=ReaderLink)
    deltas: Executor = field(default_factory=WaitingExecutor)  # where deltas of variants are made
    losses: Misconduct = field(default_factory=Misconduct)  # what the broker did not deliver


@dataclass(frozen=True)
class Joining:
    """How devices come into the fleet."""

    tokens: EnrolmentTokens
    registrations: Registrations


@dataclass(frozen=True)
class Services:
    """What the outside calls; no service gets this."""

    store: Store
    queue: DecisionQueue
    events: EventLog
    catalogue: Catalogue
    learning: Learning
    policies: Policies
    policy_changes: PolicyChanges
    decisions: Decisions
    plan_previews: PlanPreviews
    restart: Restart
    deployments: Deployments
    releases: Releases
    enrolment: Enrolment
    joining: Joining
    claims: Claims
    renewals: Renewals
    blobs: BlobAccess
    access: ApiAccess
    logins: LoginLimits
    enrolments: LoginLimits  # attempts with wrong enrolment tokens
    audit: AuditLog
    audited: AuditedStates
    refusals: Refusals
    device_refusals: DeviceRefusals
    fleet: FleetOperations
    retirements: Retirements
    rotations: Rotations
    signing: SigningRotations
    shut_out: ShutOut
    health: Health
    mark_changes: MarkChanges
    telemetry: TelemetryHistory
    street_counts: StreetCounts
    stills: Stills
    device_logs: DeviceLogs
    housekeeper: Housekeeper
    listing: DeviceListing
    fleet_rows: FleetRows
    fronts: Fronts
    accuracies: Accuracies
    call_offs: CallOffs
    jobs: Jobs
    transfers: Transfers
    receivers: Mapping[str, Receive]  # channel -> what to do with a message of it
    receive_windows: ReceiveWindows
    dropped_messages: DroppedMessages
    roster: DeviceRoster
    sites: SiteParents
    groups: Groups
    overrides: Overrides
    override_changes: OverrideChanges
    rollouts: Rollouts
    configurations: DeviceConfigurations
    explanations: Explanations
    rehearsals: Rehearsals
    window_totals: WindowTotals
    webhooks: WebhookServices
    street_push: StreetPush
    readers: ReaderServices

    def tell_others(self) -> None:
        """Let programs of others be told, until `leave_others`."""
        self.webhooks.start()
        self.street_push.start()
        self.readers.states.start()

    def leave_others(self) -> None:
        """What waits for them is on disk."""
        self.webhooks.close()
        self.street_push.close()
        self.readers.states.close()


@dataclass(frozen=True)
class Deciding:
    """From what is known of devices to what they are told."""

    events: EventLog
    catalogue: Catalogue
    views: DeviceViews
    learning: Learning
    policies: Policies
    judgement: Judgement
    adaptations: Adaptations
    deployments: Deployments
    releases: Releases
    decisions: Decisions
    restart: Restart
    overrides: Overrides
    groups: Groups
