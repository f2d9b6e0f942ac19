"""What the owner of a device has set bounds every order."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_wire.messages import Limits
from lamplighter_wire.signing import SigningKey

from tests.simulators.tiny_world import Variant, World, build

MANY = 64


@pytest.fixture(scope="module")
def key() -> SigningKey:
    return SigningKey.generate()


@pytest.fixture(scope="module")
def variants(key: SigningKey) -> list[Variant]:
    return [build("old", key), build("new", key, seed=1)]


@pytest.fixture
def world(tmp_path: Path, key: SigningKey, variants: list[Variant]) -> Iterator[World]:
    world = World(tmp_path / "state", key, threads=2, power_budget_w=40.0)
    world.controller.publish(*variants)
    yield world
    world.stop()


def served_threads(world: World) -> tuple[int, int]:
    """Of the engine that serves, and as the device says."""
    assert world.agent is not None
    serving = world.agent.serve.serving
    assert serving is not None
    return serving.engine.threads, world.controller.reported().serving.threads


def test_an_order_for_many_threads_starts_as_many_as_the_device_is_set_to(
    world: World, variants: list[Variant]
) -> None:
    control, (old, new) = world.controller, variants
    world.start()
    ladder = [new.rung(threads=MANY)]
    control.deploy(control.desire(1, old.rung(threads=MANY), ladder=ladder))
    world.wait(lambda: control.reported().resident == ["old", "new"], "the ladder")
    assert served_threads(world) == (2, 2)
    assert world.agent is not None
    assert [rung.point.threads for rung in world.agent.runner.record.ladder] == [2]


def test_what_was_proven_before_keeps_to_what_the_owner_sets_now(
    world: World, key: SigningKey, variants: list[Variant]
) -> None:
    world.start()
    world.controller.deploy(world.controller.desire(1, variants[0].rung(threads=2)))
    world.wait_for(1, "committed")
    world.stop()
    again = World(world.state_dir, key, threads=1)
    again.controller.publish(*variants)
    try:
        again.start()
        again.wait(lambda: again.controller.reported().serving.variant == "old", "the report")
        assert served_threads(again) == (1, 1)
    finally:
        again.stop()


@pytest.mark.parametrize(("ordered_w", "kept_w"), [(500.0, 40.0), (0.0, 40.0), (5.0, 5.0)])
def test_an_order_cannot_lift_the_budget_of_power(
    world: World, variants: list[Variant], ordered_w: float, kept_w: float
) -> None:
    control, agent = world.controller, world.boot()
    limits = Limits(power_w=ordered_w)
    agent.runner.submit(control.desire(1, variants[0].rung(), limits=limits))
    agent.runner._effects.fetch = lambda *_: stop()  # type: ignore[method-assign]  # noqa: SLF001

    def stop() -> None:
        raise InterruptedError

    agent.runner.wait(1.0)
    desired = agent.runner.record.desired
    assert desired is not None and desired.limits.power_w == kept_w
