"""One-time tokens with which devices enrol: made, listed, revoked, and their secrets."""

from collections.abc import Callable, Iterable, Sequence

from lamplighter_client.documents.requests import ENROL_TOKEN_LIFE_S
from lamplighter_wire.clock import Clock
from lamplighter_wire.enrolment import Token
from lamplighter_wire.joining.codes import CODE_LIFE_S, new_code, token_of_code
from lamplighter_wire.topics import is_device_id

from lamplighter_controller.errors import ConflictError, InvalidError, NotFoundError
from lamplighter_controller.pki.enrolment_secrets import EnrolmentSecrets
from lamplighter_controller.store.base import DeviceStore
from lamplighter_controller.store.records import DeviceRecord, TokenRecord
from lamplighter_controller.store.token_stores import TokenStore

KEPT_OUT = (
    "is retired; take that back: lamplighter device restore, or free its name: lamplighter device"
    " release"
)


class EnrolmentTokens:
    """Permissions to enrol. The texts are shown by whoever makes them; none is stored.

    Args:
        ca_key_hash: of the authority that tokens name.
    """

    def __init__(
        self,
        devices: DeviceStore,
        tokens: TokenStore,
        clock: Clock,
        secrets: EnrolmentSecrets,
        ca_key_hash: Callable[[], str],
    ) -> None:
        self._devices = devices
        self._tokens = tokens
        self._clock = clock
        self._secrets = secrets
        self._ca_key_hash = ca_key_hash

    def create(self, device: str, life_s: float = ENROL_TOKEN_LIFE_S) -> tuple[Token, TokenRecord]:
        """A one-time token for one device.

        Raises:
            InvalidError: not a device id.
            ConflictError: the device is retired.
        """
        self.check(device)
        return self._added(device, life_s)

    def for_each(self, devices: Iterable[str], life_s: float) -> dict[str, tuple[Token, float]]:
        """A token for each and when it ends: an open one that holds for half of that time or
        longer, else a new one in the place of the open ones."""
        now, asked = self._clock.time(), list(devices)
        opened: dict[str, list[TokenRecord]] = {}
        for record in self._tokens.tokens():
            if record.used_at is None and record.expires_at > now and not record.secret:
                opened.setdefault(record.device, []).append(record)
        kept = {device: _lasting(opened.get(device, []), now + life_s / 2) for device in asked}
        new = [self._record(device, life_s) for device, record in kept.items() if record is None]
        for record in new:
            for open_one in opened.get(record.device, []):
                self._tokens.delete_token(open_one.id)
        self._tokens.add_tokens(new)
        records = [record for record in [*kept.values(), *new] if record is not None]
        texts = {record.device: (self._text(record), record.expires_at) for record in records}
        return {device: texts[device] for device in asked}

    def create_code(self, device: str) -> tuple[str, TokenRecord]:
        """A short code for one device, which holds for five minutes.

        Raises:
            InvalidError: not a device id.
            ConflictError: the device is retired.
        """
        self.check(device)
        code = new_code()
        token, now = token_of_code(code), self._clock.time()
        record = TokenRecord(
            id=token.id,
            device=device,
            secret=self._secrets.conceal(token.secret),
            created_at=now,
            expires_at=now + CODE_LIFE_S,
        )
        self._tokens.add_tokens([record])
        return code, record

    def secret_of(self, token: TokenRecord) -> str:
        """Those of codes, and of tokens of earlier controllers, lie with them until their use."""
        if token.secret:
            return self._secrets.reveal(token.secret)
        return self._secrets.secret(token.id, token.device)

    def all(self) -> list[TokenRecord]:
        """Used or not, oldest first."""
        return self._tokens.tokens()

    def revoke(self, token: str) -> TokenRecord:
        """Nobody enrols with it from now on; what it was.

        Raises:
            NotFoundError: there is no token of this id.
        """
        return self._tokens.delete_token(token)

    def check(self, device: str) -> None:
        """Raises InvalidError where it is no device id, ConflictError where it is retired."""
        if not is_device_id(device):
            raise InvalidError(f"not a device id: {device!r}; use 1 to 40 of a-z, 0-9 and '-'")
        try:
            record = self._devices.device(device)
        except NotFoundError:
            return
        if is_kept_out(record):
            raise ConflictError(f"{device} {KEPT_OUT}")

    def _added(self, device: str, life_s: float) -> tuple[Token, TokenRecord]:
        record = self._record(device, life_s)
        self._tokens.add_tokens([record])
        return self._text(record), record

    def _record(self, device: str, life_s: float) -> TokenRecord:
        now = self._clock.time()
        return TokenRecord(
            id=Token.new_id(), device=device, created_at=now, expires_at=now + life_s
        )

    def _text(self, record: TokenRecord) -> Token:
        return Token(record.id, self.secret_of(record), self._ca_key_hash())


def is_kept_out(record: DeviceRecord) -> bool:
    """Whether a device is retired and its name is not free."""
    return record.retired_at is not None and record.released_at is None


def _lasting(opened: Sequence[TokenRecord], until: float) -> TokenRecord | None:
    """The one that holds for longest, if that is long enough."""
    newest = max(opened, key=lambda record: record.expires_at, default=None)
    return newest if newest is not None and newest.expires_at >= until else None
