"""When one frame should be followed by another at once: pure.

At a low frame rate a fast object is in a different place whenever it is seen: it overlaps nothing
that was there before, is never followed, not counted, and does not raise the demanded rate. Two
frames in quick succession tell its velocity, and the forecast finds it again at the low rate.
"""

from dataclasses import dataclass

# Seconds between the two: short enough for an object that asks for 15 frames/s to overlap itself.
APART_S = 1 / 15
# Extra frames are at most this share of all: a crowd that flickers must not cost what it likes.
MOST_SHARE = 0.2
# Credit is saved up to this many looks, so that a quiet street can afford a few at once.
MOST_CREDIT = 3.0


@dataclass(frozen=True, slots=True)
class LookState:
    """Credit in looks; whether the next frame is such a look."""

    credit: float = 1.0
    looking: bool = False


def after_frame(state: LookState, fresh: int, period_s: float) -> LookState:
    """Whether to look again, after a frame with so many objects seen for the first time.

    Args:
        fresh: objects that matched nothing known.
        period_s: seconds to the next frame otherwise; one that comes soon needs no look.
    """
    if state.looking:
        return LookState(state.credit, looking=False)
    credit = min(state.credit + MOST_SHARE, MOST_CREDIT)
    if not fresh or credit < 1 or period_s < 2 * APART_S:
        return LookState(credit)
    return LookState(credit - 1, looking=True)
