"""A device's wall clock decides nothing: it is served and online, and what it said is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lamplighter_wire.clock import SystemClock
from lamplighter_wire.errors import SignatureError
from lamplighter_wire.https.told_time import ask_time
from lamplighter_wire.messages import Telemetry
from lamplighter_wire.signing import KeySet, SigningKey

from tests.simulators.running_controller import RunningController, eventually
from tests.simulators.talking_device import TalkingDevice

pytestmark = pytest.mark.broker
NEVER_SET_S = -1.79e9  # a device that begins in 1970
YEARS_AHEAD_S = 6 * 365 * 86400.0
LONGEST_TEST_S = 600.0


class SetClock(SystemClock):
    """The system's, wrong by so many seconds."""

    def __init__(self, wrong_s: float) -> None:
        self.wrong_s = wrong_s

    def time(self) -> float:
        return super().time() + self.wrong_s


@pytest.fixture
def control(tmp_path: Path) -> Iterator[RunningController]:
    made = RunningController(tmp_path / "controller", SigningKey.generate())
    with made.running():
        yield made


def device_at(
    control: RunningController, folder: Path, wrong_s: float
) -> tuple[TalkingDevice, SetClock]:
    clock = SetClock(wrong_s)
    device = TalkingDevice(control.url, control.new_token("cam-a"), folder, "cam-a", clock)
    eventually(lambda: control.device("cam-a").online, "a birth")
    return device, clock


def windows(control: RunningController) -> list[Telemetry]:
    return control.services.store.telemetry("cam-a", limit=None)


def frames(control: RunningController) -> list[int]:
    return sorted(window.frames for window in windows(control))


@pytest.mark.parametrize("wrong_s", [NEVER_SET_S, -9 * 3600.0, 20 * 86400.0, YEARS_AHEAD_S])
def test_a_step_of_the_clock_loses_nothing(
    control: RunningController, tmp_path: Path, wrong_s: float
) -> None:
    device, clock = device_at(control, tmp_path / "cam-a", wrong_s)
    device.measure(10)
    device.session.close()
    device.measure(10)
    clock.wrong_s = 0.0
    device.measure(10)
    device.restart()
    device.measure(10)
    eventually(lambda: frames(control) == list(range(1, 41)), "all windows")
    assert control.device("cam-a").online
    dates = {window.frames: window.start for window in windows(control)}
    was_set = wrong_s > NEVER_SET_S
    for number in range(21 if was_set else 11, 41):  # a clock that was never set dates nothing
        assert abs(dates[number] - clock.time()) < LONGEST_TEST_S
    device.close()


def test_the_controller_tells_who_asks_what_time_it_is(control: RunningController) -> None:
    keys = KeySet.of(control.signer.key)
    assert abs(ask_time(control.url, "", keys) - SystemClock().time()) < LONGEST_TEST_S
    with pytest.raises(SignatureError):
        ask_time(control.url, "", KeySet.of(SigningKey.generate()))


def test_numbers_that_fell_back_leave_no_device_offline(
    control: RunningController, tmp_path: Path
) -> None:
    folder = tmp_path / "cam-a"
    device, clock = device_at(control, folder, 0.0)
    device.measure(3)
    eventually(lambda: frames(control) == [1, 2, 3], "windows")
    before = device.session.epoch
    device.close()
    eventually(lambda: not control.device("cam-a").online, "a leave")
    for path in folder.glob("outbox.sqlite*"):
        path.unlink()
    clock.wrong_s = NEVER_SET_S  # a card without its outbox, in a machine without a clock
    device.restart()
    eventually(lambda: control.device("cam-a").online, "a birth")
    eventually(lambda: device.session.epoch > before, "numbers that go on")
    device.measure(3)
    eventually(lambda: len(frames(control)) == 6, "windows")
    device.close()
