"""Built variants are kept under the field names of the contract."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for variant, document in _documents():
        document.pop("built", None)  # it is, where there is a manifest
        document["hardware"] = document.pop("isa_note", "")
        _update(variant, document)


def downgrade() -> None:
    for variant, document in _documents():
        document["isa_note"] = document.pop("hardware", "")
        _update(variant, document | {"built": True})


def _documents() -> list[tuple[str, dict[str, Any]]]:
    rows = op.get_bind().execute(sa.text("SELECT id, document FROM variants")).all()
    return [(row.id, json.loads(row.document)) for row in rows]


def _update(variant: str, document: dict[str, Any]) -> None:
    query = sa.text("UPDATE variants SET document = :document WHERE id = :id")
    op.get_bind().execute(query, {"id": variant, "document": json.dumps(document)})
