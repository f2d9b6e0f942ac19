"""Who would come into a rollout, and what was rehearsed of it, in sentences. Pure."""

from collections import Counter
from collections.abc import Sequence

from lamplighter_client.documents import (
    ExcludedDevice,
    RolloutPreview,
    RolloutRehearsal,
    RolloutTarget,
)

from lamplighter_dashboard.words import figures

MOST_NAMED = 4


def preview_lines(found: RolloutPreview) -> list[str]:
    """How many devices, in which waves, and who is left out and why."""
    total = sum(found.waves)
    if not total:
        return ["▲ No device would come in.", *left_out_lines(found.skipped)]
    lines = [f"{figures.count(total, 'device')}: {waves_text(found.waves)}."]
    if found.canaries:
        lines.append(f"canaries: {listed([one.device for one in found.canaries])}")
    return lines + left_out_lines(found.skipped)


def waves_text(waves: Sequence[int]) -> str:
    """ "2 canaries, then waves of 5, 10, 3"."""
    canaries = waves[0] if waves else 0
    first = "1 canary" if canaries == 1 else f"{canaries} canaries"
    further = ", ".join(map(str, waves[1:]))
    return (
        f"{first}, then {'waves' if len(waves) > 2 else 'a wave'} of {further}"
        if further
        else first
    )


def left_out_lines(skipped: Sequence[ExcludedDevice]) -> list[str]:
    """A line for each reason, with some of those that it keeps out."""
    reasons = Counter("; ".join(one.reasons) for one in skipped)
    lines = []
    for reason, number in reasons.most_common():
        names = [one.device for one in skipped if "; ".join(one.reasons) == reason]
        lines.append(f"left out: {listed(names)} ({number}): {reason}")
    return lines


def listed(names: Sequence[str]) -> str:
    """The first ones."""
    return ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")


def as_targets(found: RolloutPreview) -> list[RolloutTarget]:
    """Those that are named: canaries that wait, and who is left out."""
    skipped = [
        RolloutTarget(device=one.device, state="skipped", reason="; ".join(one.reasons))
        for one in found.skipped
    ]
    return [*found.canaries, *skipped]


def rehearsed_lines(found: RolloutRehearsal) -> list[str]:
    """The rehearsal before somebody decides; without one, how to have it."""
    if found.rehearsal is None:
        return ["▲ It was not rehearsed; r on its board does that."]
    forecast, effect = found.rehearsal.forecast, found.rehearsal.effect
    takes, failures = forecast.seconds, forecast.failures
    lines = [
        f"Rehearsed {forecast.runs} times: it finishes in {figures.share(forecast.finishes)}, takes"
        f" mostly {figures.age(takes.low)} to {figures.age(takes.high)}, moves"
        f" {figures.mebibytes(forecast.received_bytes.middle)}, and"
        f" {figures.count(round(failures.middle), 'failure')} are expected."
    ]
    if effect.slower:
        lines.append(
            f"▲ {figures.count(effect.slower, 'device')} would be slower by a fifth or more."
        )
    if forecast.unfit:
        lines.append(f"▲ Nothing fits {listed(list(forecast.unfit))} ({len(forecast.unfit)}).")
    return lines
