"""The tables of registrations and claims."""

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

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("device", sa.String(40), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("first_at", sa.Double, nullable=False),
    sa.Column("last_at", sa.Double, nullable=False),
    sa.Column("decided_at", sa.Double),
    sa.Column("by", sa.Text, nullable=False),
)
