"""What can be served: variants, built or only described, with accuracy per regime and cost."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
from lamplighter_wire.artifacts.manifest import Variant
from lamplighter_wire.rules.accuracy import expected_ap50, headline
from lamplighter_wire.rules.memory import variant_bytes
from lamplighter_wire.rules.sizes import Size, by_area, parse_size, pixels, point_key, size_key
from lamplighter_wire.street.camera_figures import CameraFigures
from lamplighter_wire.street.count_error import CountError, count_error_at
from lamplighter_wire.street.height_curves import Rates, rates_in

# Size -> regime -> by frame rate.
CountErrors = Mapping[str, Mapping[str, Sequence[CountError]]]
MEASURED, ESTIMATE = "measured", "estimate"
# What a share rests on, where it is no share of anything: measured on labels of the camera.
BY_LABELS = "this camera's labels"


class SiteShare(msgspec.Struct, frozen=True):
    """What is left at a site of an accuracy that was measured elsewhere, and what says so.

    Attributes:
        basis: empty: the accuracy is as it was measured.
        low, high: the least and the most that it may be; 0: not told.
    """

    basis: str = ""
    share: float = 1.0
    low: float = 0.0
    high: float = 0.0


AS_MEASURED = SiteShare()
Shares = Mapping[str, SiteShare]


@dataclass(frozen=True, slots=True)
class SizedVariant:
    """A variant at one size: what it costs there and how accurate it is.

    Attributes:
        key: "variant@384x288", `size` its second part.
        extra_work: dense fp32 MMAC per MMAC beyond the precision's rate; None: never measured.
        expected_extra_work: the same as others' figures let expect; None: there are none.
        ap50: regime -> expected agnostic AP50; `ap50_elsewhere` where a regime was not measured;
            `best_ap50` of all.
        class_map50: the same with classes told apart; 0 where it is not known.
        at_site: the share that is in both of them already; `at_camera` by regime, where it is
            another one.
        count_errors: regime -> by frame rate; empty: nothing is known of its counts.
        counts_basis: measured | estimate; empty: not known.
    """

    key: str
    size: str
    dense_mmac: float
    depthwise_mmac: float
    bytes_moved: int
    extra_work: float | None
    expected_extra_work: float | None
    memory_bytes: int
    ap50: Mapping[str, float]
    ap50_elsewhere: float | None
    best_ap50: float
    class_map50: Mapping[str, float]
    at_site: SiteShare
    at_camera: Shares
    measured_on: str
    count_errors: Mapping[str, Sequence[CountError]]
    counts_basis: str

    def count_errors_in(self, regime: str) -> Sequence[CountError]:
        """Expected error of counts by frame rate; where a regime was not measured, as where it is
        worst."""
        worst = max(self.count_errors.values(), key=lambda rows: rows[-1].error, default=())
        return self.count_errors.get(regime, worst)

    def count_error_in(self, regime: str, fps: float) -> CountError | None:
        """At a frame rate; 0: as many as are demanded. None where nothing is known."""
        return count_error_at(self.count_errors_in(regime), fps or math.inf)

    def share_in(self, regime: str) -> SiteShare:
        """What is in the accuracy of a regime already."""
        return self.at_camera.get(regime, self.at_site)

    def ap50_in(self, regime: str) -> float | None:
        """Expected agnostic AP50; None where nothing is known."""
        return self.ap50.get(regime, self.ap50_elsewhere)

    def class_map50_in(self, regime: str) -> float:
        """The same with classes told apart; 0 where nothing is known."""
        return self.class_map50.get(regime, headline(self.class_map50) or 0.0)


class PackedManifest(msgspec.Struct, frozen=True, kw_only=True):
    """SHA-256 of a signed manifest whose parts are packed, and what it takes to expand them."""

    manifest: str = ""
    encodings: list[str] = []

    def suits(self, encodings: Collection[str]) -> bool:
        """Whether there is one, and a device that knows these encodings can expand it."""
        return bool(self.manifest) and set(self.encodings) <= set(encodings)


NOT_PACKED = PackedManifest()


class VariantSpec(Variant, frozen=True, kw_only=True, dict=True):
    """A variant of the catalogue: built, or one that could be, with figures from its parent.

    Attributes:
        class_map50: size -> regime -> mean AP50 with classes told apart.
        expected_extra_work: size -> extra work, where it was never measured: see `expected_work`.
        measured_on: renders, or pictures of a camera; empty: not known.
        site_ap50: site -> size -> regime -> AP50, measured on pictures of that site.
        street_ap50: street that no training saw -> size -> headline accuracy.
        at_sizes: size -> the share of a site that its accuracies were multiplied by; empty: they
            are as they were measured. See `expected_accuracy`.
        at_cameras: size -> regime -> the same, where a device's own camera tells more: `at_camera`.
        camera_figures: what tells how accurate it is before a camera; None: nothing was measured.
        count_errors: size -> regime -> expected error of counts by frame rate.
        counts_basis: measured, or an estimate from the accuracy; empty: nothing is known.
        count_scores: scores by regime that its counts are expected with, of a measured variant that
            computes alike; empty: its own thresholds.
        layers: equal of variants of a parent that have the same layers in the same numbers, and so
            cost the same; empty: not known.
        dominated: size -> points of the catalogue that are no worse on any device.
    """

    class_map50: dict[str, dict[str, float]] = msgspec.field(default_factory=dict)
    expected_extra_work: dict[str, float] = msgspec.field(default_factory=dict)
    measured_on: str = ""
    site_ap50: dict[str, dict[str, dict[str, float]]] = msgspec.field(default_factory=dict)
    street_ap50: dict[str, dict[str, float]] = msgspec.field(default_factory=dict)
    at_sizes: dict[str, SiteShare] = msgspec.field(default_factory=dict)
    at_cameras: dict[str, dict[str, SiteShare]] = msgspec.field(default_factory=dict)
    camera_figures: CameraFigures | None = None
    count_errors: dict[str, dict[str, list[CountError]]] = msgspec.field(default_factory=dict)
    counts_basis: str = ""
    count_scores: dict[str, float] = msgspec.field(default_factory=dict)
    site: str = ""  # only devices of this site are offered it; empty: all
    layers: str = ""
    manifest: str = ""  # SHA-256 of the signed manifest; empty until built
    packed: PackedManifest = NOT_PACKED  # the same variant in fewer bytes
    wire_bytes: int = 0  # of all chunks as they travel, packed where they are; 0: not known
    build_seconds: float = 0.0
    dominated: dict[str, list[str]] = msgspec.field(default_factory=dict)

    @property
    def built(self) -> bool:
        """Whether there is a manifest that a device can fetch."""
        return bool(self.manifest)

    @cached_property
    def resolutions(self) -> list[Size]:
        """Sizes it can be served at, the smallest first."""
        return [
            parse_size(size) for size in by_area(self.sizes or {*self.mmac, *self.expected_ap50})
        ]

    def at(self, width: int, height: int) -> SizedVariant:
        """The variant at a size: worked out once for each of its resolutions."""
        return self._sized.get((width, height)) or self._at(width, height)

    def ap50(self, width: int, height: int, regime: str) -> float | None:
        """Expected agnostic AP50, None where nothing is known.

        A universal variant takes the mean over known regimes in one that was not measured; a
        variant calibrated for one regime promises nothing elsewhere.
        """
        return self.at(width, height).ap50_in(regime)

    def rates_in(self, size: str, regime: str) -> Rates | None:
        """What it finds by height at a size in a regime; None where nothing was measured."""
        curves = self.camera_figures.curves.get(size) if self.camera_figures else None
        if not curves:
            return None
        key = size, regime
        if key not in self._rates:
            self._rates[key] = rates_in(curves, regime)
        return self._rates[key]

    @cached_property
    def _rates(self) -> dict[tuple[str, str], Rates]:
        return {}

    @cached_property
    def _sized(self) -> dict[Size, SizedVariant]:
        return {size: self._at(*size) for size in self.resolutions}

    def _at(self, width: int, height: int) -> SizedVariant:
        size = size_key(width, height)
        ap50 = self.expected_ap50.get(size, {})
        total = _at_size(self.mmac, width, height)
        depthwise = min(total, _at_size(self.depthwise_mmac, width, height))
        return SizedVariant(
            key=point_key(self.id, width, height),
            size=size,
            dense_mmac=total - depthwise,
            depthwise_mmac=depthwise,
            bytes_moved=round(_at_size(self.bytes_moved, width, height)),
            extra_work=_nearest_size(self.extra_work, width, height),
            expected_extra_work=_nearest_size(self.expected_extra_work, width, height),
            memory_bytes=variant_bytes(self, width, height),
            ap50=ap50,
            ap50_elsewhere=expected_ap50(self.expected_ap50, size, "", self.calibration),
            best_ap50=max(ap50.values(), default=0.0),
            class_map50=self.class_map50.get(size, {}),
            at_site=self.at_sizes.get(size, AS_MEASURED),
            at_camera=self.at_cameras.get(size, {}),
            measured_on=self.measured_on,
            count_errors=_nearest_table(self.count_errors, width, height),
            counts_basis=self.counts_basis,
        )


def _nearest_table(
    table: CountErrors, width: int, height: int
) -> Mapping[str, Sequence[CountError]]:
    """Of the size; of the next smaller one, which is no better, where it is missing."""
    area = width * height
    below = [key for key in table if pixels(key) <= area]
    return table[max(below, key=pixels)] if below else {}


def _nearest_size(table: Mapping[str, float], width: int, height: int) -> float | None:
    """The tabled value, of the nearest resolution where this one is missing."""
    areas = {key: abs(pixels(key) - width * height) for key in table}
    nearest = min(areas, key=lambda key: (areas[key], key), default=None)
    return None if nearest is None else table[nearest]


def _at_size(table: Mapping[str, float], width: int, height: int) -> float:
    """Value at a resolution; scaled by area from the nearest tabled one when it is missing."""
    if not table:
        return 0.0
    key = size_key(width, height)
    if key in table:
        return float(table[key])
    areas = {k: pixels(k) for k in table}
    nearest = min(areas, key=lambda k: abs(areas[k] - width * height))
    return float(table[nearest]) * width * height / areas[nearest]
