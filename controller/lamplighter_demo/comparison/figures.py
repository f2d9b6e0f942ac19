"""What a policy's day comes to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lamplighter_controller.domain.policy.policy import DEFAULTS

# A share of the energy above idle that is no difference.
EQUAL_ENERGY = 0.02
EQUAL_BREACH_S = 1.0

# Of figures, those that a replay of counts adds.
COUNTED = ("crossings", "crossings_off", "boxes_right", "boxes_wrong", "boxes_missed")


@dataclass(frozen=True)
class Figures:
    """A policy's day.

    Attributes:
        accuracy: AP50 averaged over the frames that were served.
        accuracy_delivered: AP50 over the frames demanded; a lost frame counts as 0.
        breach_s: seconds in which a hard limit was broken.
        breaches: times a limit began to be broken.
        energy_above_idle_j: of frames served; nothing is charged for trials and second looks.
        crossings, crossings_off: true ones, and the sum of |counted - true| over clips and their
            movements; `boxes_right`, `_wrong` and `_missed` at the scores that are served by. All 0
            where counts were not replayed.
    """

    accuracy: float = 0.0
    accuracy_delivered: float = 0.0
    frames_demanded: float = 0.0
    frames_served: float = 0.0
    frames_dropped: float = 0.0
    breach_s: float = 0.0
    breaches: int = 0
    energy_j: float = 0.0
    energy_above_idle_j: float = 0.0
    crossings: int = 0
    crossings_off: int = 0
    boxes_right: int = 0
    boxes_wrong: int = 0
    boxes_missed: int = 0

    @property
    def count_error(self) -> float | None:
        """Crossings off over true ones; None where counts were not replayed."""
        return self.crossings_off / self.crossings if self.crossings else None

    @property
    def f1(self) -> float | None:
        """Of the boxes that are served."""
        found = 2 * self.boxes_right + self.boxes_wrong + self.boxes_missed
        return 2 * self.boxes_right / found if found else None

    def as_dict(self) -> dict[str, Any]:
        """All figures by name."""
        return asdict(self) | {"count_error": self.count_error, "f1": self.f1}


def total(figures: Sequence[Figures]) -> Figures:
    """Sum over devices; accuracies weighted by their frames."""
    served = sum(f.frames_served for f in figures)
    demanded = sum(f.frames_demanded for f in figures)
    scored = sum(f.accuracy * f.frames_served for f in figures)
    return Figures(
        accuracy=scored / served if served else 0.0,
        accuracy_delivered=scored / demanded if demanded else 0.0,
        frames_demanded=demanded,
        frames_served=served,
        frames_dropped=sum(f.frames_dropped for f in figures),
        breach_s=sum(f.breach_s for f in figures),
        breaches=sum(f.breaches for f in figures),
        energy_j=sum(f.energy_j for f in figures),
        energy_above_idle_j=sum(f.energy_above_idle_j for f in figures),
        **{name: sum(getattr(f, name) for f in figures) for name in COUNTED},
    )


def more_energy(ours: Figures, theirs: Figures) -> float:
    """Energy above idle beyond theirs, as a share of it: idle energy would hide any saving."""
    return ours.energy_above_idle_j / max(theirs.energy_above_idle_j, 1e-9) - 1.0


def decisive(ours: Figures, theirs: Figures) -> tuple[str, float]:
    """By what two days differ, and how much better ours is: breach, s; else accuracy delivered;
    else energy above idle, share. Neither: ("", 0)."""
    for name, gain, equal in (
        ("breach", theirs.breach_s - ours.breach_s, EQUAL_BREACH_S),
        (
            "accuracy",
            ours.accuracy_delivered - theirs.accuracy_delivered,
            DEFAULTS.equal_accuracy,
        ),
        ("energy", -more_energy(ours, theirs), EQUAL_ENERGY),
    ):
        if abs(gain) > equal:
            return name, gain
    return "", 0.0


def word(ours: Figures, theirs: Figures) -> str:
    """beats | equals | does not beat."""
    _, gain = decisive(ours, theirs)
    return _word_of(gain)


def _word_of(gain: float) -> str:
    return "beats" if gain > 0 else "does not beat" if gain < 0 else "equals"


Chance = tuple[float, float]
"""Between what a difference of two errors of counts lies, at 95 %."""


def verdicts_by_counts(
    per_device: Mapping[str, Mapping[str, Figures]],
    chance: Mapping[str, Chance],
    expected: Mapping[str, float | None],
) -> Iterator[str]:
    """One sentence per device: adapting against the best fixed choice by error of counts, and where
    that is equal, or differs by no more than chance, by energy above idle.

    `expected`: errors that the plans of a device expected.
    """
    for device, policies in sorted(per_device.items()):
        ours, fixed = policies.get("adaptive"), policies.get("best_fixed_per_device")
        if not (ours and fixed) or ours.count_error is None or fixed.count_error is None:
            yield f"{device}: counts are not comparable, measurements are missing"
            continue
        more, energy = ours.count_error - fixed.count_error, more_energy(ours, fixed)
        low, high = chance[device]
        said = f"{100 * more:+.0f} points, {100 * low:+.0f} to {100 * high:+.0f} by chance"
        yield (
            f"{device}: adapting {by_counts(ours, fixed, chance[device])} the best fixed choice in"
            f" counts: error {ours.count_error:.0%} against {fixed.count_error:.0%} ({said}, of"
            f" {ours.crossings} crossings), {100 * energy:+.0f} % energy above idle"
            f"{_hoped(expected.get(device))}"
        )


def _hoped(expected: float | None) -> str:
    return "" if expected is None else f"; its plans expected an error of {expected:.0%}"


def by_counts(ours: Figures, fixed: Figures, chance: Chance) -> str:
    """beats | equals | does not beat; where nothing was replayed, by energy above idle."""
    more_error = (ours.count_error or 0.0) - (fixed.count_error or 0.0)
    if not chance[0] <= 0.0 <= chance[1] and abs(more_error) > DEFAULTS.equal_counts:
        return _word_of(-more_error)
    energy = more_energy(ours, fixed)
    return _word_of(-energy if abs(energy) > EQUAL_ENERGY else 0.0)
