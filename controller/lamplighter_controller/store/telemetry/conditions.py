"""Conditions of windows, each kept once and named by its hash."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache

import msgspec
import sqlalchemy as sa

from lamplighter_controller.domain.telemetry.conditions import Conditions
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.upserts import insert_into

# How exactly it is known when conditions were last met: each write costs a little.
USED_WITHIN_S = 86_400.0


@lru_cache(4096)
def id_of(document: str) -> int:
    """The number that a document is kept under: 64 bits of its hash."""
    return int.from_bytes(hashlib.sha256(document.encode()).digest()[:8], "big", signed=True)


def put_conditions(connection: sa.Connection, documents: Mapping[int, str], now: float) -> None:
    """Keep documents by their ids, and that they were met now."""
    if not documents:
        return
    query = insert_into(connection, t.conditions)
    query = query.on_conflict_do_update(
        index_elements=["id"],
        set_={"used_at": query.excluded.used_at},
        where=t.conditions.c.used_at < query.excluded.used_at - USED_WITHIN_S,
    )
    rows = [{"id": i, "document": text, "used_at": now} for i, text in documents.items()]
    connection.execute(query, rows)


def read_conditions(connection: sa.Connection, ids: Iterable[int]) -> dict[int, Conditions]:
    """Conditions by id."""
    wanted = sa.select(t.conditions).where(t.conditions.c.id.in_(set(ids)))
    return {
        row.id: msgspec.json.decode(row.document, type=Conditions)
        for row in connection.execute(wanted)
    }


def delete_conditions(connection: sa.Connection, before: float) -> int:
    """Those that were last met before; nothing that is still kept was measured under them."""
    unused = sa.delete(t.conditions).where(t.conditions.c.used_at < before - USED_WITHIN_S)
    return connection.execute(unused).rowcount
