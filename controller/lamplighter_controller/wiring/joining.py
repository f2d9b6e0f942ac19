"""How devices come in: tokens, registrations, claims and enrolment."""

from lamplighter_controller.pki.enrolment_secrets import EnrolmentSecrets
from lamplighter_controller.services.access.login_limits import LoginLimits
from lamplighter_controller.services.audit.audit_log import AuditLog
from lamplighter_controller.services.devices.enrolment import Enrolment
from lamplighter_controller.services.devices.roster import DeviceRoster
from lamplighter_controller.services.fleet import FleetOperations
from lamplighter_controller.services.registering.claims import Claims
from lamplighter_controller.services.registering.enrolment_tokens import EnrolmentTokens
from lamplighter_controller.services.registering.registrations import Registrations
from lamplighter_controller.wiring.parts import Deciding, Joining, Surroundings


def make_joining(parts: Surroundings, core: Deciding, fleet: FleetOperations) -> Joining:
    """What is prepared for devices before they come."""
    store, clock, authority = parts.store, parts.clock, parts.authority
    secrets = EnrolmentSecrets(authority.directory)
    tokens = EnrolmentTokens(store, store, clock, secrets, lambda: authority.ca_key_hash)
    registrations = Registrations(store, store, tokens, clock, core.events, secrets, fleet.label)
    return Joining(tokens=tokens, registrations=registrations)


def make_enrolment(
    parts: Surroundings,
    core: Deciding,
    joining: Joining,
    roster: DeviceRoster,
    audit: AuditLog,
) -> Enrolment:
    """Lets devices in that have a token."""
    return Enrolment(
        parts.store,
        parts.store,
        parts.store,
        parts.clock,
        parts.queue,
        core.events,
        parts.store,
        parts.authority,
        joining.tokens,
        joining.registrations.of,
        parts.signer,
        parts.broker,
        roster,
        audit,
        parts.shut_out.begin,
    )


def make_claims(
    parts: Surroundings, core: Deciding, joining: Joining, enrolment: Enrolment
) -> Claims:
    return Claims(
        parts.store,
        parts.store,
        parts.clock,
        core.events,
        LoginLimits(parts.clock, "claims"),
        joining.registrations,
        enrolment.admit,
        lambda: (parts.authority.ca_pem, parts.authority.ca_key_hash),
    )
