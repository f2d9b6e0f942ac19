"""The services over their surroundings."""

from lamplighter_controller.domain.policy.release import MaintenanceWindow
from lamplighter_controller.services.access.api_access import ApiAccess
from lamplighter_controller.services.access.blob_access import BlobAccess
from lamplighter_controller.services.access.login_limits import LoginLimits
from lamplighter_controller.services.asking.device_logs import DeviceLogs
from lamplighter_controller.services.attention.attention_marks import AttentionMarks
from lamplighter_controller.services.attention.mark_changes import MarkChanges
from lamplighter_controller.services.audit.audit_log import AuditLog
from lamplighter_controller.services.audit.audited_states import AuditedStates
from lamplighter_controller.services.audit.device_refusals import DeviceRefusals
from lamplighter_controller.services.audit.head_file import HeadFile
from lamplighter_controller.services.audit.refusals import Refusals
from lamplighter_controller.services.configurations.device_configurations import (
    DeviceConfigurations,
)
from lamplighter_controller.services.decisions.plan_previews import PlanPreviews
from lamplighter_controller.services.devices.device_listing import DeviceListing
from lamplighter_controller.services.devices.renewals import Renewals
from lamplighter_controller.services.devices.roster import DeviceRoster
from lamplighter_controller.services.devices.telemetry import TelemetryIntake
from lamplighter_controller.services.dropped_messages import DroppedMessages
from lamplighter_controller.services.explaining.explanations import Explanations
from lamplighter_controller.services.fleet import FleetOperations
from lamplighter_controller.services.fleet_rows.fleet_rows import FleetRows
from lamplighter_controller.services.fleet_rows.row_builder import RowBuilder
from lamplighter_controller.services.groups.group_facts import GroupFacts
from lamplighter_controller.services.health import Health
from lamplighter_controller.services.making.call_offs import CallOffs
from lamplighter_controller.services.making.fronts import Fronts
from lamplighter_controller.services.making.jobs import Jobs
from lamplighter_controller.services.making.transfers import Transfers
from lamplighter_controller.services.metrics.window_totals import WindowTotals
from lamplighter_controller.services.overrides.override_changes import OverrideChanges
from lamplighter_controller.services.policies.policy_changes import PolicyChanges
from lamplighter_controller.services.rehearsals.fleet_models import FleetModels
from lamplighter_controller.services.rehearsals.rehearsals import Rehearsals
from lamplighter_controller.services.retirement.own_settings import OwnSettings
from lamplighter_controller.services.retirement.retirements import Retirements
from lamplighter_controller.services.rollouts.kinds.agent_versions import AgentKind
from lamplighter_controller.services.rollouts.kinds.configured import SettingsKind, StreetKind
from lamplighter_controller.services.rollouts.kinds.kinds import Kinds
from lamplighter_controller.services.rollouts.kinds.models import ModelKind
from lamplighter_controller.services.rollouts.maintenance_windows import MaintenanceWindows
from lamplighter_controller.services.rollouts.rollout_members import RolloutMembers
from lamplighter_controller.services.rollouts.rollouts import Rollouts
from lamplighter_controller.services.rollouts.sightings import Sightings
from lamplighter_controller.services.rotation.rotations import Rotations
from lamplighter_controller.services.rotation.signing_rotations import SigningRotations
from lamplighter_controller.services.sites.site_parents import SiteParents
from lamplighter_controller.services.sites.site_pictures import SitePictures
from lamplighter_controller.services.street.accuracies import Accuracies
from lamplighter_controller.services.street.counts import StreetCounts
from lamplighter_controller.services.street.stills import Stills
from lamplighter_controller.services.telemetry_history import TelemetryHistory
from lamplighter_controller.services.upkeep.housekeeper import Housekeeper
from lamplighter_controller.services.upkeep.retention import Retention
from lamplighter_controller.services.upkeep.retention_policy import (
    DAY_S,
    HOUR_S,
    RetentionPolicy,
)
from lamplighter_controller.services.upkeep.steady_time import SteadyTime, kept_time
from lamplighter_controller.settings import ControllerSettings, default_objective
from lamplighter_controller.wiring.deciding import make_deciding
from lamplighter_controller.wiring.joining import make_claims, make_enrolment, make_joining
from lamplighter_controller.wiring.parts import Deciding, Services, Surroundings
from lamplighter_controller.wiring.readers import make_readers
from lamplighter_controller.wiring.receivers import make_receivers
from lamplighter_controller.wiring.street import make_known_movements, make_street_push
from lamplighter_controller.wiring.webhooks import make_webhooks


