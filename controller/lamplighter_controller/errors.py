"""What can go wrong in the controller. Each error says what to do next.

ControllerError
├── BrokerError         the broker does not start or cannot be reached
├── NotFoundError       there is no such device, variant, …
├── ConflictError       the thing has changed meanwhile, or exists already
├── InvalidError        the request cannot be carried out as it stands
│   ├── MalformedError      its body is no JSON
│   └── TooLargeError       its body is too large
├── ForbiddenError      the token does not permit this
│   ├── UnauthorisedError   no token, or one that is not known, used or expired
│   └── TooManyError        too many wrong tokens came from the same address
├── WebhookError        a webhook cannot be told something now
├── TooOftenError       asked for more often than its share allows
├── DamagedError        a file of the data folder cannot be read as what it was
└── StoreError          the database cannot be used
"""

from collections.abc import Sequence
from typing import Self

from lamplighter_client.documents import FieldError


class ControllerError(Exception):
    """Base of all errors of this package."""


class BrokerError(ControllerError):
    """The broker does not start or cannot be reached."""


class NotFoundError(ControllerError):
    """There is no such thing."""


class ConflictError(ControllerError):
    """The thing has changed meanwhile, or exists already."""


class InvalidError(ControllerError):
    """The request cannot be carried out as it stands; `fields` says what is wrong where."""

    def __init__(self, message: str, fields: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.fields = list(fields)

    @classmethod
    def of(cls, fields: Sequence[FieldError]) -> Self:
        """One that is told by its fields."""
        return cls("; ".join(f"{field.field}: {field.detail}" for field in fields), fields)


class MalformedError(InvalidError):
    """The request's body is no JSON."""


class TooLargeError(InvalidError):
    """The request's body is too large."""


class ForbiddenError(ControllerError):
    """The token does not permit this."""


class TooOftenError(ControllerError):
    """Asked for more often than its share allows."""


class UnauthorisedError(ForbiddenError):
    """No token, or one that is not known, used or expired."""


class TooManyError(ForbiddenError):
    """Too many wrong tokens came from the same address."""


class WebhookError(ControllerError):
    """A webhook cannot be told something now: nobody answers, or nobody may be asked there."""


class DamagedError(ControllerError):
    """A file of the data folder cannot be read as what it was."""


class StoreError(ControllerError):
    """The database cannot be used."""
