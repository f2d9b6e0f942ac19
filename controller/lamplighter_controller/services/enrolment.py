"""Tokens and enrolment: from a token to a certificate for a key that never left the device."""

from lamplighter_wire.enrolment import (
    BrokerAddress,
    EnrolRequest,
    EnrolResponse,
    Token,
    build_response,
    verify_request,
)
from lamplighter_wire.errors import SignatureError
from lamplighter_wire.signing import KeySet
from lamplighter_wire.topics import is_device_id

from lamplighter_controller.domain.message_order import Mark
from lamplighter_controller.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    UnauthorisedError,
)
from lamplighter_controller.pki import api_tokens
from lamplighter_controller.pki.authority import csr_key_hash
from lamplighter_controller.services.context import Context
from lamplighter_controller.store.records import ApiTokenRecord, DeviceRecord, TokenRecord


def create_token(
    ctx: Context, device: str, life_s: float = api_tokens.ENROL_TOKEN_LIFE_S
) -> tuple[Token, TokenRecord]:
    """A one-time token for one device; the only time its text is shown.

    Raises:
        InvalidError: not a device id. ConflictError: the device is retired.
    """
    if not is_device_id(device):
        raise InvalidError(f"not a device id: {device!r}; use 1 to 40 of a-z, 0-9 and '-'")
    known = _find(ctx, device)
    if known is not None and known.retired_at is not None:
        raise ConflictError(f"{device} is retired; choose another id")
    token = Token.create(ctx.authority.ca_key_hash)
    now = ctx.clock.time()
    record = TokenRecord(
        id=token.id, device=device, secret=token.secret, created_at=now, expires_at=now + life_s
    )
    ctx.store.add_token(record)
    return token, record


def enrol_device(ctx: Context, request: EnrolRequest) -> EnrolResponse:
    """Answer a device's request. The same key may ask again, as its answer may get lost.

    Proofs and certificate are made on the caller's thread; the device is admitted on the deciding
    one, as everything else that changes it.

    Raises:
        UnauthorisedError: unknown, expired or used token, or one for another device.
        InvalidError: the certificate request is not in order.
    """
    record = _token_of(ctx, request)
    certificate = ctx.authority.sign_csr(request.csr, record.device)
    key = csr_key_hash(request.csr)
    if not ctx.store.use_token(record.id, key, ctx.clock.time()):
        raise UnauthorisedError("the token was used before; make another: lamplighter token create")
    if not _is_admitted(ctx, record):
        ctx.worker.call(_admit, ctx, record.device)
    bare = EnrolResponse(
        certificate=certificate,
        ca=ctx.authority.ca_pem,
        keys=KeySet.of(ctx.signing_key).to_dict(),
        broker=BrokerAddress(
            host=ctx.broker_host or ctx.settings.public_names[0], port=ctx.broker_port
        ),
    )
    return build_response(bare, record.secret, request.nonce)


def make_api_token(ctx: Context, name: str, role: str) -> str:
    """A new bearer token; the only time its text is shown. Raises InvalidError."""
    if role not in api_tokens.ROLES:
        raise InvalidError(f"no role {role!r}; known: {', '.join(api_tokens.ROLES)}")
    text = api_tokens.make_api_token()
    ctx.store.add_api_token(
        ApiTokenRecord(
            secret_hash=api_tokens.secret_hash(text),
            name=name[:80],
            role=role,
            created_at=ctx.clock.time(),
        )
    )
    return text


def authenticate(ctx: Context, bearer: str) -> ApiTokenRecord:
    """Whose token it is. Raises UnauthorisedError."""
    found = ctx.store.api_token(api_tokens.secret_hash(bearer)) if bearer else None
    if found is None:
        raise UnauthorisedError("a known bearer token is needed: Authorization: Bearer …")
    return found


def _token_of(ctx: Context, request: EnrolRequest) -> TokenRecord:
    try:
        record = ctx.store.token(request.id)
        verify_request(request, record.secret)
    except (NotFoundError, SignatureError) as error:
        # One text for both: it must not tell which tokens exist.
        raise UnauthorisedError("the token is not known here, or its secret is wrong") from error
    if record.device != request.device:
        raise UnauthorisedError(
            f"the token is for {record.device!r}, not {request.device[:40]!r};"
            f" enrol with --device {record.device}"
        )
    if record.expires_at <= ctx.clock.time():
        raise UnauthorisedError("the token has expired; make another: lamplighter token create")
    return record


def _is_admitted(ctx: Context, token: TokenRecord) -> bool:
    """Whether this token did its work before: power may fail between its use and the admission."""
    known = _find(ctx, token.device)
    return known is not None and token.used_at is not None and known.enrolled_at >= token.used_at


def _admit(ctx: Context, device: str) -> None:
    """A new device, or a known one that was set up again and counts its sessions anew."""
    now = ctx.clock.time()
    if _find(ctx, device) is None:
        ctx.store.add_device(DeviceRecord(id=device, enrolled_at=now))
    else:
        # What it says from now on counts, whatever its numbers and its clock were before.
        ctx.remember(device, session=Mark(), workload=Mark(), request=Mark())
        ctx.store.update_device(device, epoch=0, enrolled_at=now, reported=None)
    ctx.event("enrolled", f"{device} has enrolled", device=device)


def _find(ctx: Context, device: str) -> DeviceRecord | None:
    try:
        return ctx.store.device(device)
    except NotFoundError:
        return None
