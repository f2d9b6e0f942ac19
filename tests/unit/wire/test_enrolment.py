"""Both sides prove that they know the token's secret; neither says it."""

import msgspec
import pytest
from lamplighter_wire.codec import encode
from lamplighter_wire.enrolment import (
    EnrolRequest,
    EnrolResponse,
    Token,
    build_request,
    build_response,
    ca_key_sha256,
    verify_request,
    verify_response,
)
from lamplighter_wire.errors import CodecError, SignatureError

TOKEN = Token.create("a" * 64)


def test_a_token_survives_being_typed() -> None:
    assert Token.parse(f"  {TOKEN}\n") == TOKEN
    assert TOKEN.secret not in repr(TOKEN)


@pytest.mark.parametrize("text", ["", "a.b", f"a.{'s' * 30}.beef", f"a.short.{'a' * 64}"])
def test_what_is_no_token_says_what_one_is(text: str) -> None:
    with pytest.raises(CodecError, match=r"id\.secret\.hash"):
        Token.parse(text)


def test_a_request_is_believed_and_does_not_hold_the_secret() -> None:
    request = build_request(TOKEN, "cam-1", "CSR")
    verify_request(request, TOKEN.secret)
    assert TOKEN.secret.encode() not in encode(request)
    assert request.nonce != build_request(TOKEN, "cam-1", "CSR").nonce


@pytest.mark.parametrize("field", ["id", "device", "csr", "nonce", "mac"])
def test_a_changed_request_is_refused(field: str) -> None:
    request = build_request(TOKEN, "cam-1", "CSR")
    changed = msgspec.structs.replace(request, **{field: getattr(request, field) + "0"})
    with pytest.raises(SignatureError):
        verify_request(changed, TOKEN.secret)


def test_an_empty_request_is_refused() -> None:
    with pytest.raises(SignatureError):
        verify_request(EnrolRequest(), "")


def test_a_response_is_bound_to_secret_and_nonce() -> None:
    answer = build_response(EnrolResponse(certificate="C", ca="CA"), TOKEN.secret, "nonce")
    for token, nonce in ((TOKEN, "other"), (Token.create("a" * 64), "nonce")):
        with pytest.raises(SignatureError, match="secret"):
            verify_response(answer, token, nonce)


def test_a_response_without_a_certificate_is_refused() -> None:
    answer = build_response(EnrolResponse(ca="no PEM"), TOKEN.secret, "nonce")
    with pytest.raises(CodecError):
        verify_response(answer, TOKEN, "nonce")
    with pytest.raises(CodecError):
        ca_key_sha256("")
