"""Observations are compared with predictions that count less for the loop around a network.

Before, the loop counted as 70 MMAC and 0.00058 for each pixel, at the probe's fp32 rate; now as 20
and 0.0005. What stands as predicted beside an observation must be of the same model as predictions
are, or all corrections would be off by the difference.
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MMAC, MMAC_PER_PIXEL = 70.0 - 20.0, 5.8e-4 - 5e-4
# Of the prediction at least so much is the network's: a probe may be of other days than it.
LEAST_SHARE = 0.2


def upgrade() -> None:
    _shift_bases(-1.0)


def downgrade() -> None:
    _shift_bases(1.0)


def _shift_bases(sign: float) -> None:
    connection = op.get_bind()
    query = (
        "SELECT o.device, o.document, d.probe FROM observations o JOIN devices d ON d.id = o.device"
    )
    for device, document, probe in connection.execute(sa.text(query)).all():
        rate = _fp32_rate(json.loads(probe or "{}"))
        shifted = [_shifted(one, sign * rate) for one in json.loads(document)]
        connection.execute(
            sa.text("UPDATE observations SET document = :document WHERE device = :device"),
            {"device": device, "document": json.dumps(shifted)},
        )


def _fp32_rate(probe: dict[str, Any]) -> float:
    """Milliseconds per MMAC of the base runtime; 0 where there is no probe."""
    for entry in probe.get("entries", []):
        of_base = entry.get("runtime", "onnxruntime") == "onnxruntime"
        if of_base and entry.get("name") == "dense_fp32" and entry.get("work_mmac"):
            return float(entry.get("latency_p50_ms", 0.0)) / float(entry["work_mmac"])
    return 0.0


def _shifted(observation: dict[str, Any], rate: float) -> dict[str, Any]:
    width, _, height = observation["size"].partition("x")
    base_ms = float(observation["base_ms"])
    shifted = base_ms + rate * (MMAC + MMAC_PER_PIXEL * int(width) * int(height))
    return {**observation, "base_ms": max(shifted, LEAST_SHARE * base_ms)}
