"""The controller's own time of receipt beside a device's, and each device's newest window."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, when in (("telemetry", "start"), ("events", "at")):
        op.add_column(table, _seconds("received_at"))
        # What is known of it: that clocks were right.
        op.execute(f"UPDATE {table} SET received_at = {when}")  # noqa: S608 - our own names
        op.create_index(f"ix_{table}_received_at", table, ["received_at"])
    op.add_column("devices", sa.Column("newest_window", sa.Text()))
    op.add_column("devices", _seconds("newest_window_at"))
    newest = "FROM telemetry WHERE device = devices.id ORDER BY start DESC, seq DESC LIMIT 1"
    op.execute(
        f"UPDATE devices SET newest_window = (SELECT document {newest}),"  # noqa: S608
        f" newest_window_at = COALESCE((SELECT received_at {newest}), 0)"
    )


def _seconds(name: str) -> "sa.Column[float]":
    return sa.Column(name, sa.Double(), nullable=False, server_default="0")


def downgrade() -> None:
    op.drop_column("devices", "newest_window_at")
    op.drop_column("devices", "newest_window")
    for table in ("events", "telemetry"):
        op.drop_index(f"ix_{table}_received_at", table)
        op.drop_column(table, "received_at")
