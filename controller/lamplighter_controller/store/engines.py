"""Which database: SQLite in WAL mode when embedded, or a PostgreSQL server."""

import shutil
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from lamplighter_controller.errors import StoreError

BUSY_TIMEOUT_MS = 5000
# Pages in the log before it is written back. Windows change the rows of the same devices again and
# again: at the usual 1,000 pages each row would be written back for nearly every window.
CHECKPOINT_PAGES = 8000
CACHE_KIB = 32_000
# Against what SQLite says.
REMEDIES = {
    "is not a database": "; put it back from a backup, or move it away to begin anew",
    "malformed": "; put it back from a backup, or move it away to begin anew",
    "is locked": "; end the other program that has it open, a backup perhaps, and try again",
    "readonly": "; give its user the right to write it, or name another folder with --data",
    "unable to open": "; check that its folder is there and may be written",
    "disk is full": "; free disk space, then try again",
}
# Execution option of connections that will write.
WRITES = "lamplighter_writes"


class DiskRoom(NamedTuple):
    """Of a database's disk, in bytes; `reusable` is what deleted rows have left in its file."""

    total: int
    free: int
    reusable: int


def sqlite_url(path: Path) -> str:
    """Database URL of a file."""
    return f"sqlite:///{path}"


def shown(url: str | sa.URL) -> str:
    """A database URL without its password."""
    return sa.make_url(url).render_as_string(hide_password=True)


def make_engine(url: str) -> sa.Engine:
    """Raises StoreError where the URL is none, or its driver is not installed."""
    try:
        parsed = sa.make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        # A database that was made without an encoding would answer in bytes.
        asked = {"client_encoding": "utf8"} if parsed.drivername.startswith("postgresql") else {}
        engine = sa.create_engine(parsed, pool_pre_ping=True, connect_args=asked)
    except (sa.exc.ArgumentError, ValueError) as error:
        remedy = "write it as postgresql://USER@HOST/NAME or sqlite:////PATH/FILE"
        raise StoreError(f"not a database URL ({error}); {remedy}") from error
    except ModuleNotFoundError as error:
        remedy = "pip install 'lamplighter[postgres]' for PostgreSQL"
        raise StoreError(f"no driver for this database ({error.name}): {remedy}") from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    sa.event.listen(engine, "handle_error", _translate)
    return engine


def _translate(context: sa.ExceptionContext) -> None:
    """A database that is away, locked or out of room is no error of whoever asked.

    Raises:
        StoreError: in the place of the driver's own.
    """
    error = context.sqlalchemy_exception
    # What a ping finds broken is mended by a new connection.
    if not isinstance(error, sa.exc.DatabaseError):
        return
    passing = isinstance(error, sa.exc.OperationalError) and not context.is_pre_ping
    if passing or type(error) is sa.exc.DatabaseError:
        where = context.dialect.name if context.engine is None else shown(context.engine.url)
        reason = str(error.orig)
        remedy = next((remedy for word, remedy in REMEDIES.items() if word in reason), "")
        raise StoreError(f"the database {where} cannot be used: {reason}{remedy}") from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver would begin late: after a savepoint
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: what was saved before publishing must still be there after a power cut.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # Who has read already is not let wait for another writer, so what writes says so at once.
    if connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.connection.cursor().execute("BEGIN")


def disk_room(engine: sa.Engine) -> DiskRoom | None:
    """Room for a database in a file of ours; None of a server."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return None
    usage = shutil.disk_usage(Path(engine.url.database).parent)
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA freelist_count").scalar() or 0
        size = connection.exec_driver_sql("PRAGMA page_size").scalar() or 0
    return DiskRoom(usage.total, usage.free, pages * size)
