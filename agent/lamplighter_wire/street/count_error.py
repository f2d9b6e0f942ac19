"""How far counts of a street are expected to be off at a frame rate: measured ones, and between."""

from collections.abc import Sequence

import msgspec

# A bound on the rate below it loses counts in every street that was measured.
LEAST_COUNTING_FPS = 3.0


class CountError(msgspec.Struct, frozen=True, kw_only=True):
    """Error of counts while at most `fps` frames are served a second, and no more than demanded.

    `error` is the sum over lines, directions and clips of |counted - true|, over all true
    crossings: 0 upwards. `low` and `high` bound it at 95 %.
    """

    fps: float = 0.0
    error: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def further_off(self, more: float) -> "CountError":
        """The same by so much more."""
        return CountError(
            fps=self.fps, error=self.error + more, low=self.low + more, high=self.high + more
        )


def count_error_at(rows: Sequence[CountError], fps: float) -> CountError | None:
    """At a frame rate between those of the rows, which are in order; None where there are none.

    Above the highest it is as there. Below the lowest what passes is missed in proportion.
    """
    if not rows:
        return None
    if fps >= rows[-1].fps:
        return rows[-1]
    if fps <= rows[0].fps:
        return _mixed(_nothing_counted(), rows[0], fps)
    above = next(index for index, row in enumerate(rows) if row.fps >= fps)
    return _mixed(rows[above - 1], rows[above], fps)


def _nothing_counted() -> CountError:
    return CountError(fps=0.0, error=1.0, low=1.0, high=1.0)


def _mixed(below: CountError, above: CountError, fps: float) -> CountError:
    share = (fps - below.fps) / (above.fps - below.fps)

    def between(name: str) -> float:
        return (1 - share) * float(getattr(below, name)) + share * float(getattr(above, name))

    return CountError(fps=fps, error=between("error"), low=between("low"), high=between("high"))
