"""Devices as whom two machines speak."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("devices", sa.Column("cloned", sa.Text()))


def downgrade() -> None:
    op.drop_column("devices", "cloned")
