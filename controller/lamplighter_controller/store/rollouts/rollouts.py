"""Rollouts and their devices."""

from collections import Counter
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from lamplighter_controller.domain.rollouts.rollout import RolloutState, Target, TargetState
from lamplighter_controller.errors import ConflictError, NotFoundError
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.rollouts.records import RolloutRecord, TargetRecord
from lamplighter_controller.store.rollouts.tables import rollout_targets, rollouts
from lamplighter_controller.store.rows import record_row
from lamplighter_controller.store.upserts import upsert


class SqlRollouts(Part):
    """Implements `RolloutStore`."""

    def rollouts(self, states: Sequence[RolloutState] = ()) -> list[RolloutRecord]:
        query = sa.select(rollouts).order_by(rollouts.c.created_at, rollouts.c.name)
        if states:
            query = query.where(rollouts.c.state.in_(states))
        return self._database.all(RolloutRecord, query)

    def rollout(self, name: str) -> RolloutRecord:
        query = sa.select(rollouts).where(rollouts.c.name == name)
        record = self._database.first(RolloutRecord, query)
        if record is None:
            raise NotFoundError(f"no rollout {name!r}; see: lamplighter rollout list")
        return record

    def rollout_targets(self, name: str, after: str = "", limit: int = 0) -> list[Target]:
        columns = rollout_targets.c
        query = sa.select(rollout_targets).where(columns.rollout == name, columns.device > after)
        query = query.order_by(columns.device).limit(limit or None)
        return [record.target for record in self._database.all(TargetRecord, query)]

    def add_rollout(self, rollout: RolloutRecord) -> None:
        try:
            self._database.add(rollouts, _bare(rollout))
        except sa.exc.IntegrityError as error:
            text = f"there is a rollout {rollout.name!r} already; take another name"
            raise ConflictError(text) from error

    def save_rollout(self, rollout: RolloutRecord, changed: Sequence[Target]) -> None:
        rows = [record_row(_target_record(rollout.name, target)) for target in changed]
        with self._database.transaction() as connection:
            self._database.put(rollouts, _bare(rollout))
            if rows:
                upsert(connection, rollout_targets, rows)

    def failures(self, since: float) -> dict[str, int]:
        columns, found = rollout_targets.c, Counter[str]()
        # Who succeeded when it was tried again, went back with all others, or waited for another
        # try when it was aborted, has failed as well.
        query = sa.select(rollout_targets).where(
            columns.state != TargetState.WAITING, columns.changed_at >= since
        )
        for record in self._database.all(TargetRecord, query):
            if not record.target.is_released:
                found[record.device] += record.target.failures
        return {device: failures for device, failures in found.items() if failures}


def _bare(record: RolloutRecord) -> RolloutRecord:
    """Its devices lie in rows of their own."""
    rollout = msgspec.structs.replace(record.rollout, targets={})
    return msgspec.structs.replace(record, rollout=rollout)


def _target_record(rollout: str, target: Target) -> TargetRecord:
    return TargetRecord(
        rollout=rollout,
        device=target.device,
        state=target.state,
        changed_at=target.changed_at,
        target=target,
    )
