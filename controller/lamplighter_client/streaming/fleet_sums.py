"""The fleet in a few figures, for the dashboard and the command line alike. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from lamplighter_wire.enums import Severity
from lamplighter_wire.words.accuracy import ANOTHER_STREET

from lamplighter_client.documents.fleet.fleet_rows import FleetRow


@dataclass(frozen=True)
class FleetSums:
    """Rows in a few figures: rates and power of those that are online.

    Attributes:
        errors, warnings: devices of which the worst open notice is that.
        marked: devices of which all that is wrong is acknowledged or muted.
        ap50: mean of what is expected of the devices of which it is known; 0: of none.
        measured_on: what all of these were measured on; empty: not known, or not alike.
    """

    devices: int = 0
    online: int = 0
    errors: int = 0
    warnings: int = 0
    marked: int = 0
    never: int = 0
    under_way: int = 0
    fps_demand: float = 0.0
    fps_served: float = 0.0
    power_w: float = 0.0
    ap50: float = 0.0
    measured_on: str = ""

    @property
    def well(self) -> int:
        """Devices of which nothing is wrong."""
        return max(0, self.devices - self.errors - self.warnings - self.marked)


def sums(rows: Iterable[FleetRow]) -> FleetSums:
    """Of some rows."""
    known = list(rows)
    there = [row for row in known if row.state == "online"]
    accuracies = [row.expected_ap50 for row in there if row.expected_ap50]
    kinds = {measured_elsewhere(row) for row in there if row.expected_ap50}
    return FleetSums(
        devices=len(known),
        online=len(there),
        errors=sum(row.severity is Severity.ERROR for row in known),
        warnings=sum(row.severity is Severity.WARNING for row in known),
        marked=sum(bool(row.marked) and not row.notices for row in known),
        never=sum(row.state == "never" for row in known),
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
