"""Whatever the call at which a command is killed, the next one brings what the file says."""

from collections.abc import Callable, Iterator

import pytest
from lamplighter_agent.link.identity import FOLDER, RECORD
from lamplighter_provision.engine import proof
from lamplighter_provision.engine.carrying_out import Carrier
from lamplighter_provision.engine.planned import steps_of
from lamplighter_provision.errors import ProvisionError
from lamplighter_provision.gateway.desired import Agent, Gateway
from lamplighter_provision.gateway.present import IDENTITY_FILE, STATE_DIR

from tests.simulators.container_engine import Conduct, ContainerEngine, Killed, SteppedTime

GOOD, NEWER, CRASHES, OFFLINE = (f"sha256:{letter * 64}" for letter in "abcd")
IMAGES = {
    GOOD: Conduct(),
    NEWER: Conduct(),
    CRASHES: Conduct(stands=("offline",), crashes_at=1),
    OFFLINE: Conduct(stands=("offline",)),
}
GATEWAY = Gateway(image="agent:1", url="http://controller", agents={"cam-1": Agent()}, start_s=12.0)
NAME = "lamplighter-cam-1"
REFUSED = 3
ALL_CALLS = 200
"""More than any command here takes."""


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "time", SteppedTime())


def apply(
    there: ContainerEngine, dies_at: int | None = None, fails_at: int | None = None
) -> list[str]:
    """One command; what it tells.

    Raises:
        Killed: at the call `dies_at`.
        ProvisionError: as the command says it.
    """
    told: list[str] = []
    engine = there.engine()
    there.dies_at, there.fails_at = dies_at, fails_at
    steps = steps_of(GATEWAY, engine)
    Carrier(engine, GATEWAY, lambda _: "token", told.append).carry_out(steps)
    return told


def kills(make: Callable[[], ContainerEngine]) -> Iterator[ContainerEngine]:
    """An engine for each call, at which a command was killed."""
    for dies_at in range(ALL_CALLS):
        there = make()
        try:
            apply(there, dies_at)
        except Killed:
            yield there
        except ProvisionError:
            return
        else:
            return
    raise AssertionError("the command does not end")


def serving(image: str = GOOD) -> ContainerEngine:
    there = ContainerEngine(IMAGES, image)
    apply(there)
    assert there.running() == {NAME: image}
    return there


def updating(to: str) -> ContainerEngine:
    there = serving()
    wait_until_online(there)
    there.tagged = to
    return there


def wait_until_online(there: ContainerEngine) -> None:
    for container in there.containers_.values():
        container.looks = len(IMAGES[GOOD].stands)


@pytest.mark.parametrize("code", [0, REFUSED])
def test_an_enrolment_that_was_cut_off_anywhere_is_done_by_the_next_command(code: int) -> None:
    killed = list(kills(lambda: ContainerEngine(IMAGES, GOOD, enrol_code=code)))
    assert len(killed) > 10
    for there in killed:
        there.enrol_code = 0
        apply(there)
        assert there.running() == {NAME: GOOD}
        assert list(there.containers_) == [NAME]


def test_an_identity_that_is_there_costs_no_token() -> None:
    there = serving()
    there.remove_container(NAME, v=True, force=True)
    assert apply(there)[:1] == ["cam-1: create and start (its state is there)"]
    assert list(there.running()) == [NAME]
    there.remove_container(NAME, v=True, force=True)
    there.files[NAME].clear()
    assert "  cam-1: its state holds no identity: enrol" in apply(there)


def test_where_the_identity_is_looked_for_is_where_the_agent_keeps_it() -> None:
    assert f"{STATE_DIR}/{FOLDER}/{RECORD}" == IDENTITY_FILE


def test_an_update_that_was_cut_off_anywhere_is_done_by_the_next_command() -> None:
    killed = list(kills(lambda: updating(NEWER)))
    assert len(killed) > 10
    for there in killed:
        apply(there)
        assert there.running() == {NAME: NEWER}
        assert list(there.containers_) == [NAME]


@pytest.mark.parametrize(
    ("image", "words"), [(CRASHES, "ended with 1"), (OFFLINE, "is not online within")]
)
def test_what_does_not_come_up_never_takes_the_place_of_what_ran(image: str, words: str) -> None:
    killed = list(kills(lambda: updating(image)))
    assert len(killed) > 10
    for there in killed:
        with pytest.raises(ProvisionError, match=words):
            apply(there)
        assert there.running() == {NAME: GOOD}
        assert list(there.containers_) == [NAME]


def test_an_engine_that_refuses_a_call_of_an_update_leaves_an_agent_running() -> None:
    clean, refused = updating(NEWER), 0
    apply(clean)
    for fails_at in range(clean.calls):
        there = updating(NEWER)
        try:
            apply(there, fails_at=fails_at)
        except ProvisionError as error:
            assert "out of order" in str(error)
            refused += 1
        assert len(there.running()) == 1
        apply(there)
        assert there.running() == {NAME: NEWER}
    assert refused > 10
