"""API tokens that end and can be revoked, certificates on record, and no secrets of used tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificates",
        sa.Column("serial", sa.String(64), primary_key=True),
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("issued_at", sa.Double, nullable=False),
    )
    with op.batch_alter_table("api_tokens") as table:
        table.add_column(sa.Column("id", sa.String(16), nullable=False, server_default=""))
        table.add_column(sa.Column("expires_at", sa.Double))
        table.add_column(sa.Column("last_used_at", sa.Double))
    # The hash is of 256 random bits: its beginning names a token and gives nothing away.
    op.execute("UPDATE api_tokens SET id = substr(secret_hash, 1, 12)")
    op.execute("UPDATE tokens SET secret = '' WHERE used_at IS NOT NULL")


def downgrade() -> None:
    with op.batch_alter_table("api_tokens") as table:
        for name in ("id", "expires_at", "last_used_at"):
            table.drop_column(name)
    op.drop_table("certificates")
