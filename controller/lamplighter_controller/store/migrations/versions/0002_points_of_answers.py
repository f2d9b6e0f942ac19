"""Answers remember the points before and after, and the demand that brought them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("recompressions") as table:
        table.add_column(sa.Column("from_point", sa.Text(), nullable=True))
        table.add_column(sa.Column("to_point", sa.Text(), nullable=True))
        table.add_column(sa.Column("fps_demand", sa.Double(), nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("recompressions") as table:
        for name in ("fps_demand", "to_point", "from_point"):
            table.drop_column(name)
