"""What holds for all that devices are asked for: who is asked, who answers, and for how long."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lamplighter_controller.errors import ConflictError, NotFoundError, TooOftenError
from lamplighter_controller.services.asking.device_logs import LOG
from lamplighter_controller.services.asking.questions import MOST_AT_ONCE, Question, QuestionKind
from lamplighter_controller.services.street.stills import STILL

from tests.simulators.asked_device import AskedDevice
from tests.simulators.controller_rig import Rig
from tests.simulators.logging_device import LoggingDevice
from tests.simulators.still_camera import StillCamera


@dataclass(frozen=True)
class Asking:
    """One kind, the device that answers it, how it is asked for, and what is said of both ends."""

    kind: QuestionKind
    device: Callable[..., AskedDevice]
    ask: Callable[[Rig, str], Question[Any]]
    why_silent: str
    how_often: str


ASKED = {
    "log": Asking(
        LOG,
        LoggingDevice,
        lambda rig, name: rig.services.device_logs.ask(name, 50, "warning"),
        "its agent is older than this controller",
        "one in 2 s",
    ),
    "still": Asking(
        STILL,
        StillCamera,
        lambda rig, name: rig.services.stills.ask(name, "", "ops"),
        "its camera is lost",
        "one in 5 s",
    ),
}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path, [])
    yield made
    made.close()


@pytest.fixture(params=sorted(ASKED))
def asking(request: pytest.FixtureRequest) -> Asking:
    return ASKED[str(request.param)]


@pytest.fixture
def device(rig: Rig, asking: Asking) -> AskedDevice:
    return asking.device(rig)


def ask(rig: Rig, asking: Asking, name: str = "cam-1") -> Question[Any]:
    asked = asking.ask(rig, name)
    rig.settle()
    return asked


def test_answers_that_nobody_waits_for_are_dropped(
    rig: Rig, asking: Asking, device: AskedDevice
) -> None:
    asked = ask(rig, asking)
    device.answer(order="another")
    assert not asked.answer.done()
    device.answer()
    device.answer()
    assert asked.answer.result(0).order == asked.name


def test_another_device_cannot_answer(rig: Rig, asking: Asking, device: AskedDevice) -> None:
    asked, other = ask(rig, asking), asking.device(rig, "cam-2")
    other.commands[:] = device.commands
    other.answer()
    assert not asked.answer.done()


def test_who_does_not_answer_is_waited_for_no_longer(
    rig: Rig, asking: Asking, device: AskedDevice
) -> None:
    asked = ask(rig, asking)
    rig.clock.advance(asking.kind.patience_s + 1)
    rig.settle()
    with pytest.raises(ConflictError) as caught:
        asked.answer.result(0)
    assert asking.why_silent in str(caught.value)
    device.answer()
    assert ask(rig, asking).name != asked.name, "it can be asked again"


def test_who_was_asked_a_moment_ago_is_left_alone(
    rig: Rig, asking: Asking, device: AskedDevice
) -> None:
    ask(rig, asking)
    device.answer()
    with pytest.raises(TooOftenError, match=asking.how_often):
        ask(rig, asking)
    assert len(device.commands) == 1
    rig.clock.advance(asking.kind.least_apart_s)
    ask(rig, asking)
    assert len(device.commands) == 2


def test_few_are_waited_for_at_once(rig: Rig, asking: Asking) -> None:
    devices = [asking.device(rig, f"cam-{number}") for number in range(MOST_AT_ONCE + 1)]
    for one in devices[:-1]:
        ask(rig, asking, one.name)
    with pytest.raises(TooOftenError, match=f"asked for a {asking.kind.noun} already"):
        ask(rig, asking, devices[-1].name)
    devices[0].answer()
    ask(rig, asking, devices[-1].name)


def test_who_cannot_be_asked(rig: Rig, asking: Asking) -> None:
    rig.device("cam-1")
    with pytest.raises(ConflictError, match="not connected"):
        ask(rig, asking)
    with pytest.raises(NotFoundError):
        ask(rig, asking, "cam-9")
