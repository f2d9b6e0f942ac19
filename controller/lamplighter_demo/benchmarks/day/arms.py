"""What is served in each hour: the best fixed choice, and what each factor makes of it. Pure.

The fixed choice is the best in hindsight of this very day. All others go by what the catalogue
knew before it, the planned fixed one among them, so that hindsight favours what they are set
beside. Nobody knows ahead how a site's network counts: it serves at the size of the regime's own
point, or at the larger one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from lamplighter_controller.domain.policy.policy import DEFAULTS
from lamplighter_wire.street.count_error import CountError, count_error_at

from lamplighter_demo.benchmarks.day.day_devices import SITE, DayDevice

SIZES = ("512x384", "384x288")
# Above it nothing is gained with a network's boxes; and the rates that may be chosen.
MOST_FPS = 6.25
RATES_FPS = (3.0, 4.0, MOST_FPS)

FIXED, PLANNED, PLACE, RUNTIME, RATE, REST, REGIME, TOGETHER, LARGER = (
    *("fixed", "fixed, planned", "place", "runtime", "rate", "gate"),
    *("regime", "together", "together, larger"),
)
ARMS = (FIXED, PLANNED, PLACE, RUNTIME, RATE, REST, REGIME, TOGETHER, LARGER)
_ALL = (TOGETHER, LARGER)

CostsMs = Mapping[tuple[str, str, str], float]  # network, way, size -> processor time of a frame
Errors = Mapping[tuple[str, str], Mapping[str, Sequence[CountError]]]  # network, size -> regime


@dataclass(frozen=True, order=True)
class Setting:
    """What serves: a network in a way at a size, at most so many frames a second, or rests."""

    network: str
    way: str
    size: str
    fps: float = MOST_FPS
    rests: bool = False

    @property
    def work(self) -> tuple[str, str, str]:
        """What it costs a frame by."""
        return self.network, self.way, self.size


@dataclass(frozen=True)
class Known:
    """What is known before the day. `errors`: of the catalogue's networks; `has_site`: whether the
    site's parent was kept."""

    costs_ms: CostsMs
    errors: Errors
    has_site: bool


def candidates(device: DayDevice) -> list[Setting]:
    """Fixed choices that the catalogue has without any of the factors."""
    return [Setting(n, device.base, size) for n in device.networks for size in SIZES]


def settings_of(
    arm: str, device: DayDevice, fixed: Setting, known: Known, regimes: Sequence[str]
) -> dict[str, Setting]:
    """By regime, what an arm serves."""
    return {regime: _setting(arm, device, fixed, known, regime) for regime in regimes}


def _setting(arm: str, device: DayDevice, fixed: Setting, known: Known, regime: str) -> Setting:
    made = fixed
    if arm == PLANNED:
        return _planned(device, known, list(known.errors[made.network, made.size]))
    if arm in (REGIME, *_ALL):
        made = _planned(device, known, [regime])
    if arm in (RATE, *_ALL):
        made = replace(made, fps=_rate(known.errors[made.network, made.size], regime))
    if arm in (PLACE, *_ALL) and known.has_site:
        made = replace(made, network=SITE)
    if arm == LARGER:
        made = replace(made, size=SIZES[0])
    if arm in (RUNTIME, *_ALL):
        made = replace(made, way=_fastest(device, made, known.costs_ms))
    return replace(made, rests=True) if arm in (REST, *_ALL) else made


def _planned(device: DayDevice, known: Known, regimes: Sequence[str]) -> Setting:
    """Of the catalogue, the cheapest within a point of the least error, mean over regimes."""
    errors = {
        one: mean(_error(known.errors[one.network, one.size], name, one.fps) for name in regimes)
        for one in candidates(device)
    }
    near = [one for one, error in errors.items() if error <= min(errors.values()) + equal()]
    return min(near, key=lambda one: known.costs_ms[one.work])


def _rate(errors: Mapping[str, Sequence[CountError]], regime: str) -> float:
    """The lowest within a point of the least error."""
    by_rate = {fps: _error(errors, regime, fps) for fps in RATES_FPS}
    return min(f for f, error in by_rate.items() if error <= min(by_rate.values()) + equal())


def _error(errors: Mapping[str, Sequence[CountError]], regime: str, fps: float) -> float:
    found = count_error_at(errors[regime], fps)
    return found.error if found is not None else 1.0


def _fastest(device: DayDevice, setting: Setting, costs_ms: CostsMs) -> str:
    ways = [way for way in device.ways if (setting.network, way, setting.size) in costs_ms]
    return min(ways, key=lambda way: costs_ms[setting.network, way, setting.size])


def equal() -> float:
    """Errors of counts that differ by this are the same."""
    return DEFAULTS.equal_counts
