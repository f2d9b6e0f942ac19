"""What devices have said, as their outboxes took it, beside what the controller holds.

A trigger in a device's own outbox notes each number in the transaction that keeps the message, so
the ledger is right also after a kill at any moment.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lamplighter_agent.link.outbox import Outbox

_LEDGER = """
CREATE TABLE IF NOT EXISTS said (seq INTEGER PRIMARY KEY, channel TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS note_said AFTER INSERT ON message BEGIN
  INSERT OR IGNORE INTO said VALUES (new.seq, new.channel);
END;
"""
# What each channel's messages become at the controller.
TABLES = {"telemetry": "telemetry", "event": "events"}


@dataclass(frozen=True, slots=True)
class Account:
    """Of one channel of one device: numbers said, not held by the controller, held twice."""

    said: int
    lost: tuple[int, ...]
    doubled: tuple[int, ...]


def keep_ledger(outbox: Path) -> None:
    """From now on note what is put into this outbox; makes it where there is none."""
    Outbox(outbox).close()
    with closing(sqlite3.connect(outbox)) as db:
        db.executescript(_LEDGER)


def waiting(outbox: Path) -> int:
    """Messages that the device has not forgotten yet."""
    with closing(sqlite3.connect(f"file:{outbox}?mode=ro", uri=True, timeout=10.0)) as db:
        return int(db.execute("SELECT COUNT(*) FROM message").fetchone()[0])


def accounts(outbox: Path, database: Path, device: str) -> dict[str, Account]:
    """By channel; what still waits in the outbox is not lost."""
    with closing(sqlite3.connect(outbox, timeout=10.0)) as db:
        said = db.execute("SELECT channel, seq FROM said").fetchall()
        still = {seq for (seq,) in db.execute("SELECT seq FROM message")}
    found = {}
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10.0)) as db:
        for channel, table in TABLES.items():
            rows = db.execute(
                f"SELECT seq FROM {table} WHERE device = ?",  # noqa: S608 - of the two above
                (device,),
            )
            mine = [seq for name, seq in said if name == channel]
            found[channel] = account(mine, still, [seq for (seq,) in rows])
    return found


def account(said: Iterable[int], still: set[int], held: Iterable[int]) -> Account:
    """Compare numbers: said by the device, still in its outbox, held by the controller."""
    numbers, times = set(said), Counter(held)
    lost = tuple(sorted(numbers - still - times.keys()))
    doubled = tuple(sorted(n for n in numbers if times[n] > 1))
    return Account(len(numbers), lost, doubled)
