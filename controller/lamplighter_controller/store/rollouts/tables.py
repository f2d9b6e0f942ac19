"""The tables of rollouts."""

import sqlalchemy as sa

from lamplighter_controller.store.tables import metadata

rollouts = sa.Table(
    "rollouts",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("rollout", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
)

rollout_targets = sa.Table(
    "rollout_targets",
    metadata,
    sa.Column("rollout", sa.String(40), sa.ForeignKey("rollouts.name"), primary_key=True),
    sa.Column("device", sa.String(40), sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("changed_at", sa.Double, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Index(None, "state", "changed_at"),
)
