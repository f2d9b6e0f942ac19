"""What the controller asks of its database about tokens."""

from typing import Protocol

from lamplighter_controller.store.records import ApiTokenRecord, TokenRecord


class TokenStore(Protocol):
    """Enrolment tokens."""

    def add_token(self, token: TokenRecord) -> None: ...

    def token(self, token: str) -> TokenRecord:
        """One token, used or not.

        Raises:
            NotFoundError: there is no such token.
        """

    def use_token(self, token: str, key: str, now: float) -> bool:
        """Mark as first used now, for a key; False when it was for another before. Atomic."""


class ApiTokenStore(Protocol):
    """Bearer tokens of the API."""

    def add_api_token(self, token: ApiTokenRecord) -> None: ...

    def api_token(self, secret_hash: str) -> ApiTokenRecord | None: ...
