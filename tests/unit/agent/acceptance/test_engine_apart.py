"""A candidate in a process of its own: its answers, its limits, and its end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest
from lamplighter_agent.acceptance.engine_apart import EngineApart, LateError
from lamplighter_agent.errors import (
    CalledOffError,
    CandidateDiedError,
    CandidateTimeoutError,
    EngineError,
)
from lamplighter_agent.runtimes.engine import Images
from lamplighter_agent.runtimes.onnxruntime import OnnxEngine
from lamplighter_agent.runtimes.opening import Opening
from lamplighter_wire.tasks.detection import TENSORS

from tests.simulators.candidate_processes import candidate_processes
from tests.simulators.slow_detectors import ENDLESS, slow_on_bright
from tests.simulators.tiny_world import HEIGHT, WIDTH

SLOW_ROUNDS = 1
DARK, BRIGHT = 20, 250


def picture(light: int) -> Images:
    noise = np.random.default_rng(1).integers(-5, 5, (1, HEIGHT, WIDTH, 3))
    return (light + noise).astype(np.uint8)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of networks that are quick on dark pictures."""
    folders = {}
    for name, rounds in (("slow", SLOW_ROUNDS), ("endless", ENDLESS)):
        folders[name] = tmp_path_factory.mktemp(name)
        slow_on_bright(rounds)(folders[name] / "model.onnx")
    return folders


def opening(folder: Path) -> Opening:
    outputs = list(TENSORS.outputs)
    return Opening(runtime="onnxruntime", folder=str(folder), input=TENSORS.input, outputs=outputs)


@contextmanager
def apart(
    folder: Path, timeout_s: float = 60.0, memory_bytes: int = 0, aborted: bool = False
) -> Iterator[EngineApart]:
    engine = EngineApart(opening(folder), timeout_s, memory_bytes, lambda: aborted)
    with closing(engine):
        yield engine


def child() -> psutil.Process:
    (process,) = candidate_processes()
    return process


def test_it_answers_as_an_engine_of_the_agent_does(models: dict[str, Path]) -> None:
    here = OnnxEngine(models["slow"] / "model.onnx", TENSORS)
    with apart(models["slow"]) as engine:
        for light in (DARK, BRIGHT, DARK):
            answer, wanted = engine.infer(picture(light)), here.infer(picture(light))
            assert answer.keys() == wanted.keys()
            assert all(np.array_equal(answer[name], wanted[name]) for name in wanted)


def test_the_way_to_it_and_back_is_told_apart_from_what_it_takes(models: dict[str, Path]) -> None:
    with apart(models["slow"]) as engine:
        engine.infer(picture(BRIGHT))
        began = time.perf_counter()
        engine.infer(picture(BRIGHT))
        took_s = time.perf_counter() - began
        assert 0 < engine.handover.wall_s < 0.3 * took_s
        assert engine.handover.cpu_s < 0, "what the child computed is no time of this thread"


def test_one_that_never_answers_is_ended(models: dict[str, Path]) -> None:
    with apart(models["endless"], timeout_s=5.0) as engine:
        engine.infer(picture(DARK))
        with pytest.raises(CandidateTimeoutError, match=r"did not answer within 5 s"):
            engine.infer(picture(BRIGHT))
        assert candidate_processes() == []


def test_one_that_is_late_goes_on_and_is_waited_for_before_the_next(
    models: dict[str, Path],
) -> None:
    with apart(models["slow"]) as engine:
        dark = engine.infer(picture(DARK))
        with engine.patience(0.01), pytest.raises(LateError):
            engine.infer(picture(BRIGHT))
        again = engine.infer(picture(DARK))
        assert np.array_equal(again["scores"], dark["scores"]), "not the answer that came too late"


def test_one_that_takes_more_memory_than_it_may_is_ended(models: dict[str, Path]) -> None:
    with pytest.raises(MemoryError, match="1000 are free"), apart(models["slow"], 60.0, 1000):
        pass
    assert candidate_processes() == []


def test_it_is_called_off_while_it_loads(models: dict[str, Path]) -> None:
    with pytest.raises(CalledOffError), apart(models["slow"], aborted=True):
        pass
    assert candidate_processes() == []


def test_one_that_ends_its_process_ends_no_other(models: dict[str, Path]) -> None:
    with apart(models["slow"]) as engine:
        child().send_signal(signal.SIGSEGV)
        with pytest.raises(CandidateDiedError, match=f"signal {signal.SIGSEGV:d}"):
            engine.infer(picture(DARK))


def test_what_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot load"), apart(tmp_path):
        pass


AGENT = """
import sys
from pathlib import Path
import numpy as np
from tests.unit.agent.acceptance.test_engine_apart import BRIGHT, apart, child, picture
with apart(Path(sys.argv[1])) as engine:
    print(child().pid, flush=True)
    engine.infer(picture(BRIGHT))
"""


def test_it_does_not_outlive_an_agent_that_is_killed(models: dict[str, Path]) -> None:
    command = [sys.executable, "-c", AGENT, str(models["endless"])]
    root = Path(__file__).resolve().parents[4]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as agent:
        assert agent.stdout is not None
        candidate = psutil.Process(int(agent.stdout.readline()))
        os.kill(agent.pid, signal.SIGKILL)
        candidate.wait(60.0)
