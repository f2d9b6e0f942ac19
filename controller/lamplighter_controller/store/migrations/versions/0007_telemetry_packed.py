"""Windows in a compact row in the order of their key, and tables for what they have in common
and for their summaries."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op
from lamplighter_controller.domain.telemetry.conditions import (
    Conditions,
    conditions_of,
    document_of,
)
from lamplighter_controller.store.telemetry.conditions import id_of, read_conditions
from lamplighter_controller.store.telemetry.packing import pack_window, unpack_window
from lamplighter_wire.messages import Telemetry

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

AT_ONCE = 1000
KEY = ("device", "start", "seq")


def upgrade() -> None:
    op.create_table(
        "conditions",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("used_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conditions")),
    )
    _create_summaries()
    op.drop_index("ix_telemetry_received_at", "telemetry")
    _set_aside()
    _create_windows()
    _pack()
    op.drop_table("telemetry_before")


def _set_aside() -> None:
    """The old table makes room for the name of the new one, and of its constraints."""
    op.rename_table("telemetry", "telemetry_before")
    if op.get_bind().dialect.name == "postgresql":
        for name in ("pk_telemetry", "fk_telemetry_device"):
            rename = f"ALTER TABLE telemetry_before RENAME CONSTRAINT {name} TO {name}_before"
            op.execute(rename)


def _create_summaries() -> None:
    _create(
        "telemetry_summaries",
        ("device", "stream", "resolution_s", "start", "conditions"),
        sa.Column("resolution_s", sa.Integer(), autoincrement=False, nullable=False),
    )


def _create_windows() -> None:
    _create(
        "telemetry",
        ("device", "stream", "start", "seq"),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
    )


def _create(name: str, key: Sequence[str], column: "sa.Column[int]") -> None:
    op.create_table(
        name,
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("start", sa.Double(), nullable=False),
        column,
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("conditions", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f(f"fk_{name}_device")),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def _pack() -> None:
    connection = op.get_bind()
    documents: dict[int, str] = {}
    columns = "device, stream, start, seq, received_at, conditions, packed"
    values = ":device, '', :start, :seq, :received_at, :conditions, :packed"
    query = sa.text(f"INSERT INTO telemetry ({columns}) VALUES ({values})")  # noqa: S608
    for rows in _batches(connection, "telemetry_before", KEY):
        connection.execute(query, [_packed(row, documents) for row in rows])
    newest = connection.execute(sa.text("SELECT MAX(received_at) FROM telemetry")).scalar() or 0.0
    _insert_conditions(connection, documents, newest)


def _packed(row: sa.Row[Any], documents: dict[int, str]) -> dict[str, Any]:
    window = msgspec.json.decode(row.document, type=Telemetry)
    document = document_of(conditions_of(window))
    number = id_of(document)
    documents[number] = document
    key = {name: getattr(row, name) for name in (*KEY, "received_at")}
    return key | {"conditions": number, "packed": pack_window(window)}


def _insert_conditions(
    connection: sa.Connection, documents: dict[int, str], used_at: float
) -> None:
    rows = [{"id": i, "document": text, "used_at": used_at} for i, text in documents.items()]
    if rows:
        query = "INSERT INTO conditions (id, document, used_at) VALUES (:id, :document, :used_at)"
        connection.execute(sa.text(query), rows)


def _batches(
    connection: sa.Connection, name: str, key: Sequence[str]
) -> Iterator[Sequence[sa.Row[Any]]]:
    """All rows in the order of the key, some at a time."""
    table = sa.Table(name, sa.MetaData(), autoload_with=connection)
    columns = [table.c[column] for column in key]
    query = sa.select(table).order_by(*columns).limit(AT_ONCE)
    rows = connection.execute(query).all()
    while rows:
        yield rows
        last = sa.tuple_(*(sa.literal(getattr(rows[-1], column)) for column in key))
        rows = connection.execute(query.where(sa.tuple_(*columns) > last)).all()


def downgrade() -> None:
    """Windows that are in summaries only are lost."""
    _set_aside()
    op.create_table(
        "telemetry",
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("start", sa.Double(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_telemetry_device")),
        sa.PrimaryKeyConstraint("device", "start", "seq", name=op.f("pk_telemetry")),
    )
    _unpack()
    op.create_index("ix_telemetry_received_at", "telemetry", ["received_at"])
    for name in ("telemetry_before", "telemetry_summaries", "conditions"):
        op.drop_table(name)


def _unpack() -> None:
    connection = op.get_bind()
    query = "INSERT INTO telemetry VALUES (:device, :start, :seq, :document, :received_at)"
    for rows in _batches(connection, "telemetry_before", ("device", "stream", "start", "seq")):
        known = read_conditions(connection, (row.conditions for row in rows))
        documents = [
            {n: getattr(row, n) for n in (*KEY, "received_at")}
            | {"document": _document(row, known[row.conditions])}
            for row in rows
        ]
        connection.execute(sa.text(query), documents)


def _document(row: sa.Row[Any], conditions: Conditions) -> str:
    window = unpack_window(row.packed, {n: getattr(row, n) for n in KEY}, conditions)
    return msgspec.json.encode(window).decode()
