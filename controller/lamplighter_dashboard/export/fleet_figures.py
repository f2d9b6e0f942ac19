"""A row of the fleet as figures for other programs: raw, with the unit in the name. Pure."""

from collections.abc import Callable, Mapping, Sequence

from lamplighter_client.documents import FleetRow

from lamplighter_dashboard.words.groupings import LABEL
from lamplighter_dashboard.words.health import health

Figure = Callable[[FleetRow], object]

FIGURES: Mapping[str, Mapping[str, Figure]] = {
    "health": {"health": lambda r: health(r).word},
    "device": {"device": lambda r: r.id},
    "site": {"site": lambda r: r.site},
    "group": {"groups": lambda r: " ".join(r.groups)},
    "hardware": {"processor": lambda r: r.processor, "hardware_class": lambda r: r.hardware},
    "model": {"model": lambda r: r.model},
    "serves": {"recipe": lambda r: r.recipe},
    "variant": {"variant": lambda r: r.variant},
    "size": {
        "input_width_px": lambda r: r.width or None,
        "input_height_px": lambda r: r.height or None,
    },
    "ap50": {
        "expected_ap50": lambda r: r.expected_ap50 or None,
        "ap50_measured_on": lambda r: r.measured_on,
    },
    "rate": {
        "served_fps": lambda r: _measured(r, r.fps_served),
        "demanded_fps": lambda r: _measured(r, r.fps_demand),
    },
    "latency": {
        "latency_p95_ms": lambda r: r.latency_p95_ms or None,
        "latency_limit_ms": lambda r: r.latency_limit_ms or None,
    },
    "update": {
        "update_outcome": lambda r: str(r.outcome),
        "update_phase": lambda r: r.phase,
        "update_reason": lambda r: r.reason,
    },
    "regime": {"regime": lambda r: r.regime},
    "energy": {
        "energy_mj_per_frame": lambda r: r.energy_mj_per_frame or None,
        "energy_source": lambda r: r.energy_source,
    },
    "power": {
        "power_w": lambda r: r.power_w or None,
        "power_limit_w": lambda r: r.power_limit_w or None,
    },
    "temperature": {"temperature_c": lambda r: r.temperature_c},
    "counts": {"crossings": lambda r: _measured(r, r.counts)},
    "seen": {"last_seen_unix_s": lambda r: r.last_seen or None},
    "trouble": {"trouble": lambda r: r.notice_text, "troubles": lambda r: r.notices},
    "by_hand": {"by_hand": lambda r: " ".join(r.by_hand)},
    "agent": {"agent_version": lambda r: r.agent},
    "cameras": {"cameras": lambda r: r.cameras},
}
"""By the key of a column. None: nothing was measured, or there is no limit."""


def figures_of(
    columns: Sequence[str], rows: Sequence[FleetRow]
) -> tuple[list[str], list[list[object]]]:
    """Titles and rows of what the columns show."""
    chosen: dict[str, Figure] = {}
    for key in columns:
        chosen |= _label(key.removeprefix(LABEL)) if key.startswith(LABEL) else FIGURES[key]
    return list(chosen), [[figure(row) for figure in chosen.values()] for row in rows]


def _label(name: str) -> Mapping[str, Figure]:
    return {f"label_{name}": lambda row: row.labels.get(name, "")}


def _measured(row: FleetRow, value: float) -> float | None:
    return value if row.window_at else None
