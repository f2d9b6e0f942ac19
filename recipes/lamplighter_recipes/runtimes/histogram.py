"""How the values of a tensor are distributed over many pictures, in bounded memory."""

import numpy as np
from numpy.typing import NDArray

BINS = 2048  # eight for each of the 256 steps that an 8-bit tensor has over the whole range


class Histogram:
    """Counts of values in equal bins from `low` to `high`; what lies outside is in the last ones.

    Zeros are left out: every range holds zero exactly, so they say nothing about which is best, and
    after a ReLU they are half of all.
    """

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = min(low, 0.0), max(high, 0.0)  # a quantized tensor can hold zero
        self.counts = np.zeros(BINS, np.int64)

    @property
    def width(self) -> float:
        """Of a bin."""
        return (self.high - self.low) / BINS

    @property
    def centres(self) -> NDArray[np.float64]:
        """The middle of each bin."""
        return np.asarray(self.low + (np.arange(BINS) + 0.5) * self.width, np.float64)

    def add(self, values: NDArray) -> None:
        """Count the finite ones: a maximum is padded with minus infinity."""
        if self.width == 0:
            return
        finite = values[np.isfinite(values) & (values != 0)]
        bins = ((finite - self.low) * (1 / self.width)).astype(np.int64)
        self.counts += np.bincount(np.clip(bins, 0, BINS - 1), minlength=BINS)

    def quantile(self, share: float) -> float:
        """The value below which this share lies: the outer edge of its bin."""
        total = np.cumsum(self.counts)
        if not total[-1]:
            return self.low if share < 0.5 else self.high
        place = int(np.searchsorted(total, share * total[-1], side="left"))
        return self.low + (place + (share >= 0.5)) * self.width
