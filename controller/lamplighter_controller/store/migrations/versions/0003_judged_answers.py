"""Answers without measured figures are not judged; deployments name no injected fault."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("recompressions") as table:
        table.alter_column("justified", existing_type=sa.Boolean(), nullable=True)
    # Without a replayed gain "justified" was the switch rule's wish.
    op.execute(
        "UPDATE recompressions SET justified = NULL WHERE justified AND replayed_gain IS NULL"
    )
    with op.batch_alter_table("deployments") as table:
        table.drop_column("injected")


def downgrade() -> None:
    with op.batch_alter_table("deployments") as table:
        table.add_column(sa.Column("injected", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE recompressions SET justified = FALSE WHERE justified IS NULL")
    with op.batch_alter_table("recompressions") as table:
        table.alter_column("justified", existing_type=sa.Boolean(), nullable=False)
