"""Regimes as text: light, weather and density in one word, such as "night-rain-jam"."""

from lamplighter_wire.messages import Regime

LIGHTS = ("day", "night")
WEATHERS = ("dry", "rain")
DENSITIES = ("free", "jam")
REGIMES: tuple[str, ...] = tuple(
    str(Regime(light=light, weather=weather, density=density))
    for light in LIGHTS
    for weather in WEATHERS
    for density in DENSITIES
)


def regime_of(text: str) -> Regime:
    """ "night-rain-jam" -> a regime; a part that the text lacks is empty, which is "not known"."""
    light, _, rest = text.partition("-")
    weather, _, density = rest.partition("-")
    return Regime(light=light, weather=weather, density=density)


def regime_matches(regime: str, parts: str) -> bool:
    """Whether a regime such as "night-dry-free" has every part of `parts`, e.g. "night-free"."""
    given = regime.split("-")
    return all(part in given for part in parts.split("-") if part)
