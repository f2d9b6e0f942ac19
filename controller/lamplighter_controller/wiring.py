"""Put the services together: who gets what. Used by `bootstrap`, and by tests over fakes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lamplighter_wire.clock import Clock
from lamplighter_wire.enrolment import BrokerAddress
from lamplighter_wire.messages import Event
from lamplighter_wire.signing import SigningKey

from lamplighter_controller.domain.overrides.overridden import unless_held
from lamplighter_controller.domain.policy.release import Gate, maintenance_window
from lamplighter_controller.link.outbound import Outbound
from lamplighter_controller.link.quotas.misconduct import Misconduct
from lamplighter_controller.pki.authority import Authority
from lamplighter_controller.pki.enrolment_secrets import EnrolmentSecrets
from lamplighter_controller.services.adaptations.adaptations import Adaptations
from lamplighter_controller.services.adaptations.judgement import Judgement
from lamplighter_controller.services.api_access import ApiAccess
from lamplighter_controller.services.builder import Builder
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.deciding.decision_queue import DecisionQueue
from lamplighter_controller.services.decisions.builds import Builds
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.decisions.plan_inputs import PlanInputs
from lamplighter_controller.services.decisions.restart import Restart
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.deployments.manifest_patches import Blobs, ManifestPatches
from lamplighter_controller.services.deployments.releases import Releases
from lamplighter_controller.services.device_views import DeviceViews
from lamplighter_controller.services.devices.deployment_reports import DeploymentReports
from lamplighter_controller.services.devices.device_listing import DeviceListing
from lamplighter_controller.services.devices.enrolment import Enrolment
from lamplighter_controller.services.devices.facts import DeviceFacts
from lamplighter_controller.services.devices.presence import Presence
from lamplighter_controller.services.devices.refused_orders import RefusedOrders
from lamplighter_controller.services.devices.requests import DeviceRequests
from lamplighter_controller.services.devices.roster import DeviceRoster
from lamplighter_controller.services.devices.telemetry import TelemetryIntake
from lamplighter_controller.services.dropped_messages import DroppedMessages
from lamplighter_controller.services.event_log import EventLog
from lamplighter_controller.services.fleet import FleetOperations
from lamplighter_controller.services.groups.group_facts import GroupFacts
from lamplighter_controller.services.groups.groups import Groups
from lamplighter_controller.services.health import Health
from lamplighter_controller.services.inbound_routes import Receive, ReceiveWindows
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.services.overrides.override_changes import OverrideChanges
from lamplighter_controller.services.overrides.overrides import Overrides
from lamplighter_controller.services.policies.policies import Policies
from lamplighter_controller.services.policies.policy_changes import PolicyChanges
from lamplighter_controller.services.rollouts.rollout_members import RolloutMembers
from lamplighter_controller.services.rollouts.rollouts import Rollouts
from lamplighter_controller.services.rollouts.sightings import Sightings
from lamplighter_controller.services.sites.site_builder import SiteBuilder
from lamplighter_controller.services.sites.site_parents import SiteParents
from lamplighter_controller.services.sites.site_pictures import SitePictures
from lamplighter_controller.services.telemetry_history import TelemetryHistory
from lamplighter_controller.services.upkeep.housekeeper import Housekeeper
from lamplighter_controller.services.upkeep.retention import Retention
from lamplighter_controller.services.upkeep.retention_policy import (
    DAY_S,
    HOUR_S,
    RetentionPolicy,
)
from lamplighter_controller.services.upkeep.steady_time import SteadyTime, kept_time
from lamplighter_controller.settings import (
    ControllerSettings,
    base_policy,
    default_objective,
)
from lamplighter_controller.store.base import Store


@dataclass(frozen=True)
class Surroundings:
    """What the services stand on: one implementation of each thing outside."""

    settings: ControllerSettings
    store: Store
    clock: Clock
    authority: Authority
    signing_key: SigningKey
    outbound: Outbound
    queue: DecisionQueue
    builder: Builder
    blobs: Blobs
    sites: SiteBuilder
    broker: Callable[[], BrokerAddress]  # as devices are told
    gate: Gate = maintenance_window
    shut_out: Callable[[str], object] = lambda _device: None  # ends the session of a retired device
    misconduct: Misconduct = field(default_factory=Misconduct)
    losses: Misconduct = field(default_factory=Misconduct)  # what the broker did not deliver


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
    restart: Restart
    deployments: Deployments
    releases: Releases
    enrolment: Enrolment
    access: ApiAccess
    fleet: FleetOperations
    health: Health
    telemetry: TelemetryHistory
    housekeeper: Housekeeper
    listing: DeviceListing
    receivers: Mapping[str, Receive]  # channel -> what to do with a message of it
    receive_windows: ReceiveWindows
    dropped_messages: DroppedMessages
    roster: DeviceRoster
    sites: SiteParents
    groups: Groups
    overrides: Overrides
    override_changes: OverrideChanges
    rollouts: Rollouts


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


def make_services(parts: Surroundings) -> Services:
    """The services over their surroundings."""
    store, clock, queue = parts.store, parts.clock, parts.queue
    core = _make_deciding(parts)
    settings, roster = parts.settings, DeviceRoster(store)
    telemetry = _telemetry(parts, core)
    pictures = SitePictures(store, clock, queue, core.events, parts.outbound, parts.sites.shelf)
    return Services(
        store=store,
        queue=queue,
        events=core.events,
        catalogue=core.catalogue,
        learning=core.learning,
        policies=core.policies,
        decisions=core.decisions,
        restart=core.restart,
        deployments=core.deployments,
        releases=core.releases,
        enrolment=Enrolment(
            store,
            store,
            clock,
            queue,
            core.events,
            store,
            parts.authority,
            EnrolmentSecrets(parts.authority.directory),
            parts.signing_key,
            parts.broker,
            roster,
        ),
        access=ApiAccess(store, clock, parts.authority.ca_pem),
        fleet=FleetOperations(
            store,
            clock,
            parts.outbound,
            core.events,
            core.decisions,
            roster,
            core.policies,
            core.overrides,
            store,
            parts.shut_out,
        ),
        policy_changes=PolicyChanges(
            store,
            clock,
            queue,
            core.events,
            core.policies,
            core.views,
            core.catalogue,
            core.learning,
            core.decisions,
        ),
        health=Health(store, core.views, core.learning, clock, parts.misconduct, parts.losses),
        listing=DeviceListing(store, core.catalogue, clock),
        telemetry=TelemetryHistory(store),
        housekeeper=Housekeeper(
            Retention(store),
            store.disk_room,
            core.events,
            clock,
            _retention_policy(settings),
            SteadyTime(clock, *kept_time(settings.data_dir)).time,
        ),
        receivers=_receivers(parts, core, telemetry, pictures),
        receive_windows=telemetry.receive_windows,
        dropped_messages=DroppedMessages(core.events, clock, queue, parts.losses),
        roster=roster,
        sites=SiteParents(
            store,
            store,
            clock,
            queue,
            core.events,
            core.catalogue,
            core.decisions,
            parts.sites,
            pictures,
        ),
        groups=core.groups,
        overrides=core.overrides,
        override_changes=OverrideChanges(
            store,
            clock,
            queue,
            core.events,
            core.catalogue,
            core.overrides,
            core.decisions,
            core.releases,
            core.groups.members,
        ),
        rollouts=_rollouts(parts, core),
    )


def _make_deciding(parts: Surroundings) -> Deciding:
    store, clock, queue, settings = parts.store, parts.clock, parts.queue, parts.settings
    events = EventLog(store, clock)
    catalogue = Catalogue(store, parts.builder, clock, parts.sites.shelf.accuracy_at)
    policies = Policies(store, base_policy(settings))
    groups = Groups(store, GroupFacts(store, catalogue, clock), clock, events)
    overrides = Overrides(store, clock, groups.groups_of)
    groups.add_use(overrides.use_of_group)
    views = DeviceViews(store, clock, default_objective(settings), policies, overrides)
    learning = Learning(store, catalogue, views)
    judgement = Judgement(store, store, store, learning, policies)
    adaptations = Adaptations(store, store, clock, judgement)
    deployments = Deployments(
        store,
        store,
        clock,
        parts.signing_key,
        parts.outbound,
        events,
        learning,
        adaptations,
        policies,
        ManifestPatches(parts.blobs),
        settings.desired_life_s,
    )
    releases = Releases(
        store, store, clock, queue, events, views, adaptations, deployments, unless_held(parts.gate)
    )
    builds = Builds(
        store, clock, queue, parts.builder, catalogue, events, settings.evaluate_after_s
    )
    inputs = PlanInputs(views, catalogue)
    decisions = Decisions(
        store,
        store,
        clock,
        queue,
        events,
        catalogue,
        views,
        learning,
        adaptations,
        deployments,
        releases,
        builds,
        inputs,
    )
    restart = Restart(
        store, store, queue, events, catalogue, inputs, deployments, releases, builds, decisions
    )
    return Deciding(
        events,
        catalogue,
        views,
        learning,
        policies,
        judgement,
        adaptations,
        deployments,
        releases,
        decisions,
        restart,
        overrides,
        groups,
    )


def _rollouts(parts: Surroundings, core: Deciding) -> Rollouts:
    store, clock = parts.store, parts.clock
    sightings = Sightings(store, core.catalogue, clock)
    members = RolloutMembers(store, clock, core.groups, core.views, sightings)
    rollouts = Rollouts(
        store,
        clock,
        parts.queue,
        core.events,
        core.catalogue,
        core.decisions,
        members,
        sightings,
    )
    core.overrides.add_source(rollouts.overrides_of)
    core.groups.add_use(rollouts.use_of_group)
    return rollouts


def _receivers(
    parts: Surroundings, core: Deciding, telemetry: TelemetryIntake, pictures: SitePictures
) -> dict[str, Receive]:
    store, clock, queue = parts.store, parts.clock, parts.queue
    presence = Presence(
        store,
        clock,
        queue,
        core.events,
        core.decisions,
        core.deployments,
        parts.outbound.renumber,
    )
    facts = DeviceFacts(store, clock, core.events, core.decisions, core.learning)
    requests = DeviceRequests(store, core.events, core.adaptations, core.decisions)

    def receive_event(device: str, event: Event) -> None:
        telemetry.receive_event(device, event)
        pictures.receive_event(device, event)

    return {
        "birth": presence.receive_birth,
        "status": presence.receive_status,
        "capabilities": facts.receive_capabilities,
        "probe": facts.receive_probe,
        "reported": _reports(parts, core).receive,
        "event": receive_event,
        "request": requests.receive,
        "picture": pictures.receive,
    }


def _telemetry(parts: Surroundings, core: Deciding) -> TelemetryIntake:
    store = parts.store
    return TelemetryIntake(
        store, store, store, parts.clock, core.views, core.learning, core.judgement, core.decisions
    )


def _reports(parts: Surroundings, core: Deciding) -> DeploymentReports:
    store, clock = parts.store, parts.clock
    refused_orders = RefusedOrders(
        store, store, clock, core.events, core.adaptations, core.deployments, core.decisions
    )
    return DeploymentReports(
        store,
        store,
        clock,
        parts.queue,
        core.events,
        core.learning,
        core.adaptations,
        core.deployments,
        core.decisions,
        refused_orders,
        core.policies,
    )


def _retention_policy(settings: ControllerSettings) -> RetentionPolicy:
    return RetentionPolicy(
        windows_s=settings.telemetry_detail_hours * HOUR_S,
        minutes_s=settings.telemetry_days * DAY_S,
        hours_s=settings.telemetry_hourly_days * DAY_S,
        history_s=settings.history_days * DAY_S,
        events_kept=settings.device_events_kept,
    )
