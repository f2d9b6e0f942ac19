"""How devices are set, version by version."""

import sqlalchemy as sa

from lamplighter_controller.errors import ConflictError
from lamplighter_controller.store.configurations.records import ConfigurationRecord
from lamplighter_controller.store.configurations.tables import configurations
from lamplighter_controller.store.database import Part


class SqlConfigurations(Part):
    """Implements `ConfigurationStore`."""

    def configuration(self, device: str) -> ConfigurationRecord | None:
        found = self.configurations(device, 1)
        return found[0] if found else None

    def configurations(
        self, device: str, limit: int, before: int | None = None
    ) -> list[ConfigurationRecord]:
        columns = configurations.c
        query = sa.select(configurations).where(columns.device == device)
        if before is not None:
            query = query.where(columns.version < before)
        query = query.order_by(columns.version.desc()).limit(limit)
        return self._database.all(ConfigurationRecord, query)

    def newest_configurations(self, after: str = "", limit: int = 0) -> list[ConfigurationRecord]:
        columns = configurations.c
        newest = (
            sa.select(columns.device, sa.func.max(columns.version).label("version"))
            .where(columns.device > after)
            .group_by(columns.device)
            .order_by(columns.device)
            .limit(limit or None)
            .subquery()
        )
        same = sa.and_(columns.device == newest.c.device, columns.version == newest.c.version)
        query = sa.select(configurations).join(newest, same).order_by(columns.device)
        return self._database.all(ConfigurationRecord, query)

    def add_configuration(self, configuration: ConfigurationRecord) -> None:
        try:
            self._database.add(configurations, configuration)
        except sa.exc.IntegrityError as error:
            text = f"{configuration.device} has a version {configuration.version} already"
            raise ConflictError(text) from error
