"""Overrides as they are kept: set by operators, ended by them or by time, devices follow."""

from collections.abc import Callable, Sequence

import msgspec
from lamplighter_wire.clock import Clock

from lamplighter_controller.domain.overrides.overrides import (
    DEVICE,
    GROUP,
    NOTHING,
    InForce,
    Override,
    in_force,
    with_policy,
)
from lamplighter_controller.store.groups.records import OverrideRecord
from lamplighter_controller.store.groups.stores import OverrideStore
from lamplighter_controller.store.records import DeviceRecord

# In which of some groups a device is.
GroupsOf = Callable[[DeviceRecord, Sequence[str]], Sequence[str]]
# What the policy keeps a device to.
PolicyPinOf = Callable[[DeviceRecord], Override | None]
# Further overrides of a device, which follow from something else that is kept.
Further = Callable[[DeviceRecord], Sequence[Override]]


class Overrides:
    """Says what counts for a device. Read once, and again after each change."""

    def __init__(
        self,
        store: OverrideStore,
        clock: Clock,
        groups_of: GroupsOf,
        policy_pin_of: PolicyPinOf = lambda _record: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._groups_of = groups_of
        self._policy_pin_of = policy_pin_of
        self._open: list[OverrideRecord] | None = None
        self._changes = 0
        self._further: list[Further] = []

    def of(self, record: DeviceRecord) -> InForce:
        """What counts for a device now, the policy's pin last."""
        return with_policy(self._by_hand(record), self._policy_pin_of(record))

    def _by_hand(self, record: DeviceRecord) -> InForce:
        further = [one for source in self._further for one in source(record)]
        now = self._clock.time()
        kept = [one for one in self.open() if not one.until or one.until > now]
        if not kept and not further:
            return NOTHING
        scopes = {DEVICE + record.id, *self._group_scopes(record, kept)}
        own = [as_override(one) for one in kept if one.scope in scopes]
        return in_force([*own, *further], now)

    def add_source(self, source: Further) -> None:
        """Overrides that follow from something else: older than all that are kept."""
        self._further.append(source)

    def open(self) -> list[OverrideRecord]:
        """Those that nobody has ended; the time of some may be over."""
        kept, changes = self._open, self._changes
        if kept is None:
            kept = self._store.overrides()
            if changes == self._changes:  # else another thread has changed them meanwhile
                self._open = kept
        return kept

    def keep(self, record: OverrideRecord) -> OverrideRecord:
        """A new one."""
        kept = self._store.add_override(record)
        self._read_anew()
        return kept

    def end(self, record: OverrideRecord, by: str) -> OverrideRecord:
        """It counts no longer."""
        ended = msgspec.structs.replace(record, ended_at=self._clock.time(), ended_by=by)
        self._store.put_override(ended)
        self._read_anew()
        return ended

    def _read_anew(self) -> None:
        """Now, and for other threads once it is on disk: until then they read what was."""
        self._forget()
        self._store.after_commit(self._forget)

    def _forget(self) -> None:
        self._changes += 1
        self._open = None

    def use_of_group(self, name: str) -> str:
        """What a group is needed for."""
        needing = [str(one.id) for one in self.open() if one.scope == GROUP + name]
        return f"end override {', '.join(needing)} first" if needing else ""

    def _group_scopes(self, record: DeviceRecord, kept: Sequence[OverrideRecord]) -> Sequence[str]:
        names = {o.scope.removeprefix(GROUP) for o in kept if o.scope.startswith(GROUP)}
        return [GROUP + name for name in self._groups_of(record, sorted(names))]


def as_override(record: OverrideRecord) -> Override:
    """A kept one, as decisions see it."""
    return Override(
        id=record.id,
        kind=record.kind,
        scope=record.scope,
        target=record.target,
        reason=record.reason,
        until=record.until,
        by=record.by,
    )
