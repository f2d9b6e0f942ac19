"""What the controller asks of its database about tokens."""

from collections.abc import Sequence
from typing import Protocol

from lamplighter_controller.store.records import (
    ApiTokenRecord,
    CertificateRecord,
    TokenRecord,
)


class TokenStore(Protocol):
    """Enrolment tokens."""

    def add_tokens(self, tokens: Sequence[TokenRecord]) -> None: ...

    def token(self, token: str) -> TokenRecord:
        """One token, used or not.

        Raises:
            NotFoundError: there is no such token.
        """

    def use_token(self, token: str, key: str, now: float) -> bool:
        """Mark as first used now, for a key; False when it was for another before. Atomic.

        Its secret is forgotten where it was stored, but for that of a code, which ends soon.
        """

    def delete_tokens(self, device: str) -> None:
        """All of a device's, used or not."""

    def tokens(self) -> list[TokenRecord]:
        """All there are, oldest first."""

    def delete_token(self, token: str) -> TokenRecord:
        """By its id; what it was.

        Raises:
            NotFoundError: there is no such token.
        """


class CertificateStore(Protocol):
    """Certificates that devices were given."""

    def add_certificate(self, certificate: CertificateRecord) -> None: ...

    def retired_devices(self) -> list[str]:
        """Names that no certificate counts for: whoever shows one is kept out."""

    def revoked_certificates(self) -> list[CertificateRecord]:
        """Those of retired devices, and those that never count again, as far as on record."""

    def is_revoked(self, serial: str) -> bool:
        """Whether it is one of those."""

    def revoke_certificates(self, device: str, now: float, *, but: str = "") -> int:
        """All that a device was ever given, or all but that of one serial, for ever; how many."""


class ApiTokenStore(Protocol):
    """Bearer tokens of the API."""

    def add_api_token(self, token: ApiTokenRecord) -> None: ...

    def api_token(self, secret_hash: str) -> ApiTokenRecord | None: ...

    def api_tokens(self) -> list[ApiTokenRecord]:
        """All there are, oldest first."""

    def note_api_token_use(self, secret_hash: str, now: float) -> None:
        """It was used now."""

    def delete_api_token(self, token: str) -> ApiTokenRecord:
        """By its id; what it was.

        Raises:
            NotFoundError: there is no such token.
        """
