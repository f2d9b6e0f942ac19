"""How the benchmarks sum up their seconds."""

from collections.abc import Sequence

import numpy as np


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50 and p95; nothing without any."""
    if not seconds:
        return {}
    return {f"p{q}_s": round(float(np.percentile(seconds, q)), 2) for q in (50, 95)}
