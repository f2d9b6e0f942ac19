"""The services over their surroundings."""

from lamplighter_wire.messages import Birth, Capabilities, Event
from lamplighter_wire.signing import KeySet

from lamplighter_controller.pki.enrolment_secrets import EnrolmentSecrets
from lamplighter_controller.services.access.api_access import ApiAccess
from lamplighter_controller.services.access.blob_access import BlobAccess
from lamplighter_controller.services.access.login_limits import LoginLimits
from lamplighter_controller.services.audit.audit_log import AuditLog
from lamplighter_controller.services.audit.audited_states import AuditedStates
from lamplighter_controller.services.audit.device_refusals import DeviceRefusals
from lamplighter_controller.services.audit.head_file import HeadFile
from lamplighter_controller.services.audit.refusals import Refusals
from lamplighter_controller.services.clones.clones import Clones
from lamplighter_controller.services.devices.deployment_reports import DeploymentReports
from lamplighter_controller.services.devices.device_listing import DeviceListing
from lamplighter_controller.services.devices.enrolment import Enrolment
from lamplighter_controller.services.devices.facts import DeviceFacts
from lamplighter_controller.services.devices.presence import Presence
from lamplighter_controller.services.devices.refused_orders import RefusedOrders
from lamplighter_controller.services.devices.renewals import Renewals
from lamplighter_controller.services.devices.requests import DeviceRequests
from lamplighter_controller.services.devices.roster import DeviceRoster
from lamplighter_controller.services.devices.telemetry import TelemetryIntake
from lamplighter_controller.services.dropped_messages import DroppedMessages
from lamplighter_controller.services.explaining.explanations import Explanations
from lamplighter_controller.services.fleet import FleetOperations
from lamplighter_controller.services.health import Health
from lamplighter_controller.services.inbound_routes import Receive
from lamplighter_controller.services.metrics.window_totals import WindowTotals
from lamplighter_controller.services.overrides.override_changes import OverrideChanges
from lamplighter_controller.services.policies.policy_changes import PolicyChanges
from lamplighter_controller.services.registering.claims import Claims
from lamplighter_controller.services.registering.enrolment_tokens import EnrolmentTokens
from lamplighter_controller.services.registering.registrations import Registrations
from lamplighter_controller.services.rehearsals.fleet_models import FleetModels
from lamplighter_controller.services.rehearsals.rehearsals import Rehearsals
from lamplighter_controller.services.retirement.retirements import Retirements
from lamplighter_controller.services.rollouts.rollout_members import RolloutMembers
from lamplighter_controller.services.rollouts.rollouts import Rollouts
from lamplighter_controller.services.rollouts.sightings import Sightings
from lamplighter_controller.services.rotation.rotations import Rotations
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
)
from lamplighter_controller.wiring.deciding import make_deciding
from lamplighter_controller.wiring.parts import Deciding, Joining, Services, Surroundings
from lamplighter_controller.wiring.readers import make_readers
from lamplighter_controller.wiring.webhooks import make_webhooks


def make_services(parts: Surroundings) -> Services:
    """The services over their surroundings."""
    store, clock, queue = parts.store, parts.clock, parts.queue
    core = make_deciding(parts)
    rollouts = _rollouts(parts, core)
    settings, roster = parts.settings, DeviceRoster(store)
    audit = AuditLog(store, clock, HeadFile(settings.data_dir))
    totals = WindowTotals(settings.metrics_devices)
    health = Health(
        store,
        core.views,
        core.learning,
        clock,
        parts.misconduct,
        parts.losses,
        parts.shut_out.standing,
    )
    telemetry = _telemetry(parts, core, totals)
    renewals = Renewals(
        store, store, clock, queue, core.events, parts.outbound, parts.authority, audit
    )
    rotations = Rotations(
        store,
        clock,
        parts.outbound,
        core.events,
        parts.authority,
        parts.signing_key,
        renewals,
    )
    pictures = SitePictures(store, clock, queue, core.events, parts.outbound, parts.sites.shelf)
    fleet = _fleet(parts, core)
    joining = _joining(parts, core, fleet)
    enrolment = _enrolment(parts, core, joining, roster, audit)
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
        enrolment=enrolment,
        claims=_claims(parts, core, joining, enrolment),
        renewals=renewals,
        blobs=BlobAccess(
            lambda: parts.authority.ca_pem,
            store,
            roster,
            parts.ordered,
            parts.blobs.read_chunk,
            clock,
        ),
        access=ApiAccess(store, clock, parts.authority.ca_pem),
        logins=LoginLimits(clock),
        enrolments=LoginLimits(clock),
        audit=audit,
        audited=AuditedStates(store),
        refusals=Refusals(audit, clock, queue),
        device_refusals=DeviceRefusals(audit, parts.misconduct, clock, queue),
        retirements=Retirements(
            store,
            store,
            store,
            clock,
            parts.outbound,
            core.events,
            roster,
            core.deployments,
            core.overrides,
            core.learning,
            parts.shut_out.begin,
        ),
        rotations=rotations,
        shut_out=parts.shut_out,
        joining=joining,
        fleet=fleet,
        policy_changes=PolicyChanges(
            store,
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
        health=health,
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
        receivers=_receivers(parts, core, telemetry, pictures, renewals, rotations),
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
        rollouts=rollouts,
        window_totals=totals,
        readers=make_readers(store, health, totals, clock, parts.authority, parts.reader_link),
        webhooks=make_webhooks(
            store, core.events, health, clock, may_be_local=settings.webhooks_local
        ),
        rehearsals=Rehearsals(
            store,
            clock,
            rollouts,
            FleetModels(store, core.catalogue, core.views, core.learning),
        ),
        explanations=_explanations(parts, core),
    )


