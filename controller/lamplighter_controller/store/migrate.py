"""Bring a database to the newest schema; run at every start."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError

from lamplighter_controller.errors import StoreError

MIGRATIONS = Path(__file__).with_name("migrations")


def newest_revision() -> str:
    """Of the schema that this program knows."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


class Step(NamedTuple):
    """One migration: the schema that it leads to, and what for."""

    revision: str
    about: str


def found_revision(connection: sa.Connection) -> str:
    """Of the schema that a database has; empty: it has no tables of ours. It is not changed.

    Raises:
        StoreError: it cannot be used.
    """
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return str(found or "")


def steps_from(found: str) -> Sequence[Step]:
    """What is missing of the newest schema, the oldest first.

    Raises:
        StoreError: the schema is of a later version than this program.
    """
    scripts = ScriptDirectory(str(MIGRATIONS))
    try:
        missing = list(scripts.iterate_revisions("head", found or "base"))
    except (CommandError, RevisionError) as error:
        raise _of_another_version(error) from error
    return [Step(script.revision, script.doc) for script in reversed(missing)]


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Apply the missing migrations, all in one transaction.

    Raises:
        StoreError: the database is of a later version than this program.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
        except CommandError as error:
            raise _of_another_version(error) from error


def _of_another_version(error: Exception) -> StoreError:
    return StoreError(
        f"the database was written by another version of Lamplighter ({error});"
        " install that version or a later one"
    )
