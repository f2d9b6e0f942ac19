"""A clip as the agent's own loop would serve it, without waiting for its time to pass."""

import io
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import msgspec
import numpy as np
import pytest
from lamplighter_agent.benchmark.code_digest import code_digest
from lamplighter_agent.benchmark.replayed_street import Job, Replay, main
from lamplighter_agent.own_street import CountLine
from lamplighter_agent.runtimes.engine import Engine, FakeEngine
from lamplighter_agent.runtimes.runtime import Runtimes
from lamplighter_wire.messages import OperatingPoint
from lamplighter_wire.policy.device_policy import DevicePolicy
from lamplighter_wire.tasks.tensor_names import TensorNames

SAMPLE = Path(__file__).resolve().parents[4] / "deploy/demo/clips/south-arm-sample.mp4"


class Blind:
    """A runtime whose networks find the same thing in every picture, or nothing."""

    name = "blind"

    def __init__(self, *boxes: Sequence[float]) -> None:
        self.opened = 0
        self._boxes = np.array(boxes, np.float32).reshape(-1, 6)

    def version(self) -> str:
        return "1"

    def precisions(self) -> Sequence[str]:
        return ("fp32",)

    def open(
        self, folder: Path, tensors: TensorNames, threads: int, session_config: Mapping[str, str]
    ) -> Engine:
        self.opened += 1
        return FakeEngine(self._boxes)

    def probe_run(
        self, network: str, threads: int, session_config: Mapping[str, str]
    ) -> Callable[[], object]:
        return lambda: None


def job(**changes: object) -> Job:
    made = Job(
        clip=str(SAMPLE),
        lines=[CountLine("gate", 320.0, 0.0, 320.0, 480.0)],
        folder="slot",
        runtime="blind",
        point=OperatingPoint(width=64, height=64),
    )
    return msgspec.structs.replace(made, **changes)


def test_it_serves_a_clip_in_less_than_its_own_time() -> None:
    runtime = Blind()
    replay, began = Replay(Runtimes([runtime])), time.monotonic()
    first, again = replay.run(job()), replay.run(job())
    assert time.monotonic() - began < 2 * first.seconds
    assert first.frames == again.frames > 0
    assert (first.rested, first.counts, runtime.opened) == (0, {}, 1)


def test_one_frame_a_second_is_asked_for_of_an_empty_street() -> None:
    replayed = Replay(Runtimes([Blind()])).run(job())
    assert replayed.frames == pytest.approx(replayed.seconds, abs=2)


def test_frames_are_spared_only_where_the_policy_says_so_and_nobody_is_followed() -> None:
    asked = DevicePolicy(least_still_share=0.1)
    every = Replay(Runtimes([Blind()])).run(job())
    rested = Replay(Runtimes([Blind()])).run(job(policy=asked, still_share=1.0))
    assert rested.frames + rested.rested == every.frames
    assert rested.gate_s > 0
    standing = Blind((0.2, 0.2, 0.4, 0.6, 0.9, 0))
    followed = Replay(Runtimes([standing])).run(job(policy=asked, still_share=1.0))
    assert followed.rested == 0


def test_it_begins_with_the_digest_of_its_code() -> None:
    said = io.StringIO()
    main(io.StringIO(), said)
    assert said.getvalue() == f"{code_digest()}\n"


def test_the_digest_is_of_own_sources_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = code_digest()
    for name in ("lamplighter_extra", "someone_else"):
        path = tmp_path / f"{name}.py"
        path.write_text("A = 1\n")
        module = ModuleType(name)
        module.__file__ = str(path)
        monkeypatch.setitem(sys.modules, name, module)
    with_it = code_digest()
    assert with_it != before
    (tmp_path / "someone_else.py").write_text("A = 2\n")
    assert code_digest() == with_it
    (tmp_path / "lamplighter_extra.py").write_text("A = 2\n")
    assert code_digest() not in (before, with_it)
