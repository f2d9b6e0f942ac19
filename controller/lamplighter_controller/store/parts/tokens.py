"""Tokens of enrolment and of the API."""

import sqlalchemy as sa

from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.records import (
    ApiTokenRecord,
    TokenRecord,
)


class SqlTokens(Part):
    """Implements `TokenStore` and `ApiTokenStore`."""

    def add_token(self, token: TokenRecord) -> None:
        self._database.add(t.tokens, token)

    def token(self, token: str) -> TokenRecord:
        query = sa.select(t.tokens).where(t.tokens.c.id == token)
        record = self._database.first(TokenRecord, query)
        if record is None:
            raise NotFoundError("no such enrolment token; make one with: lamplighter token create")
        return record

    def use_token(self, token: str, key: str, now: float) -> bool:
        free = sa.or_(t.tokens.c.used_at.is_(None), t.tokens.c.used_key == key)
        query = sa.update(t.tokens).where(t.tokens.c.id == token, free)
        with self._database.transaction() as connection:
            first = sa.func.coalesce(t.tokens.c.used_at, now)
            changed = connection.execute(query.values(used_at=first, used_key=key))
            return changed.rowcount == 1

    def add_api_token(self, token: ApiTokenRecord) -> None:
        self._database.put(t.api_tokens, token)

    def api_token(self, secret_hash: str) -> ApiTokenRecord | None:
        query = sa.select(t.api_tokens).where(t.api_tokens.c.secret_hash == secret_hash)
        return self._database.first(ApiTokenRecord, query)
