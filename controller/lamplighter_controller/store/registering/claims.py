"""Claims of devices that ask to come in."""

import sqlalchemy as sa
from lamplighter_wire.joining.claims import ClaimState

from lamplighter_controller.store.database import Part
from lamplighter_controller.store.registering.records import ClaimRecord
from lamplighter_controller.store.registering.tables import claims


class SqlClaims(Part):
    """Implements `ClaimStore`."""

    def claims(self) -> list[ClaimRecord]:
        query = sa.select(claims).order_by(claims.c.first_at, claims.c.key)
        return self._database.all(ClaimRecord, query)

    def claim(self, key: str) -> ClaimRecord | None:
        return self._database.first(ClaimRecord, sa.select(claims).where(claims.c.key == key))

    def put_claim(self, claim: ClaimRecord) -> None:
        self._database.put(claims, claim)

    def delete_claim(self, key: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(sa.delete(claims).where(claims.c.key == key))

    def end_accepted_claims(self, device: str, *, but_key: str = "") -> None:
        accepted = sa.and_(claims.c.device == device, claims.c.state == ClaimState.ACCEPTED)
        with self._database.transaction() as connection:
            connection.execute(sa.delete(claims).where(accepted, claims.c.key != but_key))
