"""Devices that were stolen, names that are free again, certificates that never count again."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("devices", sa.Column("revoked", sa.Text(), nullable=False, server_default=""))
    op.add_column("devices", sa.Column("released_at", sa.Double()))
    op.add_column("certificates", sa.Column("revoked_at", sa.Double()))


def downgrade() -> None:
    op.drop_column("certificates", "revoked_at")
    op.drop_column("devices", "released_at")
    op.drop_column("devices", "revoked")
