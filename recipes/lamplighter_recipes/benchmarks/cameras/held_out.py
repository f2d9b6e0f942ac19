"""What would have been expected before each camera by what was measured before all others."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from lamplighter_wire.street.camera_figures import ALL, AccuracyFit, CameraFigures, HeightCurve
from lamplighter_wire.street.height_curves import Floats, ap50_over, rates_in, road_users

from lamplighter_recipes.benchmarks.cameras.lines import Shown, line_through, spread_line
from lamplighter_recipes.benchmarks.cameras.parts import Part, Point

Curves = dict[Point, dict[str, HeightCurve]]
# Fewer labelled objects say nothing of an accuracy.
LEAST_OBJECTS = 60
DIGITS = 4


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """One point before one camera in one regime.

    Attributes:
        ap50: as labels have it; what follows is expected by what other cameras have shown.
        others: the mean of these cameras.
        heights: what curves of other cameras say of the heights there; by_heights: by a line over
            that.
        agreement: with the reference; by_agreement: by a line over that.
        count_error: sum over pictures of |boxes - objects|, over all objects; the same three ways.
    """

    camera: str
    regime: str
    variant: str
    size: str
    pictures: int
    objects: int
    ap50: float
    others: float
    heights: float
    by_heights: float
    agreement: float
    by_agreement: float
    count_error: float
    others_count_error: float
    count_error_by_agreement: float


class _Row(NamedTuple):
    """A point before a camera in a regime, by what all other cameras have shown of heights."""

    part: Part
    point: Point
    heights: float

    @property
    def ap50(self) -> float:
        return self.part.points[self.point].ap50

    @property
    def count_error(self) -> float:
        return self.part.points[self.point].count_error

    def by_heights(self) -> Shown:
        """For a line of AP50 over what heights let expect."""
        return self._shown(self.heights, self.ap50)

    def by_agreement(self, reference: Point) -> Shown:
        """For one over the agreement with another point."""
        return self._shown(self.part.agreements[self.point, reference], self.ap50)

    def counts_by_agreement(self, reference: Point) -> Shown:
        """For one of the error of counts over that."""
        return self._shown(self.part.agreements[self.point, reference], self.count_error)

    def _shown(self, figure: float, true: float) -> Shown:
        return Shown(self.part.camera, self.part.regime, figure, true, self.part.objects)


def curves_without(parts: Iterable[Part], camera: str = "") -> Curves:
    """By point and regime, ALL among them, of all cameras but one."""
    sums: dict[Point, dict[str, list[HeightCurve]]] = defaultdict(lambda: defaultdict(list))
    for part in parts:
        if part.camera != camera:
            for point, one in part.points.items():
                sums[point][part.regime].append(one.curve)
                sums[point][ALL].append(one.curve)
    return {
        point: {regime: added(curves) for regime, curves in by_regime.items()}
        for point, by_regime in sums.items()
    }


def added(curves: Sequence[HeightCurve]) -> HeightCurve:
    """All of them as one."""
    return HeightCurve(
        pictures=sum(one.pictures for one in curves),
        **{
            name: np.sum([getattr(one, name) for one in curves], axis=0).tolist()
            for name in ("truths", "hits", "alarms")
        },
    )


def users_of(part: Part, point: Point, curves: Curves) -> Floats:
    """Road users by cell, as a point's own boxes let suppose."""
    one = part.points[point]
    return road_users(rates_in(curves[point], part.regime), one.seen, one.threshold)


def figures_of(parts: Sequence[Part], parents: Mapping[str, str]) -> dict[str, CameraFigures]:
    """What is kept of each recipe, by its name. `parents`: of the recipes."""
    curves, rows = curves_without(parts), _rows_by_point(parts)
    figures: dict[str, CameraFigures] = {}
    for name in sorted({point[0] for point in curves}):
        sizes = [size for other, size in curves if other == name]
        figures[name] = CameraFigures(
            curves={size: curves[name, size] for size in sizes},
            by_heights={
                size: spread_line([row.by_heights() for row in rows[name, size]]) for size in sizes
            },
            by_agreement={size: _agreed_lines(rows, (name, size), parents) for size in sizes},
        )
    return figures


def _agreed_lines(
    rows: Mapping[Point, Sequence[_Row]], point: Point, parents: Mapping[str, str]
) -> dict[str, AccuracyFit]:
    """Of a point with each other that does better in all cameras' mean, by parent and size."""
    ranking = {other: float(np.mean([row.ap50 for row in own])) for other, own in rows.items()}
    return {
        f"{parents[other[0]]}@{other[1]}": spread_line(
            [row.by_agreement(other) for row in rows[point]]
        )
        for other in sorted(rows)
        if ranking[other] > ranking[point]
    }


def expectations(parts: Sequence[Part], reference: Point) -> list[Expectation]:
    """Of every point but the reference, each camera by all others."""
    return [
        expectation
        for point, rows in _rows_by_point(parts).items()
        if point != reference
        for expectation in _of_point(rows, reference)
    ]


def _of_point(rows: Sequence[_Row], reference: Point) -> Iterator[Expectation]:
    for camera in sorted({row.part.camera for row in rows}):
        others = [row for row in rows if row.part.camera != camera]
        lines = _Lines(
            line_through([row.by_heights() for row in others]),
            line_through([row.by_agreement(reference) for row in others]),
            line_through([row.counts_by_agreement(reference) for row in others]),
        )
        for row in rows:
            if row.part.camera == camera:
                there = [one for one in others if one.part.regime == row.part.regime]
                yield _expected(row, reference, lines, there)


class _Lines(NamedTuple):
    """Of one point, through all cameras but one."""

    by_heights: AccuracyFit
    by_agreement: AccuracyFit
    counts: AccuracyFit


def _expected(row: _Row, reference: Point, lines: _Lines, there: Sequence[_Row]) -> Expectation:
    """`there`: other cameras in the regime of the row."""
    part, agreement = row.part, row.part.agreements[row.point, reference]
    figures = {
        "ap50": row.ap50,
        "others": _mean([one.ap50 for one in there]),
        "heights": row.heights,
        "by_heights": lines.by_heights.at(row.heights, part.regime),
        "agreement": agreement,
        "by_agreement": lines.by_agreement.at(agreement, part.regime),
        "count_error": row.count_error,
        "others_count_error": _mean([one.count_error for one in there]),
        "count_error_by_agreement": lines.counts.at(agreement, part.regime),
    }
    return Expectation(
        camera=part.camera,
        regime=part.regime,
        variant=row.point[0],
        size=row.point[1],
        pictures=part.pictures,
        objects=part.objects,
        **{name: round(figure, DIGITS) for name, figure in figures.items()},
    )


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _rows_by_point(parts: Sequence[Part]) -> dict[Point, list[_Row]]:
    """Each part with enough objects, by curves of all cameras but its own."""
    rows: dict[Point, list[_Row]] = defaultdict(list)
    for camera in sorted({part.camera for part in parts}):
        curves = curves_without(parts, camera)
        for part in parts:
            if part.camera == camera and part.objects >= LEAST_OBJECTS:
                for point in part.points:
                    rows[point].append(_Row(part, point, heights_of(part, point, curves)))
    return rows


def heights_of(part: Part, point: Point, curves: Curves) -> float:
    """What heights let expect of a point, by its own boxes."""
    rates = rates_in(curves[point], part.regime)
    return ap50_over(rates, users_of(part, point, curves))
