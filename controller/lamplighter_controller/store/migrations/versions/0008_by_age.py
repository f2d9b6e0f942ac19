"""Indices by age: what is old is found and deleted without reading the rest."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDICES = {
    "recompressions": ("at", "id"),
    "deployments": ("at", "device", "revision"),
    "plans": ("at", "id"),
    "jobs": ("finished_at", "id"),
}


def upgrade() -> None:
    for table, columns in INDICES.items():
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
    # A plan that goes must be looked for among the deployments that refer to it.
    op.create_index("ix_deployments_plan", "deployments", ["plan"])
    op.drop_index("ix_events_received_at", "events")
    op.create_index("ix_events_received_at_id", "events", ["received_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_events_received_at_id", "events")
    op.create_index("ix_events_received_at", "events", ["received_at"])
    op.drop_index("ix_deployments_plan", "deployments")
    for table, columns in INDICES.items():
        op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)
