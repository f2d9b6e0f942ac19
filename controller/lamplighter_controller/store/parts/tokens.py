"""Tokens of enrolment and of the API, and certificates."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from lamplighter_wire.joining.codes import PREFIX as CODE

from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store import tables as t
from lamplighter_controller.store.database import Part
from lamplighter_controller.store.records import (
    ApiTokenRecord,
    CertificateRecord,
    TokenRecord,
)


class SqlTokens(Part):
    """Implements `TokenStore`, `CertificateStore` and `ApiTokenStore`."""

    def add_tokens(self, tokens: Sequence[TokenRecord]) -> None:
        self._database.add_all(t.tokens, tokens)

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
            kept = sa.case((t.tokens.c.id.startswith(CODE), t.tokens.c.secret), else_="")
            changed = connection.execute(query.values(used_at=first, used_key=key, secret=kept))
            return changed.rowcount == 1

    def delete_tokens(self, device: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(sa.delete(t.tokens).where(t.tokens.c.device == device))

    def tokens(self) -> list[TokenRecord]:
        query = sa.select(t.tokens).order_by(t.tokens.c.created_at, t.tokens.c.id)
        return self._database.all(TokenRecord, query)

    def delete_token(self, token: str) -> TokenRecord:
        here = t.tokens.c.id == token
        with self._database.transaction() as connection:
            record = self._database.first(TokenRecord, sa.select(t.tokens).where(here))
            if record is None:
                raise NotFoundError(f"no enrolment token {token!r}; see: lamplighter token list")
            connection.execute(sa.delete(t.tokens).where(here))
        return record

    def add_certificate(self, certificate: CertificateRecord) -> None:
        self._database.put(t.certificates, certificate)

    def retired_devices(self) -> list[str]:
        query = sa.select(t.devices.c.id).where(
            t.devices.c.retired_at.is_not(None), t.devices.c.released_at.is_(None)
        )
        with self._database.reading() as connection:
            return list(connection.scalars(query))

    def revoked_certificates(self) -> list[CertificateRecord]:
        return self._database.all(CertificateRecord, self._revoked())

    def is_revoked(self, serial: str) -> bool:
        query = self._revoked().where(t.certificates.c.serial == serial)
        return bool(self._database.all(CertificateRecord, query))

    @staticmethod
    def _revoked() -> "sa.Select[Any]":
        joined = sa.select(t.certificates).outerjoin(
            t.devices, t.devices.c.id == t.certificates.c.device
        )
        revoked = t.certificates.c.revoked_at.is_not(None)
        return joined.where(sa.or_(revoked, t.devices.c.retired_at.is_not(None)))

    def revoke_certificates(self, device: str, now: float, *, but: str = "") -> int:
        columns = t.certificates.c
        query = sa.update(t.certificates).where(columns.device == device, columns.serial != but)
        first = sa.func.coalesce(columns.revoked_at, now)
        with self._database.transaction() as connection:
            return connection.execute(query.values(revoked_at=first)).rowcount

    def add_api_token(self, token: ApiTokenRecord) -> None:
        self._database.put(t.api_tokens, token)

    def api_token(self, secret_hash: str) -> ApiTokenRecord | None:
        query = sa.select(t.api_tokens).where(t.api_tokens.c.secret_hash == secret_hash)
        return self._database.first(ApiTokenRecord, query)

    def api_tokens(self) -> list[ApiTokenRecord]:
        return self._database.all(
            ApiTokenRecord, sa.select(t.api_tokens).order_by(t.api_tokens.c.created_at)
        )

    def note_api_token_use(self, secret_hash: str, now: float) -> None:
        query = sa.update(t.api_tokens).where(t.api_tokens.c.secret_hash == secret_hash)
        with self._database.transaction() as connection:
            connection.execute(query.values(last_used_at=now))

    def delete_api_token(self, token: str) -> ApiTokenRecord:
        here = t.api_tokens.c.id == token
        with self._database.transaction() as connection:
            record = self._database.first(ApiTokenRecord, sa.select(t.api_tokens).where(here))
            if record is None:
                raise NotFoundError(f"no API token {token!r}; see: lamplighter api-token list")
            connection.execute(sa.delete(t.api_tokens).where(here))
        return record
