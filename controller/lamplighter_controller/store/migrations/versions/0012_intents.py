"""What devices shall serve and were not told yet."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "intents",
        sa.Column("device", sa.String(40), nullable=False),
        sa.Column("plan", number, nullable=False),
        sa.Column("intent", sa.Text(), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("device", name="pk_intents"),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name="fk_intents_device"),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name="fk_intents_plan"),
    )
    op.create_index("ix_intents_plan", "intents", ["plan"])


def downgrade() -> None:
    op.drop_table("intents")
