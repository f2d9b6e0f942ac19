"""Observations keep what was predicted, which must be of the model that predictions are of now."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

# Of the prediction at least so much is the network's: a probe may be of other days than it.
LEAST_SHARE = 0.2


def count_more_for_the_loop(mmac: float, mmac_per_pixel: float) -> None:
    """Shift what stands as predicted beside every observation, by work at its probe's fp32 rate."""
    connection = op.get_bind()
    query = (
        "SELECT o.device, o.document, d.probe FROM observations o JOIN devices d ON d.id = o.device"
    )
    for device, document, probe in connection.execute(sa.text(query)).all():
        rate = _fp32_rate(json.loads(probe or "{}"))
        shifted = [
            _shifted(one, rate * mmac, rate * mmac_per_pixel) for one in json.loads(document)
        ]
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


def _shifted(observation: dict[str, Any], ms: float, ms_per_pixel: float) -> dict[str, Any]:
    width, _, height = observation["size"].partition("x")
    base_ms = float(observation["base_ms"])
    shifted = base_ms + ms + ms_per_pixel * int(width) * int(height)
    return {**observation, "base_ms": max(shifted, LEAST_SHARE * base_ms)}
