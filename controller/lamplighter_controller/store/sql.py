"""The store over SQLAlchemy: SQLite in WAL mode when embedded, or a PostgreSQL server."""

from lamplighter_controller.store.attention.marks import SqlMarks
from lamplighter_controller.store.audit.audit import SqlAudit
from lamplighter_controller.store.configurations.configurations import SqlConfigurations
from lamplighter_controller.store.database import Database
from lamplighter_controller.store.engines import DiskRoom
from lamplighter_controller.store.groups.groups import SqlGroups
from lamplighter_controller.store.groups.overrides import SqlOverrides
from lamplighter_controller.store.parts.adaptations import SqlAdaptations
from lamplighter_controller.store.parts.deployments import SqlDeployments
from lamplighter_controller.store.parts.devices import SqlDevices
from lamplighter_controller.store.parts.events import SqlEvents
from lamplighter_controller.store.parts.fleet import SqlFleet, SqlPolicies
from lamplighter_controller.store.parts.history import SqlHistory
from lamplighter_controller.store.parts.observations import SqlObservations
from lamplighter_controller.store.parts.telemetry import SqlTelemetry
from lamplighter_controller.store.parts.tokens import SqlTokens
from lamplighter_controller.store.parts.workshop import SqlWorkshop
from lamplighter_controller.store.readers.readers import SqlReaders
from lamplighter_controller.store.registering.claims import SqlClaims
from lamplighter_controller.store.registering.registrations import SqlRegistrations
from lamplighter_controller.store.rollouts.rollouts import SqlRollouts
from lamplighter_controller.store.webhooks.webhooks import SqlWebhooks


class SqlStore(
    SqlAdaptations,
    SqlAudit,
    SqlClaims,
    SqlConfigurations,
    SqlDeployments,
    SqlDevices,
    SqlEvents,
    SqlFleet,
    SqlGroups,
    SqlHistory,
    SqlMarks,
    SqlObservations,
    SqlOverrides,
    SqlPolicies,
    SqlRegistrations,
    SqlReaders,
    SqlRollouts,
    SqlTelemetry,
    SqlTokens,
    SqlWebhooks,
    SqlWorkshop,
):
    """Implements `Store`: all parts over one database, which is migrated when it is opened.

    Raises:
        StoreError: the URL is none, or the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        super().__init__(Database(url))

    def disk_room(self) -> DiskRoom | None:
        return self._database.disk_room()

    def close(self) -> None:
        self._database.close()
