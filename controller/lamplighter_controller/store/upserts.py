"""Inserts that know what to do where the row is there; both databases say it alike."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(connection: sa.Connection, table: sa.Table) -> "sqlite.Insert":
    """An insert of the connection's dialect, with its `on_conflict_` clauses."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)  # type: ignore[return-value]


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of the same columns, or replace all but the key of those that are there."""
    if not rows:
        return
    query = insert_into(connection, table)
    key = [column.name for column in table.primary_key]
    new = {name: query.excluded[name] for name in rows[0] if name not in key}
    connection.execute(query.on_conflict_do_update(index_elements=key, set_=new), rows)
