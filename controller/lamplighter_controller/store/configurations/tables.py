"""The table of configurations."""

import sqlalchemy as sa

from lamplighter_controller.store.tables import metadata

configurations = sa.Table(
    "configurations",
    metadata,
    sa.Column("device", sa.String(40), sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("settings_version", sa.Integer, nullable=False),
    sa.Column("street", sa.Text, nullable=True),
    sa.Column("street_version", sa.Integer, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)
