"""Steps from one authority to the next: each once, in order, and whole after a power cut."""

from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from lamplighter_controller.errors import ConflictError, DamagedError
from lamplighter_controller.pki import rotation
from lamplighter_controller.pki.authority import Authority


def test_both_count_until_the_old_one_is_ended(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    first, old = authority.ca_key_hash, authority.all_pems
    assert authority.ca_path.name == "ca.crt"
    rotation.begin(tmp_path, 1e9)
    authority.reload()
    both = authority.all_pems
    assert authority.ca_key_hash == first, "the old one signs"
    assert len(x509.load_pem_x509_certificates(authority.ca_path.read_bytes())) == 2
    rotation.switch(tmp_path, 2e9)
    authority.reload()
    assert authority.ca_key_hash != first
    assert authority.all_pems == both[::-1]
    assert authority.least_end == pytest.approx(2e9 + 825 * 86_400.0, abs=2.0)
    rotation.finish(tmp_path)
    authority.reload()
    assert authority.all_pems == [one for one in both if one not in old]
    assert not (tmp_path / "ca.key").exists()
    assert (authority.rotation.version, authority.least_end) == (2, 0.0)


def test_a_step_that_is_taken_again_changes_nothing(tmp_path: Path) -> None:
    Authority(tmp_path)
    begin, switch = (partial(step, at=2e9) for step in (rotation.begin, rotation.switch))
    for step in (begin, switch, rotation.finish):
        taken = step(tmp_path)
        authority = Authority(tmp_path)
        pems = authority.all_pems
        assert step(tmp_path) == taken
        authority.reload()
        assert authority.all_pems == pems


def test_a_key_that_ended_as_the_power_failed_is_deleted_at_the_next_start(tmp_path: Path) -> None:
    Authority(tmp_path)
    rotation.begin(tmp_path, 1e9)
    Authority(tmp_path)
    rotation.switch(tmp_path, 2e9)
    rotation.finish(tmp_path)
    assert (tmp_path / "ca.key").exists(), "as a crash behind the record leaves it"
    Authority(tmp_path)
    assert not (tmp_path / "ca.key").exists()


def test_each_authority_has_a_list_of_revoked_certificates(tmp_path: Path) -> None:
    Authority(tmp_path)
    rotation.begin(tmp_path, 1e9)
    lists = Authority(tmp_path).revocation_list([7]).split(b"-----END X509 CRL-----\n")[:-1]
    read = [x509.load_pem_x509_crl(text + b"-----END X509 CRL-----\n") for text in lists]
    assert len({crl.issuer for crl in read}) == 2
    assert [[entry.serial_number for entry in crl] for crl in read] == [[7], [7]]


def test_a_step_out_of_order_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match="rotate"):
        rotation.switch(tmp_path, 2e9)
    rotation.begin(tmp_path, 1e9)
    with pytest.raises(ConflictError, match="switch"):
        rotation.finish(tmp_path)
    rotation.switch(tmp_path, 2e9)
    with pytest.raises(ConflictError, match="finish"):
        rotation.begin(tmp_path, 1e9)


def test_a_damaged_record_is_told(tmp_path: Path) -> None:
    (tmp_path / rotation.FILE).write_text("{")
    with pytest.raises(DamagedError, match="backup"):
        rotation.read_rotation(tmp_path)
