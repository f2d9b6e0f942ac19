"""Turns of frames, as a benchmark asks for them."""

import numpy as np
from lamplighter_agent.benchmark.point_latency import answer_turns, run_turn
from lamplighter_agent.camera.frame import frame_of
from lamplighter_agent.runtimes.engine import FakeEngine, Images, Outputs
from lamplighter_wire.messages import OperatingPoint

FRAME = frame_of(np.zeros((48, 64, 3), np.uint8))


class _CountingEngine(FakeEngine):
    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[int, ...]] = []

    def infer(self, images: Images) -> Outputs:
        self.shapes.append(images.shape[1:3])
        return super().infer(images)


def test_a_turn_runs_whole_frames_and_tells_their_time() -> None:
    turn = run_turn(FakeEngine(), [FRAME] * 3, OperatingPoint(width=64, height=64))
    assert 1 <= len(turn.latencies_ms) <= 3
    assert min(turn.latencies_ms) > 0
    assert turn.cpu_ms > 0


def test_the_frame_that_loads_a_size_is_in_no_turn() -> None:
    engine = _CountingEngine()
    turns = list(answer_turns(engine, [FRAME], ["64x64", "128x64", "64x64"]))
    frames = [len(turn.latencies_ms) for turn in turns]
    assert engine.shapes.count((64, 64)) == frames[0] + frames[2] + 1
    assert engine.shapes.count((64, 128)) == frames[1] + 1
