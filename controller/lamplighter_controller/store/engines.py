"""Which database: SQLite in WAL mode when embedded, or a PostgreSQL server."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from lamplighter_controller.errors import StoreError

BUSY_TIMEOUT_MS = 5000


def sqlite_url(path: Path) -> str:
    """Database URL of a file."""
    return f"sqlite:///{path}"


def shown(url: str) -> str:
    """A database URL without its password."""
    return sa.make_url(url).render_as_string(hide_password=True)


def make_engine(url: str) -> sa.Engine:
    """Raises StoreError where the URL is none, or its driver is not installed."""
    try:
        parsed = sa.make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(parsed, pool_pre_ping=True)
    except sa.exc.ArgumentError as error:
        raise StoreError(f"not a database URL: {error}") from error
    except ModuleNotFoundError as error:
        remedy = "pip install 'lamplighter[postgres]' for PostgreSQL"
        raise StoreError(f"no driver for this database ({error.name}): {remedy}") from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: what was saved before publishing must still be there after a power cut.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()
