"""Dump a PostgreSQL server's database, and pour a dump into an empty one, by the server's tools."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import sqlalchemy as sa

from lamplighter_controller.errors import ConflictError, NotFoundError, StoreError
from lamplighter_controller.store.engines import make_engine, shown

DEBIAN = Path("/usr/lib/postgresql")
REMEDY = "apt-get install postgresql-client, of the server's version or a later one"
# How libpq calls what a URL says; a password goes by the environment, which others cannot read.
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "dbname": "PGDATABASE",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "service": "PGSERVICE",
}


def is_servers(database: str) -> bool:
    """Whether a URL is of a server, not of a file in the data folder."""
    return bool(database) and not database.startswith("sqlite")


def dump(database: str, target: Path) -> Path:
    """The database as of one moment, whoever writes meanwhile, in PostgreSQL's custom format.

    Raises:
        NotFoundError: pg_dump is not installed.
        StoreError: it refused; in its words.
    """
    _run("pg_dump", database, "--format=custom", f"--file={target}")
    return target


def tables_of(database: str) -> list[str]:
    """What a database holds. Raises StoreError: it cannot be used."""
    engine = make_engine(database)
    try:
        return sa.inspect(engine).get_table_names()
    finally:
        engine.dispose()


def check_empty(database: str) -> None:
    """Raises ConflictError where something is in the database."""
    if tables := tables_of(database):
        raise ConflictError(
            f"the database {shown(database)} holds tables ({', '.join(tables[:3])}); name an empty"
            " one, or make it so: dropdb and createdb"
        )


def pour(dumped: Path, database: str) -> None:
    """Make an empty database what was dumped: all of it or, where anything fails, nothing.

    Raises:
        NotFoundError: pg_restore is not installed.
        StoreError: it refused; in its words.
    """
    name = sa.make_url(database).database or ""
    one = ("--single-transaction", "--exit-on-error", f"--dbname={name}", str(dumped))
    _run("pg_restore", database, *one)


def _run(tool: str, database: str, *arguments: str) -> None:
    command = [_path(tool), "--no-owner", "--no-privileges", "--no-password", *arguments]
    env = {**os.environ, **connection_variables(database), "LC_ALL": "C"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        said = re.sub(r"\s+", " ", done.stderr).strip()[:500]
        raise StoreError(f"{tool} of {shown(database)}: {said or f'it ended {done.returncode}'}")


def connection_variables(database: str) -> dict[str, str]:
    """What the server's tools read of a URL: environment variables of libpq.

    Raises:
        StoreError: the URL is none.
    """
    engine = make_engine(database)
    _, given = engine.dialect.create_connect_args(engine.url)
    engine.dispose()
    return {VARIABLES[name]: str(value) for name, value in given.items() if name in VARIABLES}


def _path(tool: str) -> str:
    """On PATH, or where Debian keeps that of the newest version."""
    versions = sorted(DEBIAN.glob(f"*/bin/{tool}"), key=lambda one: float(one.parts[-3]))
    found = shutil.which(tool) or (str(versions[-1]) if versions else "")
    if not found:
        raise NotFoundError(f"{tool} is not installed: {REMEDY}; or --no-database, and dump it so")
    return found
