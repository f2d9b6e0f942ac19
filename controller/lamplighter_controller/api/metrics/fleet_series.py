"""Series of the fleet as a whole, and of the controller itself."""

from collections.abc import Mapping

from lamplighter_client.documents import Rollup

from lamplighter_controller.api.metrics.families import Families

Counters = Mapping[str, Mapping[str, int]]
# Group of the controller's counters -> family; `bytes` among chunks has one of its own.
GROUPS = {
    "dropped": "messages_dropped_total",
    "chunks": "chunks_total",
    "upkeep": "upkeep_total",
    "connections": "connections_total",
    "webhooks": "webhook_deliveries_total",
}
BYTES = "bytes"


def add_fleet(families: Families, figures: Rollup) -> None:
    """Sums over all devices."""
    families.add("devices", figures.devices)
    families.add("online", figures.online)
    families.add("demanded_frames_per_second", figures.fps_demand)
    families.add("served_frames_per_second", figures.fps_served)
    families.add("power_watts", figures.power_w)
    families.add("jobs_running", figures.jobs_running)
    for outcome, devices in figures.deployments.items():
        families.add("deployments", devices, outcome)
    for answer, number in figures.recompressions.items():
        families.add("recompressions_total", number, answer)


def add_controller(
    families: Families, counters: Counters, depth: int, lanes: Mapping[str, int]
) -> None:
    """What waits to be decided, and what was counted."""
    families.add("worker_depth", depth)
    for lane, waiting in lanes.items():
        families.add("lane_depth", waiting, lane)
    for group, counts in counters.items():
        for kind, number in counts.items():
            _add_count(families, group, kind, number)


def _add_count(families: Families, group: str, kind: str, number: int) -> None:
    if group == "chunks" and kind == BYTES:
        families.add("chunk_bytes_total", number)
    elif group == "unreadable":
        families.add("unreadable_rows", number)
    elif group in GROUPS:
        families.add(GROUPS[group], number, kind)
    else:
        families.add("counted_total", number, group, kind)
