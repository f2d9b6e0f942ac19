"""Both sides of a trial on one frame."""

import pytest
from lamplighter_agent.acceptance.acceptance_test import buys_accuracy, pair
from lamplighter_agent.inference.serving import Serving
from lamplighter_wire.artifacts.manifest import Manifest
from lamplighter_wire.messages import Desired, Prediction, Rung

from tests.unit.agent.inference.test_serve_loop import DAY, NIGHT, Bench


def test_both_sides_of_a_trial_are_seen_in_the_same_regime() -> None:
    bench = Bench()
    candidate, frame = bench.serve(), bench.street.read()
    lenient = Serving(candidate.rung, Manifest(thresholds={"": 0.3}), bench.engine)
    for index in (0, 1):
        assert pair(candidate, lenient, frame, index, DAY).agreement_f1 == 1
        assert pair(candidate, lenient, frame, index, NIGHT).agreement_f1 == pytest.approx(2 / 3)


def test_what_an_operator_wants_need_not_gain_by_itself() -> None:
    at_site = Rung(predicted=Prediction(ap50_basis="this street"))
    assert buys_accuracy(Desired(trades=["operator"]))
    assert buys_accuracy(Desired(trades=["accuracy"], primary=at_site))
    assert not buys_accuracy(Desired(trades=["accuracy", "energy"]))
    assert not buys_accuracy(Desired(primary=at_site))
