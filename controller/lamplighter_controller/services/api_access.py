"""Bearer tokens of the API."""

from lamplighter_wire.clock import Clock

from lamplighter_controller.errors import InvalidError, UnauthorisedError
from lamplighter_controller.pki import api_tokens
from lamplighter_controller.store.records import ApiTokenRecord
from lamplighter_controller.store.token_stores import ApiTokenStore


class ApiAccess:
    """Makes and recognises bearer tokens."""

    def __init__(self, tokens: ApiTokenStore, clock: Clock) -> None:
        self._tokens = tokens
        self._clock = clock

    def make_token(self, name: str, role: str) -> str:
        """A new bearer token; the only time its text is shown.

        Raises:
            InvalidError: there is no such role.
        """
        if role not in api_tokens.ROLES:
            raise InvalidError(f"no role {role!r}; known: {', '.join(api_tokens.ROLES)}")
        text = api_tokens.make_api_token()
        self._tokens.add_api_token(
            ApiTokenRecord(
                secret_hash=api_tokens.secret_hash(text),
                name=name[:80],
                role=role,
                created_at=self._clock.time(),
            )
        )
        return text

    def authenticate(self, bearer: str) -> ApiTokenRecord:
        """Whose token it is.

        Raises:
            UnauthorisedError: no token, or not one of ours.
        """
        record = self._tokens.api_token(api_tokens.secret_hash(bearer)) if bearer else None
        if record is None:
            raise UnauthorisedError("a known bearer token is needed: Authorization: Bearer …")
        return record
