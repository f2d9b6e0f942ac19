"""What room there is between the frames of all streams."""

from lamplighter_agent.inference.idle_slots import IdleSlots
from lamplighter_wire.clock import ManualClock


def test_a_gap_ends_with_the_next_frame_of_any_stream() -> None:
    clock = ManualClock()
    idle = IdleSlots(clock)
    assert not idle.fits(0.01), "nothing was offered"
    idle.offer(0.5, "north")
    idle.offer(0.2, "south")
    assert idle.fits(0.2) and not idle.fits(0.3)
    clock.advance(0.1)
    assert idle.fits(0.1) and not idle.fits(0.15)


def test_a_stream_without_frames_takes_no_gap_from_the_others() -> None:
    clock = ManualClock()
    idle = IdleSlots(clock)
    idle.offer(0.1, "lost")
    clock.advance(1.0)
    assert not idle.fits(0.01)
    idle.offer(0.5, "north")
    assert idle.fits(0.5)
