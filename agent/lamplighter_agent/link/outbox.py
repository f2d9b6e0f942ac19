"""What the device has to send and could not send yet, in one SQLite file.

A message stays until the controller has confirmed it, so it may be sent twice; its sequence number
lets the controller drop the second. When the box is full the least important and oldest go first.
Age is time spent: a wall clock that is set makes nothing old. What was said before it was set gets
the date that its age gives, unless it may have been sent already.

A file that is damaged is set aside and a new one begun. A disk that is full or read-only says
nothing of the file: it stays, every call raises, and the next one tries again.
"""

import errno
import logging
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lamplighter_wire.clock import Clock, SystemClock

from lamplighter_agent.errors import AgentError, DiskFullError
from lamplighter_agent.link.time_spent import (
    EARLIEST_S,
    MOST_APART_S,
    TimeSpent,
    boot_number,
    redated,
)

log = logging.getLogger(__name__)

DEFAULT_MAX_BYTES = 32 * 1024 * 1024
DEFAULT_MAX_AGE_S = 7 * 86400.0
# Counted per row on top of the payload, so that empty messages fill the box as well.
ROW_BYTES = 64
# What SQLite calls a file that is none of its own, or no longer; extended codes add upper bits.
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
PRIMARY_CODE = 0xFF
# Of a file whose messages are dated by time spent; before, it was by the wall clock.
BY_TIME_SPENT = 1
SPENT = ("spent_ms", "boot", "noted_at_ms")
# Noted while there are messages that were said by a clock that was not set.
UNDATED = "undated"
# The latest wall time, in seconds, at which something was put aside.
LATEST = "latest_s"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
  seq INTEGER PRIMARY KEY, channel TEXT NOT NULL, payload BLOB NOT NULL,
  priority INTEGER NOT NULL, at REAL NOT NULL, size INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS by_priority ON message (priority DESC, seq);
CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sent_undated (seq INTEGER PRIMARY KEY);
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One message that waits."""

    seq: int
    channel: str
    payload: bytes


class Outbox:
    """Messages by priority (high first), then in order. Safe to use from several threads.

    Raises:
        DiskFullError, AgentError: from every method, but never from the constructor.
    """

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
        self._path = path
        self._spent = TimeSpent(self._clock, (0, 0, 0), 0)
        self._sent_to = 0  # the highest number that may have been sent
        self._open_db: sqlite3.Connection | None = None
        self._closed = False
        try:
            with self._using():
                pass
        except AgentError as error:
            log.error("no outbox for now: %s", error)

    def next_number(self, above: int = 0) -> int:
        """A number higher than any before, also across restarts, and than `above`.

        Someone else may remember numbers that a lost file does not, or that were given without it.
        """
        with self._using() as db:
            db.execute("UPDATE counter SET last = max(last, ?)", (above,))
            return _next(db)

    def put(self, channel: str, payload: bytes | Callable[[int], bytes], priority: int = 0) -> int:
        """Keep a message for good and return its sequence number.

        `payload` may be a function of that number.
        """
        with self._using() as db:
            seq = _next(db)
            data = payload if isinstance(payload, bytes) else payload(seq)
            row = (seq, channel, data, priority, self._spent.seconds, len(data) + ROW_BYTES)
            db.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?)", row)
            now = self._clock.time()
            latest_s = max(_fact(db, LATEST), int(now))
            spent = dict(zip(SPENT, self._spent.note(), strict=True))
            _note_all(db, spent | {LATEST: latest_s})
            if now < EARLIEST_S:
                _note_all(db, {UNDATED: 1})
            self._trim(db)
        return seq

    def peek(self, n: int = 16, without: Collection[int] = ()) -> list[Entry]:
        """The next messages to send but for some of them, without removing any."""
        with self._using() as db:
            self._expire(db)
            is_undated = _fact(db, UNDATED)
            if is_undated and self._clock.time() >= EARLIEST_S:
                is_undated = self._redate(db)
            elif _fact(db, LATEST) > self._clock.time() + MOST_APART_S:
                self._redate(db, above=self._sent_to)
            rows = db.execute(
                "SELECT seq, channel, payload FROM message"  # noqa: S608 - only question marks
                f" WHERE seq NOT IN ({_marks(without)}) ORDER BY priority DESC, seq LIMIT ?",
                (*without, n),
            ).fetchall()
            if is_undated:
                sent = [(row[0],) for row in rows]
                db.executemany("INSERT OR IGNORE INTO sent_undated VALUES (?)", sent)
            self._sent_to = max([self._sent_to, *(row[0] for row in rows)])
        return [Entry(*row) for row in rows]

    def read(self, seqs: Collection[int]) -> list[Entry]:
        """Those of some messages that are still here, in the order of their numbers."""
        with self._using() as db:
            rows = db.execute(
                "SELECT seq, channel, payload FROM message"  # noqa: S608 - only question marks
                f" WHERE seq IN ({_marks(seqs)}) ORDER BY seq",
                tuple(seqs),
            ).fetchall()
        return [Entry(*row) for row in rows]

    def fact(self, name: str) -> int:
        """A number that was noted; 0 where none was."""
        with self._using() as db:
            return _fact(db, name)

    def note(self, name: str, value: int) -> None:
        """Keep a number under a name."""
        with self._using() as db:
            _note_all(db, {name: value})

    def ack(self, seqs: int | Iterable[int]) -> None:
        """Forget messages that have arrived."""
        numbers = [(n,) for n in ([seqs] if isinstance(seqs, int) else seqs)]
        with self._using() as db:
            db.executemany("DELETE FROM message WHERE seq = ?", numbers)
            if _fact(db, UNDATED):
                db.executemany("DELETE FROM sent_undated WHERE seq = ?", numbers)

    def __len__(self) -> int:
        with self._using() as db:
            return int(db.execute("SELECT COUNT(*) FROM message").fetchone()[0])

    def close(self) -> None:
        """Nothing can be said afterwards."""
        with self._lock:
            self._closed = True
            self._disconnect()

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """One transaction on the open file; opens it where that has not worked yet."""
        with self._lock:
            if self._closed:
                raise AgentError("the outbox is closed")
            try:
                db = self._open_db = self._open_db or self._connect()
                with db:
                    yield db
            except (sqlite3.Error, OSError) as error:
                if _is_damaged(error):
                    self._set_aside(error)
                raise _ours(error) from error

    def _set_aside(self, error: Exception) -> None:
        """The next call begins a new file; who wants to may look at the old one."""
        log.warning("outbox %s is damaged (%s); it is set aside", self._path, error)
        self._disconnect()
        for ending in ("", "-wal", "-shm"):
            old = self._path.with_name(self._path.name + ending)
            with suppress(OSError):  # a disk that is read-only as well; tried again
                old.replace(old.with_name(old.name + ".damaged"))

    def _disconnect(self) -> None:
        if self._open_db is not None:
            self._open_db.close()
        self._open_db = None

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")  # a power cut must not lose what was put
            db.executescript(_SCHEMA)
            # Starting at the wall clock keeps numbers rising even when the file was lost.
            start = int(self._clock.time() * 1000)
            db.execute("INSERT OR IGNORE INTO counter VALUES (1, ?)", (start,))
            self._count_time(db)
            self._sent_to = int(db.execute("SELECT last FROM counter").fetchone()[0])
            db.commit()
        except BaseException:
            db.close()
            raise
        return db

    def _count_time(self, db: sqlite3.Connection) -> None:
        spent_ms, boot, noted_at_ms = (_fact(db, name) for name in SPENT)
        self._spent = TimeSpent(self._clock, (spent_ms, boot, noted_at_ms), boot_number())
        if db.execute("PRAGMA user_version").fetchone()[0] < BY_TIME_SPENT:
            db.execute("UPDATE message SET at = ?", (self._spent.seconds,))
            db.execute(f"PRAGMA user_version = {BY_TIME_SPENT}")

    def _redate(self, db: sqlite3.Connection, above: int = 0) -> bool:
        """The clock has been set: what was said before has its date by the time spent since.

        What may have been sent, as up to number `above`, stays: a controller knows what comes
        twice by number and date. False: nothing is undated any longer.
        """
        now = self._clock.time()
        zero_s, latest_s = now - self._spent.seconds, now + MOST_APART_S
        rows = db.execute(
            "SELECT seq, channel, payload, at FROM message"
            " WHERE seq > ? AND seq NOT IN (SELECT seq FROM sent_undated)",
            (above,),
        ).fetchall()
        dated = [
            (new, seq)
            for seq, channel, old, at in rows
            if (new := redated(channel, old, zero_s + at, latest_s)) != old
        ]
        db.executemany("UPDATE message SET payload = ? WHERE seq = ?", dated)
        db.execute("DELETE FROM sent_undated WHERE seq NOT IN (SELECT seq FROM message)")
        _note_all(db, {UNDATED: 0, LATEST: int(now)})
        if dated:
            log.info("the clock is set: %d messages got their dates", len(dated))
        return False

    def _expire(self, db: sqlite3.Connection) -> None:
        oldest = self._spent.seconds - self._max_age_s
        self._note(db.execute("DELETE FROM message WHERE at < ?", (oldest,)).rowcount, "old")

    def _trim(self, db: sqlite3.Connection) -> None:
        """Expire, then drop the least important, oldest first, until the rest fits."""
        self._expire(db)
        over = _used(db) - self._max_bytes
        if over <= 0:
            return
        doomed = []
        for seq, size in db.execute("SELECT seq, size FROM message ORDER BY priority, seq"):
            if over <= 0:
                break
            doomed.append((seq,))
            over -= size
        db.executemany("DELETE FROM message WHERE seq = ?", doomed)
        self._note(len(doomed), "over the cap")

    def _note(self, count: int, why: str) -> None:
        if count:
            self.dropped += count
            log.warning("outbox dropped %d messages: %s", count, why)


def _fact(db: sqlite3.Connection, name: str) -> int:
    row = db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def _note_all(db: sqlite3.Connection, facts: Mapping[str, int]) -> None:
    db.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?)", list(facts.items()))


def _marks(values: Collection[int]) -> str:
    return ", ".join("?" * len(values))


def _next(db: sqlite3.Connection) -> int:
    return int(db.execute("UPDATE counter SET last = last + 1 RETURNING last").fetchone()[0])


def _used(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT COALESCE(SUM(size), 0) FROM message").fetchone()[0])


def _is_damaged(error: Exception) -> bool:
    """Whether the file itself is at fault, and not the disk or another process."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & PRIMARY_CODE in DAMAGED


def _ours(error: Exception) -> AgentError:
    code = getattr(error, "sqlite_errorcode", None)
    full = code is not None and code & PRIMARY_CODE == sqlite3.SQLITE_FULL
    if full or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"no room for the outbox: {error}")
    return AgentError(f"outbox: {error}")