def make_services(parts: Surroundings) -> Services:
    """The services over their surroundings."""
    store, clock, queue = parts.store, parts.clock, parts.queue
    core = make_deciding(parts)
    configurations = DeviceConfigurations(store, clock, parts.outbound, core.events, parts.signer)
    kinds = _kinds(parts, core, configurations)
    settings, roster = parts.settings, DeviceRoster(store)
    audit = AuditLog(store, clock, HeadFile(settings.data_dir))
    rollouts = _rollouts(parts, core, kinds, audit)
    totals = WindowTotals(settings.metrics_devices)
    marks = AttentionMarks(store, clock)
    health = Health(
        store,
        core.views,
        core.learning,
        clock,
        parts.misconduct,
        parts.losses,
        parts.shut_out.standing,
        marks.of,
    )
    mark_changes = MarkChanges(store, marks, health.all_notices, core.events, clock)
    telemetry = _telemetry(parts, core, totals)
    renewals = Renewals(
        store, store, clock, queue, core.events, parts.outbound, parts.authority, audit
    )
    rotations = Rotations(
        store,
        store,
        clock,
        parts.outbound,
        core.events,
        parts.authority,
        parts.signer,
        renewals,
        parts.follow_authority,
    )
    signing = SigningRotations(
        store,
        clock,
        queue,
        parts.outbound,
        core.events,
        parts.signer,
        core.deployments,
        configurations.publish_all,
    )
    pictures = SitePictures(store, clock, queue, core.events, parts.outbound, parts.sites.shelf)
    stills = Stills(store, clock, queue, core.events, parts.outbound)
    logs = DeviceLogs(store, clock, queue, parts.outbound)
    counts = StreetCounts(store, clock, core.catalogue.find)
    known = make_known_movements(parts, counts)
    override_changes = _override_changes(parts, core)
    sites = _site_parents(parts, core, pictures)
    fleet = _fleet(parts, core)
    joining = make_joining(parts, core, fleet)
    enrolment = make_enrolment(parts, core, joining, roster, audit)
    access = ApiAccess(store, clock, lambda: parts.authority.ca_pem)
    core.groups.add_use(access.use_of_group)
    return Services(
        store=store,
        queue=queue,
        events=core.events,
        catalogue=core.catalogue,
        learning=core.learning,
        policies=core.policies,
        decisions=core.decisions,
        plan_previews=PlanPreviews(store, store, core.decisions, core.releases, core.deployments),
        restart=core.restart,
        deployments=core.deployments,
        releases=core.releases,
        enrolment=enrolment,
        claims=make_claims(parts, core, joining, enrolment),
        renewals=renewals,
        blobs=BlobAccess(
            lambda: parts.authority.ca_pem,
            store,
            roster,
            parts.ordered,
            parts.blobs.read_chunk,
            clock,
        ),
        access=access,
        logins=LoginLimits(clock),
        enrolments=LoginLimits(clock),
        audit=audit,
        audited=AuditedStates(store),
        refusals=Refusals(audit, clock, queue),
        device_refusals=DeviceRefusals(audit, parts.misconduct, clock, queue),
        retirements=_retirements(parts, core, roster, configurations, marks, rollouts),
        rotations=rotations,
        signing=signing,
        shut_out=parts.shut_out,
        joining=joining,
        fleet=fleet,
        policy_changes=_policy_changes(parts, core),
        health=health,
        mark_changes=mark_changes,
        listing=DeviceListing(store, core.catalogue, clock),
        fleet_rows=_fleet_rows(parts, core, health),
        fronts=Fronts(store, core.catalogue, core.views, core.learning),
        accuracies=Accuracies(store, core.catalogue, clock, core.decisions),
        jobs=Jobs(store, core.decisions, sites),
        transfers=Transfers(store, core.catalogue),
        telemetry=TelemetryHistory(store),
        street_counts=counts,
        stills=stills,
        device_logs=logs,
        housekeeper=_housekeeper(parts, core),
        receivers=make_receivers(
            parts,
            core,
            telemetry,
            pictures,
            stills,
            logs,
            renewals,
            rotations,
            signing,
            configurations,
        ),
        receive_windows=telemetry.receive_windows,
        dropped_messages=DroppedMessages(core.events, clock, queue, parts.losses),
        roster=roster,
        sites=sites,
        groups=core.groups,
        overrides=core.overrides,
        override_changes=override_changes,
        call_offs=CallOffs(store, core.deployments, core.overrides, override_changes),
        rollouts=rollouts,
        configurations=configurations,
        window_totals=totals,
        readers=make_readers(
            store, health, totals, clock, parts.authority, parts.reader_link, counts, known
        ),
        street_push=make_street_push(parts, core, known, counts),
        webhooks=make_webhooks(
            store, core.events, health, clock, mark_changes, may_be_local=settings.webhooks_local
        ),
        rehearsals=Rehearsals(
            store,
            clock,
            rollouts,
            FleetModels(store, core.catalogue, core.views, core.learning),
            kinds,
        ),
        explanations=_explanations(parts, core),
    )


