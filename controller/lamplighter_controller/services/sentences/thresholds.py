"""Thresholds by words instead of their names: "refusal: 3600 s". Pure."""

from typing import Any

from lamplighter_wire.policy.choices import value_text

from lamplighter_controller.domain.policy.policy import thresholds

# What a name ends with, where its unit says so too.
ENDINGS = ("_s", "_h", "_w", "_ms", "_mb", "_bytes", "_hour", "_share")
PLAIN = ("", "share", "times", "choice")
UNITS = {threshold.name: threshold.unit for threshold in thresholds()}


def threshold_words(name: str, value: Any) -> str:
    """What a threshold is set to; None: a wider scope says it again."""
    label = _label(name)
    if value is None:
        return f"{label} as before"
    unit = UNITS.get(name, "")
    if not isinstance(value, int | float):
        return f"{label} {value}"
    said = value_text(name, float(value))
    return f"{label} {said}" + (f" {unit}" if unit not in PLAIN else "")


def _label(name: str) -> str:
    for ending in ENDINGS:
        if name.endswith(ending):
            return name.removesuffix(ending).replace("_", " ")
    return name.replace("_", " ")
