"""What is said once something was done: each that was left, and why."""

import asyncio
from dataclasses import replace

import pytest
from lamplighter_client import endpoints
from lamplighter_client.client import AsyncClient
from lamplighter_client.documents import RolledBack
from lamplighter_client.target import Target
from lamplighter_dashboard.actions.device_actions import rolled_back, ways_back
from lamplighter_dashboard.actions.perform import MOST_TOLD, Performing
from lamplighter_dashboard.actions.proposal import Became, Proposal

NOWHERE = Target("http://127.0.0.1:9", "")


def after(proposal: Proposal, *became: Became | None) -> Performing:
    """As though the controller had answered so."""
    one = Performing(proposal)
    for each in became:
        one.hear(each)
    return one


def proposal(many: int) -> Proposal:
    requests = [endpoints.probe(f"cam-{n}") for n in range(many)]
    return Proposal("Roll back", [], requests, done="rolled back")


def test_what_was_left_is_told_with_its_reason_and_weighs_more_than_what_was_done() -> None:
    ways = [
        RolledBack(device="cam-0", variant="int8"),
        RolledBack(device="cam-1", why_not="it is retired"),
    ]
    one = after(proposal(2), *(rolled_back([way]) for way in ways))
    assert one.weight == "warning"
    assert one.outcome.splitlines() == [
        "Roll back: 1 of 2 done",
        "✖ cam-1 is left as it is: it is retired",
        "cam-0 goes back to int8",
    ]


def test_of_many_some_are_told_and_the_rest_counted() -> None:
    left = [Became(f"cam-{n} is left", is_done=False) for n in range(MOST_TOLD + 3)]
    assert after(proposal(MOST_TOLD + 3), *left).outcome.endswith("and 3 more")


@pytest.mark.parametrize(
    ("became", "told", "weight"),
    [
        (None, "rolled back", "information"),
        (Became("cam-0 goes back"), "cam-0 goes back", "information"),
        (Became("it is retired", is_done=False), "Roll back: it is retired", "warning"),
    ],
)
def test_one_is_told_by_what_its_answer_says(became: Became | None, told: str, weight: str) -> None:
    one = after(proposal(1), became)
    assert (one.outcome, one.weight) == (told, weight)


def test_a_controller_that_does_not_answer_is_an_error() -> None:
    one = Performing(replace(proposal(2), done="never said"))

    async def run() -> None:
        client = AsyncClient(NOWHERE, 1.0)
        await one.run(client)
        await client.close()

    asyncio.run(run())
    assert one.weight == "error"
    assert one.progress == "Roll back: 2 of 2 done"
    assert one.outcome.startswith("Roll back: 0 of 2 done\n✖ ")


def test_the_way_back_names_each_device_and_first_those_that_stay() -> None:
    found = [
        RolledBack(device="cam-0", variant="int8", is_held=True),
        RolledBack(device="cam-1", variant="fp32"),
        RolledBack(device="cam-2", why_not="it is retired"),
    ]
    assert ways_back(found) == [
        "▲ cam-2 is left as it is: it is retired.",
        "cam-0 → int8, which it still holds",
        "cam-1 → fp32, which is sent to it",
    ]
