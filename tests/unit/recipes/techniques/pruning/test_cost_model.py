"""Milliseconds by widths."""

import pytest
from lamplighter_recipes.preparing.layer_rates import LayerRates
from lamplighter_recipes.techniques.pruning.cost_model import CostModel, Layer

DENSE = Layer("dense", 9, 400, 100, inputs=3, output_groups={0: 1})
DEPTHWISE = Layer("spatial", 9, 100, 100, True, input_groups={0: 1}, output_groups={0: 1})
JOINED = Layer("joined", 1, 100, 100, inputs=2, outputs=5, input_groups={0: 2, 1: 1})
WIDTHS = {0: 16, 1: 8}


def test_work_follows_the_groups_that_a_layer_holds() -> None:
    assert DENSE.mmac(WIDTHS) == pytest.approx(3 * 16 * 9 * 100 / 1e6)
    assert DEPTHWISE.mmac(WIDTHS) == pytest.approx(16 * 9 * 100 / 1e6)
    assert JOINED.mmac(WIDTHS) == pytest.approx((2 + 2 * 16 + 8) * 5 * 100 / 1e6)


def test_each_kind_of_layer_costs_its_rate_and_the_bytes_it_moves() -> None:
    rates = LayerRates(2.0, 5.0, 10.0, 4)
    dense_mb = 4 * (9 * 3 * 16 + 3 * 400 + 16 * 100) / 1e6
    depthwise_mb = 4 * (9 * 16 + 16 * 100 + 16 * 100) / 1e6
    assert CostModel((DENSE,), rates).latency_ms(WIDTHS) == pytest.approx(
        2.0 * 0.0432 + 10.0 * dense_mb
    )
    assert CostModel((DEPTHWISE,), rates).latency_ms(WIDTHS) == pytest.approx(
        5.0 * 0.0144 + 10.0 * depthwise_mb
    )
