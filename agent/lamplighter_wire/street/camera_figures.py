"""What tells how accurate a variant is before a camera: figures of labelled pictures of others."""

import msgspec

# Regime of what was measured in all of them together.
ALL = ""


class HeightCurve(msgspec.Struct, frozen=True, kw_only=True):
    """What one variant finds at one size, by how tall road users stand in the picture.

    Attributes:
        pictures: that it was measured on.
        truths: labelled road users by cell.
        hits: those that were found, by cell and level of their box's score.
        alarms: boxes that hit nothing, by bin of their own height and level.
    """

    pictures: int = 0
    truths: list[int] = []
    hits: list[list[int]] = []
    alarms: list[list[int]] = []


class AccuracyFit(msgspec.Struct, frozen=True, kw_only=True):
    """AP50 before a camera as a line over one figure of what is seen there, by least squares.

    Attributes:
        slope, base: of the line.
        regimes: what is added in a regime; of one that was not measured nothing is.
        spread: root mean square of what it was off before cameras that it was not fitted on.
        cameras: that it was fitted on.
    """

    slope: float = 0.0
    base: float = 0.0
    regimes: dict[str, float] = {}
    spread: float = 0.0
    cameras: int = 0

    def at(self, figure: float, regime: str) -> float:
        """AP50, 0 to 1."""
        total = self.base + self.slope * figure + self.regimes.get(regime, 0.0)
        return min(1.0, max(0.0, total))


class CameraFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Of one variant, by size.

    Attributes:
        curves: regime, ALL among them -> what it finds.
        by_heights: over what heights let expect.
        by_agreement: reference ("parent@512x384") -> over the agreement with it.
    """

    curves: dict[str, dict[str, HeightCurve]] = {}
    by_heights: dict[str, AccuracyFit] = {}
    by_agreement: dict[str, dict[str, AccuracyFit]] = {}
