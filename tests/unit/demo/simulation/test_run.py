"""How a simulation ends."""

import asyncio
from contextlib import suppress

from lamplighter_demo.simulation.run import cancel_all


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
