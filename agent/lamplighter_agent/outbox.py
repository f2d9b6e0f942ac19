"""What the device has to say and could not say yet, in one SQLite file.

A message stays until the broker has acknowledged it, so it may be sent twice; its sequence number
lets the controller drop the second. When the box is full the least important and oldest go first.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lamplighter_wire.clock import Clock, SystemClock

from lamplighter_agent.errors import AgentError, DiskFullError

logger = logging.getLogger(__name__)

DEFAULT_MAX_BYTES = 32 * 1024 * 1024
DEFAULT_MAX_AGE_S = 7 * 86400.0
# Counted per row on top of the payload, so that empty messages fill the box as well.
ROW_BYTES = 64

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
  seq INTEGER PRIMARY KEY, channel TEXT NOT NULL, payload BLOB NOT NULL,
  priority INTEGER NOT NULL, at REAL NOT NULL, size INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS by_priority ON message (priority DESC, seq);
CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One message that waits."""

    seq: int
    channel: str
    payload: bytes


class Outbox:
    """Messages by priority (high first), then in order. Safe to use from several threads."""

    def __init__(
        self,
        path: Path,
        max_bytes: int = DEFAULT_MAX_BYTES,
        max_age_s: float = DEFAULT_MAX_AGE_S,
        clock: Clock | None = None,
    ) -> None:
        self._max_bytes = max_bytes
        self._max_age_s = max_age_s
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self.dropped = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = self._open(path)

    def next_number(self) -> int:
        """A number higher than any before, also across restarts."""
        with self._lock, _translating(), self._db:
            return self._next()

    def put(self, channel: str, payload: bytes | Callable[[int], bytes], priority: int = 0) -> int:
        """Keep a message for good and return its sequence number.

        `payload` may be a function of that number. Raises DiskFullError.
        """
        with self._lock, _translating(), self._db:
            seq = self._next()
            data = payload if isinstance(payload, bytes) else payload(seq)
            row = (seq, channel, data, priority, self._clock.time(), len(data) + ROW_BYTES)
            self._db.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?)", row)
            self._trim()
        return seq

    def peek(self, n: int = 16) -> list[Entry]:
        """The next messages to send, without removing them."""
        with self._lock, _translating(), self._db:
            self._expire()
            rows = self._db.execute(
                "SELECT seq, channel, payload FROM message ORDER BY priority DESC, seq LIMIT ?",
                (n,),
            ).fetchall()
        return [Entry(*row) for row in rows]

    def ack(self, seqs: int | Iterable[int]) -> None:
        """Forget messages that have arrived."""
        numbers = [seqs] if isinstance(seqs, int) else list(seqs)
        with self._lock, _translating(), self._db:
            self._db.executemany("DELETE FROM message WHERE seq = ?", [(n,) for n in numbers])

    def __len__(self) -> int:
        with self._lock:
            return int(self._db.execute("SELECT COUNT(*) FROM message").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _open(self, path: Path) -> sqlite3.Connection:
        try:
            return self._connect(path)
        except sqlite3.DatabaseError as error:
            logger.warning("outbox %s is damaged (%s); it is set aside", path, error)
            for old in (
                path,
                path.with_name(path.name + "-wal"),
                path.with_name(path.name + "-shm"),
            ):
                if old.exists():
                    old.replace(old.with_name(old.name + ".damaged"))
            return self._connect(path)

    def _connect(self, path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")  # a power cut must not lose what was put
            db.executescript(_SCHEMA)
            # Starting at the wall clock keeps numbers rising even when the file was lost.
            start = int(self._clock.time() * 1000)
            db.execute("INSERT OR IGNORE INTO counter VALUES (1, ?)", (start,))
            db.commit()
        except BaseException:
            db.close()
            raise
        return db

    def _next(self) -> int:
        sql = "UPDATE counter SET last = last + 1 RETURNING last"
        return int(self._db.execute(sql).fetchone()[0])

    def _expire(self) -> None:
        oldest = self._clock.time() - self._max_age_s
        self._note(self._db.execute("DELETE FROM message WHERE at < ?", (oldest,)).rowcount, "old")

    def _trim(self) -> None:
        """Expire, then drop the least important, oldest first, until the rest fits."""
        self._expire()
        over = self._used() - self._max_bytes
        if over <= 0:
            return
        doomed = []
        for seq, size in self._db.execute("SELECT seq, size FROM message ORDER BY priority, seq"):
            if over <= 0:
                break
            doomed.append((seq,))
            over -= size
        self._db.executemany("DELETE FROM message WHERE seq = ?", doomed)
        self._note(len(doomed), "over the cap")

    def _used(self) -> int:
        return int(self._db.execute("SELECT COALESCE(SUM(size), 0) FROM message").fetchone()[0])

    def _note(self, count: int, why: str) -> None:
        if count:
            self.dropped += count
            logger.warning("outbox dropped %d messages: %s", count, why)


@contextmanager
def _translating() -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        if "full" in str(error):
            raise DiskFullError(f"no room for the outbox: {error}") from error
        raise AgentError(f"outbox: {error}") from error
