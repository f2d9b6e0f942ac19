"""Rollouts and their devices."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rollouts",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("rollout", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_rollouts"),
    )
    op.create_table(
        "rollout_targets",
        sa.Column("rollout", sa.String(40), nullable=False),
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rollout", "device", name="pk_rollout_targets"),
        sa.ForeignKeyConstraint(["rollout"], ["rollouts.name"], name="fk_rollout_targets_rollout"),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name="fk_rollout_targets_device"),
    )
    columns = ["state", "changed_at"]
    op.create_index("ix_rollout_targets_state_changed_at", "rollout_targets", columns)


def downgrade() -> None:
    op.drop_table("rollout_targets")
    op.drop_table("rollouts")
