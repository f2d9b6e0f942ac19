"""The policy of each device, put together from the settings and what operators have changed."""

from collections.abc import Mapping

from lamplighter_controller.domain.policy import Policy, resolve, scopes_of
from lamplighter_controller.store.base import PolicyStore
from lamplighter_controller.store.records import DeviceRecord, PolicyRecord


class Policies:
    """Says by which thresholds a device is decided. `base`: the defaults and the settings."""

    def __init__(self, store: PolicyStore, base: Policy) -> None:
        self._store = store
        self._base = base
        self._by_scope: Mapping[str, PolicyRecord] | None = None

    def of(self, record: DeviceRecord) -> Policy:
        """The policy of a device."""
        return self.resolved(record.id, record.labels)

    def resolved(self, device: str, labels: Mapping[str, str]) -> Policy:
        """The same of a device that need not be there: the fleet's alone without id and labels."""
        by_scope = self.by_scope()
        scopes = scopes_of(device, labels) if by_scope else ()
        layers = (by_scope[scope].values for scope in scopes if scope in by_scope)
        return resolve(layers, self._base)

    def by_scope(self) -> Mapping[str, PolicyRecord]:
        """What operators have changed; read once, and again after each change."""
        if self._by_scope is None:
            self._by_scope = {record.scope: record for record in self._store.policies()}
        return self._by_scope

    def keep(self, record: PolicyRecord) -> None:
        """What holds for a scope from now on."""
        self._store.put_policy(record)
        self._by_scope = None
