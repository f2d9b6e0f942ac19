"""What rows of the fleet can be sorted by: the same at the controller and where they are shown."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from lamplighter_wire.enums import Severity

from lamplighter_client.documents.fleet.fleet_rows import FleetRow

SortValue = str | float
RANKS = {Severity.ERROR: 0.0, Severity.WARNING: 1.0}
WELL, UNKNOWN = 2.0, -1.0


class RowOrder(StrEnum):
    """A column to sort by; ids decide among equals."""

    HEALTH = "health"  # what is broken first
    ID = "id"
    SITE = "site"
    STATE = "state"
    HARDWARE = "hardware"
    MODEL = "model"
    VARIANT = "variant"
    RECIPE = "recipe"
    REGIME = "regime"
    DEPLOYMENT = "deployment"
    AGENT = "agent"
    SEEN = "seen"  # those heard last come first
    AP50 = "ap50"
    SERVED = "served"  # frames per second
    DEMAND = "demand"
    LATENCY = "latency"
    STRAIN = "strain"  # p95 as a share of its limit
    ENERGY = "energy"
    POWER = "power"
    TEMPERATURE = "temperature"
    COUNTS = "counts"


def strain(row: FleetRow) -> float:
    """p95 as a share of its limit; 0: no limit."""
    return row.latency_p95_ms / row.latency_limit_ms if row.latency_limit_ms else 0.0


VALUES: Mapping[RowOrder, Callable[[FleetRow], SortValue]] = {
    RowOrder.HEALTH: lambda row: RANKS.get(row.severity, WELL),
    RowOrder.ID: lambda row: row.id,
    RowOrder.SITE: lambda row: row.site,
    RowOrder.STATE: lambda row: row.state,
    RowOrder.HARDWARE: lambda row: row.hardware,
    RowOrder.MODEL: lambda row: row.model,
    RowOrder.VARIANT: lambda row: row.variant,
    RowOrder.RECIPE: lambda row: row.recipe,
    RowOrder.REGIME: lambda row: row.regime,
    RowOrder.DEPLOYMENT: lambda row: row.outcome or row.phase,
    RowOrder.AGENT: lambda row: row.agent,
    RowOrder.SEEN: lambda row: -row.last_seen,
    RowOrder.AP50: lambda row: row.expected_ap50,
    RowOrder.SERVED: lambda row: row.fps_served,
    RowOrder.DEMAND: lambda row: row.fps_demand,
    RowOrder.LATENCY: lambda row: row.latency_p95_ms,
    RowOrder.STRAIN: strain,
    RowOrder.ENERGY: lambda row: row.energy_mj_per_frame,
    RowOrder.POWER: lambda row: row.power_w,
    RowOrder.TEMPERATURE: lambda row: UNKNOWN if row.temperature_c is None else row.temperature_c,
    RowOrder.COUNTS: lambda row: float(row.counts),
}


def place_of(row: FleetRow, order: RowOrder) -> tuple[SortValue, str]:
    """What rows are compared by."""
    return VALUES[order](row), row.id
