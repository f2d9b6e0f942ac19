"""What crossed a street, by intervals of time."""

from lamplighter_client.documents.base import Document

NO_LINES = "no lines are drawn"
"""The note of an interval in which nothing could be counted: no zero either."""

UNPROVEN = "counts were never measured in "
"""So begins the note of an interval in which a variant served whose error of counts is estimated
in some regimes, from its accuracy and from variants like it; these follow, with commas."""


class StreetCount(Document, frozen=True, kw_only=True):
    """One interval of one stream, over one version of its lines and zones.

    `counts` by movement and class is null where nothing was watched: a gap is no zero. Speeds and
    occupancy are null where they were not measured: without two lines a known distance apart, or
    by an agent that does not know of them.
    """

    device: str = ""
    stream: str = ""
    start: float = 0.0  # wall clock, by the device
    seconds: float = 0.0  # of the interval
    street: int = 0  # version of the lines and zones; 0: the device's own
    counts: dict[str, dict[str, int]] | None = None
    complete: bool = False
    trouble: str = ""  # why these are not the counts of the whole interval
    # To be known beside counts that are whole: another model served, one was on trial, what served
    # was never measured in such a regime, or no lines are drawn, so that nothing is counted.
    notes: list[str] = []
    watched_s: float = 0.0  # frames were looked at, or rested as nothing moved
    lost_s: float = 0.0  # the camera gave nothing
    unserved_s: float = 0.0  # no model served it
    failed_s: float = 0.0  # its frames failed
    trial_s: float = 0.0  # of the watched seconds: a model was on trial
    frames: int = 0
    regimes_s: dict[str, float] = {}  # watched seconds by regime
    variants_s: dict[str, float] = {}  # by the variant that served
    # Space mean speed by movement (over the later line) and class, and of how many.
    speed_kmh: dict[str, dict[str, float]] | None = None
    speed_count: dict[str, dict[str, int]] | None = None
    # Line or zone -> share of the watched time in which a vehicle was on it, 0 to 1.
    occupancy: dict[str, float] | None = None
