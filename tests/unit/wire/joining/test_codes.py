"""Short codes, links and what is sealed between the ends of an enrolment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lamplighter_wire.enrolment import (
    EnrolResponse,
    Token,
    build_request,
    build_response,
    verify_response,
)
from lamplighter_wire.errors import CodecError, SignatureError
from lamplighter_wire.joining.codes import new_code, token_of_code
from lamplighter_wire.joining.links import EnrolLink, is_link, read_link
from lamplighter_wire.joining.readable import ALPHABET, readable
from lamplighter_wire.joining.sealed import seal, unseal


def test_a_code_is_taken_as_people_type_it() -> None:
    code = new_code()
    token = token_of_code(code)
    assert len(code) == 11
    assert set(code) <= {*ALPHABET, "-"}
    assert token_of_code(code.lower().replace("-", " ")) == token
    assert token_of_code("OIL00-00000") == token_of_code("01100-00000"), "what looks alike"
    assert new_code() != code
    assert code not in str(token)
    assert code.replace("-", "") not in str(token)


@pytest.mark.parametrize("text", ["", "K7PM3", "K7PM3-XQD9", "K7PM3-XQD9U", "K7PM3-XQD9T0"])
def test_what_is_no_code_is_told(text: str) -> None:
    with pytest.raises(CodecError, match="10 letters and digits"):
        token_of_code(text)


def test_symbols_hold_the_first_bits() -> None:
    assert readable(b"\xff" * 8, 10, 5) == "ZZZZZ-ZZZZZ"
    assert readable(bytes(8), 10, 5) == "00000-00000"
    assert readable(b"\x08" + bytes(9), 16, 4) == "1000-0000-0000-0000"


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text("ab/:?&=%+ ", min_size=1)
)
def test_a_link_keeps_what_it_names(token: str, url: str) -> None:
    link = EnrolLink(url, "cam-1", token)
    assert is_link(str(link))
    assert read_link(f" {link}\n") == link


def test_a_link_shows_no_token() -> None:
    assert "hidden" not in repr(EnrolLink("https://c", "cam-1", "hidden"))


def test_a_link_without_a_token_is_told() -> None:
    with pytest.raises(CodecError, match="names no token"):
        read_link("lamplighter:enrol?url=https%3A%2F%2Fc&device=cam-1")


def test_what_is_sealed_is_read_with_the_same_secret_and_nonce_only() -> None:
    sealed = seal("rtsp://user:secret@cam", "s1", "n1")
    assert "secret" not in sealed
    assert unseal(sealed, "s1", "n1") == "rtsp://user:secret@cam"
    for secret, nonce in (("s2", "n1"), ("s1", "n2")):
        with pytest.raises(SignatureError):
            unseal(sealed, secret, nonce)
    assert (seal("", "s1", "n1"), unseal("", "s1", "n1")) == ("", "")


def test_an_agent_that_knows_no_sealed_camera_believes_an_answer_without_one() -> None:
    token = Token("t", "s" * 20, "")
    request = build_request(token, "cam-1", "csr")
    answer = build_response(EnrolResponse(certificate="c"), token.secret, request.nonce)
    # As it was reckoned before the field was there.
    assert answer.mac == _mac_of_old(answer, token.secret, request.nonce)
    with_camera = build_response(EnrolResponse(sealed_camera="x"), token.secret, request.nonce)
    verify_response(with_camera, token, request.nonce)
    assert with_camera.mac != _mac_of_old(with_camera, token.secret, request.nonce)


def _mac_of_old(answer: EnrolResponse, secret: str, nonce: str) -> str:
    import hashlib
    import hmac

    import msgspec
    from lamplighter_wire.codec import canonical

    rest = msgspec.to_builtins(answer)
    del rest["mac"], rest["sealed_camera"], rest["signed_keys"]  # what it does not know
    return hmac.new(secret.encode(), canonical(rest) + nonce.encode(), hashlib.sha256).hexdigest()
