"""Whether a parent made for a site is worth keeping. Pure: figures in, reasons out."""

from dataclasses import dataclass

from lamplighter_recipes.variants.site_parents import Gain


@dataclass(frozen=True)
class GateConfig:
    """What a site's parent must gain there, and may lose elsewhere; shares of 1."""

    least_gain: float = 0.02
    most_forgotten: float = 0.05


@dataclass(frozen=True)
class SiteVerdict:
    """Kept or not, and why."""

    kept: bool
    reasons: list[str]


def judge(agreement: Gain, labels: Gain | None, elsewhere: Gain, config: GateConfig) -> SiteVerdict:
    """A gain in agreement with the teacher beyond the noise; labels, where there are some, must
    confirm it; and what was known of other streets must not be forgotten."""
    flaws = [
        *_flaws("agreement with the teacher", agreement, config.least_gain),
        *(_flaws("accuracy on labelled pictures", labels, 0.0) if labels else []),
    ]
    if forgets(elsewhere, config):
        flaws.append(
            f"on the city's pictures it falls from {elsewhere.before:.3f} to"
            f" {elsewhere.after:.3f}: it forgets the rest"
        )
    praise = [_text("agreement with the teacher", agreement)]
    praise += [_text("accuracy on labelled pictures", labels)] if labels else []
    return SiteVerdict(not flaws, flaws or praise)


def forgets(elsewhere: Gain, config: GateConfig) -> bool:
    """Whether more is lost on the city's pictures than may be."""
    return elsewhere.after < elsewhere.before - config.most_forgotten


def _flaws(what: str, gain: Gain, least: float) -> list[str]:
    if gain.after - gain.before < least:
        return [f"{_text(what, gain)}: at least {100 * least:+.1f} points are asked for"]
    return [f"{_text(what, gain)}: inside the noise"] if gain.low <= 0 else []


def _text(what: str, gain: Gain) -> str:
    return (
        f"{what} {gain.before:.3f} to {gain.after:.3f}"
        f" ({gain.points:+.1f} points, {100 * gain.low:+.1f} to {100 * gain.high:+.1f})"
    )
