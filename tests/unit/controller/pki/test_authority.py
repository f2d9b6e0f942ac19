"""The broker's certificate: kept while it is good, and no longer."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from lamplighter_controller.pki import authority as pki
from lamplighter_controller.pki.authority import Authority

NAMES = ["broker.example", "127.0.0.1"]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "pki")


def issued(authority: Authority, names: list[str] = NAMES) -> bytes:
    return authority.server_files(names).cert.read_bytes()


def test_a_good_certificate_is_kept(authority: Authority) -> None:
    assert issued(Authority(authority.directory)) == issued(authority)


def test_other_names_take_another(authority: Authority) -> None:
    first = issued(authority)
    assert issued(authority, ["other.example", "127.0.0.1"]) != first


def test_one_that_ends_soon_is_replaced(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = issued(authority)
    monkeypatch.setattr(pki, "RENEWAL", timedelta(days=pki.LEAF_DAYS))
    assert issued(authority) != first


def test_another_key_or_authority_takes_another(authority: Authority) -> None:
    first = issued(authority)
    (authority.directory / "server.key").unlink()
    second = issued(authority)
    assert second != first
    for file in ("ca.key", "ca.crt"):
        (authority.directory / file).unlink()
    assert issued(Authority(authority.directory)) != second


def test_a_host_may_have_a_longer_name_than_a_subject(authority: Authority) -> None:
    name = f"{'a' * 60}.{'b' * 60}.example"
    certificate = x509.load_pem_x509_certificate(issued(authority, [name]))
    shown = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert shown.get_values_for_type(x509.DNSName) == [name]
