"""What filters and sums over the fleet ask for, as columns beside the documents it stands in."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from lamplighter_controller.domain.devices import hardware_class
from lamplighter_wire.messages import Capabilities
from msgspec import convert

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEXED = ("hardware", "site")
# All that is counted over the fleet, without a look at the documents.
STANDING = ["serving", "online", "retired_at", "id", "revision"]


def upgrade() -> None:
    op.add_column("devices", sa.Column("serving", sa.Text(), nullable=False, server_default=""))
    hardware = sa.Column("hardware", sa.String(40), nullable=False, server_default="")
    op.add_column("devices", hardware)
    _fill(op.get_bind())
    for column in INDEXED:
        op.create_index(f"ix_devices_{column}", "devices", [column])
    op.create_index("ix_devices_standing", "devices", STANDING)
    op.create_index("ix_recompressions_kind", "recompressions", ["kind"])


def _fill(connection: sa.Connection) -> None:
    names = ("id", "reported", "capabilities", "serving", "hardware")
    devices = sa.table("devices", *map(sa.column, names))
    query = sa.select(devices.c.id, devices.c.reported, devices.c.capabilities)
    rows = [
        {"of": device, "variant": _variant(reported), "class": _class(capabilities)}
        for device, reported, capabilities in connection.execute(query)
    ]
    values: dict[str, Any] = {"serving": sa.bindparam("variant"), "hardware": sa.bindparam("class")}
    update = sa.update(devices).where(devices.c.id == sa.bindparam("of")).values(**values)
    if rows:
        connection.execute(update, rows)


def _variant(reported: str | None) -> str:
    serving = json.loads(reported).get("serving") if reported else None
    return str((serving or {}).get("variant", ""))


def _class(capabilities: str | None) -> str:
    return hardware_class(convert(json.loads(capabilities), Capabilities)) if capabilities else ""


def downgrade() -> None:
    op.drop_index("ix_recompressions_kind", "recompressions")
    op.drop_index("ix_devices_standing", "devices")
    for column in INDEXED:
        op.drop_index(f"ix_devices_{column}", "devices")
    op.drop_column("devices", "hardware")
    op.drop_column("devices", "serving")
