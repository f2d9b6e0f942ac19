"""What is remembered of devices, and what was observed of them, get tables of their own."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("device_states", "observations"):
        op.create_table(
            name,
            sa.Column("device", sa.String(40), nullable=False),
            sa.Column("document", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f(f"fk_{name}_device")),
            sa.PrimaryKeyConstraint("device", name=op.f(f"pk_{name}")),
        )
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT key, document FROM documents")).all()
    documents: dict[str, str] = {row.key: row.document for row in rows}
    for device, reported in connection.execute(sa.text("SELECT id, reported FROM devices")).all():
        state = _state(documents.get(f"state:{device}"), reported)
        _insert("device_states", device, json.dumps(state))
        observed = json.loads(documents.get(f"observations:{device}") or "{}").get("list")
        if observed:
            _insert("observations", device, json.dumps(observed))
    op.drop_table("documents")


def downgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_documents")),
    )
    op.execute("INSERT INTO documents SELECT 'state:' || device, document FROM device_states")
    op.execute(
        "INSERT INTO documents SELECT 'observations:' || device, '{\"list\": ' || document || '}'"
        " FROM observations"
    )
    for name in ("observations", "device_states"):
        op.drop_table(name)


def _state(document: str | None, reported: str | None) -> dict[str, Any]:
    """The state as it was; what serves was also kept in the last report."""
    state: dict[str, Any] = json.loads(document or "{}")
    serving = json.loads(reported or "{}").get("serving") or {}
    if not (state.get("serving") or {}).get("variant"):
        state["serving"] = serving if serving.get("variant") else None
    return state


def _insert(table: str, device: str, document: str) -> None:
    query = sa.text(f"INSERT INTO {table} VALUES (:device, :document)")  # noqa: S608 - our names
    op.get_bind().execute(query, {"device": device, "document": document})
