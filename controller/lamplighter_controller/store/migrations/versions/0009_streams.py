"""What is known of each stream of a device."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Devices of before have one camera: what is known of it is known of the device.
    op.add_column("devices", sa.Column("streams", sa.Text(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("devices", "streams")
