"""How long what is kept, and what goes first where the disk is nearly full. Pure."""

from dataclasses import dataclass, replace

from lamplighter_controller.store.engines import DiskRoom

HOUR_S, DAY_S = 3600.0, 86_400.0
# Nearly full: the smaller of a part of the disk and what the largest fleet writes in an hour.
RESERVE_PART, RESERVE_BYTES = 0.05, 2 * 1024**3
# More than this many times as much is enough again.
ENOUGH = 3


@dataclass(frozen=True)
class RetentionPolicy:
    """Ages in seconds, and a number.

    Attributes:
        windows_s: windows one by one; then they become summaries.
        minutes_s: summaries of five minutes.
        hours_s: summaries of an hour.
        counts_s: what crossed the street, in quarters of an hour; never tightened.
        history_s: events, plans, deployments, answers, jobs.
        events_kept: of each device, whatever their age.
    """

    windows_s: float
    minutes_s: float
    hours_s: float
    history_s: float
    counts_s: float = 10 * 366 * DAY_S
    events_kept: int = 10_000


def tightened(policy: RetentionPolicy, steps: int) -> RetentionPolicy:
    """The finest detail half as long with each step, down to an hour; then the next finest."""
    for _ in range(steps):
        if policy.windows_s > HOUR_S:
            policy = replace(policy, windows_s=max(policy.windows_s / 2, HOUR_S))
        elif policy.minutes_s > DAY_S:
            policy = replace(policy, minutes_s=max(policy.minutes_s / 2, DAY_S))
        elif policy.hours_s > DAY_S:
            policy = replace(policy, hours_s=max(policy.hours_s / 2, DAY_S))
    return policy


def next_steps(steps: int, room: DiskRoom) -> int:
    """One step tighter where the disk is nearly full, one looser where there is enough again."""
    reserve = min(RESERVE_PART * room.total, RESERVE_BYTES)
    left = room.free + room.reusable
    if left < reserve:
        return steps + 1
    return max(0, steps - 1) if left > ENOUGH * reserve else steps
