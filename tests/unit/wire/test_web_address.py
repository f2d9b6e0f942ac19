"""Addresses as people write them, and proxies before them."""

import pytest
from lamplighter_wire.errors import SettingsError
from lamplighter_wire.https.web_address import (
    checked_web_address,
    in_address,
    is_loopback,
    proxy_before,
    proxy_words,
)


@pytest.mark.parametrize(
    "url",
    [
        *("", "nonsense", "127.0.0.1:8080", "ftp://x/y", "http://", "http://[::1", "::1", "[::1]"),
        *("http://a:b@[::]:x", "http://127.0.0.1:99999", "http://x:0", "http://x y", "http://x\ny"),
        *("http://" + "a" * 5000, "http://a..b", "http://\udcff", "https://x:-1"),
    ],
)
def test_what_no_client_could_use_is_refused_with_the_form(url: str) -> None:
    with pytest.raises(SettingsError, match=r"http://HOST:PORT.*\[::1\]"):
        checked_web_address(url)


@pytest.mark.parametrize(
    "url", ["http://[::1]:8080", "https://controller.example/x", "http://cam_1:80", "http://bücher"]
)
def test_what_a_client_can_use_is_taken(url: str) -> None:
    assert checked_web_address(url) == url


def test_no_proxy_stands_before_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://user:secret@proxy.example:3128")
    for host in ("127.0.0.1", "localhost", "[::1]", "127.8.8.8", "cam.localhost"):
        assert proxy_before(f"http://{host}:8080") == ""
        assert proxy_words(f"http://{host}:8080") == ""
    assert "proxy.example:3128" in proxy_words("http://controller.example:8080")
    assert "secret" not in proxy_words("http://controller.example:8080")
    monkeypatch.setenv("no_proxy", "controller.example")
    assert proxy_before("http://controller.example:8080") == ""


def test_hosts_as_they_stand_in_addresses() -> None:
    assert [in_address(host) for host in ("::1", "[::1]", "10.0.0.1")] == [
        *("[::1]", "[::1]", "10.0.0.1")
    ]
    assert not is_loopback("10.0.0.1")
    assert not is_loopback("")
