"""What adapting was worth beside fixed choices, as a picture and a table. Pure."""

from collections.abc import Mapping
from typing import Any

from lamplighter_client.pages.drawing import SERIES, box, svg, table, text

NAMES = {
    "adaptive": "adapting",
    "ladder_only": "its ladder only",
    "best_fixed_per_device": "best fixed choice per device",
    "fixed_fp32": "float for all",
    "fixed_int8": "int8 for all",
}
WIDTH, LEFT, ROOM, ROW = 1000.0, 230.0, 640.0, 26.0


def policies_of(comparison: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What was compared, by name, in the order of the report."""
    return {
        name: figures
        for name, figures in comparison.items()
        if isinstance(figures, Mapping) and "energy_j" in figures
    }


def energy_bars(comparison: Mapping[str, Any]) -> str:
    """Energy of the day by policy; empty where nothing was compared."""
    policies = policies_of(comparison)
    if not policies:
        return ""
    most = max(float(figures["energy_j"]) for figures in policies.values()) or 1.0
    parts = []
    for row, (name, figures) in enumerate(policies.items()):
        energy_j, y = float(figures["energy_j"]), row * ROW
        width = ROOM * energy_j / most
        parts += [
            text(LEFT - 10, y + 17, NAMES.get(name, name), anchor="end"),
            box(LEFT, y + 3, width, ROW - 8, SERIES[row % len(SERIES)]),
            text(LEFT + width + 8, y + 17, f"{energy_j:,.0f} J".replace(",", " ")),
        ]
    return svg(WIDTH, ROW * len(policies) + 4, parts, "energy of the day by policy")


def comparison_table(comparison: Mapping[str, Any]) -> str:
    """Counts, accuracy, frames and broken limits beside the energy."""
    titles = (
        "policy",
        "error of counts",
        "F1 served",
        "AP50",
        "energy above idle, J",
        "energy, J",
        "frames dropped",
        "broken limits",
        "for, s",
    )
    return table(
        titles,
        (
            (
                NAMES.get(name, name),
                _share(figures.get("count_error"), "{:.0%}"),
                _share(figures.get("f1"), "{:.3f}"),
                f"{float(figures.get('accuracy', 0.0)):.3f}",
                f"{float(figures.get('energy_above_idle_j', 0.0)):.0f}",
                f"{float(figures['energy_j']):.0f}",
                f"{float(figures.get('frames_dropped', 0.0)):.0f}",
                f"{float(figures.get('breaches', 0.0)):.0f}",
                f"{float(figures.get('breach_s', 0.0)):.0f}",
            )
            for name, figures in policies_of(comparison).items()
        ),
    )


def _share(value: float | None, style: str) -> str:
    """Empty where it was not measured."""
    return "" if value is None else style.format(value)
