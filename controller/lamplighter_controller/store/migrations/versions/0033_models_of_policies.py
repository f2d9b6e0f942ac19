"""A policy may keep its devices to a model."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    model = sa.Column("model", sa.String(200), nullable=False, server_default="")
    op.add_column("policies", model)


def downgrade() -> None:
    op.drop_column("policies", "model")
