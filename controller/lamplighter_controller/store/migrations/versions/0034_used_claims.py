"""Claims of devices that have come in are used up: their keys open nothing any more."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM claims WHERE state = 'accepted' AND device IN (SELECT id FROM devices)")


def downgrade() -> None:
    """Nothing to take back: a device whose claim has ended comes in by a token."""