def _fleet_rows(parts: Surroundings, core: Deciding, health: Health) -> FleetRows:
    store, clock = parts.store, parts.clock
    return FleetRows(
        store,
        store,
        RowBuilder(core.catalogue, core.views),
        judge=health.all_notices,
        learn=GroupFacts(store, core.catalogue, clock).of_devices,
        clock=clock,
        overrides=core.overrides.open,
    )


def _explanations(parts: Surroundings, core: Deciding) -> Explanations:
    return Explanations(
        parts.store,
        parts.clock,
        core.catalogue,
        parts.blobs,
        TelemetryHistory(parts.store),
        lambda: parts.signer.keys,
        parts.settings.history_days,
        core.policies,
        default_objective(parts.settings),
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


def _kinds(parts: Surroundings, core: Deciding, configurations: DeviceConfigurations) -> Kinds:
    return Kinds(
        ModelKind(parts.store, core.catalogue, parts.queue, core.decisions),
        SettingsKind(parts.store, configurations),
        StreetKind(parts.store, configurations),
        AgentKind(parts.clock),
    )


def _rollouts(parts: Surroundings, core: Deciding, kinds: Kinds, audit: AuditLog) -> Rollouts:
    store, clock = parts.store, parts.clock
    sightings = Sightings(store, kinds, clock)
    members = RolloutMembers(store, clock, core.groups, core.views, kinds)
    rollouts = Rollouts(
        store,
        clock,
        parts.queue,
        core.events,
        kinds,
        members,
        sightings,
        audit,
        MaintenanceWindows(store, clock, core.policies.of, MaintenanceWindow(parts.settings.zone)),
    )
    core.overrides.add_source(rollouts.overrides_of)
    core.groups.add_use(rollouts.use_of_group)
    return rollouts


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


def _retention_policy(settings: ControllerSettings) -> RetentionPolicy:
    return RetentionPolicy(
        windows_s=settings.telemetry_detail_hours * HOUR_S,
        minutes_s=settings.telemetry_days * DAY_S,
        hours_s=settings.telemetry_hourly_days * DAY_S,
        counts_s=settings.counts_days * DAY_S,
        history_s=settings.history_days * DAY_S,
        events_kept=settings.device_events_kept,
    )


def _policy_changes(parts: Surroundings, core: Deciding) -> PolicyChanges:
    return PolicyChanges(
        parts.store,
        parts.store,
        parts.clock,
        parts.queue,
        core.events,
        core.policies,
        core.views,
        core.catalogue,
        core.learning,
        core.decisions,
    )


def _retirements(
    parts: Surroundings,
    core: Deciding,
    roster: DeviceRoster,
    configurations: DeviceConfigurations,
    marks: AttentionMarks,
    rollouts: Rollouts,
) -> Retirements:
    own = OwnSettings(configurations, core.overrides, core.policies, marks, rollouts.release)
    return Retirements(
        parts.store,
        parts.store,
        parts.store,
        parts.store,
        parts.clock,
        parts.outbound,
        core.events,
        roster,
        core.deployments,
        core.learning,
        parts.shut_out.begin,
        own.end,
        core.decisions.schedule,
    )


def _housekeeper(parts: Surroundings, core: Deciding) -> Housekeeper:
    return Housekeeper(
        Retention(parts.store),
        parts.store.disk_room,
        core.events,
        parts.clock,
        _retention_policy(parts.settings),
        SteadyTime(parts.clock, *kept_time(parts.settings.data_dir)).time,
    )


def _site_parents(parts: Surroundings, core: Deciding, pictures: SitePictures) -> SiteParents:
    return SiteParents(
        parts.store,
        parts.store,
        parts.clock,
        parts.queue,
        core.events,
        core.catalogue,
        core.decisions,
        parts.sites,
        pictures,
    )


def _override_changes(parts: Surroundings, core: Deciding) -> OverrideChanges:
    return OverrideChanges(
        parts.store,
        parts.clock,
        parts.queue,
        core.events,
        core.catalogue,
        core.overrides,
        core.decisions,
        core.releases,
        core.groups.members,
    )
