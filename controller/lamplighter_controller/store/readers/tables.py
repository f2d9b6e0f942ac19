"""The table of readers."""

import sqlalchemy as sa

from lamplighter_controller.store.tables import metadata

readers = sa.Table(
    "readers",
    metadata,
    sa.Column("serial", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("ends_at", sa.Double, nullable=False),
    sa.Column("ended_at", sa.Double),
)
