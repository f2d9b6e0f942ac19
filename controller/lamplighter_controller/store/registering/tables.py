"""The tables of registrations."""

import sqlalchemy as sa

from lamplighter_controller.store.tables import metadata

registrations = sa.Table(
    "registrations",
    metadata,
    sa.Column("device", sa.String(40), primary_key=True),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("labels", sa.Text, nullable=False),
    sa.Column("objective", sa.Text, nullable=False),
    sa.Column("camera", sa.Text, nullable=False),
    sa.Column("changed_at", sa.Double, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)
