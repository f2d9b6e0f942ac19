"""A candidate beside the incumbent on a served frame."""

import numpy as np
import pytest
from lamplighter_agent.acceptance.paired_run import PairedRun
from lamplighter_agent.acceptance.sample import Sample
from lamplighter_agent.errors import EngineError
from lamplighter_agent.inference.serving import Serving
from lamplighter_agent.runtimes.engine import FakeEngine, Images, Outputs
from lamplighter_wire.messages import OperatingPoint, Rung

from tests.unit.agent.inference.test_serve_loop import MANIFEST, SURE, Bench

PATIENCE_S = 60.0


class Noted(FakeEngine):
    """Writes down when it runs; may be broken."""

    def __init__(self, name: str, order: list[str], fault: Exception | None = None) -> None:
        super().__init__(np.array([SURE], np.float32))
        self._name, self._order, self._fault = name, order, fault

    def infer(self, images: Images) -> Outputs:
        self._order.append(self._name)
        if self._fault is not None:
            raise self._fault
        return super().infer(images)


def noted(name: str, order: list[str], fault: Exception | None = None) -> Serving:
    rung = Rung(point=OperatingPoint(width=64, height=64))
    return Serving(rung, MANIFEST, Noted(name, order, fault))


def serve_one(bench: Bench, paired: PairedRun) -> Sample | None:
    """One frame with a candidate beside it, and what came of it."""
    with bench.in_service.beside_next_frame(paired):
        bench.loop.step()
        return paired.sample(PATIENCE_S)


@pytest.mark.parametrize(("begins", "order"), [(True, ["new", "old"]), (False, ["old", "new"])])
def test_a_pair_costs_one_run_more(begins: bool, order: list[str]) -> None:
    seen: list[str] = []
    bench, old, new = Bench(), noted("old", seen), noted("new", seen)
    bench.in_service.swap(old)
    sample = serve_one(bench, PairedRun(new, old, begins=begins))
    assert sample is not None
    assert min(sample.candidate_ms, sample.incumbent_ms) > 0
    assert sample.agreement_f1 == 1.0
    assert seen == order
    assert bench.in_service.frames == 1
    bench.loop.step()
    assert seen == [*order, "old"], "it comes along once"


def test_nothing_is_measured_beside_another_point() -> None:
    seen: list[str] = []
    bench, old, new = Bench(), noted("old", seen), noted("new", seen)
    bench.in_service.swap(noted("stepped", seen))
    assert serve_one(bench, PairedRun(new, old, begins=True)) is None
    assert seen == ["stepped"]


@pytest.mark.parametrize("fault", [EngineError("broken"), ValueError("shape"), MemoryError()])
def test_a_candidate_that_fails_costs_no_frame(fault: Exception) -> None:
    seen: list[str] = []
    bench, old = Bench(), noted("old", seen)
    bench.in_service.swap(old)
    with pytest.raises(type(fault)):
        serve_one(bench, PairedRun(noted("new", seen, fault), old, begins=True))
    assert (bench.in_service.frames, bench.in_service.dropped) == (1, 0)


def test_without_frames_nobody_waits_for_ever() -> None:
    bench, old = Bench(), noted("old", [])
    bench.in_service.swap(old)
    late: list[str] = []
    paired = PairedRun(noted("new", late), old, begins=True)
    with bench.in_service.beside_next_frame(paired):
        assert paired.sample(0.01) is None
    bench.loop.step()
    assert (bench.in_service.frames, late) == (1, [])
