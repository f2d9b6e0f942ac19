"""A camera that shows the same picture for ever."""

import numpy as np
from lamplighter_agent.camera.live.still_picture import STILL_S, StillPicture


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (480, 640), np.uint8)


def test_it_stands_after_minutes_and_moves_again() -> None:
    still, same = StillPicture(), picture(1)
    seen = [still.stands(same, float(now_s)) for now_s in range(0, int(STILL_S) + 20, 10)]
    assert seen.index(True) == STILL_S / 10
    assert not still.stands(picture(2), STILL_S + 30)
    assert not still.stands(same, STILL_S + 31)


def test_a_quiet_street_with_noise_does_not_stand() -> None:
    still = StillPicture()
    assert not any(still.stands(picture(n % 5), 10.0 * n) for n in range(40))
