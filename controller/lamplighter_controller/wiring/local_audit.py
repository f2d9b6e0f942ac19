"""Entries in the audit log for what is done to a data folder on the controller's own machine."""

import getpass
from pathlib import Path

import sqlalchemy as sa
from lamplighter_wire.clock import SystemClock

from lamplighter_controller.errors import ControllerError
from lamplighter_controller.services.audit.audit_log import Attempt, AuditLog, Document
from lamplighter_controller.services.audit.head_file import HeadFile
from lamplighter_controller.settings import ControllerSettings
from lamplighter_controller.store.engines import make_engine
from lamplighter_controller.store.migrate import found_revision, steps_from
from lamplighter_controller.store.sql import SqlStore

HERE = "this machine"


def note_locally(
    settings: ControllerSettings, operation: str, subject: str, after: Document | None = None
) -> str:
    """Note what somebody has done here, whether or not a controller runs meanwhile.

    Returns:
        Why it is not noted; empty: it is.
    """
    if not _is_there(settings.database):
        return f"no controller has kept anything in {settings.data_dir} yet"
    try:
        if _is_old(settings.database):
            return "the database is of another version: lamplighter upgrade"
        store = SqlStore(settings.database)
        try:
            audit = AuditLog(store, SystemClock(), HeadFile(settings.data_dir))
            audit.note(Attempt(operation, subject, _user(), HERE), after=after)
        finally:
            store.close()
    except ControllerError as error:
        return str(error)
    return ""


def _is_there(database: str) -> bool:
    url = sa.make_url(database)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").exists()


def _is_old(url: str) -> bool:
    """A database is migrated by its controller, not in passing."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return bool(steps_from(found_revision(connection)))
    finally:
        engine.dispose()


def _user() -> str:
    try:
        return f"user {getpass.getuser()}"
    except (KeyError, OSError):  # an account without a name, as in a container
        return "a user without a name"
