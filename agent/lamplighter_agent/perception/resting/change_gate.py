"""Let the network rest while nothing moves on an empty street.

Only where that is worth something: the policy names the share of time without anybody in view from
which on pictures are compared at all. Nobody is lost by a rest: who is followed ends it, as any
motion does, and the street is looked at after a while even so.
"""

import math
from collections.abc import Callable

from lamplighter_wire.policy.device_policy import DEFAULTS, DevicePolicy

from lamplighter_agent.camera.frame import Frame
from lamplighter_agent.errors import SourceError
from lamplighter_agent.perception.resting.moving_blocks import MovingBlocks

# The share is that of about so much time; it begins at 0, so that a start is no rest.
SHARE_S = 300.0
# A longer time between two frames tells no more of it.
LONGEST_GAP_S = 5.0


class ChangeGate:
    """Of one stream, on the thread that serves it.

    Args:
        policy: says which is in force now.
        still_share: of the time before, where it is known.
    """

    def __init__(
        self, policy: Callable[[], DevicePolicy] = lambda: DEFAULTS, still_share: float = 0.0
    ) -> None:
        self._policy = policy
        self._blocks = MovingBlocks()
        self._still_share = still_share
        self._at: float | None = None  # of the newest frame
        self._looked_at = -math.inf  # of the newest one that the network saw

    def may_rest(self, frame: Frame, is_empty: bool) -> bool:
        """Whether the network may be spared a frame. `is_empty`: nobody is in view or followed."""
        policy, share = self._policy(), self._share_with(frame.at, is_empty)
        if policy.least_still_share >= 1.0 or share < policy.least_still_share:
            self._blocks.forget()
            return False
        rested_s = frame.at - self._looked_at
        is_due = not 0.0 <= rested_s < policy.longest_rest_s
        return not self._moves(frame) and is_empty and not is_due

    def saw(self, frame: Frame) -> None:
        """The network has seen a frame."""
        self._looked_at = frame.at

    def _share_with(self, at: float, is_empty: bool) -> float:
        last, self._at = self._at, at
        gap_s = 0.0 if last is None else min(max(at - last, 0.0), LONGEST_GAP_S)
        weight = 1 - math.exp(-gap_s / SHARE_S)
        self._still_share += (float(is_empty) - self._still_share) * weight
        return self._still_share

    def _moves(self, frame: Frame) -> bool:
        try:
            return self._blocks.look(frame.luma(), frame.at)
        except SourceError:
            return True  # whoever serves it says what is wrong with it
