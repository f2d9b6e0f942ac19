"""Street counts in quarters of an hour, kept for years; those of the last weeks are made from the
summaries of five minutes, in which they were until now."""

import sqlalchemy as sa
from alembic import op
from lamplighter_controller.store.street.taking_over import take_over_summaries

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "street_intervals",
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("start", sa.Double(), nullable=False),
        sa.Column("street", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name="fk_street_intervals_device"),
        sa.PrimaryKeyConstraint("device", "stream", "start", "street", name="pk_street_intervals"),
        sqlite_with_rowid=False,
    )
    take_over_summaries(op.get_bind())


def downgrade() -> None:
    op.drop_table("street_intervals")
