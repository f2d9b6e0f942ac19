"""What the predictor has learnt, by device."""

from typing import Any

import msgspec
import sqlalchemy as sa

from lamplighter_controller.domain.prediction.predictor import Observation
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.rows import dump
from lamplighter_controller.store.unreadable import UNREADABLE
from lamplighter_controller.store.upserts import upsert


class SqlObservations(Part):
    """Implements `ObservationStore`."""

    def observations(self) -> list[Observation]:
        active = t.observations.c.device == t.devices.c.id, t.devices.c.retired_at.is_(None)
        query = sa.select(t.observations).where(*active).order_by(t.devices.c.id)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return [o for row in rows for o in _readable(row.device, row.document)]

    def put_observations(self, device: str, observations: list[Observation]) -> None:
        row = {"device": device, "document": dump(observations)}
        with self._database.transaction() as connection:
            upsert(connection, t.observations, [row])


def _readable(device: str, text: str) -> list[Observation]:
    """The observations of a document that can be read, and computed with."""
    try:
        documents = msgspec.json.decode(text, type=list[Any])
    except msgspec.MsgspecError as error:
        UNREADABLE.note(f"observations of {device}", error)
        return []
    return [o for document in documents if (o := _observation(device, document)) is not None]


def _observation(device: str, document: Any) -> Observation | None:
    try:
        observation = msgspec.convert(document, Observation)
    except msgspec.ValidationError as error:
        UNREADABLE.note(f"an observation of {device}", error)
        return None
    if observation.is_sound:
        return observation
    UNREADABLE.note(f"an observation of {device}", ValueError("its figures cannot be"))
    return None
