"""How a device is, in one word: decided in one place for rows, sums and lists. Pure."""

from enum import StrEnum

from lamplighter_wire.enums import Severity

from lamplighter_client.documents.fleet.fleet_rows import FleetRow


class Health(StrEnum):
    """A device has exactly one."""

    BROKEN = "broken"
    OFFLINE = "offline"
    DOUBTFUL = "doubtful"
    NEVER = "never"  # enrolled, and never heard
    KNOWN = "known"  # all that is wrong is acknowledged or muted
    WELL = "well"


BY_SEVERITY = {Severity.ERROR: Health.BROKEN, Severity.WARNING: Health.DOUBTFUL}


def health_of(row: FleetRow) -> Health:
    """Of one device; whether it is there comes before what else is wrong with it."""
    if row.marked and not row.notices:
        return Health.KNOWN
    if row.state == "offline":
        return Health.OFFLINE
    if row.state == "never":
        return Health.NEVER
    return BY_SEVERITY.get(row.severity, Health.WELL)
