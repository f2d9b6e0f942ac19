"""What a plan on demand would do is said before, and what it did afterwards."""

import pytest
from lamplighter_client.documents import Choice, Device, Intended, PlanAnswer
from lamplighter_client.making.plan_words import SERVED, held_text, what_follows
from lamplighter_dashboard.actions.device_actions import plan
from lamplighter_dashboard.actions.plan_difference import became
from lamplighter_wire.messages import OperatingPoint

NOW = 1_700_000_000.0
SMALL = OperatingPoint(variant="int8", width=256, height=192)
LARGE = OperatingPoint(variant="fp32", width=384, height=288)


def answer(follows: str = "send", point: OperatingPoint = LARGE, **more: object) -> PlanAnswer:
    choice = Choice(variant=point.variant, point=point)
    return PlanAnswer(primary=choice, deploy=True, follows=follows, **more)  # type: ignore[arg-type]


def clock(at: float) -> str:
    return f"{at:.0f}"


@pytest.mark.parametrize(
    ("found", "told", "is_offered"),
    [
        (answer(), "it is sent an update, which it tries before it serves by it", True),
        (answer("build", build=["fp32"]), "first fp32 is built; nothing is sent before", True),
        (
            answer("send", build=["fp32"], interim=Choice(variant="int8", point=SMALL)),
            "it is sent int8 at 256x192, which it tries before it serves by it, while fp32 is",
            True,
        ),
        (
            answer("hold", held="changes are released from 22:00 to 05:00 UTC", until=9.0),
            "only later: changes are released from 22:00 to 05:00 UTC; until 9",
            True,
        ),
        (answer("hold"), "only later: what travels is being made", True),
        (answer("later"), "an update is under way; plan again once it has ended", False),
        (answer("nothing"), SERVED, False),
        (PlanAnswer(follows="nothing"), "nothing can be planned for it", False),
        (answer(""), "it is sent an update", True),  # of a controller that does not say it
    ],
)
def test_what_follows_is_said_and_offered_where_it_does_something(
    found: PlanAnswer, told: str, is_offered: bool
) -> None:
    assert told in what_follows(found, clock)
    proposal = plan(Device(id="cam-1"), found, NOW).build({})
    assert told.split(";")[0][1:] in proposal.effects[0]
    assert bool(proposal.requests) is is_offered


def test_what_was_done_is_said_by_the_answer() -> None:
    done = became("cam-1", answer(), answer(), NOW)
    assert (done.is_done, done.text.startswith("cam-1: it is sent an update")) == (True, True)
    assert "not what was shown" not in done.text
    built = became("cam-1", answer(), answer("build", build=["fp32"]), NOW)
    assert "first fp32 is built" in built.text
    left = became("cam-1", answer(), answer("nothing"), NOW)
    assert (left.is_done, SERVED in left.text) == (False, True)


def test_another_point_than_was_shown_is_said() -> None:
    done = became("cam-1", answer(point=LARGE), answer(point=SMALL), NOW)
    assert done.text.endswith("This is not what was shown: it is int8 at 256x192")


def test_what_waits_says_why_and_until_when() -> None:
    assert held_text(Intended(held="road works", until=5.0), clock) == "road works; until 5"
