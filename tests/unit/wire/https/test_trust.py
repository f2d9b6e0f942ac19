"""Whom a client believes, and what can be read on the way."""

import ssl

import pytest
from lamplighter_wire.errors import TrustError
from lamplighter_wire.https.trouble import connection_trouble, tls_trouble
from lamplighter_wire.https.trust import authority_for, is_exposed, pin_of

PIN = "a" * 64


@pytest.mark.parametrize(
    ("token", "pin"),
    [(f"ll_x.{PIN}", PIN), (f"id.secret.{PIN}\n", PIN), ("ll_x", ""), (f"ll_x.{PIN[1:]}", "")],
)
def test_a_token_ends_with_what_its_authority_is_known_by(token: str, pin: str) -> None:
    assert pin_of(token) == pin


@pytest.mark.parametrize(
    ("url", "is_read"),
    [
        ("http://controller:8080", True),
        ("http://192.0.2.1", True),
        ("http://127.0.0.1:8080", False),
        ("http://[::1]:8080", False),
        ("http://localhost:8080", False),
        ("https://controller:8080", False),
    ],
)
def test_what_can_be_read_on_its_way(url: str, is_read: bool) -> None:
    assert is_exposed(url) == is_read


def test_plain_addresses_and_bare_tokens_ask_nobody() -> None:
    assert authority_for("http://127.0.0.1:9", f"ll_x.{PIN}") == ""
    assert authority_for("https://127.0.0.1:9", "ll_x") == ""


def test_where_nobody_answers_the_reason_is_told() -> None:
    with pytest.raises(TrustError, match=r"cannot reach https://127\.0\.0\.1:9.*refused"):
        authority_for("https://127.0.0.1:9", f"ll_x.{PIN}")


def test_a_proxy_of_the_environment_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://user:secret@proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    text = connection_trouble(OSError("refused"), "http://controller.example:8080")
    assert "through the proxy proxy.example:3128" in text
    assert "secret" not in text


def test_what_no_list_knows_is_told_as_it_was_said() -> None:
    error = ssl.SSLCertVerificationError("odd")
    error.verify_code, error.verify_message = 99, "odd"
    assert tls_trouble(error, "https://x") == "its certificate is not accepted: odd"
    assert tls_trouble(OSError("refused"), "https://x") == ""
