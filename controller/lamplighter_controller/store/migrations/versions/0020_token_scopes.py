"""How far tokens of the API reach."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_tokens", sa.Column("scope", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("api_tokens", "scope")
