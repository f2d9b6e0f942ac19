"""Whatever a candidate does, the street is served: it is tried where it can be stopped."""

import itertools
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lamplighter_agent.agent import Agent
from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.inference.stream import RECENT_FRAMES
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Limits, Reported
from lamplighter_wire.rules.limits import latency_limit_ms
from lamplighter_wire.signing import SigningKey

from tests.simulators.candidate_processes import candidate_processes
from tests.simulators.slow_detectors import ENDLESS, slow_on_bright
from tests.simulators.tiny_world import Variant, World, build

FPS = 6.0
TIMEOUT_S = 4.0
# Within this a candidate in order has been loaded, also beside much else.
LOADED_S = 6.0
# A frame's time, and what a frame may take: longer than that nobody may wait for a frame.
MOST_WAIT_S = 1 / FPS + latency_limit_ms(Limits(), FPS) / 1e3
# This machine does much else. Who waited for a candidate would wait for all of its time.
NOISE_S = 0.7
SHARE = 1 / 3


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture(scope="module")
def variants(key: SigningKey) -> dict[str, Variant]:
    return {
        "old": build("old", key),
        "new": build("new", key, seed=1),
        "slow": build("slow", key, draw=slow_on_bright(10)),
        "endless": build("endless", key, draw=slow_on_bright(ENDLESS)),
    }


@pytest.fixture(scope="module")
def committed(
    tmp_path_factory: pytest.TempPathFactory, key: SigningKey, variants: dict[str, Variant]
) -> Path:
    """State of a device that serves `old`, revision 1: it had all the time to prove it."""
    world = World(tmp_path_factory.mktemp("committed") / "state", key, time_scale=100.0)
    world.controller.publish(*variants.values())
    world.start()
    world.controller.deploy(world.controller.desire(1, variants["old"].rung()))
    world.wait_for(1, "committed")
    world.stop()
    return world.state_dir


@pytest.fixture
def world(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    committed: Path,
    key: SigningKey,
    variants: dict[str, Variant],
) -> Iterator[World]:
    """A device that serves `old`, revision 1; a parameter is its `trial_timeout_s`."""
    timeout_s = getattr(request, "param", TIMEOUT_S)
    shutil.copytree(committed, tmp_path / "state")
    world = World(tmp_path / "state", key, time_scale=100.0, trial_timeout_s=timeout_s)
    world.controller.publish(*variants.values())
    agent = world.start()
    world.wait(lambda: agent.effects.serving().variant == "old", "what is known-good")
    yield world
    world.stop()


def longest_wait_s(agent: Agent, until: Callable[[], bool]) -> float:
    """The longest time between two served frames until something is so."""
    longest_s, seen, at = 0.0, agent.serve.frames, time.monotonic()
    while not until():
        time.sleep(0.005)
        if agent.serve.frames != seen:
            seen, at, before = agent.serve.frames, time.monotonic(), at
            longest_s = max(longest_s, at - before)
    return max(longest_s, time.monotonic() - at)


def ended(world: World, revision: int) -> Callable[[], bool]:
    def says() -> bool:
        said = world.controller.reported()
        return said.revision == revision and bool(said.outcome)

    return says


def no_harm(world: World, said: Reported) -> None:
    assert said.serving.variant == "old"
    assert candidate_processes() == [], "it is ended"
    assert world.agent is not None and world.agent.alive


@pytest.mark.parametrize("world", [60.0], indirect=True)
def test_a_slow_candidate_keeps_no_frame_waiting(
    world: World, variants: dict[str, Variant]
) -> None:
    agent = world.agent
    assert agent is not None
    world.controller.deploy(world.controller.desire(2, variants["slow"].rung(ap50=0.9)))
    waited_s = longest_wait_s(agent, ended(world, 2))
    said = world.wait_for(2, "rejected")
    assert said.reason == ReasonCode.OVER_BUDGET
    took_s = float(said.detail.split(" ms for its first frame")[0]) / 1e3
    assert took_s > MOST_WAIT_S + NOISE_S, said.detail
    # What slows all of the machine down has slowed the candidate down as well.
    assert waited_s < max(MOST_WAIT_S + NOISE_S, SHARE * took_s), said.detail
    no_harm(world, said)


def test_a_candidate_that_never_answers_is_ended_and_told(
    world: World, variants: dict[str, Variant]
) -> None:
    agent = world.agent
    assert agent is not None
    world.controller.deploy(world.controller.desire(2, variants["endless"].rung(ap50=0.9)))
    waited_s = longest_wait_s(agent, ended(world, 2))
    said = world.wait_for(2, "failed")
    assert said.reason == ReasonCode.TIMEOUT
    assert "within 4 s" in said.detail
    assert waited_s < SHARE * TIMEOUT_S
    no_harm(world, said)


def test_a_candidate_that_stops_to_answer_in_mid_trial_gives_the_street_back(
    world: World, variants: dict[str, Variant], monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, street = world.agent, world.street
    assert agent is not None
    seen, read = itertools.count(), street.read

    def flash() -> Frame | None:
        """One frame in five is bright; most often the first of a trial is not."""
        street.light = 0.9 if next(seen) % 5 == 0 else 0.1
        return read()

    monkeypatch.setattr(street, "read", flash)
    frames = agent.serve.frames
    world.wait(lambda: agent.serve.frames > frames + RECENT_FRAMES, "such frames")
    world.controller.deploy(world.controller.desire(2, variants["endless"].rung(ap50=0.9)))
    waited_s = longest_wait_s(agent, ended(world, 2))
    assert world.wait_for(2, "failed").reason == ReasonCode.TIMEOUT
    assert waited_s < SHARE * TIMEOUT_S
    no_harm(world, world.controller.reported())


def test_a_newer_order_ends_a_candidate_that_never_answers(
    tmp_path: Path, key: SigningKey, variants: dict[str, Variant]
) -> None:
    world = World(tmp_path / "state", key, time_scale=100.0)
    world.controller.publish(*variants.values())
    try:
        world.start()
        control = world.controller
        control.deploy(control.desire(1, variants["endless"].rung()))
        world.wait(
            lambda: control.reported().phase == "STAGED" and candidate_processes() != [],
            "the trial",
        )
        control.deploy(control.desire(2, variants["new"].rung()))
        assert world.wait_for(2, "committed").serving.variant == "new"
        assert candidate_processes() == []
    finally:
        world.stop()


@pytest.mark.parametrize("world", [LOADED_S], indirect=True)
def test_a_rung_that_never_answers_is_left_out(world: World, variants: dict[str, Variant]) -> None:
    control = world.controller
    ladder = [variants["endless"].rung(), variants["new"].rung()]
    control.deploy(control.desire(2, variants["old"].rung(), ladder=ladder))
    world.wait(lambda: control.reported().resident == ["old", "new"], "the ladder")
    left_out = [event for event in control.all("event") if "ready to change over" in event.text]  # type: ignore[attr-defined]
    assert [event.data["reason"] for event in left_out] == [ReasonCode.TIMEOUT]  # type: ignore[attr-defined]
    no_harm(world, control.reported())
