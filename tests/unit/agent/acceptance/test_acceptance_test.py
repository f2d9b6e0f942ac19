"""Both sides of a trial on one frame."""

import pytest
from lamplighter_agent.acceptance.acceptance_test import pair
from lamplighter_agent.inference.serving import Serving
from lamplighter_wire.artifacts.manifest import Manifest

from tests.unit.agent.inference.test_serve_loop import DAY, NIGHT, Bench


def test_both_sides_of_a_trial_are_seen_in_the_same_regime() -> None:
    bench = Bench()
    candidate, frame = bench.serve(), bench.street.read()
    lenient = Serving(candidate.rung, Manifest(thresholds={"": 0.3}), bench.engine)
    for index in (0, 1):
        assert pair(candidate, lenient, frame, index, DAY).agreement_f1 == 1
        assert pair(candidate, lenient, frame, index, NIGHT).agreement_f1 == pytest.approx(2 / 3)
