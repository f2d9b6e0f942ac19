"""What is done with each message of a device."""

from lamplighter_wire.messages import Birth, Capabilities, Event

from lamplighter_controller.services.asking.device_logs import DeviceLogs
from lamplighter_controller.services.clones.clones import Clones
from lamplighter_controller.services.configurations.device_configurations import (
    DeviceConfigurations,
)
from lamplighter_controller.services.devices.deployment_reports import DeploymentReports
from lamplighter_controller.services.devices.facts import DeviceFacts
from lamplighter_controller.services.devices.presence import Presence
from lamplighter_controller.services.devices.refused_orders import RefusedOrders
from lamplighter_controller.services.devices.renewals import Renewals
from lamplighter_controller.services.devices.requests import DeviceRequests
from lamplighter_controller.services.devices.telemetry import TelemetryIntake
from lamplighter_controller.services.inbound_routes import Receive
from lamplighter_controller.services.rotation.rotations import Rotations
from lamplighter_controller.services.rotation.signing_rotations import SigningRotations
from lamplighter_controller.services.sites.site_pictures import SitePictures
from lamplighter_controller.services.street.stills import Stills
from lamplighter_controller.wiring.parts import Deciding, Surroundings


def make_receivers(
    parts: Surroundings,
    core: Deciding,
    telemetry: TelemetryIntake,
    pictures: SitePictures,
    stills: Stills,
    logs: DeviceLogs,
    renewals: Renewals,
    rotations: Rotations,
    signing: SigningRotations,
    configurations: DeviceConfigurations,
) -> dict[str, Receive]:
    """By channel; windows of telemetry come by a way of their own."""
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

    clones = Clones(
        store, store, store, store, clock, parts.outbound, core.events, parts.shut_out.begin
    )

    def receive_birth(device: str, birth: Birth) -> None:
        presence.receive_birth(device, birth)
        clones.receive_birth(device, birth)
        signing.receive_birth(device, birth)

    def receive_capabilities(device: str, capabilities: Capabilities) -> None:
        facts.receive_capabilities(device, capabilities)
        rotations.receive_capabilities(device, capabilities)
        signing.receive_capabilities(device, capabilities)
        configurations.receive_capabilities(device, capabilities)

    def receive_event(device: str, event: Event) -> None:
        clones.receive_event(device, event)
        telemetry.receive_event(device, event)
        pictures.receive_event(device, event)

    return {
        "birth": receive_birth,
        "status": presence.receive_status,
        "capabilities": receive_capabilities,
        "probe": facts.receive_probe,
        "reported": _reports(parts, core, signing).receive,
        "event": receive_event,
        "request": requests.receive,
        "picture": pictures.receive,
        "still": stills.receive,
        "log": logs.receive,
    }


def _reports(parts: Surroundings, core: Deciding, signing: SigningRotations) -> DeploymentReports:
    store, clock = parts.store, parts.clock
    refused_orders = RefusedOrders(
        store,
        store,
        clock,
        core.events,
        core.adaptations,
        core.deployments,
        core.decisions,
        signing.awaits_keys,
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
