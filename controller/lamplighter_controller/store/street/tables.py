"""The table of street counts. Rows lie in the order of their key."""

import sqlalchemy as sa

from lamplighter_controller.store.tables import metadata

street_intervals = sa.Table(
    "street_intervals",
    metadata,
    sa.Column("device", sa.String(40), sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("start", sa.Double, primary_key=True),
    sa.Column("street", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("received_at", sa.Double, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)