def _explanations(parts: Surroundings, core: Deciding) -> Explanations:
    return Explanations(
        parts.store,
        parts.clock,
        core.catalogue,
        parts.blobs,
        TelemetryHistory(parts.store),
        KeySet.of(parts.signing_key),
        parts.settings.history_days,
    )


def _fleet(parts: Surroundings, core: Deciding) -> FleetOperations:
    return FleetOperations(
        parts.store,
        parts.clock,
        parts.outbound,
        core.events,
        core.decisions,
        core.policies,
        core.overrides,
    )


def _joining(parts: Surroundings, core: Deciding, fleet: FleetOperations) -> Joining:
    store, clock, authority = parts.store, parts.clock, parts.authority
    secrets = EnrolmentSecrets(authority.directory)
    tokens = EnrolmentTokens(store, store, clock, secrets, authority.ca_key_hash)
    registrations = Registrations(store, store, tokens, clock, core.events, secrets, fleet.label)
    return Joining(tokens=tokens, registrations=registrations)


def _enrolment(
    parts: Surroundings,
    core: Deciding,
    joining: Joining,
    roster: DeviceRoster,
    audit: AuditLog,
) -> Enrolment:
    return Enrolment(
        parts.store,
        parts.store,
        parts.clock,
        parts.queue,
        core.events,
        parts.store,
        parts.authority,
        joining.tokens,
        joining.registrations.of,
        parts.signing_key,
        parts.broker,
        roster,
        audit,
    )


def _claims(parts: Surroundings, core: Deciding, joining: Joining, enrolment: Enrolment) -> Claims:
    return Claims(
        parts.store,
        parts.store,
        parts.clock,
        core.events,
        LoginLimits(parts.clock, "claims"),
        joining.registrations,
        enrolment.admit,
        (parts.authority.ca_pem, parts.authority.ca_key_hash),
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
    parts: Surroundings,
    core: Deciding,
    telemetry: TelemetryIntake,
    pictures: SitePictures,
    renewals: Renewals,
    rotations: Rotations,
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
    facts = DeviceFacts(store, clock, core.events, core.decisions, core.learning, parts.builder)
    requests = DeviceRequests(store, core.events, core.adaptations, core.decisions, renewals)

    clones = Clones(store, store, clock, parts.outbound, core.events, parts.shut_out.begin)

    def receive_birth(device: str, birth: Birth) -> None:
        presence.receive_birth(device, birth)
        clones.receive_birth(device, birth)

    def receive_capabilities(device: str, capabilities: Capabilities) -> None:
        facts.receive_capabilities(device, capabilities)
        rotations.receive_capabilities(device, capabilities)

    def receive_event(device: str, event: Event) -> None:
        clones.receive_event(device, event)
        telemetry.receive_event(device, event)
        pictures.receive_event(device, event)

    return {
        "birth": receive_birth,
        "status": presence.receive_status,
        "capabilities": receive_capabilities,
        "probe": facts.receive_probe,
        "reported": _reports(parts, core).receive,
        "event": receive_event,
        "request": requests.receive,
        "picture": pictures.receive,
    }


def _telemetry(parts: Surroundings, core: Deciding, totals: WindowTotals) -> TelemetryIntake:
    store = parts.store
    return TelemetryIntake(
        store,
        store,
        store,
        parts.clock,
        core.views,
        core.learning,
        core.judgement,
        core.decisions,
        totals,
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
