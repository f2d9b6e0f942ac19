"""How a simulation ends."""

import asyncio
from contextlib import suppress

import pytest
from lamplighter_demo.simulation.cancelling import cancel_all, run_together


async def _loses(cancellations: int) -> None:
    for _ in range(cancellations):
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60.0)
    await asyncio.sleep(60.0)


async def _run() -> list[bool]:
    tasks = [asyncio.create_task(_loses(number)) for number in range(3)]
    await asyncio.sleep(0)
    await asyncio.wait_for(cancel_all(tasks), 20.0)
    return [task.cancelled() for task in tasks]


def test_a_device_that_loses_a_cancellation_ends_as_well() -> None:
    assert asyncio.run(_run()) == [True, True, True]


async def _run_together() -> bool:
    both = [asyncio.create_task(_loses(number)) for number in (0, 2)]
    session = asyncio.create_task(run_together(*both, again_s=0.01))
    await asyncio.sleep(0.01)
    await asyncio.wait_for(cancel_all([session]), 20.0)
    return session.cancelled() and all(task.done() for task in both)


def test_a_session_ends_though_one_of_its_tasks_loses_a_cancellation() -> None:
    assert asyncio.run(_run_together())


async def _fail() -> None:
    raise OSError("the link is gone")


async def _fail_beside_another() -> None:
    await run_together(asyncio.create_task(_fail()), asyncio.create_task(_loses(0)))


def test_a_session_ends_with_the_error_of_one_of_its_tasks() -> None:
    with pytest.raises(OSError, match="link is gone"):
        asyncio.run(_fail_beside_another())
