"""What was ordered today, of each device and site, and whether one more order fits into it."""

from collections import defaultdict
from typing import Protocol

from lamplighter_wire.messages import Desired

from lamplighter_controller.domain.devices import DeviceView
from lamplighter_controller.domain.policy.byte_budget import (
    Budget,
    Spent,
    begin_of_day,
    within,
)
from lamplighter_controller.domain.policy.release import Gate, GateVerdict, Intent
from lamplighter_controller.services.catalogue import Catalogue
from lamplighter_controller.services.device_views import current_desired
from lamplighter_controller.store.base import DeploymentStore, DeviceStore
from lamplighter_controller.store.records import DeploymentRecord, DeviceRecord

PAGE, ORDERS = 200, 50


class OrderStore(DeviceStore, DeploymentStore, Protocol):
    """Where orders are read from."""


class ByteBudgets:
    """Counts from the first order that has a budget; what the day saw until then is read."""

    def __init__(self, store: OrderStore, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue
        self._day = -1.0  # its beginning; before the first order: none
        self._of_devices: dict[str, int] = defaultdict(int)
        self._of_sites: dict[str, int] = defaultdict(int)

    def keeping_to(self, gate: Gate, *, counts: bool = True) -> Gate:
        """A gate that lets nothing pass that is beyond the policy's bytes of the day. `counts`:
        what passes is counted; else it only says what it would."""

        def _gate(intent: Intent, view: DeviceView, now: float) -> GateVerdict:
            verdict, budget = gate(intent, view, now), _budget(view)
            if not verdict.is_released:
                return verdict
            if not budget.is_set:
                if counts and self._day == begin_of_day(now):  # else it is read when it is asked
                    self._note(view.id, self._site(view), self._size(intent, view))
                return verdict
            return self._verdict(budget, intent, view, now, counts=counts)

        return _gate

    def _verdict(
        self, budget: Budget, intent: Intent, view: DeviceView, now: float, *, counts: bool
    ) -> GateVerdict:
        self._begin(now)
        site, size_bytes = self._site(view), self._size(intent, view)
        # Devices without a site share nothing.
        at_site = self._of_sites[site] if site else 0
        spent = Spent(self._of_devices[view.id], at_site)
        found = within(budget, spent, size_bytes, intent.why, now)
        if found.reason:
            return GateVerdict(False, found.reason, found.until)
        if counts:
            self._note(view.id, site, size_bytes)
        return GateVerdict(True)

    def _site(self, view: DeviceView) -> str:
        return self._store.device(view.id).site

    def _size(self, intent: Intent, view: DeviceView) -> int:
        """Of what it does not hold yet: what it shall serve, and the rest of its ladder."""
        held = {*view.resident, *({view.serving.variant} if view.serving else ())}
        primary = intent.desired.primary.point.variant
        sizes = {variant: self._travels(variant) for variant in _variants(intent.desired)}
        sizes[primary] = sizes[primary] or intent.size_bytes
        return sum(size for variant, size in sizes.items() if variant not in held)

    def _travels(self, variant: str) -> int:
        spec = self._catalogue.find(variant)
        return spec.wire_bytes or spec.size_bytes if spec else 0

    def _note(self, device: str, site: str, size_bytes: int) -> None:
        self._of_devices[device] += size_bytes
        self._of_sites[site] += size_bytes

    def _begin(self, now: float) -> None:
        """Of a new day, or after a start: what was ordered since midnight."""
        day = begin_of_day(now)
        if day == self._day:
            return
        self._day = day
        self._of_devices.clear()
        self._of_sites.clear()
        after = ""
        while page := self._store.devices(after=after, limit=PAGE):
            for record in page:
                self._note(record.id, record.site, self._ordered(record, day))
            after = page[-1].id

    def _ordered(self, record: DeviceRecord, since: float) -> int:
        """By its own reports; of what is under way what will travel."""
        orders = [one for one in self._store.deployments(record.id, ORDERS) if one.at >= since]
        return sum(self._ordered_by(record, one) for one in orders)

    def _ordered_by(self, record: DeviceRecord, order: DeploymentRecord) -> int:
        if order.reported:
            return order.reported.transfer.bytes_received
        desired = current_desired(record) if order.revision == record.revision else None
        held = set(record.reported.resident) if record.reported else set()
        variants = _variants(desired) - held if desired else {order.variant}
        return sum(self._travels(variant) for variant in variants)


def _variants(desired: Desired) -> set[str]:
    return {rung.point.variant for rung in (desired.primary, *desired.ladder)}


def _budget(view: DeviceView) -> Budget:
    policy = view.policy
    return Budget(int(policy.device_bytes_a_day), int(policy.site_bytes_a_day))
