"""The policy of each device, put together from the settings and what operators have changed."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from lamplighter_controller.domain.overrides.overrides import Override, policy_pin
from lamplighter_controller.domain.policy.policy import (
    DEFAULTS,
    GROUP,
    Policy,
    resolve,
    scopes_of,
)
from lamplighter_controller.store.base import PolicyStore
from lamplighter_controller.store.records import DeviceRecord, PolicyRecord

# In which of some groups a device is.
GroupsOf = Callable[[DeviceRecord, Sequence[str]], Sequence[str]]


class Policies:
    """Says by which thresholds a device is decided. `base`: the defaults and the settings."""

    def __init__(self, store: PolicyStore, base: Policy, groups_of: GroupsOf) -> None:
        self._store = store
        self._base = base
        self._groups_of = groups_of
        self._by_scope: Mapping[str, PolicyRecord] | None = None
        self._changes = 0

    def of(self, record: DeviceRecord) -> Policy:
        """The policy of a device."""
        by_scope = self.by_scope()
        if not by_scope:
            return self._base
        return self._resolved(by_scope, self.scopes_of(record, by_scope))

    def pin_of(self, record: DeviceRecord, changed: PolicyRecord | None = None) -> Override | None:
        """What a device is kept to by the nearest scope that says it; with a change, if any."""
        by_scope = self.by_scope()
        if changed is not None:
            by_scope = {**by_scope, changed.scope: changed}
        told = {scope: kept for scope, kept in by_scope.items() if kept.model}
        if not told:
            return None
        near = [scope for scope in self.scopes_of(record, told) if scope in told]
        return policy_pin(told[near[-1]].model, near[-1]) if near else None

    def scopes_of(self, record: DeviceRecord, among: Iterable[str] | None = None) -> Sequence[str]:
        """Whose changes hold for a device, the nearest last; of groups those that have a policy."""
        scopes = self.by_scope() if among is None else among
        named = sorted(scope.removeprefix(GROUP) for scope in scopes if scope.startswith(GROUP))
        groups = self._groups_of(record, named) if named else ()
        return scopes_of(record.id, record.labels, groups)

    def use_of_group(self, name: str) -> str:
        """What a group is needed for."""
        record = self.record(GROUP + name)
        has_one = record.values or record.model
        return "it has a policy; see: lamplighter policy unset --of-group" if has_one else ""

    def of_scopes(self, scopes: Sequence[str]) -> Policy:
        """Of whoever is in these scopes, the nearest last."""
        return self._resolved(self.by_scope(), scopes)

    def with_change(self, record: DeviceRecord, changed: PolicyRecord) -> Policy:
        """Of a device, if a scope had other values."""
        by_scope = {**self.by_scope(), changed.scope: changed}
        return self._resolved(by_scope, self.scopes_of(record, by_scope))

    def sources(self, scopes: Sequence[str]) -> dict[str, str]:
        """Threshold -> the scope that sets it, "settings", or "default"."""
        base = {
            name: "default" if getattr(self._base, name) == getattr(DEFAULTS, name) else "settings"
            for name in Policy.__struct_fields__
        }
        set_by = {name: scope for scope in scopes for name in self.record(scope).values}
        return base | {name: scope for name, scope in set_by.items() if name in base}

    def model_of_scopes(self, scopes: Sequence[str]) -> tuple[str, str]:
        """The model that whoever is in these scopes is kept to, the nearest last, and the scope
        that says it; "default": no model."""
        told = [scope for scope in scopes if self.record(scope).model]
        return (self.record(told[-1]).model, told[-1]) if told else ("", "default")

    def record(self, scope: str) -> PolicyRecord:
        """What operators have changed for a scope; version 0 where that is nothing yet."""
        return self.by_scope().get(scope) or PolicyRecord(scope=scope, version=0)

    def by_scope(self) -> Mapping[str, PolicyRecord]:
        """What operators have changed; read once, and again after each change."""
        kept, changes = self._by_scope, self._changes
        if kept is None:
            kept = {record.scope: record for record in self._store.policies()}
            if changes == self._changes:  # else another thread has changed them meanwhile
                self._by_scope = kept
        return kept

    def keep(self, record: PolicyRecord) -> None:
        """What holds for a scope from now on."""
        self._store.put_policy(record)
        self._forget()
        self._store.after_commit(self._forget)  # others read what was until it is on disk

    def end(self, scope: str) -> None:
        """Nothing of a scope holds any longer."""
        record = self.record(scope)
        if record.values or record.model:
            ended = {"values": {}, "model": "", "version": record.version + 1}
            self.keep(msgspec.structs.replace(record, **ended))

    def _forget(self) -> None:
        self._changes += 1
        self._by_scope = None

    def _resolved(self, by_scope: Mapping[str, PolicyRecord], scopes: Sequence[str]) -> Policy:
        layers = (by_scope[scope].values for scope in scopes if scope in by_scope)
        return resolve(layers, self._base)
