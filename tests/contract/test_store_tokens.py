"""Tokens of enrolment and of the API."""

import threading

import pytest
from lamplighter_controller.errors import NotFoundError
from lamplighter_controller.store.base import Store
from lamplighter_controller.store.records import (
    ApiTokenRecord,
    CertificateRecord,
    DeviceRecord,
    TokenRecord,
)


def test_a_token_is_used_once(store: Store) -> None:
    store.add_tokens(
        [TokenRecord(id="t1", device="cam-1", secret="s", created_at=1.0, expires_at=2.0)]
    )
    wins: list[bool] = []
    threads = [
        threading.Thread(target=lambda i=i: wins.append(store.use_token("t1", f"key{i}", 1.5)))
        for i in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wins) == [False, False, False, True]
    used = store.token("t1")
    assert used.used_at == 1.5
    assert store.use_token("t1", used.used_key, 1.7), "the same key may ask again"
    assert store.token("t1").used_at == 1.5, "its first use counts"
    with pytest.raises(NotFoundError):
        store.token("t2")


def test_api_tokens(store: Store) -> None:
    record = ApiTokenRecord(secret_hash="h", name="ops", role="operator", created_at=1.0)
    store.add_api_token(record)
    assert store.api_token("h") == record
    assert store.api_token("x") is None


def test_a_used_token_keeps_no_secret_and_a_device_s_tokens_are_deleted_together(
    store: Store,
) -> None:
    for name, device in (("t1", "cam-1"), ("t2", "cam-1"), ("t3", "cam-2")):
        store.add_tokens(
            [TokenRecord(id=name, device=device, secret="s", created_at=1.0, expires_at=2.0)]
        )
    store.use_token("t1", "key", 1.5)
    assert (store.token("t1").secret, store.token("t2").secret) == ("", "s")
    store.delete_tokens("cam-1")
    for name in ("t1", "t2"):
        with pytest.raises(NotFoundError):
            store.token(name)
    assert store.token("t3").device == "cam-2"


def test_certificates_of_retired_devices_are_revoked(store: Store) -> None:
    store.add_device(DeviceRecord(id="cam-1", enrolled_at=1.0))
    store.add_device(DeviceRecord(id="cam-2", enrolled_at=1.0, retired_at=2.0))
    for serial, device in (("a", "cam-1"), ("b", "cam-2"), ("c", "cam-2")):
        store.add_certificate(CertificateRecord(serial=serial, device=device, issued_at=1.0))
    assert store.retired_devices() == ["cam-2"]
    assert sorted(record.serial for record in store.revoked_certificates()) == ["b", "c"]
    assert [store.is_revoked(serial) for serial in ("a", "b", "c", "unknown")] == [
        False,
        True,
        True,
        False,
    ]


def test_all_certificates_but_one_are_revoked(store: Store) -> None:
    store.add_device(DeviceRecord(id="cam-9", enrolled_at=1.0))
    for serial, at in (("a1", 1.0), ("a2", 2.0), ("a3", 3.0)):
        store.add_certificate(CertificateRecord(serial=serial, device="cam-9", issued_at=at))
    assert store.revoke_certificates("cam-9", 5.0, but="a2") == 2
    assert {c.serial for c in store.revoked_certificates()} == {"a1", "a3"}
    assert store.revoke_certificates("cam-9", 6.0) == 3
    revoked_at = {c.serial: c.revoked_at for c in store.revoked_certificates()}
    assert revoked_at == {"a1": 5.0, "a2": 6.0, "a3": 5.0}, "the first time counts"


def test_a_released_name_is_not_kept_out_and_its_certificates_are(store: Store) -> None:
    store.add_device(DeviceRecord(id="cam-9", enrolled_at=1.0, retired_at=2.0, released_at=3.0))
    store.add_certificate(CertificateRecord(serial="a1", device="cam-9", issued_at=1.0))
    store.revoke_certificates("cam-9", 3.0)
    assert store.retired_devices() == []
    store.update_device("cam-9", retired_at=None, released_at=None)
    assert [c.serial for c in store.revoked_certificates()] == ["a1"]
