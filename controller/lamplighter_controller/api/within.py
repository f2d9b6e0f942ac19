"""What a token that does not reach the whole fleet sees of its lists and figures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from fastapi import Request
from lamplighter_wire.enums import JobKind

from lamplighter_controller.api.access import reach_of, services
from lamplighter_controller.domain.variants import VariantSpec
from lamplighter_controller.store.fleet.among import Among
from lamplighter_controller.store.records import DeviceRecord, JobRecord

R = TypeVar("R")
P = TypeVar("P")
READ_AT_ONCE = 500


@dataclass(frozen=True)
class Within:
    """Attributes:
    devices: names, retired ones too; None: all, and what is about no device.
    sites: of these devices, and that of the token; None: all.
    """

    devices: Among = None
    sites: frozenset[str] | None = None

    @property
    def is_whole(self) -> bool:
        return self.devices is None

    def has(self, device: str) -> bool:
        """Whether a device is within."""
        return self.devices is None or device in self.devices

    def has_site(self, site: str) -> bool:
        """Whether a site is within; what is of no site is for all."""
        return self.sites is None or not site or site in self.sites

    def variants(self, specs: Iterable[VariantSpec]) -> list[VariantSpec]:
        """Those that are not another site's, without the figures of other sites."""
        return [self._without_others(spec) for spec in specs if self.has_site(spec.site)]

    def _without_others(self, spec: VariantSpec) -> VariantSpec:
        if self.sites is None:
            return spec
        own = {site: figures for site, figures in spec.site_ap50.items() if site in self.sites}
        return msgspec.structs.replace(spec, site_ap50=own)

    def shows_job(self, specs: Callable[[], Iterable[VariantSpec]]) -> Callable[[JobRecord], bool]:
        """Whether a job of the workshop is for something within."""
        if self.is_whole:
            return lambda _job: True
        built = {spec.id for spec in self.variants(specs())}

        def is_shown(job: JobRecord) -> bool:
            return job.subject in (built if job.kind is JobKind.BUILD else self.sites or ())

        return is_shown


def within(request: Request) -> Within:
    """What the bearer sees."""
    reach = reach_of(request)
    if reach.is_whole:
        return Within()
    own = [record for record in _some(request, reach.site) if reach.has(record)]
    named = {reach.site} if reach.site is not None else set[str]()
    sites = frozenset(named | {record.site for record in own if record.site})
    return Within(frozenset(record.id for record in own), sites)


def _some(request: Request, site: str | None) -> list[DeviceRecord]:
    store = services(request).store
    return store.devices(retired=True) if site is None else store.devices_at(site)


def some_of(
    read: Callable[[P | None, int], Sequence[R]],
    place: Callable[[R], P],
    is_shown: Callable[[R], bool],
    after: P | None,
    limit: int,
) -> list[R]:
    """The first that are shown behind a place, read page by page; no place of others is told."""
    found: list[R] = []
    while len(found) < limit:
        records = read(after, READ_AT_ONCE)
        found += filter(is_shown, records)
        if len(records) < READ_AT_ONCE:
            break
        after = place(records[-1])
    return found[:limit]
