"""What the numbers of a policy are called that choose: policies are kept as numbers."""

from collections.abc import Mapping

# Threshold -> the names of 0, 1, ...
CHOICES = {
    "objective": ("detection", "counts"),
    "release_days": ("every-day", "weekdays", "weekends"),
}


def values_text(values: Mapping[str, float]) -> list[str]:
    """Each as it is set: "objective = counts"."""
    return [f"{name} = {value_text(name, value)}" for name, value in values.items()]


def value_text(name: str, value: float) -> str:
    """A value as people read it: by its name where it has one."""
    names, number = CHOICES.get(name, ()), int(value)
    return names[number] if 0 <= number < len(names) else f"{value:g}"
