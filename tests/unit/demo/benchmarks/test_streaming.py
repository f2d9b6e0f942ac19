"""Rates that a device cannot keep up with are left out, and a slower one loses accuracy."""

import numpy as np
import pytest
from lamplighter_demo.benchmarks.streaming import PointAnswers, point_rows, table

pytestmark = pytest.mark.torch


def test_a_slower_device_has_fewer_rates_and_less_accuracy() -> None:
    truths = [np.array([[8.0 * n, 10, 8.0 * n + 40, 40, 0]], np.float32) for n in range(50)]
    boxes = [np.insert(truth, 4, 0.9, axis=1) for truth in truths]
    answers = PointAnswers("int8@384x288", 20.0, {"clip": boxes})
    rows = point_rows(answers, {"clip": truths}, {"clip": 12.5}, [1.0, 10.0])
    by_device = {factor: [row for row in rows if row.slower == factor] for factor in (1.0, 10.0)}
    assert [row.rate_fps for row in by_device[1.0]] == [12.5, 6.25, 4.0, 3.0, 2.0, 1.0, 0.5]
    assert [row.rate_fps for row in by_device[10.0]] == [4.0, 3.0, 2.0, 1.0, 0.5]
    accuracy = [row.sap50 for row in by_device[1.0]]
    assert accuracy[0] > 0.9 > 0.5 > by_device[1.0][-1].held
    assert by_device[10.0][0].sap50 < accuracy[2]
    assert by_device[1.0][0].cpu_ms_per_s == pytest.approx(250, rel=0.05)
    assert "| 4 | " in table(rows)
