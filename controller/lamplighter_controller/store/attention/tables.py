"""The table of marks on notices."""

import sqlalchemy as sa

from lamplighter_controller.store.tables import metadata

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

attention_marks = sa.Table(
    "attention_marks",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("device", sa.String(40), nullable=False),
    sa.Column("notice", sa.String(60), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("until", sa.Double, nullable=False),
    sa.Column("ended_at", sa.Double),
    sa.Column("ended_by", sa.Text, nullable=False),
    sa.Index(None, "ended_at"),
)
