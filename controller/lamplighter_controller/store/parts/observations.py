"""What the predictor has learnt, by device."""

import msgspec
import sqlalchemy as sa

from lamplighter_controller.domain.prediction.predictor import Observation
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.rows import dump
from lamplighter_controller.store.upserts import upsert


class SqlObservations(Part):
    """Implements `ObservationStore`."""

    def observations(self) -> list[Observation]:
        active = t.observations.c.device == t.devices.c.id, t.devices.c.retired_at.is_(None)
        query = sa.select(t.observations.c.document).where(*active).order_by(t.devices.c.id)
        with self._database.reading() as connection:
            texts = connection.execute(query).scalars().all()
        return [o for text in texts for o in msgspec.json.decode(text, type=list[Observation])]

    def put_observations(self, device: str, observations: list[Observation]) -> None:
        row = {"device": device, "document": dump(observations)}
        with self._database.transaction() as connection:
            upsert(connection, t.observations, [row])
