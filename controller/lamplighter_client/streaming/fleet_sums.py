"""The fleet in a few figures, for the dashboard and the command line alike. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lamplighter_wire.words.accuracy import ANOTHER_STREET

from lamplighter_client.documents.fleet.fleet_rows import FleetRow
from lamplighter_client.streaming.fleet_health import Health, health_of


@dataclass(frozen=True)
class FleetSums:
    """Rows in a few figures: rates and power of those that are online.

    Attributes:
        errors, offline, warnings, never, marked, well: devices by what their rows say of their
            health; each is counted once, so that these are all `devices`.
        ap50: mean of what is expected of the devices of which it is known; 0: of none.
        measured_on: what all of these were measured on; empty: not known, or not alike.
    """

    devices: int = 0
    online: int = 0
    errors: int = 0
    offline: int = 0
    warnings: int = 0
    never: int = 0
    marked: int = 0
    well: int = 0
    under_way: int = 0
    fps_demand: float = 0.0
    fps_served: float = 0.0
    power_w: float = 0.0
    ap50: float = 0.0
    measured_on: str = ""


def sums(rows: Iterable[FleetRow]) -> FleetSums:
    """Of some rows."""
    known = list(rows)
    healths = Counter(map(health_of, known))
    there = [row for row in known if row.state == "online"]
    accuracies = [row.expected_ap50 for row in there if row.expected_ap50]
    kinds = {measured_elsewhere(row) for row in there if row.expected_ap50}
    return FleetSums(
        devices=len(known),
        online=len(there),
        errors=healths[Health.BROKEN],
        offline=healths[Health.OFFLINE],
        warnings=healths[Health.DOUBTFUL],
        never=healths[Health.NEVER],
        marked=healths[Health.KNOWN],
        well=healths[Health.WELL],
        under_way=sum(bool(row.revision) and not row.outcome for row in known),
        fps_demand=sum(row.fps_demand for row in there),
        fps_served=sum(row.fps_served for row in there),
        power_w=sum(row.power_w for row in there),
        ap50=sum(accuracies) / len(accuracies) if accuracies else 0.0,
        measured_on=kinds.pop() if len(kinds) == 1 else "",
    )


def measured_elsewhere(row: FleetRow) -> str:
    """What its accuracy was measured on; empty: that is of its own cameras, or not known."""
    return row.measured_on if row.ap50_basis in ("", ANOTHER_STREET) else ""
