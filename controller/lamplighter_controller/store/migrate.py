"""Bring a database to the newest schema; run at every start."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from lamplighter_controller.errors import StoreError

MIGRATIONS = Path(__file__).with_name("migrations")


def newest_revision() -> str:
    """Of the schema that this program knows."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


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
            raise StoreError(
                f"the database was written by another version of Lamplighter ({error});"
                " install that version or a later one"
            ) from error
