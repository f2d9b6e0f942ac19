"""Steps from one authority to the next: each once, in order, and whole after a power cut."""

from pathlib import Path

import pytest
from cryptography import x509
from lamplighter_controller.errors import ConflictError, DamagedError
from lamplighter_controller.pki import rotation
from lamplighter_controller.pki.authority import Authority


def test_both_count_until_the_old_one_is_ended(tmp_path: Path) -> None:
    first = Authority(tmp_path)
    assert first.ca_path.name == "ca.crt"
    rotation.begin(tmp_path)
    both = Authority(tmp_path)
    assert both.ca_key_hash == first.ca_key_hash, "the old one signs"
    assert len(x509.load_pem_x509_certificates(both.ca_path.read_bytes())) == 2
    rotation.switch(tmp_path)
    switched = Authority(tmp_path)
    assert switched.ca_key_hash != first.ca_key_hash
    assert set(switched.all_pems) == set(both.all_pems)
    assert switched.least_end == 0.0, "until the controller starts, the old one may sign"
    rotation.begin_signing(tmp_path, 2e9)
    rotation.begin_signing(tmp_path, 3e9)
    assert Authority(tmp_path).least_end == pytest.approx(2e9 + 825 * 86_400.0, abs=2.0)
    rotation.finish(tmp_path)
    alone = Authority(tmp_path)
    assert alone.all_pems == switched.all_pems[:1]
    assert not (tmp_path / "ca.key").exists()
    assert (alone.rotation.version, alone.least_end) == (2, 0.0)


def test_each_authority_has_a_list_of_revoked_certificates(tmp_path: Path) -> None:
    Authority(tmp_path)
    rotation.begin(tmp_path)
    lists = Authority(tmp_path).revocation_list([7]).split(b"-----END X509 CRL-----\n")[:-1]
    read = [x509.load_pem_x509_crl(text + b"-----END X509 CRL-----\n") for text in lists]
    assert len({crl.issuer for crl in read}) == 2
    assert [[entry.serial_number for entry in crl] for crl in read] == [[7], [7]]


def test_a_step_out_of_order_is_refused(tmp_path: Path) -> None:
    for step in (rotation.switch, rotation.finish):
        with pytest.raises(ConflictError):
            step(tmp_path)
    rotation.begin(tmp_path)
    for step in (rotation.begin, rotation.finish):
        with pytest.raises(ConflictError):
            step(tmp_path)
    rotation.switch(tmp_path)
    with pytest.raises(ConflictError):
        rotation.begin(tmp_path)


def test_a_damaged_record_is_told(tmp_path: Path) -> None:
    (tmp_path / rotation.FILE).write_text("{")
    with pytest.raises(DamagedError, match="backup"):
        rotation.read_rotation(tmp_path)
