"""Pages of devices: filtered and sorted by the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lamplighter_client.documents import FieldError
from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.selection.device_filter import (
    DeviceField,
    FilterError,
    FilterTest,
    FilterValue,
    Requirement,
    parse_filter,
)
from lamplighter_controller.domain.selection.device_selection import (
    DeviceOrder,
    DeviceSelection,
    Position,
)
from lamplighter_controller.errors import InvalidError
from lamplighter_controller.services.access.reach import Reach
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.store.fleet.stores import FleetStore
from lamplighter_controller.store.records import DeviceRecord

# Of a group's members, which are found by looking at each device.
READ_AT_ONCE = 500
PAGE = 200  # of a walk over the whole fleet


@dataclass(frozen=True)
class DevicePage:
    """Some devices, and the place behind which there are more; None: these were the last."""

    devices: Sequence[DeviceRecord]
    end: Position | None = None


class DeviceListing:
    """Lists the fleet page by page."""

    def __init__(self, fleet: FleetStore, catalogue: Catalogue, clock: Clock) -> None:
        self._fleet = fleet
        self._catalogue = catalogue
        self._clock = clock

    def page(
        self,
        text: str,
        sort: str,
        *,
        after: Position | None,
        limit: int,
        retired: bool,
        retired_only: bool = False,
        reach: Reach | None = None,
    ) -> DevicePage:
        """A page of those that a filter leaves; a `sort` with "-" before it goes downwards.

        Args:
            reach: who asks sees no others, and no place of others; None: sees all.

        Raises:
            InvalidError: the filter cannot be read.
        """
        order = DeviceOrder(sort.removeprefix("-"))
        selection = DeviceSelection(
            now=self._clock.time(),
            limit=limit + 1,
            requirements=tuple(map(self._known_to_the_store, _requirements(text))),
            order=order,
            descending=sort.startswith("-"),
            retired=retired or retired_only,
            retired_only=retired_only,
            after=after,
        )
        records = self._within(selection, reach)
        page = records[:limit]
        return DevicePage(page, position(page[-1], order) if len(records) > limit else None)

    def _within(self, selection: DeviceSelection, reach: Reach | None) -> list[DeviceRecord]:
        """Reads on until there are as many as are wanted, or no more."""
        if reach is None or reach.is_whole:
            return self._fleet.select_devices(selection)
        if reach.site is not None:
            site = (FilterValue(reach.site),)
            own = Requirement(DeviceField.SITE, DeviceField.SITE, FilterTest.IS, site)
            requirements = (*selection.requirements, own)
            return self._fleet.select_devices(replace(selection, requirements=requirements))
        found: list[DeviceRecord] = []
        some = replace(selection, limit=READ_AT_ONCE)
        while len(found) < selection.limit:
            read = self._fleet.select_devices(some)
            found += filter(reach.has, read)
            if len(read) < READ_AT_ONCE:
                break
            some = replace(some, after=position(read[-1], some.order))
        return found[: selection.limit]

    def _known_to_the_store(self, requirement: Requirement) -> Requirement:
        """One on the model as one on its variants: the catalogue alone knows which they are."""
        if requirement.field is not DeviceField.MODEL:
            return requirement
        variants = tuple(
            FilterValue(spec.id)
            for spec in self._catalogue.specs()
            if any(value.matches(spec.model) for value in requirement.values)
        )
        return replace(requirement, field=DeviceField.SERVING, values=variants)


def position(record: DeviceRecord, order: DeviceOrder) -> Position:
    """The place of a device in an order."""
    serving = record.reported.serving.variant if record.reported else ""
    values: dict[DeviceOrder, str | float] = {
        DeviceOrder.ID: record.id,
        DeviceOrder.SITE: record.site,
        DeviceOrder.SEEN: -record.last_seen,
        DeviceOrder.SERVING: serving,
        DeviceOrder.ENROLLED: record.enrolled_at,
    }
    return Position(values[order], record.id)


def _requirements(text: str) -> tuple[Requirement, ...]:
    try:
        return parse_filter(text)
    except FilterError as error:
        raise InvalidError.of([FieldError(field="query.filter", detail=str(error))]) from error


def all_devices(fleet: FleetStore, now: float, limit: int = PAGE) -> Iterator[list[DeviceRecord]]:
    """The whole fleet in pages, without those that are retired."""
    selection = DeviceSelection(now=now, limit=limit)
    page = fleet.select_devices(selection)
    while page:
        yield page
        after = position(page[-1], selection.order)
        following = DeviceSelection(now=now, limit=limit, after=after)
        page = fleet.select_devices(following) if len(page) == limit else []
