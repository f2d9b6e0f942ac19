"""The tables of groups and overrides."""

import sqlalchemy as sa

from lamplighter_controller.store.tables import metadata

_Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

device_groups = sa.Table(
    "device_groups",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("changed_at", sa.Double, nullable=False),
)

overrides = sa.Table(
    "overrides",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("scope", sa.String(80), nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("until", sa.Double, nullable=False),
    sa.Column("ended_at", sa.Double),
    sa.Column("ended_by", sa.Text, nullable=False),
    sa.Index(None, "ended_at"),
)
