"""The rungs that a device may step to, whatever becomes of later deployments."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamplighter_agent.agent import Agent
from lamplighter_agent.ladder.choice import PACE_FRAMES
from lamplighter_wire.enums import ReasonCode
from lamplighter_wire.messages import Limits, Regime, Rung, Workload
from lamplighter_wire.signing import SigningKey

from tests.simulators.tiny_world import Variant, World, build

MIB = 1 << 20
# One model of this device leaves no room for a large one, which takes nearly all there is.
LIMIT_BYTES = 4096 * MIB
BIG_BYTES = 2500 * MIB
BETTER = 0.9
DAY, NIGHT = (Workload(regime=Regime(light=light)) for light in ("day", "night"))


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture(scope="module")
def variants(key: SigningKey) -> dict[str, Variant]:
    names = ("day", "night", "next", "more", "last")
    made = {name: build(name, key, seed=seed) for seed, name in enumerate(names)}
    huge = {"memory_bytes": LIMIT_BYTES - MIB}
    made["large"] = build("large", key, seed=9, **huge)
    made["wrong"] = build("wrong", key, seed=10, wrong_golden=True, **huge)
    made["big"] = build("big", key, seed=11, memory_bytes=BIG_BYTES)
    return made


@pytest.fixture
def world(tmp_path: Path, key: SigningKey, variants: dict[str, Variant]) -> Iterator[World]:
    # Here the test alone says that the street has changed: the device's own windows never fill.
    world = World(tmp_path / "state", key, time_scale=100.0, memory_limit_bytes=LIMIT_BYTES)
    world.controller.publish(*variants.values())
    yield world
    world.stop()


def at_night(variant: Variant, ap50: float) -> Rung:
    return msgspec.structs.replace(variant.rung(ap50=ap50), regimes=["night-dry-free"])


def with_ladder(
    world: World, variants: dict[str, Variant], ap50: float = 0.5, primary: str = "day"
) -> Agent:
    """A device that serves `primary` and holds `night` for the night."""
    agent, control = world.start(), world.controller
    ladder = [at_night(variants["night"], ap50)]
    control.deploy(control.desire(1, variants[primary].rung(), ladder=ladder))
    world.wait(lambda: control.reported().resident == [primary, "night"], "the ladder")
    return agent


def steps_to(agent: Agent, workload: Workload) -> str:
    step = agent.effects.residents.answer_shift(workload, Limits())
    return step.point.variant if step else ""


def serves_without_errors(world: World, agent: Agent) -> None:
    more_frames(world, agent)
    assert agent.serve.served().errors == 0


def more_frames(world: World, agent: Agent) -> None:
    frames = agent.serve.frames
    world.wait(lambda: agent.serve.frames >= frames + 2, "frames")


def test_a_candidate_for_which_the_ladder_made_room_in_vain_leaves_it_as_it_was(
    world: World, variants: dict[str, Variant]
) -> None:
    agent, control = with_ladder(world, variants), world.controller
    control.deploy(control.desire(2, variants["large"].rung()))
    assert world.wait_for(2, "rejected").reason == ReasonCode.OOM
    for workload, expected in ((NIGHT, "night"), (DAY, "day")):
        assert steps_to(agent, workload) == expected
        serves_without_errors(world, agent)


def test_a_candidate_that_needs_the_incumbents_room_gives_it_back_when_it_is_refused(
    world: World, variants: dict[str, Variant]
) -> None:
    agent, control = with_ladder(world, variants, primary="big"), world.controller
    control.deploy(control.desire(2, variants["wrong"].rung()))
    said = world.wait_for(2, "rejected")
    assert said.reason == ReasonCode.LESS_ACCURATE and said.gap_ms > 0
    assert said.serving.variant == "big"
    for workload, expected in ((NIGHT, "night"), (DAY, "big")):
        assert steps_to(agent, workload) == expected
        serves_without_errors(world, agent)


def test_a_rollback_from_a_candidate_that_needs_all_the_room(
    world: World, variants: dict[str, Variant]
) -> None:
    agent, control = with_ladder(world, variants, primary="big"), world.controller
    control.deploy(control.desire(2, variants["large"].rung(), probation_s=600.0))
    world.wait(lambda: control.reported().phase == "PROBATION", "probation")
    assert agent.effects.serving().variant == "large"
    assert not steps_to(agent, NIGHT), "the ladder rests"
    control.silent = True
    control.deploy(control.desire(3, variants["more"].rung()))
    world.wait(lambda: control.reported().revision == 3, "the next deployment")
    assert agent.effects.serving().variant == "big"
    world.wait(lambda: steps_to(agent, NIGHT) == "night", "the ladder")
    serves_without_errors(world, agent)


def test_a_ladder_that_is_called_off_holds_the_new_known_good_and_not_the_old(
    world: World, variants: dict[str, Variant]
) -> None:
    agent, control = with_ladder(world, variants, BETTER), world.controller
    better, ladder = variants["next"].rung(ap50=BETTER), [at_night(variants["more"], BETTER)]
    control.deploy(control.desire(2, better, ladder=ladder, probation_s=1.0))
    world.wait(lambda: control.reported().phase == "PROBATION", "probation")
    control.silent = True  # the ladder's own download never ends
    world.wait_for(2, "committed")
    world.wait(lambda: steps_to(agent, NIGHT) == "night", "a step while the ladder is made")
    assert steps_to(agent, DAY) == "next"
    control.deploy(control.desire(3, variants["last"].rung()))
    world.wait(lambda: control.reported().revision == 3, "the next deployment")
    assert steps_to(agent, NIGHT) == "night"
    assert steps_to(agent, DAY) == "next"
    control.deploy(control.desire(4, variants["last"].rung()))  # the one before is dropped
    world.wait(lambda: control.reported().revision == 4, "the one after")
    serves_without_errors(world, agent)


def test_a_rung_that_has_served_here_is_judged_by_what_it_took(
    world: World, variants: dict[str, Variant]
) -> None:
    """Promised 200 ms where 100 are allowed, it took two."""
    agent, control = world.start(), world.controller
    day = variants["day"].rung()
    day = msgspec.structs.replace(
        day, predicted=msgspec.structs.replace(day.predicted, latency_p95_ms=200.0)
    )
    control.deploy(control.desire(1, day, ladder=[at_night(variants["night"], 0.5)]))
    world.wait(lambda: control.reported().resident == ["day", "night"], "the ladder")
    world.wait(lambda: agent.serve.served().frames >= PACE_FRAMES, "frames")
    assert steps_to(agent, NIGHT) == "night"
    step = agent.effects.residents.answer_shift(DAY, Limits(latency_p95_ms=100.0))
    assert step is not None and step.point.variant == "day"
