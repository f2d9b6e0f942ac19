"""Regimes as text: the values of a task's axes in order, such as "night-rain-jam"."""

from collections.abc import Mapping
from itertools import product

from lamplighter_wire.messages import Regime

# Axis -> its values, in order. `light`, `weather` and `density` are fields of `Regime`.
Axes = Mapping[str, tuple[str, ...]]
# The key of a table that stands for all that it does not name.
ANY = ""
FIELDS = ("light", "weather", "density")


def all_regimes(axes: Axes) -> tuple[str, ...]:
    """Every regime that these axes can tell apart."""
    return tuple("-".join(values) for values in product(*axes.values()))


def regime_key(regime: Regime, axes: Axes) -> str:
    """A regime as tables name it; an axis that it does not hold is empty."""
    return "-".join(
        str(getattr(regime, axis)) if axis in FIELDS else regime.axes.get(axis, "") for axis in axes
    )


def value_on(axis: str, key: str, axes: Axes) -> str:
    """What a key says of one axis; empty where that is not known."""
    return dict(zip(axes, key.split("-"), strict=False)).get(axis, "")


def regime_of(key: str, axes: Axes) -> Regime:
    """ "night-rain-jam" -> a regime; a part that the text lacks is empty, which is "not known"."""
    parts = dict(zip(axes, key.split("-"), strict=False))
    fields = {name: parts.get(name, "") for name in FIELDS}
    return Regime(**fields, axes={k: v for k, v in parts.items() if k not in FIELDS})


def regime_matches(regime: str, parts: str) -> bool:
    """Whether a regime such as "night-dry-free" has every part of `parts`, e.g. "night-free"."""
    given = regime.split("-")
    return all(part in given for part in parts.split("-") if part)
