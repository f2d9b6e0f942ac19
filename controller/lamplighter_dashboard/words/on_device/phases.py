"""How long each phase of a deployment took. Pure."""

from collections.abc import Sequence

from lamplighter_client.wording import PHASES

from lamplighter_dashboard.words import figures


def phases_text(phases: Sequence[tuple[str, float]]) -> str:
    """ "fetching 3 s, on trial 40 s, committed"; the last one goes on, or is the end.

    `phases`: names with the wall time at which each began, by the device's clock.
    """
    ends = [at for _, at in phases[1:]]
    took = [
        f"{_word(name)} {lasted(end - at)}" for (name, at), end in zip(phases, ends, strict=False)
    ]
    return ", ".join([*took, *(_word(name) for name, _ in phases[-1:])])


def lasted(seconds: float) -> str:
    """ "0.4 s", "40 s" or "12 min"; a clock that was set back gives a dash."""
    if seconds < 0:
        return figures.NOTHING
    return f"{seconds:.1f} s" if seconds < 10 else figures.age(seconds)


def _word(phase: str) -> str:
    return PHASES.get(phase, phase.lower().replace("_", " "))
