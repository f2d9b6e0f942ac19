"""How accurate points are before a device's cameras: what plans reckon with, what labels say."""

from collections.abc import Iterator, Sequence

import msgspec
from lamplighter_client.documents.street.accuracy import (
    DeviceAccuracy,
    ExpectedPoint,
    LabelledPoint,
    SeenRegime,
)
from lamplighter_wire.clock import Clock
from lamplighter_wire.rules.sizes import parse_size
from lamplighter_wire.street.object_heights import BINS

from lamplighter_controller.domain.street.labelled import LabelledAccuracy
from lamplighter_controller.domain.street.sights import Sight
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.errors import InvalidError
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.decisions.decisions import Decisions
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord, DeviceState

CAUSE = "its cameras were measured on labels"


class Accuracies:
    """Called on the deciding thread."""

    def __init__(
        self, devices: DeviceStore, catalogue: Catalogue, clock: Clock, decisions: Decisions
    ) -> None:
        self._devices, self._catalogue = devices, catalogue
        self._clock, self._decisions = clock, decisions

    def of(self, device: str) -> DeviceAccuracy:
        """Of the variants that it serves or holds, and of those that labels tell of.

        Raises:
            NotFoundError: there is no such device.
        """
        record, state = self._devices.device(device), self._devices.device_state(device)
        specs = self._catalogue.specs_for(device, record.site)
        chosen = _names(record, state)
        return DeviceAccuracy(
            device=device,
            points=[p for spec in specs if spec.id in chosen for p in self._points(spec)],
            seen=[_seen(sight) for sight in state.sights],
            labelled=[_told(one) for one in state.labelled],
            labelled_at=state.labelled_at,
            labelled_by=state.labelled_by,
        )

    def label(self, device: str, points: Sequence[LabelledPoint], by: str) -> DeviceAccuracy:
        """Take what was measured in place of what was told before, and decide anew.

        Raises:
            NotFoundError: there is no such device.
            InvalidError: a point is not of the catalogue.
        """
        record = self._devices.device(device)
        offered = {spec.id: spec for spec in self._catalogue.specs_at(record.site)}
        for point in points:
            _check(offered, point)
        labelled = tuple(
            msgspec.convert(one, LabelledAccuracy, from_attributes=True) for one in points
        )
        now = self._clock.time() if points else 0.0
        told = {"labelled": labelled, "labelled_at": now, "labelled_by": by if points else ""}
        self._devices.update_state(device, **told)
        self._decisions.schedule(device, CAUSE)
        return self.of(device)

    def _points(self, spec: VariantSpec) -> Iterator[ExpectedPoint]:
        """Each size and regime that something is known of."""
        tabled = self._catalogue.find(spec.id)
        for size, row in spec.expected_ap50.items():
            sized = spec.at(*parse_size(size))
            for regime, ap50 in row.items():
                share = sized.share_in(regime)
                yield ExpectedPoint(
                    variant=spec.id,
                    size=size,
                    regime=regime,
                    ap50=ap50,
                    low=ap50 / share.share * share.low,
                    high=min(1.0, ap50 / share.share * share.high),
                    basis=share.basis,
                    tabled=(tabled.ap50(*parse_size(size), regime) or 0.0) if tabled else 0.0,
                )


def _names(record: DeviceRecord, state: DeviceState) -> set[str]:
    held = set(record.reported.resident) if record.reported else set()
    serving = {state.serving.variant} if state.serving else set()
    return held | serving | {one.variant for one in state.labelled}


def _check(offered: dict[str, VariantSpec], point: LabelledPoint) -> None:
    spec = offered.get(point.variant)
    if spec is None:
        raise InvalidError(
            f"no variant {point.variant!r} in the catalogue of the device's site;"
            " run: lamplighter variant list"
        )
    if point.size not in spec.expected_ap50:
        known = ", ".join(spec.expected_ap50)
        raise InvalidError(f"{point.variant} is not served at {point.size}; it is at: {known}")


def _told(one: LabelledAccuracy) -> LabelledPoint:
    return msgspec.convert(one, LabelledPoint, from_attributes=True)


def _seen(sight: Sight) -> SeenRegime:
    cells = list(sight.cells)
    return SeenRegime(
        point=sight.point,
        regime=sight.regime,
        pictures=sight.pictures,
        free=cells[:BINS],
        covered=cells[BINS:],
        reference=sight.reference,
        agreement=sight.agreement if sight.agreed_boxes else None,
        compared=round(sight.compared),
    )
