"""What is wrong with a device, from its records."""

from lamplighter_wire.clock import Clock
from lamplighter_wire.enums import Outcome
from lamplighter_wire.messages import Capabilities

from lamplighter_controller.domain.health import Notice, Standing, notices
from lamplighter_controller.services.device_views import DeviceViews
from lamplighter_controller.store.base import DeploymentStore
from lamplighter_controller.store.records import DeviceRecord


class Health:
    """Judges devices by what they last reported."""

    def __init__(
        self, deployments: DeploymentStore, views: DeviceViews, clock: Clock, patience_s: float
    ) -> None:
        self._deployments = deployments
        self._views = views
        self._clock = clock
        self._patience_s = patience_s

    def notices(self, record: DeviceRecord) -> tuple[Notice, ...]:
        """Notices for an operator, errors first."""
        if record.retired_at:
            return ()
        last = self._deployments.deployment(record.id, record.revision) if record.revision else None
        standing = Standing(
            online=record.online,
            last_seen=record.last_seen,
            capabilities=record.capabilities or Capabilities(),
            objective=self._views.objective(record),
            telemetry=record.newest_window,
            telemetry_at=record.newest_window_at,
            outcome=last.outcome if last else Outcome.NONE,
            reason=last.reason if last else "",
            variant=last.variant if last else "",
            deployed_at=last.at if last else 0.0,
            patience_s=self._patience_s,
        )
        return notices(standing, self._clock.time())
