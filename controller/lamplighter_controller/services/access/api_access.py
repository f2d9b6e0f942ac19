"""Bearer tokens of the API."""

from collections.abc import Callable
from contextlib import suppress

from lamplighter_client.documents.requests import API_TOKEN_LIFE_S
from lamplighter_wire.clock import Clock
from lamplighter_wire.enrolment import ca_key_sha256

from lamplighter_controller.errors import InvalidError, StoreError, UnauthorisedError
from lamplighter_controller.pki import api_tokens
from lamplighter_controller.services.access.reach import GROUP
from lamplighter_controller.store.records import ApiTokenRecord
from lamplighter_controller.store.token_stores import ApiTokenStore

# Of its use no more than this is told apart: not every request writes to the disk.
USE_NOTED_S = 60.0
MOST_NAMED = 5


class ApiAccess:
    """Makes, recognises, lists and revokes bearer tokens.

    Args:
        authority: certificate (PEM) of the controller's authority, whose key its tokens name.
    """

    def __init__(self, tokens: ApiTokenStore, clock: Clock, authority: Callable[[], str]) -> None:
        self._tokens = tokens
        self._clock = clock
        self._authority = authority

    @property
    def authority(self) -> str:
        """Certificate (PEM) of the authority, or of both while one takes the other's place."""
        return self._authority()

    def make_token(
        self, name: str, role: str, life_s: float | None = API_TOKEN_LIFE_S, scope: str = ""
    ) -> str:
        """A new bearer token; the only time its text is shown. `life_s` None: it never ends.

        Raises:
            InvalidError: there is no such role.
        """
        return self.make_recorded(name, role, life_s, scope)[0]

    def make_recorded(
        self, name: str, role: str, life_s: float | None = API_TOKEN_LIFE_S, scope: str = ""
    ) -> tuple[str, ApiTokenRecord]:
        """As `make_token`, with what is on record of it."""
        if role not in api_tokens.ROLES:
            raise InvalidError(f"no role {role!r}; known: {', '.join(api_tokens.ROLES)}")
        text, now = api_tokens.make_api_token(ca_key_sha256(self.authority)), self._clock.time()
        record = ApiTokenRecord(
            secret_hash=api_tokens.secret_hash(text),
            id=api_tokens.token_id(text),
            name=name[:80],
            role=role,
            created_at=now,
            expires_at=None if life_s is None else now + life_s,
            scope=scope,
        )
        self._tokens.add_api_token(record)
        return text, record

    def authenticate(self, bearer: str) -> ApiTokenRecord:
        """Whose token it is.

        Raises:
            UnauthorisedError: no token, not one of ours, or one that has ended.
        """
        record = self._tokens.api_token(api_tokens.secret_hash(bearer)) if bearer else None
        if record is None:
            raise UnauthorisedError("a known bearer token is needed: Authorization: Bearer …")
        now = self._clock.time()
        if record.expires_at is not None and record.expires_at <= now:
            raise UnauthorisedError("the token has expired; an admin makes another")
        if record.last_used_at is None or abs(now - record.last_used_at) > USE_NOTED_S:
            with suppress(StoreError):  # a disk that is full keeps nobody out
                self._tokens.note_api_token_use(record.secret_hash, now)
        return record

    def knows(self, bearer: str) -> bool:
        """Whether it would be let in."""
        try:
            self.authenticate(bearer)
        except UnauthorisedError:
            return False
        return True

    def use_of_group(self, name: str) -> str:
        """What a group is needed for: another of its name would give its tokens other devices."""
        now, scope = self._clock.time(), GROUP + name
        reaching = [
            record.name
            for record in self._tokens.api_tokens()
            if record.scope == scope and (record.expires_at is None or record.expires_at > now)
        ]
        named = ", ".join(reaching[:MOST_NAMED])
        return f"{len(reaching)} API tokens reach it ({named}); revoke them" if reaching else ""

    def tokens(self) -> list[ApiTokenRecord]:
        """All there are, oldest first."""
        return self._tokens.api_tokens()

    def revoke(self, token: str) -> ApiTokenRecord:
        """It opens nothing from now on; what it was.

        Raises:
            NotFoundError: there is no token of this id.
        """
        return self._tokens.delete_api_token(token)
