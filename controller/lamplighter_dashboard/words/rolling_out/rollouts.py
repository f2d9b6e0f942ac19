"""Rollouts in words and signs. Pure."""

from collections.abc import Sequence

from lamplighter_client.documents import Rollout, RolloutTarget

from lamplighter_dashboard.words import figures

STATES = {
    "draft": ("◌", "waits to be approved", "dim"),
    "approved": ("◔", "approved", "busy"),
    "running": ("▶", "running", "busy"),
    "paused": ("‖", "paused", "warning"),
    "succeeded": ("●", "succeeded", "well"),
    "aborted": ("✖", "aborted", "error"),
    "rolled_back": ("↶", "rolled back", "warning"),
    "ended": ("·", "ended", "dim"),
}
TARGETS = {
    "waiting": ("·", "dim"),
    "ordered": ("↓", "busy"),
    "watched": ("◔", "busy"),
    "succeeded": ("●", "well"),
    "failed": ("✖", "error"),
    "skipped": ("–", "dim"),
    "rolled_back": ("↶", "warning"),
}
VERBS = {
    "draft": ("approve", "end"),
    "approved": ("start", "end"),
    "running": ("pause", "abort", "roll-back"),
    "paused": ("resume", "retry", "abort", "roll-back"),
    "succeeded": ("end", "roll-back"),
    "aborted": ("end", "roll-back"),
    "rolled_back": ("end",),
}
"""What may be done in a state; the controller has the last word."""
FOLLOWS = {
    "approve": "Somebody has looked at it; nothing is sent before it is started.",
    "start": "The canaries are sent the target; further waves follow as gates let them.",
    "pause": "No further device is sent anything; those under way go on.",
    "resume": "It goes on where it stood.",
    "retry": "Devices that failed are sent the target once more.",
    "abort": "No further device is sent anything, for good. What has the target keeps it.",
    "roll-back": "Every device that has the target goes back to what it served before.",
    "end": "Its devices are no longer bound by it, and are decided for like all others.",
}
NOT_BEGUN = ("draft", "approved")
BAR = 20


def state_words(rollout: Rollout) -> tuple[str, str, str]:
    """Sign, word and tone."""
    return STATES.get(rollout.state, ("?", rollout.state, "text"))


def devices_in(rollout: Rollout) -> int:
    """How many it is about; those that need nothing are not counted."""
    return sum(rollout.counts.values()) - rollout.counts.get("skipped", 0)


def progress(rollout: Rollout) -> str:
    """How many devices are through, of all that are in it."""
    total, through = devices_in(rollout), rollout.counts.get("succeeded", 0)
    return f"{through}/{total}" if total else figures.NOTHING


def wave_name(wave: int) -> str:
    """The first devices are the canaries."""
    return "canaries" if wave == 0 else f"wave {wave}"


def wave_bars(targets: Sequence[RolloutTarget], current: int) -> list[tuple[str, str]]:
    """A line for each wave: how many of its devices are how far."""
    lines: list[tuple[str, str]] = []
    for wave in sorted({target.wave for target in targets if target.state != "skipped"}):
        of_wave = [target for target in targets if target.wave == wave]
        sign = "▶" if wave == current else " "
        lines.append((f"{sign} {wave_name(wave):9}", "accent" if wave == current else "text"))
        for state, (mark, tone) in TARGETS.items():
            number = sum(target.state == state for target in of_wave)
            if number:
                lines.append((mark * max(1, round(BAR * number / len(of_wave))), tone))
                lines.append((f" {number} {state.replace('_', ' ')}  ", "dim"))
        lines.append(("\n", "text"))
    return lines
