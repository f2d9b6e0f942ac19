"""The network rests only where that was asked for, is worth it and loses nobody."""

from dataclasses import replace

import av
import msgspec
import numpy as np
from lamplighter_agent.camera.frame import Frame, frame_of
from lamplighter_agent.perception.resting.change_gate import SHARE_S, ChangeGate
from lamplighter_wire.policy.device_policy import DevicePolicy

ASKED = DevicePolicy(least_still_share=0.2, longest_rest_s=5.0)


def picture(at: float, car_at: int | None = None) -> Frame:
    grey = np.full((240, 320, 3), 40, np.uint8)
    if car_at is not None:
        grey[100:130, car_at : car_at + 40] = 120
    return frame_of(grey, at)


def rests(gate: ChangeGate, frame: Frame, *, is_empty: bool = True) -> bool:
    rested = gate.may_rest(frame, is_empty)
    if not rested:
        gate.saw(frame)
    return rested


def quiet(gate: ChangeGate, begin: int, seconds: int) -> list[bool]:
    return [rests(gate, picture(float(at))) for at in range(begin, begin + seconds)]


def test_it_never_rests_unless_it_is_asked_for() -> None:
    assert not any(quiet(ChangeGate(), 0, 2 * int(SHARE_S)))


def test_it_rests_on_a_quiet_street_after_a_while_and_looks_every_few_seconds() -> None:
    rested = quiet(ChangeGate(lambda: ASKED), 0, 200)
    assert not any(rested[:60]), "a start is no rest"
    assert rested[-10:].count(True) == 8, "one look in five seconds"


def test_a_motion_ends_it_with_that_very_frame() -> None:
    gate = ChangeGate(lambda: ASKED)
    quiet(gate, 0, 200)
    assert rests(gate, picture(200.0))
    assert not rests(gate, picture(201.0, car_at=100))


def test_who_is_followed_ends_it() -> None:
    gate = ChangeGate(lambda: ASKED)
    quiet(gate, 0, 200)
    followed = [rests(gate, picture(200.0 + n), is_empty=False) for n in range(20)]
    assert not any(followed)


def test_it_does_not_rest_on_a_street_that_is_seldom_empty() -> None:
    gate = ChangeGate(lambda: ASKED)
    for second in range(900):
        assert not rests(gate, picture(float(second)), is_empty=second % 10 == 0)


def test_the_policy_in_force_counts() -> None:
    policy = ASKED
    gate = ChangeGate(lambda: policy)
    assert any(quiet(gate, 0, 200)[-5:])
    policy = msgspec.structs.replace(policy, longest_rest_s=0.5)
    assert not any(quiet(gate, 200, 20))
    policy = msgspec.structs.replace(ASKED, least_still_share=1.0)
    assert not any(quiet(gate, 220, 20))


def test_a_clock_set_back_and_a_picture_that_cannot_be_read_are_served() -> None:
    gate = ChangeGate(lambda: ASKED)
    quiet(gate, 0, 200)
    assert not rests(gate, picture(10.0))
    quiet(gate, 11, 30)
    broken = replace(picture(41.0), image=av.VideoFrame(0, 0, "rgb24"))
    assert not gate.may_rest(broken, is_empty=True)
