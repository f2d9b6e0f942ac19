"""What is wrong with a device, from its records."""

from collections.abc import Callable, Sequence

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Capabilities

from lamplighter_controller.domain.attention.health import (
    Notice,
    Standing,
    notices,
    retired_notices,
)
from lamplighter_controller.domain.attention.marks import Mark, marked
from lamplighter_controller.domain.streams import Streams, StreamState
from lamplighter_controller.link.quotas.misconduct import Misconduct
from lamplighter_controller.services.device_views import DeviceViews
from lamplighter_controller.services.learning import Learning
from lamplighter_controller.store.base import DeploymentStanding, DeploymentStore
from lamplighter_controller.store.records import DeviceRecord


class Health:
    """Judges devices by what they last reported."""

    def __init__(
        self,
        deployments: DeploymentStore,
        views: DeviceViews,
        learning: Learning,
        clock: Clock,
        misconduct: Misconduct,
        losses: Misconduct,
        shut_out: Callable[[str], str],
        marks: Callable[[str], Sequence[Mark]],
    ) -> None:
        self._deployments = deployments
        self._views = views
        self._learning = learning
        self._clock = clock
        self._misconduct = misconduct
        self._losses = losses
        self._shut_out = shut_out
        self._marks = marks

    def all_notices(self, records: Sequence[DeviceRecord]) -> list[tuple[Notice, ...]]:
        """Of each device, notices for an operator: those that are open, errors first, then those
        that somebody has acknowledged or muted.
        """
        last = self._deployments.deployment_standings([record.id for record in records])
        now = self._clock.time()
        return [
            marked(self._notices(record, last.get(record.id)), self._marks(record.id), now)
            for record in records
        ]

    def _notices(self, record: DeviceRecord, last: DeploymentStanding | None) -> tuple[Notice, ...]:
        if record.retired_at:
            return retired_notices(self._shut_out(record.id))
        monotonic = self._clock.monotonic()
        standing = Standing(
            online=record.online,
            last_seen=record.last_seen,
            capabilities=record.capabilities or Capabilities(),
            objective=self._views.objective(record),
            streams=_heard(record),
            outcome=last.outcome if last else Outcome.NONE,
            reason=last.reason if last else "",
            variant=last.variant if last else "",
            deployed_at=last.at if last else 0.0,
            policy=self._views.policy(record),
            doubt=self._learning.doubt(record),
            cloned_at=record.cloned.at if record.cloned else None,
            clone_refused_at=record.cloned.settled_at if record.cloned else None,
            misconduct=self._misconduct.recent(record.id, monotonic),
            not_delivered=sum(self._losses.recent(record.id, monotonic).values()),
            serving=record.reported.serving.variant if record.reported else None,
            damaged=record.reported.damaged if record.reported else (),
        )
        return notices(standing, self._clock.time())


def _heard(record: DeviceRecord) -> Streams:
    """The newest window of each stream; of a device with one camera the device's own."""
    only = StreamState(window=record.newest_window, window_at=record.newest_window_at)
    return record.streams or {"": only}
