"""What a soak has shown, from what was counted; pure."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.soak.ledger import Account
from tests.soak.watching import ROOM, Life, growth, is_flat, is_long

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: whether it was kept, and the figures."""

    name: str
    kept: bool
    figures: str


def nothing_lost(accounts: Mapping[str, Mapping[str, Account]]) -> Iterable[Check]:
    """Per device and channel: all that it said is held once, or still with it."""
    for device, channels in accounts.items():
        for channel, account in channels.items():
            lost, doubled = len(account.lost), len(account.doubled)
            figures = f"{account.said} said, {lost} lost, {doubled} held twice"
            yield Check(f"{device} {channel}", account.said > 0 and not lost + doubled, figures)


def flat(lives: Sequence[Life]) -> Iterable[Check]:
    """Per long life of a process: its second half needs no more than its first."""
    for life in filter(is_long, lives):
        for figure in ROOM:
            before, after = growth(life, figure)
            unit, scale = (" MiB", MIB) if figure == "memory_bytes" else ("", 1)
            told = f"{before / scale:.0f} to {after / scale:.0f}{unit}"
            told += f" in {life.samples[-1].age_s:.0f} s"
            yield Check(f"{life.name} {figure}", is_flat(before, after, figure), told)


def converged(devices: Mapping[str, Mapping[str, Any]]) -> Iterable[Check]:
    """Per device, as the API shows it: it is online, serves, and has said all it had to say."""
    for name, shown in devices.items():
        kept = bool(shown["online"] and shown["variant"] and not shown["waiting"])
        figures = f"serves {shown['variant'] or 'nothing'}, {shown['waiting']} messages wait"
        yield Check(f"{name} converged", kept, figures)


def longest_gap(ats: Sequence[float]) -> float:
    """Seconds between two served frames, at most."""
    return max((b - a for a, b in itertools.pairwise(ats)), default=0.0)
