"""Which of two machines with one identity gets a new key. Pure.

A broker has one session for a name, so what is said between two births is said by the run of the
first of them.
"""

import msgspec

from lamplighter_controller.store.records import Cloned

# Longer than any agent waits before it connects again: by then its program has ended.
AWAY_S = 900.0


def is_open(cloned: Cloned | None) -> bool:
    """Whether two machines speak, and neither is refused yet."""
    return cloned is not None and cloned.settled_at is None


def noticed(known: Cloned | None, run: str, between: str, now: float) -> Cloned | None:
    """A run has come back, and another had spoken between.

    None: it is the copy that was refused before, until its broker has read so. Whoever was found to
    be the copy once is never the first one.
    """
    if known is None:
        return Cloned(first=run, second=between, at=now, heard_at=now)
    if {run, between} == {known.first, known.second}:
        return None
    first, second = (between, run) if run == known.second else (run, between)
    return Cloned(first=first, second=second, at=now, heard_at=now)


def followed(cloned: Cloned, run: str, before: str, is_back: bool, now: float) -> Cloned:
    """After the birth of a run; `before` was the last one until then.

    Where the first one has ended, another of its runs is named once two come and go again: never
    the one that is known to have come second.
    """
    if cloned.first in (run, before):
        return msgspec.structs.replace(cloned, heard_at=now)
    if not is_back or now - max(cloned.heard_at, cloned.at) < AWAY_S:
        return cloned
    first, second = (before, run) if run == cloned.second else (run, before)
    return Cloned(first=first, second=second, at=cloned.at, heard_at=now)


def chosen(cloned: Cloned, run: str, now: float) -> Cloned:
    """An operator says that the one which speaks now is the device."""
    if run == cloned.first:
        return cloned
    second = "" if run == cloned.second else cloned.second
    return Cloned(first=run, second=second, at=cloned.at, heard_at=now)


def may_ask(cloned: Cloned, key: str, run: str) -> bool:
    """Whether a key is certified that is asked for while a run speaks: the one that was told to
    make it, and that key again whoever asks, as none but its owner can."""
    return key == cloned.key if cloned.key else run == cloned.first


def given(cloned: Cloned, key: str, serial: str) -> Cloned:
    """The first one's own key has its certificate."""
    return msgspec.structs.replace(cloned, key=key, serial=serial)


def is_in_use(cloned: Cloned, run: str) -> bool:
    """Whether it is to be believed, of a run that says so, that it uses that certificate."""
    return bool(cloned.serial) and run == cloned.first
