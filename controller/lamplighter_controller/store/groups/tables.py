"""The tables of groups."""

import sqlalchemy as sa

from lamplighter_controller.store.tables import metadata

device_groups = sa.Table(
    "device_groups",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("changed_at", sa.Double, nullable=False),
)
