"""From records to what queries ask of devices."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.groups.facts import DeviceFacts
from lamplighter_controller.domain.selection.device_filter import (
    NO_DEPLOYMENT,
    UNDER_WAY,
    PresenceState,
)
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.store.base import DeploymentStanding, DeploymentStore, DeviceStore
from lamplighter_controller.store.records import DeviceRecord

PAGE = 200


class FactStore(DeviceStore, DeploymentStore, Protocol):
    """Where facts come from."""


class GroupFacts:
    """Reads devices as queries see them."""

    def __init__(self, store: FactStore, catalogue: Catalogue, clock: Clock) -> None:
        self._store = store
        self._catalogue = catalogue
        self._clock = clock

    def of_fleet(self) -> Iterator[DeviceFacts]:
        """All devices that are not retired, by id."""
        after = ""
        while page := self._store.devices(after=after, limit=PAGE):
            yield from self.of_devices(page)
            after = page[-1].id

    def of_devices(self, records: Sequence[DeviceRecord]) -> list[DeviceFacts]:
        """Some devices."""
        last = self._store.deployment_standings([record.id for record in records])
        return [self._facts(record, last.get(record.id)) for record in records]

    def _facts(self, record: DeviceRecord, last: DeploymentStanding | None) -> DeviceFacts:
        serving = record.reported.serving.variant if record.reported else ""
        spec = self._catalogue.find(serving) if serving else None
        return DeviceFacts(
            id=record.id,
            site=record.site,
            labels=record.labels,
            state=_state(record),
            seen_s=self._clock.time() - record.last_seen if record.last_seen else None,
            serving=serving,
            model=spec.model if spec else "",
            version=spec.model_version if spec else "",
            deployment=(last.outcome or UNDER_WAY) if last else NO_DEPLOYMENT,
            agent=record.agent_version,
            capabilities=record.capabilities,
        )


def _state(record: DeviceRecord) -> PresenceState:
    if record.online:
        return PresenceState.ONLINE
    return PresenceState.OFFLINE if record.last_seen else PresenceState.NEVER
