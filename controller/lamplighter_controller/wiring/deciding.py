"""From what is known of devices to what they are told."""

from lamplighter_controller.domain.overrides.overridden import unless_held
from lamplighter_controller.domain.policy.release import MaintenanceWindow
from lamplighter_controller.services.adaptations.adaptations import Adaptations
from lamplighter_controller.services.adaptations.judgement import Judgement
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.decisions.builds import Builds
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.services.decisions.plan_inputs import PlanInputs
from lamplighter_controller.services.decisions.restart import Restart
from lamplighter_controller.services.deployments.byte_budgets import ByteBudgets
from lamplighter_controller.services.deployments.deployments import Deployments
from lamplighter_controller.services.deployments.manifest_patches import ManifestPatches
from lamplighter_controller.services.deployments.releases import Releases
from lamplighter_controller.services.deployments.variant_deltas import VariantDeltas
from lamplighter_controller.services.device_views import DeviceViews
from lamplighter_controller.services.event_log import EventLog
from lamplighter_controller.services.groups.group_facts import GroupFacts
from lamplighter_controller.services.groups.groups import Groups
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.services.overrides.overrides import Overrides
from lamplighter_controller.services.policies.policies import Policies
from lamplighter_controller.settings import (
    base_policy,
    default_objective,
)
from lamplighter_controller.wiring.parts import Deciding, Surroundings


def make_deciding(parts: Surroundings) -> Deciding:
    store, clock, queue, settings = parts.store, parts.clock, parts.queue, parts.settings
    events = EventLog(store, clock)
    catalogue = Catalogue(
        store,
        parts.builder,
        clock,
        parts.sites.shelf.accuracy_at,
        lambda device: store.device_state(device).camera,
    )
    groups = Groups(store, GroupFacts(store, catalogue, clock), clock, events)
    policies = Policies(store, base_policy(settings), groups.groups_of)
    groups.add_use(policies.use_of_group)
    overrides = Overrides(store, clock, groups.groups_of, policies.pin_of)
    groups.add_use(overrides.use_of_group)
    views = DeviceViews(store, clock, default_objective(settings), policies, overrides)
    learning = Learning(store, catalogue, views)
    judgement = Judgement(store, store, store, learning, policies)
    adaptations = Adaptations(store, store, clock, judgement)
    deployments = Deployments(
        store,
        store,
        clock,
        parts.signer,
        parts.outbound,
        events,
        learning,
        adaptations,
        policies,
        ManifestPatches(parts.blobs),
        VariantDeltas(parts.blobs, parts.deltas, queue),
        settings.desired_life_s,
        by_artifact=not settings.broker_url,
    )
    budgets = ByteBudgets(store, catalogue)
    window = parts.gate or MaintenanceWindow(settings.zone)
    releases = Releases(
        store,
        store,
        clock,
        queue,
        events,
        views,
        adaptations,
        deployments,
        unless_held(budgets.keeping_to(window)),
        unless_held(budgets.keeping_to(window, counts=False)),
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
